"""What code in reach does with a mock, and whether it would notice another."""

import ast
from collections.abc import Callable, Iterator

from ssot_migrate.code.index import Index
from ssot_migrate.code.module import dotted_root
from ssot_migrate.code.names import KINDS, Kind, with_article
from ssot_migrate.known import Operation, Touch
from ssot_migrate.shapes.shape import (
    CALL,
    DROPPED,
    EFFECT,
    UNSETTLED,
    Mock,
    Node,
    Opaque,
    Path,
    child,
    describe,
    is_gone,
    is_magic,
    same,
    same_kind,
    spell,
    step_of,
)

#: Steps that call what stands before them; ``CALL`` itself only looks at ``return_value``.
CALLED, AWAITED = "(call)", "(await)"
#: How an attribute is configured that is deleted.
DELETES = "del"
_RECORDED = frozenset(
    """assert_any_call assert_called assert_called_once assert_called_once_with assert_called_with
    assert_has_calls assert_not_called call_args call_args_list call_count called
    reset_mock""".split()
)
_RECORDED_ASYNC = frozenset(
    """assert_any_await assert_awaited assert_awaited_once assert_awaited_once_with
    assert_awaited_with assert_has_awaits assert_not_awaited await_args await_args_list
    await_count""".split()
)
_RECORDS = frozenset({"mock_calls", "method_calls"})
#: The classes without Python's protocols: no ``len()``, no ``[0]``.
_NO_MAGIC = (Kind.MOCK, Kind.NON_CALLABLE)
#: What ``{**m}`` asks of a mapping.
_UNPACKED = ("keys", CALLED, "__iter__")
#: What Python's own functions ask of their argument.
_PROTOCOLS = {
    **dict.fromkeys("iter list tuple set frozenset sorted sum max min".split(), "__iter__"),
    **dict.fromkeys("enumerate zip any all".split(), "__iter__"),
    **dict.fromkeys("str repr format ascii".split(), "__str__"),
    **{name: f"__{name}__" for name in "len int float complex abs round reversed next".split()},
}
#: How the attributes start that show how a mock was made.
_INTERNAL = ("_mock_", "_spec_", "__class__", "__dict__")
_LOOKS_INSIDE = frozenset("type dir vars copy deepcopy dumps getsizeof multiple".split())
_REMEMBERS = ("_mock_children", "__dict__", "vars")
_WATCHERS = frozenset({"weakref", "gc", "sys", "tracemalloc", "inspect", "asyncio"})


def read_touch(start: ast.AST, index: Index) -> tuple[Touch, ast.AST]:
    """Follow a mention of a mock outwards. Gives the touch and the node that it ends at."""
    steps: list[str] = []
    node = start
    line: int = getattr(start, "lineno", 1)
    while True:
        parent = index.parent(node)
        match parent:
            case ast.Attribute(attr=attribute):
                operation = _asks(attribute)
                if operation:
                    return Touch(tuple(steps), operation, line, (attribute,)), parent
                steps.append(step_of(attribute))
                if isinstance(parent.ctx, ast.Store | ast.Del):
                    if isinstance(index.parent(parent), ast.AugAssign):
                        return Touch((*steps, "__operator__"), Operation.READ, line), parent
                    how = (DELETES,) if isinstance(parent.ctx, ast.Del) else ()
                    return Touch(tuple(steps), Operation.CONFIGURE, line, how), parent
            case ast.Call(func=function) if function is node:
                awaiting = index.parent(parent)
                awaited = isinstance(awaiting, ast.Await)
                outer = awaiting if awaited and awaiting else parent
                if isinstance(index.parent(outer), ast.Expr):
                    how = (AWAITED if awaited else CALLED,)
                    return Touch(tuple(steps), Operation.CALL, line, how), outer
                steps.append(AWAITED if awaited else CALLED)
                parent = outer
            case ast.Subscript(value=value, slice=ast.Constant(value=key)) if value is node:
                steps.append(f"[{key!r}]")
                if isinstance(parent.ctx, ast.Store | ast.Del):
                    return Touch(tuple(steps), Operation.READ, line), parent
            case _:
                return _last(tuple(steps), node, index, line), node
        node = parent


