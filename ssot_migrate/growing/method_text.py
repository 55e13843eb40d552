"""The source of a factory's method: its signature, and a whole new one."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from ssot_migrate.code.layout import Line, broken, width
from ssot_migrate.frozen import Frozen
from ssot_migrate.growing.advice import Method
from ssot_migrate.model import NeedKind
from ssot_migrate.shapes.shape import CALL, Path
from ssot_migrate.shapes.wording import written

#: Stands for the product in the return of a manner.
PRODUCT = "_product"


class Manner(Frozen):
    """What the methods of a factory have in common beside their products."""

    #: What each takes beside its own: ``spec: Any = None``, ``**attributes: Any``.
    parameters: tuple[str, ...] = ()
    #: What each returns, with PRODUCT for its product.
    returns: str = PRODUCT
    #: What annotates a parameter of any type; empty where nothing is annotated.
    anything: str = ""
    #: Their own parameters can be given by position.
    positional: bool = False

    @property
    def names(self) -> set[str]:
        """Name what each takes."""
        return {bare_name(parameter) for parameter in self.parameters}

    @property
    def taken(self) -> set[str]:
        """Name what no product or other parameter can be called."""
        return {self.returns.partition("(")[0], *self.names}

    @property
    def takes_spec(self) -> bool:
        """Say whether each takes the class that its product stands for."""
        return "spec" in self.names


class Page(Frozen):
    """How the methods of a class are laid out."""

    #: One level of indent: that of a method.
    indent: str
    line_length: int

    def laid_out(self, statement: str) -> list[str]:
        """Give a statement of a method, without its indent, on as many lines as it needs."""
        inner = self.indent * 2
        if width(inner + statement) <= self.line_length:
            return [statement]
        text = broken(statement, Line(inner, "\n", self.line_length))
        return [row.removeprefix(inner) for row in text.split("\n")]


def parameter_name(path: Path) -> str:
    """Name the parameter for what stands at a path: ``execute_result``."""
    return "_".join("result" if step == CALL else step for step in path)


def bare_name(parameter: str) -> str:
    """Name a parameter from its source."""
    return re.split(r"[=:]", parameter.lstrip("*"))[0].strip()


def with_default(name: str, default: str, anything: str) -> str:
    """Write a parameter, with the type of its default where others are annotated."""
    if not anything:
        return f"{name}={default}"
    value = ast.literal_eval(default)
    return f"{name}: {anything if value is None else type(value).__name__} = {default}"


def signature(
    name: str, parts: Sequence[str], page: Page, *, exploded: bool = False, returns: str = ""
) -> str:
    """Lay out ``def …:`` as formatters do: on one line, on three, or a parameter a line."""
    joined = ", ".join(parts)
    end = f") -> {returns}:" if returns else "):"
    flat = f"def {name}({joined}{end}"
    if not exploded and width(page.indent + flat) <= page.line_length:
        return flat
    if not exploded and width(page.indent * 2 + joined) <= page.line_length:
        return f"def {name}(\n{page.indent}{joined}\n{end}"
    lines = "".join(f"{page.indent}{part},\n" for part in parts)
    return f"def {name}(\n{lines}{end}"


def method_text(
    name: str, method: Method, page: Page, value: Callable[[str], str], manner: Manner
) -> str:
    """Write a method in the manner of the factory: the product, what it has, its return.

    ``value`` names the classes of mocks in a source as the factory's module does.
    """
    base = value(f"{method.base}()")[:-2] if manner.anything else ""
    head = signature(name, _parameters(method, manner), page, returns=base)
    body = [row for one in _statements(method, value, manner) for row in page.laid_out(one)]
    return "\n".join(["@staticmethod", head, *(page.indent + row for row in body), ""])


def _parameters(method: Method, manner: Manner) -> list[str]:
    own = [
        with_default(parameter_name(p.path), p.value or "None", manner.anything)
        for p in method.parameters
    ]
    common = [*manner.parameters]
    if method.spec and not manner.takes_spec:
        common.insert(0, with_default("spec", "None", manner.anything))
    named = [text for text in common if not text.startswith("**")]
    if manner.positional and named:
        return [*own, "*", *common]
    return ["*", *own, *common] if own or named else common


def _statements(method: Method, value: Callable[[str], str], manner: Manner) -> Iterator[str]:
    product = method.name
    spec = "spec=spec" if method.spec or manner.takes_spec else ""
    yield f'"""Create a mock {product.replace("_", " ")}."""'
    yield f"{product} = {value(method.base + '()')[:-1]}{spec})"
    # What stands at a path comes before what stands below it.
    for need in sorted((*method.parameters, *method.attributes), key=lambda need: len(need.path)):
        text = need.value if need.kind is NeedKind.PRESET else f"{need.value}()"
        given = parameter_name(need.path) if need in method.parameters else value(text or "")
        yield f"{product}.{written(need.path)} = {given}"
    yield f"return {manner.returns.replace(PRODUCT, product)}"
