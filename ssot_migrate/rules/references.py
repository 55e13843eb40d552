"""Where a module names something of the factory: by whatever name it has it, as far as certain."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from functools import cached_property

from ssot_migrate.code.module import Module, fixture_name
from ssot_migrate.code.names import Binding, Bound, FunctionNode, Scope, imported_from, walk
from ssot_migrate.code.spot import spot_of
from ssot_migrate.code.uses import dotted_root
from ssot_migrate.finding.draft import Rules
from ssot_migrate.frozen import Frozen

_OWN = frozenset({"self", "cls"})
#: Calls that put something in the place of what they name, or ask whether it is there.
_MEDDLERS = frozenset({"patch", "object", "multiple", "setattr", "delattr", "hasattr", "getattr"})
#: Those of them that can do so by a name that nobody can read.
_WIDE = ("multiple", "setattr", "delattr")
#: Decorators from there put nothing in the place of a fixture.
_PYTEST = frozenset({"pytest", "pytest_asyncio", "fixture"})
#: So many steps may lie between a name and the factory: an alias of an alias.
_DEEP = 6


class Means(Enum):
    """What an expression stands for."""

    FACTORY = "the factory's class"
    INSTANCE = "an instance of it"


class Reference(Frozen):
    """A place that takes something from the factory: ``SSotMockFactory.create_agent_mock``."""

    node: ast.Attribute
    scope: Scope
    on_instance: bool
    #: The call of it, ``None`` where it is only named.
    call: ast.Call | None

    @property
    def name(self) -> str:
        """What is taken."""
        return self.node.attr


def references(module: Module, rules: Rules) -> list[Reference]:
    """List, in the order of the text, what a module surely takes from the factory."""
    if rules.factory.class_name not in module.source.text:
        return []
    names = FactoryNames(module, rules)
    found = [] if names.is_replaced else names.references()
    meddled = {name for name in {one.name for one in found} if names.is_meddled(name)}
    kept = (one for one in found if one.name not in meddled)
    return sorted(kept, key=lambda one: (one.node.lineno, one.node.col_offset))


class FactoryNames:
    """The expressions of one module that stand for the factory."""

    def __init__(self, module: Module, rules: Rules) -> None:
        self.module = module
        self.index = module.index
        self.rules = rules
        self._known: dict[tuple[ast.AST, str], Means | None] = {}

    # what to look at

    def references(self) -> list[Reference]:
        """Find every attribute that is taken from the factory."""
        names, attributes = self._spellings()
        starts: list[ast.expr] = [use for name in names for use in self.index.names(name)]
        starts += [use for name in attributes for use in self.index.attributes(name)]
        return [one for start in starts if (one := self._reference(start))]

    def _reference(self, start: ast.expr) -> Reference | None:
        node, means = start, self.means(start)
        parent = self.index.parent(node)
        if means is Means.FACTORY and isinstance(parent, ast.Call) and parent.func is node:
            node, means = parent, self.means(parent)
            parent = self.index.parent(node)
        if means is None or not isinstance(parent, ast.Attribute):
            return None
        above = self.index.parent(parent)
        call = above if isinstance(above, ast.Call) and above.func is parent else None
        scope = spot_of(self.module, parent).scope
        return Reference(parent, scope, means is Means.INSTANCE, call)

    def _spellings(self) -> tuple[set[str], set[str]]:
        """List the names and attributes that may stand for the factory; no others are looked at."""
        imports = self.index.nodes(ast.ImportFrom)
        names = {name for node in imports for name in self._imported(node)}
        attributes = {self.rules.factory.class_name}
        for _ in range(_DEEP):
            before = len(names) + len(attributes)
            for target in self._targets(names, attributes):
                root = dotted_root(target) or ()
                names |= set(root) if len(root) == 1 else set()
                attributes |= set(root[-1:])
            if len(names) + len(attributes) == before:
                break
        return names, attributes

    def _imported(self, node: ast.ImportFrom) -> Iterator[str]:
        """Yield the names under which a statement imports the factory."""
        for alias in node.names:
            # Each question may cost a look at the module; a class is written in capitals.
            is_class = alias.name[:1].isupper() or alias.name == self.rules.factory.class_name
            if is_class and self.rules.is_factory(imported_from(node) + alias.name):
                yield alias.asname or alias.name

    def _targets(self, names: set[str], attributes: set[str]) -> Iterator[ast.AST]:
        """Yield what is bound to something that is spelled as the factory is."""
        uses: list[ast.expr] = [use for name in names for use in self.index.names(name)]
        uses += [use for name in attributes for use in self.index.attributes(name)]
        for use in uses:
            above = self.index.parent(use)
            value = above if isinstance(above, ast.Call) and above.func is use else use
            match self.index.parent(value):
                case ast.Assign(targets=targets, value=given) if given is value:
                    yield from targets
                case ast.AnnAssign(target=target, value=given) if given is value:
                    yield target
                case ast.Return() | ast.Yield():
                    function = self.index.function(value)
                    if function and (name := fixture_name(function)):
                        yield ast.Name(name)

    # what it stands for

    def means(self, expression: ast.expr, depth: int = 0) -> Means | None:
        """Say what an expression surely stands for, ``None`` for anything else."""
        if depth > _DEEP:
            return None
        match expression:
            case ast.Name(id=name):
                spot = spot_of(self.module, expression)
                owner = spot.owner(name)
                return self._bound(owner, name, depth) if owner else None
            case ast.Attribute():
                return self._attribute(expression, depth)
            case ast.Call(func=function) if self.means(function, depth) is Means.FACTORY:
                makes = self.rules.factory.interface.makes_instances
                return Means.INSTANCE if makes else None
        return None

    def _attribute(self, expression: ast.Attribute, depth: int) -> Means | None:
        root = dotted_root(expression) or ("",)
        spot = spot_of(self.module, expression)
        owner = spot.owner(root[0])
        if root[0] in _OWN and len(root) == 2:
            return self._own_attribute(expression, depth)
        if owner is None or any(b.how is not Bound.IMPORT for b in owner.bindings[root[0]]):
            return None
        names = {f"{b.qualified}.{'.'.join(root[1:])}" for b in owner.bindings[root[0]]}
        return Means.FACTORY if all(map(self.rules.is_factory, names)) else None

    def _bound(self, owner: Scope, name: str, depth: int) -> Means | None:
        """Say what all bindings of a name in a scope stand for, if that is one thing."""
        key = (owner.node, name)
        if key not in self._known:
            self._known[key] = None  # A name that is bound to itself says nothing.
            bindings = owner.bindings[name]
            kept = [b for b in bindings if not self.is_fallback(b, bindings)]
            found = {self._binding(binding, depth) for binding in kept}
            one = found.pop() if len(found) == 1 else None
            self._known[key] = None if name in self._rebound else one
        return self._known[key]

    def _binding(self, binding: Binding, depth: int) -> Means | None:
        if binding.how is Bound.IMPORT:
            return Means.FACTORY if self.rules.is_factory(binding.qualified or "") else None
        if binding.how is Bound.PARAMETER and isinstance(binding.node, ast.arg):
            return self._fixture(binding.node, depth)
        value = self._assigned(binding.node)
        return self.means(value, depth + 1) if value else None

    def _assigned(self, target: ast.AST) -> ast.expr | None:
        """Give what is assigned to a name or attribute, nothing where it is bound otherwise."""
        match self.index.parent(target):
            case ast.Assign(targets=[*targets], value=value) if any(t is target for t in targets):
                return value
            case ast.AnnAssign(target=only, value=ast.expr() as value) if only is target:
                return value
        return None

    def is_fallback(self, binding: Binding, bindings: list[Binding]) -> bool:
        """Say whether a binding only holds where an import of the factory has failed."""
        value = self._assigned(binding.node)
        if isinstance(value, ast.Constant) and value.value is None:
            return True
        handled = self.handled(binding.node)
        return handled is not None and any(self._stands_in(b.node, handled) for b in bindings)

    def handled(self, node: ast.AST) -> ast.Try | None:
        """Find the ``try`` in whose handler a node stands."""
        below = node
        for above in self.index.above(node):
            if isinstance(above, ast.Try) and isinstance(below, ast.ExceptHandler):
                return above
            if isinstance(above, FunctionNode | ast.ClassDef):
                return None
            below = above
        return None

    def _stands_in(self, node: ast.AST, handled: ast.Try) -> bool:
        above = [node, *self.index.above(node)]
        return any(statement is one for statement in handled.body for one in above)

    @cached_property
    def _rebound(self) -> frozenset[str]:
        """The names that a function may bind in a scope around it."""
        names = [node.names for node in self.index.nodes(ast.Global)]
        names += [node.names for node in self.index.nodes(ast.Nonlocal)]
        return frozenset(name for declared in names for name in declared)

    # attributes and fixtures

    def _own_attribute(self, expression: ast.Attribute, depth: int) -> Means | None:
        """Say what ``self.x`` stands for: what its class, bases and heirs set it to."""
        user = self.index.class_of(expression)
        if user is None:
            return None
        bound = self._classes_that_bind(expression.attr, depth)
        if bound is None:
            return None
        lineage = self._above(user)
        if not any(owner in lineage for owner in bound):
            return None
        found = {m for owner, m in bound.items() if owner in lineage or user in self._above(owner)}
        return found.pop() if len(found) == 1 else None

    def _classes_that_bind(self, name: str, depth: int) -> dict[ast.ClassDef, Means | None] | None:
        """Say what each class sets an attribute to; nothing where it is set from outside, too."""
        found: dict[ast.ClassDef, set[Means | None]] = {}
        for use in self.index.attributes(name):
            if isinstance(use.ctx, ast.Load):
                continue
            owner = self.index.class_of(use)
            if owner is None or getattr(use.value, "id", None) not in _OWN:
                return None
            value = self._assigned(use)
            is_none = isinstance(value, ast.Constant) and value.value is None
            if not is_none:
                means = self.means(value, depth + 1) if value else None
                found.setdefault(owner, set()).add(means)
        for owner in self.index.classes:
            scope = self.module.scope(owner, spot_of(self.module, owner).scope)
            if name in scope.bindings:
                found.setdefault(owner, set()).add(self._bound(scope, name, depth))
        return {owner: m.pop() if len(m) == 1 else None for owner, m in found.items()}

    def _above(self, heir: ast.ClassDef) -> list[ast.ClassDef]:
        """List a class and its bases in this module."""
        found = [heir]
        for node in found:
            names = {base.id for base in node.bases if isinstance(base, ast.Name)}
            found += [c for c in self.index.classes if c.name in names and c not in found]
        return found

    def _fixture(self, parameter: ast.arg, depth: int) -> Means | None:
        """Say what pytest gives for a parameter, where a fixture of this module makes it."""
        user = self.index.function(parameter)
        fixtures = [
            function
            for function in self.index.functions_with(parameter.arg)
            if fixture_name(function) == parameter.arg
        ]
        if len(fixtures) != 1 or user is None or not self._takes_fixtures(user, parameter):
            return None
        home = self.index.class_of(fixtures[0])
        if home and home is not self.index.class_of(user):
            return None
        found = {
            self.means(node.value, depth + 1) if node.value else None
            for node in walk(fixtures[0])
            if isinstance(node, ast.Return | ast.Yield) and self.index.function(node) is fixtures[0]
        }
        return found.pop() if len(found) == 1 else None

    def _takes_fixtures(self, user: FunctionNode, parameter: ast.arg) -> bool:
        """Say whether it is pytest that calls a function, with what its fixtures give."""
        known = fixture_name(user) or user.name.startswith("test")
        home = self.index.class_of(user)
        decorators = user.decorator_list + (home.decorator_list if home else [])
        roots = [dotted_root(getattr(d, "func", d)) for d in decorators]
        defaults = [*user.args.defaults, *filter(None, user.args.kw_defaults)]
        text = self.module.source.text
        named = re.search(rf"[\"'][^\"'\n]*\b{re.escape(parameter.arg)}\b[^\"'\n]*[\"']", text)
        return bool(
            known
            and all(root and root[0] in _PYTEST for root in roots)
            and not defaults
            and not ("parametrize" in text and named)
        )

    # what is replaced

    def _is_spoken(self, name: str) -> bool:
        """Say whether a string with a name is given to what replaces things, or asks for them."""
        return any(
            isinstance(argument, ast.Constant)
            and isinstance(argument.value, str)
            and argument.value.rpartition(".")[2] == name
            for word in _MEDDLERS
            for call in self.index.calls(word, beside=name)
            for argument in call.args
        )

    @property
    def is_replaced(self) -> bool:
        """Say whether something may stand in the factory's place while a test runs."""
        name = self.rules.factory.class_name
        stored = (use for use in self.index.attributes(name))
        if any(not isinstance(use.ctx, ast.Load) for use in stored):
            return True
        if self._is_spoken(name):
            return True
        return any(self._sets_anything(call) for word in _WIDE for call in self.index.calls(word))

    def _sets_anything(self, call: ast.Call) -> bool:
        """Say whether names of the factory are replaced that nobody can read."""
        match call:
            case ast.Call(args=[target, *rest]):
                plain = rest and isinstance(rest[0], ast.Constant)
                wide = _called(call) == "multiple" or not plain
                return wide and self.means(target) is not None
        return False

    def is_meddled(self, name: str) -> bool:
        """Say whether a name of the factory is replaced somewhere, or asked for before its use."""
        stored = (use for use in self.index.attributes(name) if not isinstance(use.ctx, ast.Load))
        return self._is_spoken(name) or any(self.means(use.value) for use in stored)


def _called(call: ast.Call) -> str:
    """Give the last name of what is called."""
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))
