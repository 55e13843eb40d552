"""A pipeline that loses an answer, an event or a record is noticed."""

from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from ssot_migrate.factory.conformance.check import Check
from ssot_migrate.factory.conformance.pipeline import CHECKS, USERS
from tests.conforming import changed, failing, mutant, outcome, without

AGENT, BRIDGE = "create_agent_mock", "create_mock_agent_websocket_bridge"
SESSION, WEBSOCKET = "create_database_session_mock", "create_websocket_mock"
#: The checks in which all four work together.
WHOLE = {
    f"pipeline-{aspect}"
    for aspect in (
        "success",
        "bridge-fails",
        "websocket-fails",
        "execute-fails",
        "commit-fails",
        "agent-fails",
        "users",
    )
}
CONTEXTS = (
    "create_execution_context_mock",
    "create_mock_user_context",
    "create_isolated_execution_context",
)


#: Those in which an exchange is kept.
KEEPING = {
    *("pipeline-success", "pipeline-users", "pipeline-bridge-fails", "pipeline-websocket-fails"),
    *(f"pipeline-ids-{method}" for method in CONTEXTS),
}


def these(*aspects: str) -> set[str]:
    return {f"pipeline-{aspect}" for aspect in aspects}


def near(method: str) -> list[Check]:
    """The checks that the product of a method concerns."""
    whole = method in (AGENT, BRIDGE, SESSION, WEBSOCKET)
    return [check for check in CHECKS if whole or check.id not in WHOLE]


class Deaf(AsyncMock):
    """A mock whose failures cannot be set."""

    side_effect = property(lambda _: None, lambda *_: None)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("method", "child", "kind", "broken"),
    [
        # What only one of the ways of failing needs.
        (SESSION, "execute", Deaf, these("execute-fails")),
        (SESSION, "commit", Deaf, these("commit-fails")),
        (AGENT, "execute", lambda: Deaf(return_value=None), WHOLE),
        (SESSION, "rollback", MagicMock, these("execute-fails", "commit-fails")),
        (WEBSOCKET, "send_json", Deaf, these("websocket-fails")),
        # A statement that is no coroutine never gets through, not even to fail.
        (SESSION, "commit", MagicMock, KEEPING),
        ("create_tool_mock", "execute", MagicMock, these("tool")),
        ("create_mock_llm_manager", "generate_response", MagicMock, these("llm-manager")),
        ("create_llm_client_mock", "chat", MagicMock, these("llm-client")),
    ],
)  # fmt: skip
def test_a_child_that_does_not_do_its_part_is_noticed(
    method: str,
    child: str,
    kind: Any,  # noqa: ANN401
    broken: set[str],
) -> None:
    factory = changed(method, lambda product, _: setattr(product, child, kind()))
    assert failing(near(method), factory) == broken


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        pytest.param(
            "if should_fail:",
            "if should_fail is None:",
            these("bridge-fails", "users"),
            id="a bridge that does not fail when it should",
        ),
        pytest.param(
            "bridge.notify_agent_thinking = AsyncMock(side_effect=failure)",
            'bridge.notify_agent_thinking = AsyncMock(side_effect=failure, name="x")',
            these("bridge-fails", "users"),
            id="a failing bridge that records less",
        ),
        pytest.param(
            "            return_value=execution_result\n            or {\n"
            '                "status": "completed",\n'
            '                "result": "Mock agent',
            "            return_value={\n"
            '                "status": "completed",\n'
            '                "result": "Mock agent',
            WHOLE - these("agent-fails"),
            id="an agent that answers something else",
        ),
        pytest.param(
            "context.thread_id = thread_id\n        context.created_at",
            'context.thread_id = "x"\n        context.created_at',
            these("ids-create_execution_context_mock"),
            id="a context that forgets its thread",
        ),
        pytest.param(
            "tool.execute = AsyncMock(\n            return_value=execution_result\n            or {",
            "tool.execute = AsyncMock(\n            return_value={",
            these("tool"),
            id="a tool that answers something else",
        ),
        pytest.param(
            'return_value="Mock LLM response"',
            'return_value="Hm"',
            these("llm-manager"),
            id="a manager that answers something else",
        ),
        pytest.param(
            "message.content = response_text",
            "message.text = response_text",
            these("llm-client"),
            id="a client that answers elsewhere",
        ),
    ],
)
def test_only_what_is_broken_fails(old: str, new: str, broken: set[str]) -> None:
    assert failing(CHECKS, mutant((old, new))) == broken


@pytest.mark.parametrize("method", [BRIDGE, WEBSOCKET])
def test_users_who_share_a_product_are_noticed(method: str) -> None:
    shared: dict[str, object] = {}

    def share(product: object, given: dict[str, object]) -> object:
        if given.get("user_id") in {USERS[1], USERS[3]}:
            return shared.setdefault("the one", product)
        return None

    assert failing(CHECKS, changed(method, share)) == these("users")


def test_users_who_share_a_database_are_noticed() -> None:
    made: list[object] = []

    def share(product: object, _: object) -> object:
        made.append(product)
        return made[-2] if len(made) == 3 else None

    users = [check for check in CHECKS if check.id == "pipeline-users"]
    assert failing(users, changed(SESSION, share)) == these("users")


@pytest.mark.parametrize("method", CONTEXTS)
def test_an_id_that_is_another_is_noticed(method: str) -> None:
    factory = changed(method, lambda product, _: setattr(product, "user_id", "bob"))
    # The isolated one is made by the method of the other.
    both = CONTEXTS[1:] if method == "create_mock_user_context" else (method,)
    assert failing(near(method), factory) == {f"pipeline-ids-{name}" for name in both}


def test_a_client_that_records_nothing_is_noticed() -> None:
    class Forgetful(AsyncMock):
        await_args_list = property(lambda _: [], lambda *_: None)  # type: ignore[assignment]

    def forget(client: Any, _: object) -> None:  # noqa: ANN401
        create = client.chat.completions.create
        client.chat.completions.create = Forgetful(return_value=create.return_value)

    found = failing(near("create_llm_client_mock"), changed("create_llm_client_mock", forget))
    assert found == these("llm-client")


@pytest.mark.parametrize("method", ["create_tool_mock", "create_mock_llm_manager"])
def test_a_tool_that_is_called_otherwise_is_noticed(method: str) -> None:
    class Forgetful(AsyncMock):
        await_args_list = property(lambda _: [], lambda *_: None)  # type: ignore[assignment]

    name = "execute" if method == "create_tool_mock" else "generate_response"

    def forget(product: Any, _: object) -> None:  # noqa: ANN401
        setattr(product, name, Forgetful(return_value=getattr(product, name).return_value))

    (found,) = failing(near(method), changed(method, forget))
    assert found in these("tool", "llm-manager")


@pytest.mark.parametrize("method", [AGENT, BRIDGE, SESSION, WEBSOCKET])
def test_a_pipeline_that_lacks_a_part_is_skipped(method: str) -> None:
    told = {outcome(check, without(method)) for check in CHECKS if check.id in WHOLE}
    assert told == {f"skipped: the factory has no {method}"}


def test_a_product_that_records_nothing_is_skipped() -> None:
    factory = changed(SESSION, lambda *_: object())
    told = {outcome(check, factory) for check in CHECKS if check.id in WHOLE}
    assert told == {f"skipped: {SESSION} gives no mock: what it is asked cannot be read"}