def configured(touch: Touch, call: ast.AST) -> Iterator[Touch]:
    """Take a later ``m.configure_mock(**{"a.b": 1})`` apart into what it sets."""
    if touch.steps[-1:] != ("configure_mock",) or not isinstance(call, ast.Call):
        return
    below = touch.steps[:-1]
    for keyword in call.keywords:
        names: list[ast.expr | None] = [ast.Constant(keyword.arg)]
        if keyword.arg is None:
            names = keyword.value.keys if isinstance(keyword.value, ast.Dict) else [None]
        for name in names:
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                steps = tuple(step_of(part) for part in name.value.split("."))
                yield Touch((*below, *steps), Operation.CONFIGURE, touch.line)
            else:
                yield Touch(below, Operation.INSIDE, touch.line, ("configure_mock",))


def _asks(attribute: str) -> Operation | None:
    if attribute.startswith(_INTERNAL):
        return Operation.INSIDE
    if attribute in _RECORDED:
        return Operation.RECORDED
    if attribute in _RECORDED_ASYNC:
        return Operation.RECORDED_ASYNC
    return Operation.RECORDS if attribute in _RECORDS else None


def _last(steps: Path, node: ast.AST, index: Index, line: int) -> Touch:
    """Read what the place where a chain ends does with it."""
    parent = index.parent(node)
    plain = Operation.READ if steps else Operation.PASS
    match parent:
        case ast.Return() | ast.Yield():
            return Touch(steps, Operation.READ if steps else Operation.RETURN, line)
        case ast.withitem():
            asynchronous = isinstance(index.parent(parent), ast.AsyncWith)
            magic = "__aenter__" if asynchronous else "__enter__"
            return Touch((*steps, magic), Operation.READ, line)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            asynchronous = isinstance(parent, ast.AsyncFor) or getattr(parent, "is_async", False)
            magic = "__aiter__" if asynchronous else "__iter__"
            return Touch((*steps, magic), Operation.READ, line)
        case ast.Subscript(value=value) if value is node:
            return Touch((*steps, "__getitem__"), Operation.READ, line)
        case ast.BinOp() | ast.UnaryOp(op=ast.UAdd() | ast.USub() | ast.Invert()):
            return Touch((*steps, "__operator__"), Operation.READ, line)
        case ast.Compare(comparators=[*_, last], ops=[*_, ast.In() | ast.NotIn()]) if last is node:
            return Touch((*steps, "__contains__"), Operation.READ, line)
        case ast.Compare(ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE(), *_]):
            return Touch((*steps, "__lt__"), Operation.READ, line)
        case ast.FormattedValue():
            return Touch((*steps, "__str__"), Operation.READ, line)
        case ast.Starred() | ast.YieldFrom():
            return Touch((*steps, "__iter__"), Operation.READ, line)
        case ast.keyword(arg=None):
            return Touch((*steps, *_UNPACKED), Operation.READ, line)
        case ast.Dict(keys=keys, values=values) if any(
            key is None and value is node for key, value in zip(keys, values, strict=True)
        ):
            return Touch((*steps, *_UNPACKED), Operation.READ, line)
        case ast.Assign(targets=[ast.Tuple() | ast.List()]):
            return Touch((*steps, "__iter__"), Operation.READ, line)
        # `patch.object` makes an AsyncMock in the place of one.
        case ast.Call(
            func=ast.Attribute(attr="object"), args=[first, ast.Constant(value=str(name))]
        ) if first is node and not {"new", "new_callable"} & {k.arg for k in parent.keywords}:
            return Touch((*steps, step_of(name)), Operation.READ, line)
        case ast.Call(func=function, args=arguments) if any(a is node for a in arguments):
            given = arguments[next(i for i, a in enumerate(arguments) if a is node) :]
            return _passed(steps, function, given, line, plain)
    return Touch(steps, plain, line)


