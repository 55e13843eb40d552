"""The five events of a chat message, in their order."""

from unittest.mock import AsyncMock, MagicMock, call

import pytest

from chat.handler import ChatHandler
from tests.feeds import chat, feed, sent_types

EVENTS = [
    "agent_started",
    "agent_thinking",
    "tool_executing",
    "tool_completed",
    "agent_completed",
]


async def test_all_five_events_are_sent_in_order(mock_websocket, mock_agent):
    handler = ChatHandler(mock_agent)

    await handler.serve(mock_websocket, feed(chat("hi")))

    assert sent_types(mock_websocket) == EVENTS


async def test_connection_is_accepted_and_closed_once(mock_agent):
    mock_ws = MagicMock()
    mock_ws.accept = AsyncMock()
    mock_ws.close = AsyncMock()

    await ChatHandler(mock_agent).serve(mock_ws, feed())

    mock_ws.accept.assert_awaited_once_with()
    mock_ws.close.assert_awaited_once_with()


async def test_started_event_names_the_agent():
    mock_ws = MagicMock()
    mock_ws.user_id = "u1"
    mock_agent = AsyncMock(agent_type="triage")
    mock_ws.send_json = AsyncMock()
    mock_agent.execute.return_value = {"status": "completed", "result": "ok"}

    await ChatHandler(mock_agent).handle(mock_ws, chat("hi"))

    first = mock_ws.send_json.await_args_list[0]
    assert first == call({"type": "agent_started", "agent": "triage"})


async def test_completed_event_carries_the_result():
    mock_ws: MagicMock = MagicMock()
    mock_ws.send_json = AsyncMock()
    mock_ws.user_id = "u2"  # the owner of the thread
    mock_agent: AsyncMock = AsyncMock()
    mock_agent.execute = AsyncMock(return_value={"status": "completed", "result": "42"})

    await ChatHandler(mock_agent).handle(mock_ws, chat("6 times 7"))

    mock_agent.execute.assert_awaited_once_with("6 times 7")
    mock_ws.send_json.assert_awaited_with({"type": "agent_completed", "result": "42"})


async def test_tool_event_names_the_tool(mock_agent):
    # A connection that only listens.
    mock_ws = MagicMock()
    # events go out as JSON
    mock_ws.send_json = AsyncMock()

    # whose it is
    mock_ws.user_id = "u1"
    mock_ws.connection_id = "c7"
    mock_ws.client_state.CONNECTED = 1

    await ChatHandler(mock_agent).handle(mock_ws, chat("/words one two"))

    mock_ws.send_json.assert_any_await({"type": "tool_executing", "tool": "words"})


async def test_messages_are_handled_one_after_another(mock_websocket):
    mock_agent = AsyncMock()
    order = []

    async def answer(text):
        order.append(text)
        return {"status": "completed", "result": text.upper()}

    mock_agent.execute.side_effect = answer
    mock_agent.agent_type = "upper"

    messages = feed(chat("a"), chat("b"))
    await ChatHandler(mock_agent).serve(mock_websocket, messages)

    assert order == ["a", "b"]
    assert sent_types(mock_websocket) == EVENTS * 2


async def test_hello_tells_what_the_agent_can_do(mock_websocket):
    mock_agent = AsyncMock()
    mock_agent.get_capabilities.return_value = ["text_processing", "data_analysis"]

    await ChatHandler(mock_agent).handle(mock_websocket, {"type": "hello"})

    mock_websocket.send_json.assert_awaited_once_with(
        {"type": "hello", "capabilities": ["text_processing", "data_analysis"]}
    )


async def test_ping_is_answered_as_text():
    agent = AsyncMock()
    ws = MagicMock()
    setattr(ws, "send_text", AsyncMock())  # noqa: B010

    goes_on = await ChatHandler(agent).handle(ws, {"type": "ping"})

    assert goes_on
    ws.send_text.assert_awaited_once_with("pong")
    agent.execute.assert_not_called()


@pytest.mark.parametrize("status", ["completed", "partial"])
async def test_tool_completed_tells_the_status(mock_websocket, status):
    mock_agent = AsyncMock()
    mock_agent.execute.return_value = {"status": status, "result": "x"}

    await ChatHandler(mock_agent).handle(mock_websocket, chat("hi"))

    mock_websocket.send_json.assert_any_await(
        {"type": "tool_completed", "status": status}
    )
