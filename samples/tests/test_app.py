"""The application as a server sees it."""

from contextlib import nullcontext
from unittest.mock import AsyncMock, MagicMock

import httpx

from chat.agent import AgentPool
from chat.app import create_app

SCOPE = {"type": "websocket", "path": "/ws/u1", "headers": [], "query_string": b""}


async def test_history_over_http():
    mock_result = MagicMock()
    mock_result.fetchall.return_value = [{"role": "user", "text": "hi"}]
    mock_db = AsyncMock()
    mock_db.execute = AsyncMock(return_value=mock_result)

    app = create_app(lambda: nullcontext(mock_db))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
        response = await client.get("/users/u1/history/t1")

    assert response.json() == [{"role": "user", "text": "hi"}]


async def test_chat_over_a_websocket():
    mock_db = AsyncMock()
    mock_db.add = MagicMock()
    mock_db.commit = AsyncMock()
    receive = AsyncMock(
        side_effect=[
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": '{"type": "chat", "text": "hi"}'},
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )
    send = AsyncMock()

    await create_app(lambda: nullcontext(mock_db))(SCOPE, receive, send)

    types = [call.args[0]["type"] for call in send.await_args_list]
    assert types == ["websocket.accept"] + ["websocket.send"] * 5
    mock_db.commit.assert_awaited_once_with()


async def test_agent_is_released_after_the_last_connection():
    mock_agent = AsyncMock()
    mock_agent.get_capabilities.return_value = ["echo"]
    mock_agent_factory = MagicMock(return_value=mock_agent)
    pool = AgentPool(mock_agent_factory)
    mock_db = AsyncMock()
    receive = AsyncMock(
        side_effect=[
            {"type": "websocket.connect"},
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )

    app = create_app(lambda: nullcontext(mock_db), pool)
    await app(SCOPE, receive, AsyncMock())

    pool.for_user("u1")
    assert mock_agent_factory.call_count == 2
