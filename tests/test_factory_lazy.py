"""Nobody can tell a product of the shipped factory from the block that it stands for.

The written factory is the direct block: the same source, with the mocks of ``unittest.mock``. Both
get the same random operations, and everything that can be seen must be the same all the time.
"""

import asyncio
import copy
import gc
import inspect
import re
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.websockets import WebSocket

from ssot_migrate.factory import SSotMockFactory
from ssot_migrate.factory.lazy import Waiting
from tests.test_factory import METHODS, Narrow, create, written

pytestmark = pytest.mark.usefixtures("collected")

WRITTEN = written()
#: What differs by the moment or the object.
_OWN = re.compile(
    r"id='\d+'|0x[0-9a-f]+|\d{13}|engine_\w{8}|datetime\([^)]*\)|object at \w+|line \d+"
)
_NAMES = ["send_text", "execute", "client_state", "get_state", "chat", "notify_agent_started"]
_NAMES += ["connect", "llm_config", "is_connected", "add", "unknown", "user_id", "_hidden"]
_NAMES += ["stream_response", "begin", "get_default_client", "return_value", "only_async"]
_names = st.sampled_from(_NAMES)
_values = st.sampled_from([0, "x", None, KeyError, KeyError("k"), [1, 2]])
_flags = st.booleans()


def seen(value: Any) -> Any:
    """Describe what can be seen of a value, without making a child or touching a record."""
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine"
    if not isinstance(value, mock.NonCallableMock):
        return _OWN.sub("…", repr(value))
    return _OWN.sub(
        "…",
        repr(
            (
                value,
                type(value).__name__,
                [base.__name__ for base in type(value).__mro__[1:]],
                value.__class__,
                told(value.mock_calls),
                told(value.method_calls),
                told(vars(value).get("_mock_call_args_list", ())),
                told(vars(value).get("_mock_await_args_list", ())),
                dir(value),
            )
        ),
    )


def told(calls: Any) -> list[Any]:
    """List calls, without the memo of a deep copy: it shows what a mock is inside."""
    return [
        (call[:-2], ["memo" if isinstance(one, dict) else one for one in call[-2]], call[-1])
        for call in calls
    ]


class Side:
    """A product, or the block's, and everything that was reached from it."""

    def __init__(self, product: Any) -> None:
        self.handles: list[Any] = [product]

    def act(self, operation: Callable[..., Any], index: int, arguments: tuple[Any, ...]) -> Any:
        """Do something to one of the handles; keep what comes out of it, and describe it."""
        try:
            result = operation(self.handles[index % len(self.handles)], *arguments)
        except Exception as error:  # noqa: BLE001 - both sides must raise the same
            return type(error).__name__, _OWN.sub("…", str(error))
        if isinstance(result, mock.NonCallableMock) and len(self.handles) < 12:
            known = [i for i, handle in enumerate(self.handles) if handle is result]
            self.handles.append(result)
            return known, seen(result)
        return seen(result)


def call(target: Any, *arguments: Any) -> Any:
    """Call, and await what is given; a coroutine of a mock ends at its first step."""
    result = target(*arguments)
    if inspect.iscoroutine(result):
        try:
            result.send(None)
        except StopIteration as end:
            return end.value
    return result


def set_new(target: Any, name: str, is_async: bool) -> None:
    setattr(target, name, (mock.AsyncMock if is_async else mock.MagicMock)())


def configure(target: Any, name: str, below: str, value: Any) -> None:
    target.configure_mock(**{f"{name}.{below}": value, "own": value})


def reset(target: Any, return_value: bool, side_effect: bool) -> None:
    target.reset_mock(return_value=return_value, side_effect=side_effect)


def attach(target: Any) -> Any:
    parent = mock.MagicMock()
    parent.attach_mock(target, "attached")
    return parent


def swap(target: Any, name: str) -> Any:
    with mock.patch.object(target, name) as other:
        call(target, 1)
    return getattr(target, name), other


def checked(target: Any, name: str) -> Any:
    child = getattr(target, name)
    child.assert_called_once_with(1)
    target.assert_has_calls([getattr(mock.call, name)(1)])
    child.assert_not_awaited()


async def _used(target: Any) -> list[Any]:
    async with target as inside:
        return [inside, [item async for item in target], await target.anext()]


