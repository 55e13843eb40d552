"""What code in reach does with a mock."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.index import Index
from ssot_migrate.code.uses import dotted_root
from ssot_migrate.known import Operation, Touch
from ssot_migrate.shapes.shape import (
    Path,
    is_magic,
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
