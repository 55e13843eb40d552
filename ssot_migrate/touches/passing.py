"""Where what is passed on arrives: parameters, callers, fixtures, classes that inherit."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.index import Index
from ssot_migrate.code.module import Module, bases, decorated, fixture_name
from ssot_migrate.code.names import Bound, FunctionNode, ScopeNode, takes
from ssot_migrate.code.source import last_line
from ssot_migrate.code.uses import Root, dotted_root, last_name
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import What

#: Functions of Python's own that give their argument, or its items, back.
BUILTINS = frozenset(
    "list tuple set dict enumerate zip reversed iter next cycle chain repeat min max sorted".split()
)
#: What a list, dict or queue takes something in with, and what it gives something out with.
PUTS = frozenset("append add insert extend update setdefault put put_nowait appendleft".split())
GIVES = frozenset("get pop popitem popleft values items copy setdefault".split())
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)


#: Expressions that hold what stands in them.
CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Lambda, ast.Starred, *COMPREHENSIONS)
#: Places at which nothing becomes of what stands there.
IDLE = (ast.Compare, ast.Assert, ast.Expr, ast.If, ast.While, ast.FormattedValue, ast.UnaryOp)


class Trail(Frozen):
    """How far a mock has been followed, and what stands there."""

    depth: int = 0
    what: What = What.MOCK
    #: The only key or attribute of a holder or keeper that leads to the mock, if that is known.
    key: str | None = None

    def further(self) -> "Trail":
        """Go through another name."""
        return Trail(self.depth + 1, self.what, self.key)

    def to(self, what: What, key: str | None = None) -> "Trail":
        """Go to something else that has to do with the mock."""
        return Trail(self.depth, what, key)


def landings(
    module: Module, call: ast.Call, node: ast.AST, keyword: str | None
) -> Iterator[tuple[FunctionNode, str]]:
    """Yield the module's functions that a call may mean, and the parameter for an argument."""
    for function in _callees(module, call.func):
        arguments = function.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if _is_method(module.index, function) and not decorated(function, "staticmethod"):
            names = names[1:]
        if keyword is not None:
            known = takes(function, keyword)
            rest = arguments.kwarg.arg if arguments.kwarg else keyword
            yield function, keyword if known else rest
            continue
        index = next((i for i, given in enumerate(call.args) if given is node), -1)
        if 0 <= index < len(names):
            yield function, names[index]
        elif arguments.vararg:
            yield function, arguments.vararg.arg


#: What looks an attribute up by its name, or copies an object.
_LOOKUPS = frozenset("getattr vars asdict copy deepcopy".split())
#: What gives the result of what is awaited.
_AWAITS = frozenset("run run_until_complete gather create_task ensure_future wait_for".split())
#: What hands test code its values.
_PARAMETRIZES = frozenset({"parametrize", "param"})


def hidden(module: Module, call: ast.Call, node: ast.AST, what: What) -> Iterator[str]:
    """Say how a call leads on to code of this module in a way that is not followed."""
    name = last_name(call.func) or ""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if any(isinstance(a, ast.Name) and _is_function(module, a) for a in given):
        yield "it is passed on together with a function of this file"
    if isinstance(call.func, ast.Name) and _is_handed(module, call.func):
        yield "it is passed to a function of this file by another name"
    if name in _AWAITS and isinstance(node, ast.Call):
        yield "it comes out of what awaits it"
    if name in _PARAMETRIZES:
        yield "it is a value that tests are parametrized with"
    if what is What.KEEPER and name in _LOOKUPS and node in given:
        yield "what has it as an attribute is looked into by name"


def _is_handed(module: Module, name: ast.Name) -> bool:
    """Say whether a name that is called stands for a function: ``go = check``, or a fixture."""
    place = module.index.function(name) or module.tree
    if isinstance(place, FunctionNode) and takes(place, name.id):
        return any(fixture_name(f) for f in module.index.functions(name.id))
    given = module.assigned(module.tree, (name.id,))
    return any(isinstance(v, ast.Name) and _is_function(module, v) for v in given)


