"""Follow a mock through everything that can see it."""

import ast
from collections.abc import Iterable

from ssot_migrate.code.module import SCOPES, Module, fixture_name, targets_of
from ssot_migrate.code.names import KINDS, FunctionNode, Scope, ScopeNode, takes
from ssot_migrate.code.uses import Root, dotted_root, last_name, patched
from ssot_migrate.known import Export, Operation, What
from ssot_migrate.touches import passing
from ssot_migrate.touches.passing import Trail
from ssot_migrate.touches.reach import Reach
from ssot_migrate.touches.touch import configured, read_touch

#: Names and calls that a mock is followed through.
_DEEP = 20
_OWN, _KEEPER, _HOLDER = ("self", "cls"), What.KEEPER, What.HOLDER


def find_reach(
    module: Module, roots: Iterable[Root], scope: Scope, skip: frozenset[ast.stmt]
) -> Reach:
    """Find all touches of a mock, by all its names, outside the statements that make it."""
    finder = _Finder(module, skip)
    for root in roots:
        finder.follow(root, scope)
    return finder.reach


def reach_of_expression(module: Module, call: ast.Call) -> Reach:
    """Find all touches of a mock that a part of a statement creates."""
    finder = _Finder(module, frozenset())
    finder.expression(call)
    return finder.reach


def users(module: Module, export: Export) -> Reach:
    """Find what a file does with the mock that another file's fixture or helper gives."""
    finder, given = _Finder(module, frozenset()), Trail(what=export.what)
    if export.is_fixture:
        finder.fixture(export.name, given)
    else:
        finder.calls(export.name, given, method=False)
    return finder.reach