def _passed(
    steps: Path, function: ast.expr, arguments: list[ast.expr], line: int, plain: Operation
) -> Touch:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    owner = function.value if isinstance(function, ast.Attribute) else None
    match name, arguments:
        case "isinstance", [_, classes]:
            return Touch(steps, Operation.ISINSTANCE, line, _class_names(classes))
        case (("getattr" | "setattr" | "delattr"), [_, ast.Constant(value=str(attribute)), *_]):
            asked = _asks(attribute) if name == "getattr" else Operation.CONFIGURE
            if asked and name == "getattr":
                return Touch(steps, asked, line, (attribute,))
            how = (DELETES,) if name == "delattr" else ()
            return Touch((*steps, step_of(attribute)), asked or Operation.READ, line, how)
        case "hasattr", [_, ast.Constant(value=str(attribute))] if is_magic(attribute):
            return Touch((*steps, attribute), Operation.READ, line)
        case "hasattr", [_, ast.Constant(value=str(attribute))]:
            asked = _asks(attribute)
            if asked:
                return Touch(steps, asked, line, (attribute,))
            return Touch((*steps, step_of(attribute)), Operation.HAS, line)
        case (("getattr" | "hasattr"), [_, _, *_]):
            return Touch(steps, Operation.INSIDE, line, (name,))
        case "callable", _:
            return Touch(steps, Operation.RECORDED, line)
    if owner is None and name == "dict":
        return Touch((*steps, *_UNPACKED), Operation.READ, line)
    if owner is None and name in _PROTOCOLS:
        return Touch((*steps, _PROTOCOLS[name]), Operation.READ, line)
    watched = isinstance(owner, ast.Name) and owner.id in _WATCHERS
    looks = name in _LOOKS_INSIDE or (watched and name in {"ref", "proxy", "finalize"})
    counts = watched and name in {"getrefcount", "get_referrers", "get_referents"}
    if looks or counts or name == "iscoroutinefunction":
        return Touch(steps, Operation.INSIDE, line, (name,))
    return Touch(steps, plain, line)


def _class_names(classes: ast.expr) -> tuple[str, ...]:
    members = classes.elts if isinstance(classes, ast.Tuple) else [classes]
    return tuple((dotted_root(member) or ("?",))[-1] for member in members)


def notices(old: Node, new: Node, touch: Touch) -> tuple[Path, str] | None:
    """Say what a touch would notice if a mock became another: the path, and a sentence."""
    done: list[str] = []
    deletes = touch.detail == (DELETES,)
    # How a mock came to be stays in it, also where it is replaced: a child that is none any more.
    insists = deletes or (touch.operation is Operation.INSIDE and touch.detail[0] in _REMEMBERS)
    for step in touch.steps:
        if _equal(old, new) and not (insists and isinstance(old, Mock)):
            return None
        if not (isinstance(old, Mock) and isinstance(new, Mock)):
            return _unlike(tuple(done), old, new)
        if step == "__str__" and old.kind is not new.kind:
            return _unlike(tuple(done), old, new)
        if is_magic(step) and step not in old.children and _gains_magic(old, new):
            return tuple(done), f"{_spelled(tuple(done))} had no {step}, {new.kind.value} has it"
        if done and touch.operation is Operation.CONFIGURE and not same_kind(old.kind, new.kind):
            return _unlike(tuple(done), old, new)
        if step in (CALLED, AWAITED):
            problem = _call_notices(tuple(done), old, new)
            if problem or _has_effect(old):
                return problem
        below = CALL if step in (CALLED, AWAITED) else step
        done.append(below)
        old, new = child(old, below), child(new, below)
    if new is DROPPED and deletes:
        return tuple(done), f"{_spelled(tuple(done))} cannot be deleted where the spec lacks it"
    seen = same(new, old) if touch.operation in _SEES_WIDENING else True
    if seen and same(old, new) and not (insists and not deletes and isinstance(old, Mock)):
        return None
    end = _ENDS.get(touch.operation)
    return end(tuple(done), old, new, touch) if end else None


def _equal(old: Node, new: Node) -> bool:
    """Say whether two nodes are the same without a widening: from either side."""
    return same(old, new) and same(new, old)


def _gains_magic(old: Mock, new: Mock) -> bool:
    return old.kind in _NO_MAGIC and new.kind not in _NO_MAGIC


def _has_effect(mock: Mock) -> bool:
    return EFFECT in mock.children


