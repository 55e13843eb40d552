"""Notices to a user, written before the suite had a formatter."""

from unittest.mock import AsyncMock, MagicMock

from chat.connections import Connections
from chat.handler import ChatHandler
from tests.feeds import chat, sent_types


async def test_notice_is_sent_as_text():
    mock_ws = MagicMock(); mock_ws.send_text = AsyncMock(); mock_ws.user_id = 'u1'
    connections = Connections(); connections.add(mock_ws)

    await connections.notify('u1', 'welcome')

    mock_ws.send_text.assert_awaited_once_with('welcome')


async def test_notice_after_an_answer():
    mock_ws = MagicMock(); mock_ws.send_json = AsyncMock()
    mock_ws.send_text = AsyncMock(); mock_ws.user_id = 'u1'
    mock_agent = AsyncMock(); mock_agent.execute.return_value = {'status': 'completed', 'result': 'ok'}

    handler = ChatHandler(mock_agent)
    await handler.handle(mock_ws, chat('hi'))
    await handler.handle(mock_ws, {'type': 'ping'})

    assert sent_types(mock_ws)[-1] == 'agent_completed'
    mock_ws.send_text.assert_awaited_once_with('pong')