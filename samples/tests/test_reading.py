"""Reading from the websocket itself, and the order of everything on it."""

from unittest.mock import AsyncMock, call

from fastapi import WebSocketDisconnect

from chat.handler import ChatHandler, read_messages
from tests.feeds import chat


async def test_messages_are_read_until_the_client_disconnects(mock_agent):
    mock_ws = AsyncMock()
    mock_ws.receive_json.side_effect = [chat("hi"), WebSocketDisconnect()]

    await ChatHandler(mock_agent).serve(mock_ws)

    assert mock_ws.receive_json.await_count == 2
    mock_ws.close.assert_not_awaited()


async def test_read_messages_yields_what_arrives():
    mock_ws = AsyncMock()

    first = await anext(read_messages(mock_ws))

    assert first is mock_ws.receive_json.return_value


async def test_nothing_but_these_calls_is_made():
    mock_websocket = AsyncMock()
    mock_websocket.receive_json.return_value = {"type": "bye"}
    mock_agent = AsyncMock()

    await ChatHandler(mock_agent).serve(mock_websocket)

    assert mock_websocket.mock_calls == [
        call.accept(),
        call.receive_json(),
        call.close(),
    ]
    assert isinstance(mock_websocket, AsyncMock)
    assert not mock_agent.mock_calls
