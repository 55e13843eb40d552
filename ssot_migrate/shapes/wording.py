"""What is said of a fit: why there is none, what differs, what would help."""

import ast

from ssot_migrate.code.names import Kind
from ssot_migrate.shapes.reader import SPECS, UNKEEPABLE
from ssot_migrate.shapes.shape import CALL, EFFECT, Path, spell

#: How code writes the steps that are no attributes.
ATTRIBUTES = {CALL: "return_value", EFFECT: "side_effect"}


def unkeepable(name: str, value: ast.expr) -> str | None:
    """Say why an argument of a creation cannot be kept, ``None`` where it can."""
    if name in {"*", "**"}:
        return "its arguments are unpacked from something that is not in sight; write them out"
    if name in UNKEEPABLE:
        return f"{UNKEEPABLE[name]}, which a product of the factory cannot"
    if name in SPECS and isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Constant):
        if not (isinstance(value, ast.Constant) and value.value is None):
            return (
                f"{name}=[…] forbids every other attribute, which a product of the factory cannot"
            )
    return None


def rebased(old: Kind, new: Kind, *, specced: bool = False) -> str:
    """Say what another base means for the methods that neither test nor factory sets."""
    text = f"{old} becomes {new}"
    if specced and old in (Kind.MOCK, Kind.NON_CALLABLE):
        return f"{text}: it has the spec's protocols now, and with a __len__ among them it is false"
    if specced:
        return f"{text}: its methods are as its spec has them, but not so the mock as a function"
    if new is Kind.ASYNC:
        return f"{text}: a method that neither the test nor the factory sets must now be awaited"
    if old is Kind.ASYNC:
        return f"{text}: a method that neither the test nor the factory sets cannot be awaited now"
    return text


def remedy_at(path: Path, method: str) -> str:
    """Say what would end a difference at an attribute path."""
    return f"set {spell(path)} in the test as a whole, or let {method} give the same there"


def remedy_of_base(kind: Kind, method: str) -> str:
    """Say what would end the difference between two base classes."""
    return f"let {method} build on {kind}, or give the factory a method that does"


def remedy_of_spec(method: str, *, taken: bool) -> str:
    """Say what would keep the spec of a mock, where the method takes one or takes none."""
    if taken:
        return f"give {method} its class by name, as spec="
    return f"give {method} a parameter that takes the spec"


def written(path: Path) -> str:
    """Write a path as a statement that sets it has it: ``execute.return_value``."""
    return ".".join(ATTRIBUTES.get(step, step) for step in path)
