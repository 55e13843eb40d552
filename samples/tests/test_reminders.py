"""Reminders: the first tests that take their mocks from the factory."""

from unittest.mock import AsyncMock

from chat.connections import Connections
from chat.handler import ChatHandler
from chat.store import MessageStore
from test_framework.ssot.mock_factory import SSotMockFactory
from tests.feeds import chat, feed, sent_types


async def test_reminder_reaches_the_user():
    mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
    connections = Connections()
    connections.add(mock_ws)

    assert await connections.notify("u1", "stand-up in five minutes") == 1

    mock_ws.send_text.assert_awaited_once_with("stand-up in five minutes")


async def test_reminder_to_a_lost_client_is_dropped():
    mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
    mock_ws.send_text = AsyncMock(side_effect=RuntimeError("connection lost"))
    connections = Connections()
    connections.add(mock_ws)

    assert await connections.notify("u1", "stand-up") == 0


async def test_reminder_through_the_agent():
    suite = SSotMockFactory.create_mock_suite(["agent", "websocket"])
    handler = ChatHandler(suite["agent"])

    await handler.serve(suite["websocket"], feed(chat("remind me")))

    assert sent_types(suite["websocket"])[-1] == "agent_completed"


async def test_owner_of_a_reminder_is_looked_up():
    mock_db = SSotMockFactory.create_database_session_mock()

    assert (await MessageStore(mock_db).find_user("1"))["name"] == "test"
