"""Follow a mock through everything that can see it."""

import ast
from collections.abc import Iterable, Iterator

from ssot_migrate.module import (
    SCOPES,
    Index,
    Module,
    bases,
    decorated,
    dotted_root,
    fixture_name,
    reads_of,
    targets_of,
)
from ssot_migrate.names import KINDS, FunctionNode, Scope, parameters
from ssot_migrate.reach import Export, Reach, is_test_file
from ssot_migrate.touch import Operation, configured, read_touch
from ssot_migrate.uses import Root

_DEEP = 6
_OWN = ("self", "cls")
_BUILTINS = frozenset(
    "list tuple set dict enumerate zip reversed iter next cycle chain repeat".split()
)


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
    finder = _Finder(module, frozenset())
    if export.is_fixture:
        finder.fixture(export.name, 0)
    else:
        finder.calls(export.name, 0, method=False)
    return finder.reach


class _Finder:
    def __init__(self, module: Module, skip: frozenset[ast.stmt]) -> None:
        self.module = module
        self.index: Index = module.index
        self.skip = skip
        self.reach = Reach()
        self.seen: set[tuple[int, Root]] = set()

    def follow(self, root: Root, scope: Scope) -> None:
        """Follow a name from the scope that binds it."""
        if root[0] in scope.foreign:
            line = getattr(scope.node, "lineno", 1)
            self.reach.lost.append((line, f"{root[0]} is declared global or nonlocal"))
        owner = scope.enclosing_class
        if len(root) == 2 and root[0] in _OWN and owner and isinstance(owner.node, ast.ClassDef):
            self._attribute(owner.node, root[1])
        elif len(root) > 1:
            self._held(root, scope)
        elif isinstance(scope.node, ast.ClassDef):
            self._attribute(scope.node, root[0])
            self._names(root, scope.node, 0)
        else:
            self._names(root, scope.node, 0)
            if isinstance(scope.node, ast.Module) and not is_test_file(self.module.path):
                self.reach.lost.append((1, f"{root[0]} can be imported by other modules"))

    def expression(self, call: ast.Call) -> None:
        """Follow a creation from where it stands."""
        self.reach.places.append(self._place(call))
        self._mention(call, 0)

    def _held(self, root: Root, scope: Scope) -> None:
        """Follow the attribute of something that is no mock, as far as that is in sight."""
        self._names(root, scope.node, 0)
        for name in self.index.uses(root[0], scope.node):
            if self._leaves(name):
                self._lose(name, f"{root[0]}, which holds it, goes elsewhere")
                return
        owners = [a for a in self.index.attributes.get(root[-1], ()) if dotted_root(a.value)]
        if any(dotted_root(a.value) == ("self",) for a in owners):
            self._lose(owners[0], f"a class of this file has its own {root[-1]}")

    def _leaves(self, name: ast.Name) -> bool:
        """Say whether a holder gets another name, or goes to a function of this module."""
        parent = self.index.parents.get(name)
        call = self.index.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        if isinstance(call, ast.Call):
            return call.func is not name and any(self._functions(dotted_root(call.func)))
        stays = isinstance(parent, ast.Attribute | ast.Compare | ast.Assert | ast.Expr)
        return isinstance(name.ctx, ast.Load) and not stays

    def _names(self, root: Root, within: ast.AST, depth: int) -> None:
        """Follow a dotted name inside a function, class or module."""
        if (id(within), root) in self.seen or depth > _DEEP:
            return
        self.seen.add((id(within), root))
        self.reach.places.append(within)
        for name in self.index.uses(root[0], within):
            if not self._rebound(name, within):
                end = self._end_of_root(name, root)
                if end is not None:
                    self._mention(end, depth)

    def _rebound(self, name: ast.Name, within: ast.AST) -> bool:
        """Say whether a nested function has a name of its own for it."""
        for outer in self.index.above(name):
            if outer is within:
                return False
            if isinstance(outer, FunctionNode):
                if any(argument.arg == name.id for argument in parameters(outer)):
                    return True
                scope = self.module.scope(outer, None)
                if name.id in scope.bindings and name.id not in scope.foreign:
                    return True
        return False

    def _end_of_root(self, name: ast.AST, root: Root) -> ast.AST | None:
        node = name
        for attribute in root[1:]:
            parent = self.index.parents.get(node)
            if attribute == "return_value" and isinstance(parent, ast.Call) and parent.func is node:
                awaited = self.index.parents.get(parent)
                node = awaited if isinstance(awaited, ast.Await) else parent
                continue
            if not (isinstance(parent, ast.Attribute) and parent.attr == attribute):
                return None
            node = parent
        return node

    def _attribute(self, owner: ast.ClassDef, attribute: str) -> None:
        """Follow ``self.x`` through a class, its bases in the module, and those that inherit."""
        if not is_test_file(self.module.path):
            text = f"{owner.name} can be inherited from in other modules"
            self.reach.lost.append((owner.lineno, text))
        family = [owner, *self._kin(owner, down=True), *self._kin(owner, down=False)]
        self.reach.places += family
        names = {"self", "cls", *(c.name for c in family)}
        for access in self.index.attributes.get(attribute, ()):
            on = access.value
            if isinstance(on, ast.Name) and on.id in names:
                inside = any(c in self.index.above(access) for c in family)
                if inside or on.id not in {"self", "cls"}:
                    self._mention(access, 0)

    def _kin(self, owner: ast.ClassDef, *, down: bool) -> list[ast.ClassDef]:
        """List the classes of the module that inherit from a class, or that it inherits from."""
        classes = [node for node in self.module.tree.body if isinstance(node, ast.ClassDef)]
        found = [owner]
        for one in found:
            pairs = ((other, one) if down else (one, other) for other in classes)
            found += [
                below if down else above
                for below, above in pairs
                if above.name in bases(below) and (below if down else above) not in found
            ]
        return found[1:]

    def _mention(self, node: ast.AST, depth: int) -> None:
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        if any(outer in self.skip for outer in self.index.above(node)):
            return
        touch, end = read_touch(node, self.index)
        self.reach.touches += [touch, *configured(touch, end)]
        if touch.operation is Operation.RETURN:
            self._returned(end, depth)
        elif not touch.steps and touch.operation is Operation.PASS:
            self._alias(node, depth)

    def _alias(self, node: ast.AST, depth: int) -> None:
        """Follow a mock to where the expression that it stands in puts it."""
        parent = self.index.parents.get(node)
        for target in targets_of(parent, node):
            self._bound(target, depth)
        match parent:
            case ast.NamedExpr(target=target):
                self._bound(target, depth)
                self._mention(parent, depth)
            case ast.BoolOp():
                self._mention(parent, depth)
            case ast.IfExp(test=test) if test is not node:
                self._mention(parent, depth)
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Lambda() | ast.ListComp():
                self._contained(parent, node, depth)
            case ast.arguments():
                self._lose(node, "it is the default of a parameter")
            case ast.Call() | ast.keyword():
                self._argument(parent, node, depth)

    def _contained(self, holder: ast.expr, node: ast.AST, depth: int) -> None:
        """Follow a mock that stands in a list, tuple, dict or lambda."""
        if (id(holder), ()) in self.seen:
            return
        self.seen.add((id(holder), ()))
        match self.index.parents.get(holder):
            case ast.Return() | ast.Yield():
                self._lose(holder, "it is returned together with other things")
            case ast.Assign(targets=[ast.Tuple(elts=targets)]) if isinstance(holder, ast.Tuple):
                for target in (t for t, e in zip(targets, holder.elts, strict=False) if e is node):
                    self._bound(target, depth)
            case ast.Assign(targets=[target]):
                for use in reads_of(target, self._place(target)):
                    self._opened(use, depth + 1)
            case _:
                self._opened(holder, depth)

    def _opened(self, holder: ast.AST, depth: int) -> None:
        """Follow the mocks in a list, dict or lambda to where one is taken out."""
        parent = self.index.parents.get(holder)
        match parent:
            case ast.For(target=target, iter=it) | ast.comprehension(target=target, iter=it) if (
                it is holder
            ):
                self._bound(target, depth)
            case ast.Subscript(value=value, slice=ast.Slice()) if value is holder:
                self._opened(parent, depth)
            case ast.Subscript(value=value) if value is holder:
                self._mention(parent, depth)
            case ast.Call(func=function) if function is holder:
                self._mention(parent, depth)
            case ast.Call(func=function) if not _hands_back(function):
                pass
            case ast.keyword() | ast.Compare() | ast.Assert() | ast.Expr():
                pass
            case _:
                self._lose(holder, "it goes into a list, tuple or dict")

    def _lose(self, node: ast.AST, text: str) -> None:
        self.reach.lost.append((getattr(node, "lineno", 1), text))

    def _argument(self, parent: ast.Call | ast.keyword, node: ast.AST, depth: int) -> None:
        """Follow a mock into a function of the module, and to what another mock has it for."""
        call = self.index.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            return
        if isinstance(call.func, ast.Lambda) or _hands_back(call.func):
            self._lose(call, "it is passed to what gives it back")
        root = dotted_root(call.func)
        for target in targets_of(self.index.parents.get(call), call):
            name = dotted_root(target)
            if root and name and root[-1] in KINDS and isinstance(parent, ast.keyword):
                self._names((*name, parent.arg or ""), self._place(target), depth + 1)
        for function in self._functions(root):
            names = [argument.arg for argument in parameters(function)]
            if isinstance(self.index.parents.get(function), ast.ClassDef):
                names = names[1:]
            if isinstance(parent, ast.keyword):
                names = [parent.arg or ""]
            else:
                names = [n for n, a in zip(names, call.args, strict=False) if a is node]
            for name_there in names:
                self._names((name_there,), function, depth + 1)

    def _functions(self, root: Root | None) -> Iterator[FunctionNode]:
        """Give the module's functions that a call may mean."""
        known = root and (len(root) == 1 or (len(root) == 2 and root[0] in {"self", "cls"}))
        yield from self.index.functions.get(root[-1], ()) if known and root else ()

    def _place(self, node: ast.AST) -> ast.AST:
        return self.index.function(node) or self.module.tree

    def _bound(self, target: ast.expr, depth: int) -> None:
        root = dotted_root(target)
        place: ast.AST | None = self.index.function(target)
        if root is None:
            if isinstance(target, ast.Subscript):
                self._equal(target, self._place(target), depth)
            elif not isinstance(target, ast.Attribute):
                self._lose(target, "it is unpacked")
            return
        outer = next(n for n in self.index.above(target) if isinstance(n, SCOPES))
        if isinstance(outer, ast.ClassDef) and len(root) == 1:
            self._attribute(outer, root[0])
            return
        if root[0] in {"self", "cls"} and len(root) > 1:
            place = self.index.class_of(target)
            if len(root) == 2 and isinstance(place, ast.ClassDef) and depth <= _DEEP:
                if (id(place), root) not in self.seen:
                    self.seen.add((id(place), root))
                    self._attribute(place, root[1])
                return
        self._names(root, place or self.module.tree, depth + 1)

    def _equal(self, target: ast.Subscript, within: ast.AST, depth: int) -> None:
        """Follow an item by the text that it is stored under."""
        text = ast.unparse(target)
        if (id(within), (text,)) in self.seen:
            return
        self.seen.add((id(within), (text,)))
        for node in reads_of(target, within):
            self._mention(node, depth + 1)

    def _returned(self, node: ast.AST, depth: int) -> None:
        """Follow a mock to those who get it from a fixture or a helper."""
        function = self.index.function(node)
        if function is None or depth > _DEEP:
            return
        name = fixture_name(function)
        exported = not is_test_file(self.module.path)
        if name:
            self.fixture(name, depth + 1)
        elif not function.name.startswith("test"):
            method = isinstance(self.index.parents.get(function), ast.ClassDef)
            self.calls(function.name, depth + 1, method=method)
        if exported:
            self.reach.exports.append(
                Export(self.module.path, name or function.name, is_fixture=name is not None)
            )

    def fixture(self, name: str, depth: int) -> None:
        """Follow a fixture to every function that takes it."""
        for node in (n for nodes in self.index.functions.values() for n in nodes):
            self._taker(node, name, depth)
        if "getfixturevalue" in self.index.attributes:
            line = self.index.attributes["getfixturevalue"][0].lineno
            self.reach.lost.append((line, "a fixture is asked for by getfixturevalue"))

    def _taker(self, node: FunctionNode, name: str, depth: int) -> None:
        if not any(argument.arg == name for argument in parameters(node)):
            return
        if decorated(node, "patch", "object", "parametrize") and not self._asks(node, name):
            return
        self._names((name,), node, depth)

    def _asks(self, node: FunctionNode, name: str) -> bool:
        """Say whether a decorated function takes a fixture, and not a parametrized value."""
        texts = [ast.dump(decorator) for decorator in node.decorator_list]
        return not any(f"'{name}'" in text or f"'{name}," in text for text in texts)

    def calls(self, name: str, depth: int, *, method: bool) -> None:
        """Follow a helper to every call of it."""
        uses: list[ast.AST] = [] if method else list(self.index.names.get(name, ()))
        uses += self.index.attributes.get(name, ())
        callers: list[ast.AST | None] = []
        for use in uses:
            call = self.index.parents.get(use)
            if not (isinstance(call, ast.Call) and call.func is use):
                if isinstance(getattr(use, "ctx", None), ast.Load):
                    self._lose(use, f"{name} is passed on without being called")
                continue
            awaited = self.index.parents.get(call)
            end = awaited if isinstance(awaited, ast.Await) else call
            callers.append(self.index.function(call))
            self.reach.repeated |= self._in_loop(call)
            item = self.index.parents.get(end)
            if isinstance(item, ast.withitem):
                for target in targets_of(item, end):
                    self._bound(target, depth)
            else:
                self._mention(end, depth)
        self.reach.repeated |= len(callers) > len(set(callers))
        self.reach.places += [caller for caller in callers if caller]

    def _in_loop(self, node: ast.AST) -> bool:
        loops = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.DictComp, ast.GeneratorExp)
        for outer in self.index.above(node):
            if isinstance(outer, FunctionNode):
                return False
            if isinstance(outer, loops):
                return True
        return False


def _hands_back(function: ast.expr) -> bool:
    """Say whether a function of Python's own gives its argument, or its items, back."""
    return isinstance(function, ast.Name) and function.id in _BUILTINS
