"""Where everything stands in a file: the parents of nodes, the uses of names."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar

from msgspec import Struct

from ssot_migrate.code.names import FunctionNode, ScopeNode, children, takes
from ssot_migrate.code.units import Unit, Units
from ssot_migrate.code.uses import Root, dotted_root

Node = TypeVar("Node", bound=ast.AST)

#: The word that stands in each node of a kind.
_WORDS: Final = {ast.ImportFrom: "import", ast.Global: "global", ast.Nonlocal: "nonlocal"}

_ByName = defaultdict[str, list[Any]]


class _Taken(Struct):
    """What was taken in of a part of a file."""

    names: _ByName
    attributes: _ByName
    functions: list[FunctionNode]


class Index:
    """Finds nodes by their names; looks only into the functions in which those stand."""

    def __init__(self, tree: ast.Module, units: Units) -> None:
        self._units = units
        self._parents: dict[ast.AST, ast.AST] = {}
        #: What was taken in of each unit, and of what stands in none.
        self._taken: dict[Unit | None, _Taken] = {}
        self._sorted: tuple[dict[str, list[Any]], dict[str, list[Any]]] = {}, {}
        self._functions: dict[str, list[FunctionNode]] = defaultdict(list)
        self._named: dict[str, list[FunctionNode]] = {}
        self._classes: list[ast.ClassDef] = []
        self._called: dict[str, list[ast.ClassDef]] = {}
        self._kinds: dict[type[ast.AST], list[Any]] = {kind: [] for kind in _WORDS}
        self._uses: dict[tuple[Root, ast.AST], list[Any]] = {}
        self._reads: dict[tuple[str, ast.AST], list[ast.Name]] = {}
        self._outermost = {unit.node for unit in units.all}
        self._take(None, tree, tree.body)

    def names(self, name: str) -> Sequence[ast.Name]:
        """List the uses of a name, here and below from the last one to the first."""
        if name not in self._sorted[0]:
            self._look(self._units.holding(name))
            self._sorted[0][name] = sorted(self.known(name), key=_place)
        return self._sorted[0][name]

    def known(self, name: str) -> Sequence[ast.Name]:
        """List the uses of a name that were come across so far, in no order."""
        return [use for part in self._taken.values() for use in part.names.get(name, ())]

    def calls(self, name: str, beside: str = "") -> Iterator[ast.Call]:
        """Yield the calls of a name or attribute; ``beside`` a word, those where it stands too."""
        self._look(self._units.holding(beside or name))
        for use in (*self.known(name), *self._known_attributes(name)):
            call = self._parents.get(use)
            if isinstance(call, ast.Call) and call.func is use:
                yield call

    def attributes(self, name: str) -> Sequence[ast.Attribute]:
        """List the uses of an attribute."""
        if name not in self._sorted[1]:
            self._look(self._units.holding(name))
            self._sorted[1][name] = sorted(self._known_attributes(name), key=_place)
        return self._sorted[1][name]

    def _known_attributes(self, name: str) -> list[ast.Attribute]:
        return [use for part in self._taken.values() for use in part.attributes.get(name, ())]

    def own_attributes(self, name: str) -> list[ast.Attribute]:
        """List uses of an attribute among which are all those of ``self.x``."""
        self._look(self._units.with_own(name))
        return sorted(self._known_attributes(name), key=_place)

    def functions(self, name: str) -> list[FunctionNode]:
        """List the functions and methods of a name."""
        if name not in self._named:
            self._look(self._units.defining("def", name))
            self._named[name] = sorted(self._functions.get(name, ()), key=_place)
        return self._named[name]

    def functions_with(self, word: str) -> list[FunctionNode]:
        """List the functions and methods; those in which a word does not stand may be empty."""
        self._look(self._units.holding(word))
        return [function for found in self._functions.values() for function in found]

    def functions_taking(self, name: str) -> list[FunctionNode]:
        """List the functions and methods that have a parameter of a name."""
        units = self._units.holding(name)
        self._look(units)
        found = (one for unit in units for one in (unit.node, *self._taken[unit].functions))
        return sorted((one for one in found if takes(one, name)), key=_place)

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        """The classes."""
        self._look(self._units.with_classes())
        return sorted(self._classes, key=_place)

    def classes_called(self, name: str) -> list[ast.ClassDef]:
        """List the classes of a name."""
        if name not in self._called:
            self._look(self._units.defining("class", name))
            found = (one for one in self._classes if one.name == name)
            self._called[name] = sorted(found, key=_place)
        return self._called[name]

    def nodes(self, kind: type[Node]) -> list[Node]:
        """List the nodes of a kind, in no order."""
        self._look(self._units.holding(_WORDS[kind]))
        return self._kinds[kind]

    def uses(self, root: Root, within: ScopeNode) -> list[Any]:
        """List the uses of a name or dotted name in a function, class or module.

        Those of a name are of ``ast.Name``, those of ``self.ws`` of ``ast.Attribute``.
        """
        if (root, within) not in self._uses:
            self._uses[root, within] = self._uses_in(root, within)
        return self._uses[root, within]

    def reads(self, name: str, within: ScopeNode) -> list[ast.Name]:
        """List the uses of a name in a function, class or module that do not bind it anew."""
        if (name, within) not in self._reads:
            uses = self.uses((name,), within)
            self._reads[name, within] = [use for use in uses if isinstance(use.ctx, ast.Load)]
        return self._reads[name, within]

    def bindings(self, root: Root, within: ScopeNode) -> list[Any]:
        """List uses among which are all those that something is assigned to."""
        return self._uses.get((root, within)) or self._uses_in(root, within, bound=True)

    def _uses_in(self, root: Root, within: ScopeNode, *, bound: bool = False) -> list[Any]:
        unit = self._look_at(within)
        if not isinstance(within, FunctionNode):
            self._look(self._units.below(within, root[-1], bound=bound))
        parts: Iterable[_Taken] = self._taken.values()
        if unit and isinstance(within, FunctionNode):
            parts = (self._taken[None], self._taken[unit])
        found = (part.attributes if len(root) > 1 else part.names for part in parts)
        uses = [use for by_name in found for use in by_name.get(root[-1], ())]
        if not isinstance(within, ast.Module):
            # Nothing else stands on the lines of a function or class and of its decorators.
            first = min(node.lineno for node in (within, *within.decorator_list))
            lines = range(first, (within.end_lineno or within.lineno) + 1)
            uses = [use for use in uses if use.lineno in lines]
        if len(root) > 1:
            uses = [use for use in uses if dotted_root(use) == root]
        return sorted(uses, key=_place)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Give what a node stands in directly, ``None`` for the module."""
        if node not in self._parents:
            self._look_at(node)
        return self._parents.get(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield a node's parents, the nearest first."""
        outer = self.parent(node)
        while outer is not None:
            yield outer
            outer = self._parents.get(outer)

    def function(self, node: ast.AST) -> FunctionNode | None:
        """Find the function that a node stands in."""
        return next((n for n in self.above(node) if isinstance(n, FunctionNode)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """Find the class that a node stands in."""
        return next((n for n in self.above(node) if isinstance(n, ast.ClassDef)), None)

    def _look_at(self, node: ast.AST) -> Unit | None:
        """Take in the unit of which a node is a part, and return it."""
        unit = self._units.at(getattr(node, "lineno", 0))
        if unit:
            self._look(self._units.parsed([unit]))
        return unit

    def _look(self, units: Iterable[Unit]) -> None:
        """Take in what stands in units."""
        for unit in units:
            if unit not in self._taken:
                inner = [node for node in children(unit.node) if node not in self._parents]
                self._take(unit, unit.node, inner)

    def _take(self, unit: Unit | None, node: ast.AST, below: Iterable[ast.AST]) -> None:
        """Take in what stands below a node, and note of which unit it is a part."""
        self._taken[unit] = _Taken(defaultdict(list), defaultdict(list), [])
        self._add(node, below, self._taken[unit])

    def _add(self, above: ast.AST, below: Iterable[ast.AST], taken: _Taken) -> None:
        """Take in what stands below a node."""
        parents, names, kinds = self._parents, taken.names, self._kinds
        node: Any = above
        pending: list[ast.AST] = []
        while True:
            for one in below:
                parents[one] = node
                if isinstance(one, ast.Name):
                    names[one.id].append(one)
                elif not isinstance(one, ast.Constant):
                    pending.append(one)
            if not pending:
                return
            node = pending.pop()
            kind = node.__class__
            if kind is ast.Attribute:
                taken.attributes[node.attr].append(node)
                below = (node.value,)
                continue
            below = children(node)
            if kind in kinds:
                kinds[kind].append(node)
            elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._functions[node.name].append(node)
                taken.functions.append(node)
                if node in self._outermost:
                    below = node.decorator_list
            elif kind is ast.ClassDef:
                self._classes.append(node)


def _place(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    """Give a key that sorts from the end of a file to its start, and what holds another first."""
    return -(node.end_lineno or 0), -(node.end_col_offset or 0), node.lineno, node.col_offset
