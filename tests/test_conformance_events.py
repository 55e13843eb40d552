"""Events that are lost, swapped, changed or told to another user are noticed."""

from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from ssot_migrate.factory.conformance.chat_path import FIVE, chat
from ssot_migrate.factory.conformance.check import Check
from ssot_migrate.factory.conformance.events import CHECKS, USERS, WAYS
from tests.conforming import Change, changed, failing, mutant, outcome, without

TOGETHER, SHOULD_FAIL = "events-together", "events-should-fail-bridge"
ALL_ASPECTS = ("order", "users", "error", "failing")


def test_the_service_is_that_of_the_sample() -> None:
    assert chat().EVENTS == FIVE
    assert chat().__file__.endswith("samples/chat/conversation.py")


def near(name: str) -> list[Check]:
    """The checks that a product of one way concerns."""
    return [check for check in CHECKS if check.id.endswith(f"-{name}") or check.id == TOGETHER]


def of(name: str, *aspects: str) -> set[str]:
    return {f"events-{aspect}-{name}" for aspect in aspects}


class Deaf(AsyncMock):
    """A mock whose failures cannot be set."""

    side_effect = property(lambda _: None, lambda *_: None)  # type: ignore[assignment]


def put(name: str, kind: Any) -> Change:  # noqa: ANN401
    """Replace a child by one of another kind."""
    return lambda product, _: setattr(product, name, kind())


def refuse(kind: str) -> Any:  # noqa: ANN401
    """Make a sender that takes every event but one."""

    async def take(event: dict[str, object]) -> None:
        if event["type"] == kind:
            raise TypeError(f"{kind} is not known")

    return lambda: AsyncMock(side_effect=take)


@pytest.mark.parametrize("name", WAYS)
def test_a_sender_that_cannot_be_awaited_is_noticed(name: str) -> None:
    way = WAYS[name]
    found = failing(near(name), changed(way.method, put(way.senders[0], MagicMock)))
    bridge = {SHOULD_FAIL} if name == "bridge" else set()
    assert found == of(name, *ALL_ASPECTS) | {TOGETHER} | bridge


@pytest.mark.parametrize(
    ("name", "child", "kind"),
    [
        ("websocket", "send_json", refuse("error")),
        ("bridge", "emit_event", MagicMock),
        ("emitter", "emit_event", MagicMock),
    ],
)
def test_an_error_that_is_not_told_is_noticed(name: str, child: str, kind: object) -> None:
    factory = changed(WAYS[name].method, put(child, kind))
    assert failing(near(name), factory) == of(name, "error")


@pytest.mark.parametrize("name", WAYS)
def test_a_failure_that_does_not_come_is_noticed(name: str) -> None:
    way = WAYS[name]

    def deafen(product: object, given: dict[str, object]) -> None:
        if not given.get("should_fail"):
            setattr(product, way.senders[-1], Deaf())

    assert failing(near(name), changed(way.method, deafen)) == of(name, "failing")


@pytest.mark.parametrize("kind", FIVE)
def test_a_bridge_that_should_fail_and_does_not_is_noticed(kind: str) -> None:
    healthy = (
        f"bridge.notify_{kind} = AsyncMock(side_effect=failure)",
        f"bridge.notify_{kind} = AsyncMock()",
    )
    assert failing(near("bridge"), mutant(healthy)) == {SHOULD_FAIL}


def test_a_failure_that_reaches_another_user_is_noticed() -> None:
    failures: list[object] = []

    def infect(product: Any, given: dict[str, object]) -> None:  # noqa: ANN401
        if given.get("should_fail"):
            failures.append(product)
        elif failures:
            product.notify_tool_executing = failures[-1].notify_tool_executing  # type: ignore[attr-defined]
            failures.clear()

    factory = changed(WAYS["bridge"].method, infect)
    assert failing(near("bridge"), factory) == {SHOULD_FAIL}


@pytest.mark.parametrize("name", WAYS)
def test_users_who_share_a_product_are_noticed(name: str) -> None:
    way = WAYS[name]
    shared: dict[object, object] = {}

    def share(product: object, given: dict[str, object]) -> object:
        if given.get("user_id") in USERS[1:3] and not given.get("should_fail"):
            return shared.setdefault("the one", product)
        return None

    found = failing(near(name), changed(way.method, share))
    assert {*of(name, "users", "failing"), TOGETHER} <= found
    assert not found & of(name, "order", "error")


def test_records_that_are_lost_are_noticed() -> None:
    named = ("bridge.notify_tool_executing = AsyncMock()",) * 1
    factory = mutant((*named, 'bridge.notify_tool_executing = AsyncMock(name="tool")'))
    assert failing(near("bridge"), factory) == {*of("bridge", *ALL_ASPECTS), TOGETHER, SHOULD_FAIL}


def test_ways_that_disturb_each_other_are_noticed() -> None:
    websockets: dict[object, Any] = {}
    factory = changed(
        "create_websocket_mock", lambda ws, given: websockets.update({given.get("user_id"): ws})
    )
    original = factory.create_mock_websocket_emitter  # type: ignore[attr-defined]

    def disconnect(**given: object) -> object:
        if given.get("user_id") in websockets:
            websockets[given["user_id"]].send_json = MagicMock()
        return original(**given)

    factory.create_mock_websocket_emitter = staticmethod(disconnect)  # type: ignore[attr-defined]
    websocket_first = [check for check in CHECKS if "-emitter" not in check.id]
    assert failing(websocket_first, factory) == {TOGETHER}


@pytest.mark.parametrize("name", WAYS)
def test_a_product_that_records_nothing_is_skipped(name: str) -> None:
    factory = changed(WAYS[name].method, lambda *_: object())
    skipped = {c.id for c in near(name) if outcome(c, factory).startswith("skipped")}
    assert of(name, *ALL_ASPECTS) | {TOGETHER} <= skipped


@pytest.mark.parametrize("name", WAYS)
def test_a_method_that_is_missing_is_skipped(name: str) -> None:
    method = WAYS[name].method
    told = {outcome(check, without(method)) for check in CHECKS if check.id.endswith(f"-{name}")}
    assert told == {f"skipped: the factory has no {method}"}
