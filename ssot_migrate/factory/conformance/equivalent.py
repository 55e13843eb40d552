"""Write the block that builds what a product is: the creations and statements of its own parts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ssot_migrate.factory.conformance.products import base, is_literal, is_mock, stated

#: What a mock keeps for itself in its ``__dict__``.
_OWN = ("__", "_mock_", "_spec_", "_is_coroutine", "method_calls")


def block(product: object) -> Callable[[], object]:
    """Compile the block of a mock, or of several in a dict: what stands in it now.

    What is still to be made is not in it. A part that is neither a mock, a container nor a literal
    is taken as it is.
    """
    writing = _Writing()
    result = writing.value(product)
    source = "\n    ".join(["def build():", *writing.statements, f"return {result}"])
    exec(compile(source, "<block>", "exec"), writing.names)  # noqa: S102 (it is what is timed)
    return writing.names["build"]  # type: ignore[no-any-return]


@dataclass
class _Writing:
    """A block as far as it is written."""

    statements: list[str] = field(default_factory=list)
    #: Classes and objects that the statements name.
    names: dict[str, Any] = field(default_factory=dict)
    _variables: dict[int, str] = field(default_factory=dict)

    def mock(self, product: Any) -> str:  # noqa: ANN401
        """Write the statements that build a mock, and return its variable."""
        if id(product) in self._variables:
            return self._variables[id(product)]
        variable = self._variables[id(product)] = f"m{len(self._variables)}"
        kind = base(product)
        self.names[kind.__name__] = kind
        place = len(self.statements)
        # A mock that returns itself is there before its return value.
        result = stated(product, "return_value")
        later = is_mock(result)
        arguments = ", ".join(self._arguments(product, result=None if later else result))
        self.statements.insert(place, f"{variable} = {kind.__name__}({arguments})")
        for name, value in _set_on(product):
            self.statements.append(f"{variable}.{name} = {self.value(value)}")
        if later:
            self.statements.append(f"{variable}.return_value = {self.mock(result)}")
        return variable

    def _arguments(self, product: object, result: object) -> Iterator[str]:
        spec = vars(product).get("_spec_class")
        if spec is not None:
            yield f"spec={self._named(spec)}"
        if result is not None:
            yield f"return_value={self.value(result)}"
        effect = stated(product, "side_effect")
        if effect is not None:
            yield f"side_effect={self._named(effect)}"

    def value(self, value: Any) -> str:  # noqa: ANN401
        """Write what builds a value, and return the expression that gives it."""
        if is_mock(value):
            return self.mock(value)
        if type(value) is list:
            return f"[{', '.join(map(self.value, value))}]"
        if type(value) is dict:
            pairs = (f"{self.value(key)}: {self.value(part)}" for key, part in value.items())
            return f"{{{', '.join(pairs)}}}"
        return repr(value) if is_literal(value) else self._named(value)

    def _named(self, value: object) -> str:
        name = f"o{len(self.names)}"
        self.names[name] = value
        return name


def _set_on(product: object) -> Iterator[tuple[str, object]]:
    """Yield the attributes of a mock that are there, without asking it for any."""
    own = vars(product)
    children = own.get("_mock_children", {})
    made = {name: child for name, child in children.items() if is_mock(child)}
    for name, value in {**made, **own}.items():
        if name.isidentifier() and not name.startswith(_OWN):
            yield name, value
