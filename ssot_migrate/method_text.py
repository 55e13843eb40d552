"""The source of a factory's method: its signature, and a whole new one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ssot_migrate.advice import Method
from ssot_migrate.layout import Line, broken, width
from ssot_migrate.model import NeedKind
from ssot_migrate.shape import CALL, Path
from ssot_migrate.wording import written


@dataclass(frozen=True, slots=True)
class Page:
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


def signature(name: str, parts: Sequence[str], page: Page, *, exploded: bool = False) -> str:
    """Lay out ``def …:`` as formatters do: on one line, on three, or a parameter a line."""
    joined = ", ".join(parts)
    flat = f"def {name}({joined}):"
    if not exploded and width(page.indent + flat) <= page.line_length:
        return flat
    if not exploded and width(page.indent * 2 + joined) <= page.line_length:
        return f"def {name}(\n{page.indent}{joined}\n):"
    lines = "".join(f"{page.indent}{part},\n" for part in parts)
    return f"def {name}(\n{lines}):"


def method_text(name: str, method: Method, page: Page, value: Callable[[str], str]) -> str:
    """Write a method in the style of the factory: the product, what it has, its return.

    ``value`` names the classes of mocks in a source as the factory's module does.
    """
    parameters = [f"{parameter_name(p.path)}={p.value}" for p in method.parameters]
    parameters += ["spec=None"] if method.spec else []
    head = signature(name, ["*", *parameters] if parameters else [], page)
    body = [row for one in _statements(method, value) for row in page.laid_out(one)]
    return "\n".join(["@staticmethod", head, *(page.indent + row for row in body), ""])


def _statements(method: Method, value: Callable[[str], str]) -> Iterator[str]:
    product = method.name
    yield f'"""Create a mock {product.replace("_", " ")}."""'
    yield f"{product} = {value(method.base + '()')[:-1]}{'spec=spec' if method.spec else ''})"
    # What stands at a path comes before what stands below it.
    for need in sorted((*method.parameters, *method.attributes), key=lambda need: len(need.path)):
        text = need.value if need.kind is NeedKind.PRESET else f"{need.value}()"
        given = parameter_name(need.path) if need in method.parameters else value(text or "")
        yield f"{product}.{written(need.path)} = {given}"
    yield f"return {product}"