def _call_notices(path: Path, old: Mock, new: Mock) -> tuple[Path, str] | None:
    if (old.kind is Kind.ASYNC) is not (new.kind is Kind.ASYNC):
        return _unlike(path, old, new)
    if not same(child(old, EFFECT), child(new, EFFECT)):
        return path, f"{_spelled(path)} has another side effect"
    return None


def _spelled(path: Path) -> str:
    return spell(path) or "the mock"


def _unlike(path: Path, old: Node, new: Node) -> tuple[Path, str]:
    other = "another " if isinstance(new, Mock) and describe(old) == describe(new) else ""
    return path, f"{_spelled(path)} was {describe(old)}, the factory gives {other}{describe(new)}"


def _read(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    return _unlike(path, old, new)


def _call(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    if isinstance(old, Mock) and isinstance(new, Mock):
        return _call_notices(path, old, new)
    return _unlike(path, old, new)


def _recorded(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    """Any mock answers what was called; a value, or something unreadable, may not."""
    if isinstance(old, Opaque) or isinstance(old, Mock) is isinstance(new, Mock):
        return None
    return _unlike(path, old, new)


def _has(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    """Any mock has anything, unless it was deleted or the spec lacks it."""
    unclear = isinstance(old, Opaque) and not is_gone(old)
    if unclear or (new != UNSETTLED and is_gone(old) is is_gone(new)):
        return None
    return _unlike(path, old, new)


def _recorded_async(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    if isinstance(old, Mock) and isinstance(new, Mock):
        if (old.kind is Kind.ASYNC) is (new.kind is Kind.ASYNC):
            return None
    return _unlike(path, old, new)


def _records(path: Path, old: Node, new: Node, touch: Touch) -> tuple[Path, str] | None:
    if not (isinstance(old, Mock) and isinstance(new, Mock)):
        return _unlike(path, old, new)
    if touch.detail == ("mock_calls",) and old.kind is not new.kind:
        return path, f"{with_article(new.kind)} also records calls of magic methods in mock_calls"
    for step in sorted(old.children.keys() | new.children.keys()):
        before, after = child(old, step), child(new, step)
        if _unrecorded(after) and not _unrecorded(before):
            return (*path, step), f"calls of {spell((*path, step))} are not recorded in its parent"
    return None


def _unrecorded(node: Node) -> bool:
    return isinstance(node, Mock) and node.named


def _configured(path: Path, old: Node, new: Node, _: Touch) -> tuple[Path, str] | None:
    """Pass: what is set is the same afterwards; what it is set on was compared on the way."""
    return None


def _isinstance(path: Path, old: Node, new: Node, touch: Touch) -> tuple[Path, str] | None:
    if not (isinstance(old, Mock) and isinstance(new, Mock)):
        return _unlike(path, old, new)
    for name in touch.detail:
        if _is_a(old.kind, name) is not _is_a(new.kind, name):
            return path, f"isinstance(…, {name}) answers otherwise"
    return None


def _is_a(kind: Kind, name: str) -> bool:
    from unittest import mock as unittest_mock  # It loads asyncio.

    if kind in (Kind.AUTOSPEC, Kind.OPEN) or name not in KINDS:
        return False
    wanted = getattr(unittest_mock, name)
    return isinstance(wanted, type) and issubclass(getattr(unittest_mock, kind.value), wanted)


def _inside(path: Path, old: Node, new: Node, touch: Touch) -> tuple[Path, str] | None:
    return path, f"{touch.detail[0]}(…) looks at how {_spelled(path)} was made"


_SEES_WIDENING = (Operation.ISINSTANCE, Operation.INSIDE, Operation.RECORDS)
_ENDS: dict[Operation, Callable[[Path, Node, Node, Touch], tuple[Path, str] | None]] = {
    Operation.READ: _read,
    Operation.CALL: _call,
    Operation.RECORDED: _recorded,
    Operation.RECORDED_ASYNC: _recorded_async,
    Operation.HAS: _has,
    Operation.RECORDS: _records,
    Operation.CONFIGURE: _configured,
    Operation.ISINSTANCE: _isinstance,
    Operation.INSIDE: _inside,
}
