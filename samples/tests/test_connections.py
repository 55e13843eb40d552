"""Who is online, and who is told."""

from unittest.mock import AsyncMock as AM
from unittest.mock import MagicMock

import pytest
from fastapi import WebSocket
from starlette.websockets import WebSocketState

from chat.connections import Connections, client_name, deliver

# A client that never does anything.
idle_ws = MagicMock()
idle_ws.user_id = "idle"
idle_ws.connection_id = "idle-1"


def make_websocket(user_id, connection_id):
    """Return a connection that takes texts."""
    mock_ws = MagicMock()
    mock_ws.user_id = user_id
    mock_ws.connection_id = connection_id
    mock_ws.send_text = AM()
    mock_ws.close = AM()
    return mock_ws


def make_lost_websocket():
    """Return a connection whose client has gone."""
    from unittest.mock import AsyncMock, Mock

    websocket = Mock()
    websocket.connection_id = "lost"
    websocket.user_id = "u1"
    websocket.send_text = AsyncMock(side_effect=RuntimeError("connection lost"))
    return websocket


class TestClosing:
    mock_ws = MagicMock()
    mock_ws.user_id = "u9"
    mock_ws.connection_id = "c9"
    mock_ws.close = AM()

    async def test_close_all_says_that_the_service_goes_away(self):
        connections = Connections()
        connections.add(self.mock_ws)

        await connections.close_all()

        self.mock_ws.close.assert_awaited_once_with(code=1001)
        assert connections.count("u9") == 0


def test_idle_connection_is_counted():
    connections = Connections()
    connections.add(idle_ws)

    assert connections.count("idle") == 1


def test_same_connection_cannot_be_added_twice():
    connections = Connections()
    connections.add(make_websocket("u1", "c1"))

    with pytest.raises(ValueError, match="connected already"):
        connections.add(make_websocket("u1", "c1"))


async def test_all_connections_of_a_user_are_told():
    laptop = make_websocket("u1", "laptop")
    phone = make_websocket("u1", "phone")
    connections = Connections()
    connections.add(laptop)
    connections.add(phone)

    assert await connections.notify("u1", "lunch") == 2

    laptop.send_text.assert_awaited_once_with("lunch")
    phone.send_text.assert_awaited_once_with("lunch")


async def test_lost_connection_is_forgotten_when_told():
    connections = Connections()
    connections.add(make_lost_websocket())

    assert await connections.notify("u1", "lunch") == 0
    assert connections.count("u1") == 0


def test_prune_forgets_disconnected_clients():
    gone_ws = MagicMock()
    gone_ws.user_id = "u1"
    gone_ws.connection_id = "gone"
    gone_ws.client_state = WebSocketState.DISCONNECTED
    there_ws = MagicMock()
    there_ws.user_id = "u1"
    there_ws.connection_id = "there"
    there_ws.client_state = WebSocketState.CONNECTED

    connections = Connections()
    connections.add(gone_ws)
    connections.add(there_ws)

    assert connections.prune() == 1
    assert connections.count("u1") == 1


def test_client_name_comes_from_the_headers():
    mock_ws = MagicMock()
    mock_ws.connection_id = "c1"
    mock_ws.headers = {"x-client": "web"}

    assert client_name(mock_ws) == "web"


async def test_payload_goes_out_as_json():
    mock_ws = MagicMock(spec=WebSocket)

    await deliver(mock_ws, {"type": "notice"})

    mock_ws.send_json.assert_awaited_once_with({"type": "notice"})


async def test_client_without_json_gets_text():
    mock_ws = MagicMock(spec=["send_text"])
    mock_ws.send_text = AM()

    await deliver(mock_ws, {"type": "notice"})

    mock_ws.send_text.assert_awaited_once_with('{"type": "notice"}')
