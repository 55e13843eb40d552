"""What the client hears when something goes wrong."""

from unittest import mock

from fastapi import WebSocketDisconnect
from sqlalchemy.exc import OperationalError

from chat.agent import AgentError
from chat.handler import ChatHandler
from chat.store import MessageStore, StoreError
from tests.feeds import chat, feed, sent_types


class TestErrors:
    def setup_method(self):
        self.mock_ws = mock.MagicMock()
        self.mock_ws.user_id = "u1"
        self.mock_ws.accept = mock.AsyncMock()
        self.mock_ws.send_json = mock.AsyncMock()
        self.mock_ws.close = mock.AsyncMock()
        self.mock_agent = mock.AsyncMock()
        self.mock_agent.execute.return_value = {"status": "completed", "result": "ok"}
        self.handler = ChatHandler(self.mock_agent)

    async def test_unknown_type(self):
        assert await self.handler.handle(self.mock_ws, {"type": "dance"})

        self.mock_ws.send_json.assert_awaited_once_with(
            {"type": "error", "message": "unknown type: dance"}
        )

    async def test_empty_message_does_not_reach_the_agent(self):
        await self.handler.handle(self.mock_ws, chat("   "))

        assert sent_types(self.mock_ws) == ["error"]
        self.mock_agent.execute.assert_not_called()

    async def test_loop_goes_on_after_an_agent_error(self):
        self.mock_agent.execute.side_effect = [
            AgentError("words failed"),
            {"status": "completed", "result": "ok"},
        ]

        await self.handler.serve(self.mock_ws, feed(chat("/words"), chat("hi")))

        assert sent_types(self.mock_ws).count("error") == 1
        assert sent_types(self.mock_ws)[-1] == "agent_completed"

    async def test_bye_ends_the_loop(self):
        await self.handler.serve(self.mock_ws, feed({"type": "bye"}, chat("late")))

        self.mock_ws.send_json.assert_not_called()
        self.mock_ws.close.assert_awaited_once()


async def test_lost_connection_is_not_closed_again():
    mock_ws = mock.MagicMock()
    mock_ws.accept = mock.AsyncMock()
    mock_ws.send_json = mock.AsyncMock(side_effect=WebSocketDisconnect())
    mock_ws.close = mock.AsyncMock()

    await ChatHandler(mock.AsyncMock()).serve(mock_ws, feed({"type": "hello"}))

    mock_ws.close.assert_not_awaited()


async def test_bad_json_closes_with_unsupported_data():
    mock_ws = mock.MagicMock()
    mock_ws.accept = mock.AsyncMock()
    mock_ws.receive_json = mock.AsyncMock(side_effect=ValueError("not JSON"))
    mock_ws.close = mock.AsyncMock()

    await ChatHandler(mock.AsyncMock()).serve(mock_ws)

    mock_ws.close.assert_awaited_once_with(code=1003)


async def test_store_failure_does_not_lose_the_answer():
    mock_ws = mock.MagicMock()
    mock_ws.configure_mock(user_id="u1", connection_id="c1")
    mock_ws.send_json = mock.AsyncMock()
    mock_agent = mock.AsyncMock()
    mock_agent.configure_mock(
        **{"execute.return_value": {"status": "completed", "result": "kept"}}
    )
    store = mock.AsyncMock(spec=MessageStore)
    store.save_exchange.side_effect = StoreError("the messages were not saved")

    await ChatHandler(mock_agent, store).handle(mock_ws, chat("hi"))

    assert sent_types(mock_ws)[-2:] == ["error", "agent_completed"]


async def test_failed_commit_is_rolled_back_and_reported(mock_websocket, mock_agent):
    mock_db = mock.AsyncMock()
    mock_db.add = mock.MagicMock()
    mock_db.commit = mock.AsyncMock(
        side_effect=OperationalError("COMMIT", {}, Exception("disk full"))
    )
    mock_db.rollback = mock.AsyncMock()

    handler = ChatHandler(mock_agent, MessageStore(mock_db))
    await handler.handle(mock_websocket, chat("hi"))

    mock_db.rollback.assert_awaited_once_with()
    mock_websocket.send_json.assert_any_await(
        {"type": "error", "message": "the messages were not saved"}
    )


async def test_nothing_is_stored_when_the_agent_fails(mock_websocket):
    mock_store = mock.AsyncMock()
    mock_agent = mock.AsyncMock(agent_type="triage")
    mock_agent.execute.side_effect = AgentError("no tool named x")

    await ChatHandler(mock_agent, mock_store).handle(mock_websocket, chat("/x"))

    mock_store.save_exchange.assert_not_called()
    assert sent_types(mock_websocket)[-1] == "error"