def _is_function(module: Module, name: ast.Name) -> bool:
    """Say whether a name means a function of this module: not a parameter called as a fixture."""
    if not module.index.functions(name.id):
        return False
    for outer in module.index.above(name):
        if isinstance(outer, FunctionNode):
            if takes(outer, name.id):
                return False
            bindings = module.scope(outer, None).bindings.get(name.id)
            if bindings:
                return any(binding.how is Bound.DEFINITION for binding in bindings)
    return True


def other_names(module: Module, name: str, place: ScopeNode) -> Iterator[ast.expr]:
    """Yield what else something is called: what it was assigned from, and together with."""
    yield from (v for v in module.assigned(place, (name,)) if dotted_root(v))
    for use in module.index.uses((name,), place):
        match module.index.parent(use):
            case ast.Assign(targets=targets) if use in targets:
                yield from (target for target in targets if target is not use)


def is_lent(module: Module, name: str, place: ScopeNode) -> bool:
    """Say whether an object that has its attribute set is a parameter that others see too."""
    asked = isinstance(place, FunctionNode) and takes(place, name)
    if not (asked and isinstance(place, FunctionNode)) or place.name.startswith("test"):
        return False
    # Another fixture's object, for tests in other files.
    return not (fixture_name(place) and module.is_test)


def seen_by_fixture(module: Module, name: str, place: ScopeNode) -> bool:
    """Say whether a fixture of this file sees what a test does to the object that it gave."""
    asked = isinstance(place, FunctionNode) and takes(place, name)
    if not asked:
        return False
    for function in module.index.functions_with(name):
        own = fixture_name(function) == name and any(
            isinstance(node, ast.Yield) for node in ast.walk(function)
        )
        asks = fixture_name(function) and takes(function, name)
        if function is not place and (own or asks):
            return True
    return False


def _callees(module: Module, function: ast.expr) -> Iterator[FunctionNode]:
    """Find functions by the last part of a name, and the ``__init__`` of classes."""
    match function:
        case ast.Name(id=name):
            found = module.index.functions(name)
            yield from (f for f in found if not _is_method(module.index, f))
            for owner in module.index.classes_called(name):
                yield from _makers(module, owner)
        case ast.Attribute(attr="__init__"):
            yield from module.index.functions("__init__")
        case ast.Attribute(attr=name):
            yield from (f for f in module.index.functions(name) if name[:2] != "__")


def _is_method(index: Index, function: FunctionNode) -> bool:
    return isinstance(index.parent(function), ast.ClassDef)


def _makers(module: Module, owner: ast.ClassDef) -> Iterator[FunctionNode]:
    family = {owner, *kin(module, owner, down=False)}
    for function in module.index.functions("__init__"):
        if module.index.parent(function) in family:
            yield function


def kin(module: Module, owner: ast.ClassDef, *, down: bool) -> list[ast.ClassDef]:
    """List the classes of the module that inherit from a class, or that it inherits from."""
    classes = module.index.classes
    found = [owner]
    for one in found:
        pairs = ((other, one) if down else (one, other) for other in classes)
        found += [
            below if down else above
            for below, above in pairs
            if above.name in bases(below) and (below if down else above) not in found
        ]
    return found[1:]


def takers(index: Index, name: str) -> Iterator[FunctionNode]:
    """Yield the functions that take a fixture."""
    for node in index.functions_taking(name):
        if not decorated(node, "patch", "object", "parametrize") or _asks(node, name):
            yield node


def _asks(node: FunctionNode, name: str) -> bool:
    """Say whether a decorated function takes a fixture, and not a parametrized value."""
    texts = [ast.dump(decorator) for decorator in node.decorator_list]
    return not any(f"'{name}'" in text or f"'{name}," in text for text in texts)


