"""Whether code in reach of a mock would notice another one in its place."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

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
)
from ssot_migrate.touches.touch import AWAITED, CALLED, DELETES

#: The classes without Python's protocols: no ``len()``, no ``[0]``.
_NO_MAGIC = (Kind.MOCK, Kind.NON_CALLABLE)
_REMEMBERS = ("_mock_children", "__dict__", "vars")


def noticed(old: Node, new: Node, touches: Iterable[Touch]) -> Iterator[tuple[Touch, Path, str]]:
    """Yield the touches that would notice, and what: hundreds of them do the same."""
    known: dict[Touch, tuple[Path, str] | None] = {}
    for touch in touches:
        alike = replace(touch, line=0, path=None)
        if alike not in known:
            known[alike] = notices(old, new, alike)
        found = known[alike]
        if found:
            yield touch, *found


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
