"""A factory's class as it stands in its module: its methods, those that it inherits included."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property

from msgspec import Struct

from ssot_migrate.code.names import FunctionNode, Scope, children, open_scope

_COMMON = frozenset({"create", "mock", "make", "build", "get", "new"})
#: How alike the telling words must be, as difflib counts; ``tool`` and ``agent`` are not.
_ALIKE = 0.7


class FactorySource(Struct, dict=True):
    """A factory class and the module that it stands in."""

    #: Dotted name of the module.
    module: str
    class_name: str
    tree: ast.Module

    @cached_property
    def scope(self) -> Scope:
        """The scope of the factory's module."""
        return open_scope(self.tree, None)

    @cached_property
    def functions(self) -> dict[str, FunctionNode]:
        """The functions of the factory's module."""
        return {node.name: node for node in self.tree.body if isinstance(node, FunctionNode)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the factory's module."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def methods(self) -> dict[str, FunctionNode]:
        """The factory's methods by name, those of its base classes in the module included."""
        return self.methods_of(self.class_name)

    def nearest(self, method: str) -> str | None:
        """Name the public method whose telling words are most like those of a name."""
        return next(iter(self.like(method)), None)

    def like(self, method: str, most: int = 3) -> list[str]:
        """Name the public methods whose telling words are like those of a name, nearest first."""
        telling = {_telling(name): name for name in self.methods if not name.startswith("_")}
        found = get_close_matches(_telling(method), telling, n=most, cutoff=_ALIKE)
        same = found[:1] if _telling(method) in found else found
        return [telling[words] for words in same]

    def methods_of(
        self, class_name: str, above: FunctionNode | None = None
    ) -> dict[str, FunctionNode]:
        """Give a class's methods, only those inherited from above where a method asks for them."""
        lineage = list(self._lineage(class_name, set()))
        first = next((i + 1 for i, node in enumerate(lineage) if above in node.body), 0)
        found: dict[str, FunctionNode] = {}
        for node in lineage[first:]:
            for statement in node.body:
                if isinstance(statement, FunctionNode):
                    found.setdefault(statement.name, statement)
        return found

    def _lineage(self, name: str, seen: set[str]) -> Iterator[ast.ClassDef]:
        node = self.classes.get(name)
        if node is None or name in seen:
            return
        seen.add(name)
        yield node
        for base in node.bases:
            if isinstance(base, ast.Name):
                yield from self._lineage(base.id, seen)


def _telling(method: str) -> str:
    """Leave out the words that all methods of a factory share."""
    return "_".join(word for word in method.lower().split("_") if word not in _COMMON)


def implicit(function: FunctionNode) -> int:
    """Count the parameters that Python fills in: ``self`` or ``cls`` of a method."""
    first = (function.args.posonlyargs + function.args.args)[:1]
    static = any(getattr(d, "id", None) == "staticmethod" for d in function.decorator_list)
    return int(bool(first) and not static and first[0].arg in {"self", "cls"})


def own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what stands in statements, without the bodies of the functions that they define."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop(0)
        yield node
        if not isinstance(node, FunctionNode | ast.Lambda):
            pending += children(node)


def deciding(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that decide whether, or how often, the parts of a statement run."""
    for node in own([statement]):
        match node:
            case (
                ast.If(test=condition)
                | ast.While(test=condition)
                | ast.For(iter=condition)
                | ast.Match(subject=condition)
            ):
                yield from (name.id for name in ast.walk(condition) if isinstance(name, ast.Name))