def used_async(target: Any) -> Any:
    return [type(item).__name__ for item in asyncio.run(_used(target))]


def used_sync(target: Any) -> Any:
    with target as inside:
        return inside, len(target), list(target), target == inside, bool(target), target[0]


OPERATIONS: list[st.SearchStrategy[tuple[Callable[..., Any], tuple[Any, ...]]]] = [
    st.tuples(st.just(getattr), st.tuples(_names)),
    st.tuples(st.just(getattr), st.tuples(_names)),
    st.tuples(st.just(call), st.tuples(_values)),
    st.tuples(st.just(setattr), st.tuples(_names, _values)),
    st.tuples(st.just(setattr), st.tuples(st.just("side_effect"), _values)),
    st.tuples(st.just(set_new), st.tuples(_names, _flags)),
    st.tuples(st.just(delattr), st.tuples(_names)),
    st.tuples(st.just(hasattr), st.tuples(_names)),
    st.tuples(st.just(configure), st.tuples(_names, _names, _values)),
    st.tuples(st.just(reset), st.tuples(_flags, _flags)),
    st.tuples(st.just(attach), st.just(())),
    st.tuples(st.just(swap), st.tuples(_names)),
    st.tuples(st.just(checked), st.tuples(_names)),
    st.tuples(st.just(mock.seal), st.just(())),
    st.tuples(st.just(copy.copy), st.just(())),
    st.tuples(st.just(copy.deepcopy), st.just(())),
    st.tuples(st.just(used_async), st.just(())),
    st.tuples(st.just(used_sync), st.just(())),
    st.tuples(st.just(mock.NonCallableMock.mock_add_spec), st.tuples(st.just(WebSocket))),
    st.tuples(st.just(dir), st.just(())),
    st.tuples(st.just(inspect.iscoroutinefunction), st.just(())),
]
_steps = st.lists(st.tuples(st.integers(0, 20), st.one_of(OPERATIONS)), min_size=1, max_size=12)
_specs = st.sampled_from([None, None, WebSocket, AsyncSession, Narrow, ["execute", "connect"]])


def agree(what: str, ours: object, theirs: object) -> None:
    """Compare without pytest's explanation, which takes minutes for texts as long as these."""
    if ours != theirs:
        raise AssertionError(f"{what}\nproduct: {ours}\n  block: {theirs}")


@given(method=st.sampled_from(METHODS), spec=_specs, steps=_steps)
@settings(max_examples=150)
def test_a_product_is_what_the_block_makes(method: str, spec: Any, steps: list[Any]) -> None:
    lazy = Side(create(SSotMockFactory, method, spec=spec))
    direct = Side(create(WRITTEN, method, spec=spec))
    for index, (operation, arguments) in steps:
        both = [side.act(operation, index, copy.deepcopy(arguments)) for side in (lazy, direct)]
        agree(operation.__name__, *both)
        for ours, theirs in zip(lazy.handles, direct.handles, strict=True):
            agree(f"after {operation.__name__}", seen(ours), seen(theirs))
    for name in _NAMES:
        agree(name, *(side.act(getattr, 0, (name,)) for side in (lazy, direct)))


def waiting(product: Any) -> list[str]:
    return [n for n, c in vars(product)["_mock_children"].items() if type(c) is Waiting]


def test_a_child_that_nobody_touches_is_not_made() -> None:
    websocket = SSotMockFactory.create_websocket_mock()
    before = waiting(websocket)
    assert "send_text" in before
    dir(websocket), websocket.reset_mock(), str(websocket), websocket.unknown.deeper()
    assert waiting(websocket) == before
    websocket.send_text.assert_not_called()
    assert waiting(websocket) == [name for name in before if name != "send_text"]


def test_threads_that_read_at_once_get_the_same_child() -> None:
    for _ in range(20):
        session = SSotMockFactory.create_database_session_mock()
        barrier, found = threading.Barrier(4), []

        def read(session: Any = session, barrier: Any = barrier, found: Any = found) -> None:
            barrier.wait()
            found.append(session.execute)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert {id(one) for one in found} == {id(session.execute)}


def test_a_product_keeps_nothing_alive() -> None:
    gone = []

    class Probe:
        def __del__(self) -> None:
            gone.append(True)

    product = SSotMockFactory.create_tool_mock(execution_result=Probe())
    del product
    gc.collect()
    assert gone
