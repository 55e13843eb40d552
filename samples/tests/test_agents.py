"""The agent, its tools, and the pool."""

import unittest.mock as um
from unittest.mock import AsyncMock, Mock
from unittest.mock import MagicMock as MM

import pytest

from chat import agent as agent_module
from chat.agent import AgentError, AgentPool, ChatAgent, choose_tool, fetch_title
from chat.connections import Announcer


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("hi there", ("echo", "hi there")),
        ("/words one two", ("words", "one two")),
        ("/words", ("words", "")),
    ],
)
def test_choose_tool(message, expected):
    assert choose_tool(message) == expected


async def test_agent_runs_the_tool_with_its_argument():
    mock_tool = AsyncMock(return_value="3 words")
    agent = ChatAgent("u1", {"words": mock_tool})

    outcome = await agent.execute("/words a b c")

    mock_tool.assert_awaited_once_with("a b c")
    assert outcome["result"] == "3 words"


async def test_failing_tool_is_an_agent_error():
    broken = um.AsyncMock(side_effect=ZeroDivisionError)

    with pytest.raises(AgentError, match="words failed"):
        await ChatAgent("u1", {"words": broken}).execute("/words")


async def test_execution_time_is_measured():
    with um.patch.object(agent_module.time, "perf_counter", side_effect=[1.0, 3.5]):
        outcome = await ChatAgent("u1").execute("hi")

    assert outcome["execution_time"] == 2.5


async def test_default_tools_can_be_replaced():
    with um.patch.object(agent_module, "echo", new_callable=AsyncMock) as mock_echo:
        mock_echo.return_value = "echoed"
        outcome = await ChatAgent("u1").execute("hi")

    assert outcome["result"] == "echoed"


def test_pool_makes_an_agent_once_and_again_after_release():
    mock_agent_factory = MM()
    pool = AgentPool(mock_agent_factory)

    pool.for_user("u1")
    pool.for_user("u1")
    pool.release("u1")
    pool.for_user("u1")

    assert mock_agent_factory.call_count == 2
    mock_agent_factory.assert_called_with("u1")


async def test_title_of_a_page():
    response = Mock()
    response.text = "<html><title> News </title></html>"
    mock_session = AsyncMock()
    mock_session.get.return_value = response

    assert await fetch_title(mock_session, "https://example.org") == "News"
    mock_session.get.assert_awaited_once_with("https://example.org")


async def test_page_without_a_title_keeps_its_address():
    http_session = AsyncMock()
    http_session.get = AsyncMock(return_value=Mock(text="plain"))

    assert await fetch_title(http_session, "https://a.example") == "https://a.example"


async def test_announcement_is_broadcast():
    mock_websocket_manager = AsyncMock()
    mock_websocket_manager.get_connection_count.return_value = 2

    assert await Announcer(mock_websocket_manager).announce("maintenance at noon")

    mock_websocket_manager.broadcast_message.assert_awaited_once_with(
        {"type": "notice", "text": "maintenance at noon"}
    )


async def test_nobody_is_told_when_nobody_is_there():
    mock_websocket_manager = AsyncMock()
    mock_websocket_manager.get_connection_count = AsyncMock(return_value=0)

    assert not await Announcer(mock_websocket_manager).announce("hello?")

    mock_websocket_manager.broadcast_message.assert_not_called()