class _Finder:
    def __init__(self, module: Module, skip: frozenset[ast.stmt]) -> None:
        self.module = module
        self.index = module.index
        self.skip = skip
        #: Of what is skipped.
        self.lines = {n for one in skip for n in range(one.lineno, (one.end_lineno or 0) + 1)}
        self.reach = Reach()
        self.seen: set[tuple[int, Root, What, str | None]] = set()
        #: Functions that have the mock from an argument: each of their calls gives the same one.
        self.given: set[FunctionNode] = set()

    def follow(self, root: Root, scope: Scope) -> None:
        """Follow a name from the scope that binds it."""
        if root[0] in scope.foreign:
            self._lose(scope.node, f"{root[0]} is declared global or nonlocal")
        owner = scope.enclosing_class
        if len(root) == 2 and root[0] in _OWN and owner and isinstance(owner.node, ast.ClassDef):
            self._attribute(owner.node, root[1], Trail())
        elif len(root) > 1:
            self._held(root, scope)
        elif isinstance(scope.node, ast.ClassDef):
            self._attribute(scope.node, root[0], Trail())
            self._names(root, scope.node, Trail())
        else:
            self._names(root, scope.node, Trail())
            if isinstance(scope.node, ast.Module) and not self.module.is_test:
                self._lose(scope.node, f"{root[0]} can be imported by other modules")

    def expression(self, call: ast.Call) -> None:
        """Follow a creation from where it stands."""
        place = self.index.function(call) or self.module.tree
        self.reach.places.append(place)
        if place is self.module.tree and not self.module.is_test:
            self._lose(call, "it can be imported by other modules")
        self._mention(call, Trail())

    def _held(self, root: Root, scope: Scope) -> None:
        """Follow the attribute of something that is no mock, and what keeps it."""
        self._names(root, scope.node, Trail())
        self._set_on(root, scope.node, Trail())
        for other in passing.other_names(self.module, root[0], scope.node):
            self._bound(other, Trail(what=_KEEPER, key=root[1]))
        if passing.is_lent(self.module, root[0], scope.node):
            self._lose(scope.node, f"{root[0]} belongs to its caller")

    def _set_on(self, root: Root, place: ScopeNode, trail: Trail) -> None:
        """Follow the object that has something as an attribute now."""
        if passing.seen_by_fixture(self.module, root[0], place):
            self._lose(place, f"a fixture of this file sees {root[0]} too")
        for access in passing.own_reads(self.index, root[-1]):
            if not self._known(access, (), trail):
                self._mention(access, trail.further())
        if root[0] in _OWN and (owner := self.index.class_of(place)):
            self._own(owner, root[1], trail.to(_KEEPER, root[2]))
        elif not passing.is_common(self.module, root):
            self._keeper(root[0], place, trail.to(_KEEPER, root[1]))

    def _keeper(self, name: str, place: ScopeNode, trail: Trail) -> None:
        """Follow what was given a mock; a fixture that was asked for also in who else asks."""
        self._names((name,), place, trail)
        if isinstance(place, FunctionNode) and fixture_name(place):
            if takes(place, name):
                self.fixture(name, trail.further())

    def _names(self, root: Root, within: ScopeNode, trail: Trail) -> None:
        """Follow a dotted name inside a function, class or module."""
        if trail.depth > _DEEP:
            self._lose(within, "it goes through too many names", trail)
        elif not self._known(within, root, trail):
            self._named(root, within, trail)

    def _named(self, root: Root, within: ScopeNode, trail: Trail) -> None:
        self.reach.places.append(within)
        for name in self.index.reads(root[0], within):
            if not passing.rebound(self.module, name, within):
                end = passing.end_of_root(self.index, name, root)
                if end is not None:
                    self._mention(end, trail)

    def _known(self, node: ast.AST, root: Root, trail: Trail) -> bool:
        """Say whether something was followed before, and note it."""
        step = (id(node), root, trail.what, trail.key)
        known = step in self.seen
        self.seen.add(step)
        return known

    def _attribute(self, owner: ast.ClassDef, attribute: str, trail: Trail) -> None:
        """Follow ``self.x`` through a class, its bases in the module, and those that inherit."""
        if not self.module.is_test:
            self._lose(owner, f"{owner.name} can be inherited from in other modules")
        down, up = (passing.kin(self.module, owner, down=way) for way in (True, False))
        family = [owner, *down, *up]
        self.reach.places += family
        for access in passing.accesses(self.index, family, attribute):
            self._mention(access, trail)
        for one in family:
            place = passing.home(self.module, one, one.name)
            self._names((one.name,), place, trail.further().to(_KEEPER, attribute))

    def _mention(self, node: ast.AST, trail: Trail) -> None:
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        near = getattr(node, "lineno", 0) in self.lines
        if near and any(outer in self.skip for outer in self.index.above(node)):
            return
        if trail.what is not What.MOCK:
            self._within(node, trail)
            return
        touch, end = read_touch(node, self.index)
        self.reach.touches += [touch, *configured(touch, end)]
        if touch.operation is Operation.RETURN:
            self._returned(end, trail)
        elif not touch.steps and touch.operation is Operation.PASS:
            self._alias(node, trail)

    def _alias(self, node: ast.AST, trail: Trail) -> None:
        """Follow something to where the expression that it stands in puts it."""
        parent = self.index.parent(node)
        for target in targets_of(parent, node):
            self._bound(target, trail)
            if isinstance(parent, ast.withitem):
                self._bound(target, trail.to(What.MOCK))
        match parent:
            case ast.NamedExpr(target=target):
                self._bound(target, trail)
                self._mention(parent, trail)
            case ast.BoolOp() | ast.Await():
                self._mention(parent, trail)
            case ast.IfExp(test=test) if test is not node:
                self._mention(parent, trail)
            case ast.Tuple() | ast.List() if targets := passing.unpacked(self.index, parent, node):
                for target in targets:
                    self._bound(target, trail)
            case ast.Dict(keys=keys, values=values):
                key = next((k for k, v in zip(keys, values, strict=True) if v is node), None)
                self._mention(parent, trail.to(_HOLDER, passing.text_of(key)))
            case _ if isinstance(parent, passing.CONTAINERS):
                self._mention(parent, trail.to(_HOLDER))
            case ast.arguments():
                self._lose(node, "it is the default of a parameter", trail)
            case ast.Call() | ast.keyword():
                self._argument(parent, node, trail)

    def _within(self, holder: ast.AST, trail: Trail) -> None:
        """Follow the mock in something that holds it to where it is taken out."""
        parent = self.index.parent(holder)
        match parent:
            case ast.Subscript(slice=ast.Slice()):
                self._mention(parent, trail.to(trail.what))
            case ast.Subscript(value=value, slice=inner) if value is holder:
                if trail.key is None or passing.text_of(inner) in (None, trail.key):
                    self._taken(parent, trail)
            case ast.Attribute():
                self._member(parent, trail)
            case ast.Call(func=function) if function is holder and trail.what is _KEEPER:
                self._mention(parent, trail)
            case ast.Call(func=function) if function is holder:
                self._taken(parent, trail)
            case ast.For(target=target, iter=it) | ast.comprehension(target=target, iter=it) if (
                it is holder
            ):
                self._items(target, trail)
            case ast.Assign(targets=[ast.Tuple() | ast.List() as target]):
                self._items(target, trail)
            case ast.Return() | ast.Yield():
                self._returned(parent, trail)
            case ast.BinOp() | ast.Dict(keys=[None, *_]) | ast.YieldFrom():
                self._lose(holder, "it goes into a list, tuple or dict", trail)
                self._mention(parent, trail)
            case _ if not isinstance(parent, passing.IDLE):
                self._alias(holder, trail)

    def _taken(self, node: ast.AST, trail: Trail) -> None:
        """Follow what comes out of a holder: the mock, or another holder of it."""
        self._mention(node, trail.to(What.MOCK))
        self._mention(node, trail.to(trail.what))

    def _member(self, access: ast.Attribute, trail: Trail) -> None:
        """Follow a method that gives out what a container holds, or what an object keeps."""
        call = self.index.parent(access)
        if isinstance(call, ast.Call) and call.func is access:
            if trail.what is _HOLDER or access.attr in passing.GIVES:
                self._taken(call, trail.to(_HOLDER))
        elif trail.key in (None, access.attr, "return_value"):
            self._taken(access, trail)

    def _items(self, target: ast.expr, trail: Trail) -> None:
        """Follow what a loop or an unpacking takes out of a holder."""
        for one in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            inner = one.value if isinstance(one, ast.Starred) else one
            self._bound(inner, trail.to(What.MOCK))
            self._bound(inner, trail.to(trail.what))

    def _lose(self, node: ast.AST, text: str, trail: Trail | None = None) -> None:
        if trail is None or trail.what is not _KEEPER:
            self.reach.lost.append((getattr(node, "lineno", 1), text))

    def _argument(self, parent: ast.Call | ast.keyword, node: ast.AST, trail: Trail) -> None:
        """Follow a mock into a function, and to what may keep it."""
        call = self.index.parent(parent) if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            return
        keyword = getattr(parent, "arg", None)
        if isinstance(node, ast.Starred) or (parent is not call and keyword is None):
            if trail.key is None or trail.what is What.MOCK:
                self._lose(call, "it is unpacked", trail)
            keyword, trail = trail.key, trail.to(What.MOCK)
        name = last_name(call.func) or ""
        for why in passing.hidden(self.module, call, node, trail.what):
            self._lose(call, why)
        for function, parameter in passing.landings(self.module, call, node, keyword):
            rest = function.args.vararg, function.args.kwarg
            packed = any(r and r.arg == parameter for r in rest)
            there = trail.to(_HOLDER) if packed else trail
            self.given.add(function)
            self._names((parameter,), function, there.further())
        target = patched(call)
        if target:
            self._replaced(target.rpartition(".")[2], trail)
            given = keyword == "return_value"
            self._alias(call, trail.to(_HOLDER, keyword) if given else trail)
        elif isinstance(call.func, ast.Lambda) or (
            isinstance(call.func, ast.Name) and name in passing.BUILTINS
        ):
            self._handed_back(call, name, keyword, trail)
        elif name in KINDS and keyword:
            self._mention(call, trail.to(_HOLDER, keyword))
        elif (
            name.lstrip("_")[:1].isupper()
            or name == "replace"
            or isinstance(self.index.parent(call), ast.withitem)
        ):
            self._mention(call, trail.to(_KEEPER, keyword if name == "SimpleNamespace" else None))
        self._kept(call, name, trail)

    def _handed_back(self, call: ast.Call, name: str, keyword: str | None, trail: Trail) -> None:
        """Follow what a function of Python's own makes of a mock, or of what holds it."""
        if trail.what is What.MOCK and not (keyword and name == "dict"):
            self._lose(call, "it is passed to what gives it back", trail)
        self._taken(call, trail.to(_HOLDER))

    def _kept(self, call: ast.Call, name: str, trail: Trail) -> None:
        """Follow the object whose method takes a mock."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        match owner:
            case ast.Name(id="patch") | ast.Attribute(attr="patch") if name == "dict":
                self._bound(call.args[0], trail.further().to(_HOLDER))
            case ast.Call(func=ast.Name(id="super")):
                made = self.index.class_of(call)
                if made:
                    place = passing.home(self.module, made, made.name)
                    self._names((made.name,), place, trail.to(_KEEPER))
            case ast.Name() | ast.Attribute() if not name.startswith("assert"):
                root = dotted_root(owner)
                if root and not passing.is_common(self.module, root):
                    what = _HOLDER if name in passing.PUTS else _KEEPER
                    self._bound(owner, trail.further().to(what))

    def _replaced(self, name: str, trail: Trail) -> None:
        """Follow what a ``patch`` puts in the place of something."""
        for access in (*self.index.names(name), *self.index.attributes(name)):
            if not self._known(access, (), trail.to(_HOLDER)):
                self._taken(access, trail.to(_HOLDER))

    def _bound(self, target: ast.expr, trail: Trail) -> None:
        """Follow what is bound to a name or an attribute, or put into something."""
        root = dotted_root(target)
        if root is None:
            self._stored(target, trail)
            return
        outer = next(n for n in self.index.above(target) if isinstance(n, SCOPES))
        owner = passing.owner_of(self.module, target, root)
        if isinstance(outer, ast.ClassDef) and len(root) == 1:
            self._own(outer, root[0], trail)
        elif owner:
            self._own(owner, root[1], trail)
        else:
            place, there = passing.home(self.module, target, root[0]), trail.further()
            self._names(root, place, there)
            if len(root) > 1:
                self._set_on(root, place, there)
            elif trail.what is not What.MOCK and not passing.is_common(self.module, root):
                self._keeper(root[0], place, there)

    def _own(self, owner: ast.ClassDef, attribute: str, trail: Trail) -> None:
        if not self._known(owner, (attribute,), trail):
            self._attribute(owner, attribute, trail.further())

    def _stored(self, target: ast.expr, trail: Trail) -> None:
        """Follow what is put into something that has no name of its own."""
        match target:
            case ast.Subscript(value=owner, slice=key) if dotted_root(owner):
                self._bound(owner, trail.further().to(_HOLDER, passing.text_of(key)))
            case ast.Tuple() | ast.List() if trail.what is not What.MOCK:
                self._items(target, trail)
            case ast.Attribute() | ast.Call() | ast.Name():
                pass
            case _:
                self._lose(target, "it is unpacked", trail)

    def _returned(self, node: ast.AST, trail: Trail) -> None:
        """Follow a mock to those who get it from a fixture or a helper."""
        function = self.index.function(node)
        if function is None or self._known(function, (), trail):
            return
        name = fixture_name(function)
        exported = not self.module.is_test
        if name:
            self.fixture(name, trail.further())
        elif not function.name.startswith("test"):
            method = isinstance(self.index.parent(function), ast.ClassDef)
            repeated = self.reach.repeated
            self.calls(function.name, trail.further(), method=method)
            if function in self.given:
                self.reach.repeated = repeated
        if exported:
            called = name or function.name
            given = Export(self.module.path, called, is_fixture=bool(name), what=trail.what)
            self.reach.exports.append(given)

    def fixture(self, name: str, trail: Trail) -> None:
        """Follow a fixture to every function that takes it."""
        for node in passing.takers(self.index, name):
            self._names((name,), node, trail)
        if asked := self.index.attributes("getfixturevalue"):
            line = asked[0].lineno
            self.reach.lost.append((line, "a fixture is asked for by getfixturevalue"))

    def calls(self, name: str, trail: Trail, *, method: bool) -> None:
        """Follow a helper to every call of it."""
        uses: list[ast.AST] = [] if method else list(self.index.names(name))
        uses += self.index.attributes(name)
        callers: list[ast.AST | None] = []
        for use in uses:
            call = self.index.parent(use)
            if not (isinstance(call, ast.Call) and call.func is use):
                if isinstance(getattr(use, "ctx", None), ast.Load):
                    self._lose(use, f"{name} is passed on without being called", trail.to(_HOLDER))
                continue
            awaited = self.index.parent(call)
            end = awaited if isinstance(awaited, ast.Await) else call
            callers.append(self.index.function(call))
            self.reach.repeated |= passing.repeats(self.index, call)
            item = self.index.parent(end)
            if isinstance(item, ast.withitem):
                for target in targets_of(item, end):
                    self._bound(target, trail)
            else:
                self._mention(end, trail)
        self.reach.repeated |= len(callers) > len(set(callers))
        self.reach.places += [caller for caller in callers if caller]