def repeats(index: Index, node: ast.AST) -> bool:
    """Say whether an expression stands in a loop of its function."""
    for outer in index.above(node):
        if isinstance(outer, FunctionNode):
            return False
        if isinstance(outer, _LOOPS):
            return True
    return False


def home(module: Module, node: ast.AST, name: str) -> ScopeNode:
    """Find the function that a name belongs to where it is used, else the module."""
    for outer in module.index.above(node):
        if isinstance(outer, FunctionNode):
            scope = module.scope(outer, None)
            if name in scope.bindings and name not in scope.foreign:
                return outer
    return module.tree


def owner_of(module: Module, target: ast.expr, root: Root) -> ast.ClassDef | None:
    """Find the class whose attribute ``self.x`` or ``Service.x`` is."""
    if len(root) != 2:
        return None
    if root[0] in {"self", "cls"}:
        return module.index.class_of(target)
    return next(iter(module.index.classes_called(root[0])), None)


def unpacked(index: Index, holder: ast.Tuple | ast.List, node: ast.AST) -> list[ast.expr]:
    """Give the target of ``a, b = m, 1`` that is bound to one item."""
    match index.parent(holder):
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)], value=value):
            if value is holder and len(targets) == len(holder.elts):
                return [t for t, e in zip(targets, holder.elts, strict=True) if e is node]
    return []


def text_of(key: ast.expr | None) -> str | None:
    """Give the text that something is stored under, ``None`` where it is not in sight."""
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def is_common(module: Module, root: Root) -> bool:
    """Say whether a name is the test itself, or imported."""
    bindings = module.top.bindings.get(root[0], ())
    return root in {("self",), ("cls",)} or any(b.how is Bound.IMPORT for b in bindings)


def rebound(module: Module, name: ast.Name, within: ast.AST) -> bool:
    """Say whether a nested function has a name of its own for it."""
    for outer in module.index.above(name):
        if outer is within:
            return False
        if isinstance(outer, FunctionNode):
            if takes(outer, name.id):
                return True
            scope = module.scope(outer, None)
            if name.id in scope.bindings and name.id not in scope.foreign:
                return True
    return False


def end_of_root(index: Index, name: ast.AST, root: Root) -> ast.AST | None:
    """Find the end of a dotted name that starts at a name, ``None`` where it goes elsewhere."""
    node = name
    for attribute in root[1:]:
        parent = index.parent(node)
        if attribute == "return_value" and isinstance(parent, ast.Call) and parent.func is node:
            awaited = index.parent(parent)
            node = awaited if isinstance(awaited, ast.Await) else parent
            continue
        if not (isinstance(parent, ast.Attribute) and parent.attr == attribute):
            return None
        node = parent
    return node


def accesses(index: Index, family: list[ast.ClassDef], attribute: str) -> Iterator[ast.Attribute]:
    """Yield ``self.x`` in a class and its kin, and ``Service.x`` anywhere."""
    names = {c.name for c in family}
    found = index.attributes(attribute)
    lines = [range(c.lineno, last_line(c) + 1) for c in family]
    for access in found:
        on = _without_type(access.value)
        if isinstance(on, ast.Name):
            is_own = on.id in {"self", "cls"} and any(access.lineno in one for one in lines)
            if is_own or on.id in names:
                yield access


def _without_type(expression: ast.expr) -> ast.expr:
    """Give what ``type(self)`` and ``self.__class__`` are of."""
    match expression:
        case ast.Call(func=ast.Name(id="type"), args=[owner]):
            return owner
        case ast.Attribute(value=owner, attr="__class__"):
            return owner
    return expression


def own_reads(index: Index, attribute: str | None) -> Iterator[ast.Attribute]:
    """Yield ``self.x`` in classes that are no tests: what has its ``x`` set may be one."""
    for access in index.own_attributes(attribute) if attribute else ():
        own = isinstance(access.value, ast.Name) and access.value.id == "self"
        owner = index.class_of(access) if own else None
        if owner and not owner.name.startswith("Test"):
            yield access
