"""What belongs to one user is not shown to another."""

import unittest
from unittest.mock import AsyncMock, MagicMock, Mock

from chat.agent import AgentPool, ChatAgent
from chat.connections import Connections
from chat.handler import ChatHandler, PolicyViolation
from tests.feeds import chat, feed


class HandlerIsolationTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.mock_websocket = MagicMock()
        self.mock_websocket.user_id = "alice"
        self.mock_websocket.connection_id = "alice-1"
        self.mock_websocket.accept = AsyncMock()
        self.mock_websocket.send_json = AsyncMock()
        self.mock_websocket.close = AsyncMock()

        self.mock_agent = AsyncMock()
        self.mock_agent.execute = AsyncMock(
            return_value={"status": "completed", "result": "for alice"}
        )
        self.mock_store = AsyncMock()
        self.handler = ChatHandler(self.mock_agent, self.mock_store)

    async def test_foreign_user_id_is_a_violation(self):
        with self.assertRaises(PolicyViolation):
            await self.handler.handle(self.mock_websocket, chat("hi", user_id="bob"))

        self.mock_agent.execute.assert_not_awaited()

    async def test_violation_closes_the_connection(self):
        messages = feed(chat("hi", user_id="bob"), chat("hi"))
        await self.handler.serve(self.mock_websocket, messages)

        self.mock_websocket.close.assert_awaited_once_with(code=1008)
        self.mock_store.save_exchange.assert_not_awaited()

    async def test_exchange_is_stored_for_the_owner(self):
        message = chat("hi", user_id="alice", thread_id="t1")
        await self.handler.handle(self.mock_websocket, message)

        self.mock_store.save_exchange.assert_awaited_once_with(
            "alice", "t1", "hi", "for alice"
        )


class ConnectionIsolationTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.alice_ws = Mock()
        self.alice_ws.user_id = "alice"
        self.alice_ws.connection_id = "alice-1"
        self.alice_ws.send_text = AsyncMock()

        self.bob_ws = Mock()
        self.bob_ws.user_id = "bob"
        self.bob_ws.connection_id = "bob-1"
        self.bob_ws.send_text = AsyncMock()

        self.connections = Connections()
        self.connections.add(self.alice_ws)
        self.connections.add(self.bob_ws)

    async def test_notice_reaches_its_user_only(self):
        delivered = await self.connections.notify("alice", "lunch")

        self.assertEqual(delivered, 1)
        self.alice_ws.send_text.assert_awaited_once_with("lunch")
        self.bob_ws.send_text.assert_not_awaited()

    async def test_connections_are_counted_by_user(self):
        self.connections.remove(self.bob_ws)

        self.assertEqual(self.connections.count("alice"), 1)
        self.assertEqual(self.connections.count("bob"), 0)


async def test_each_user_has_an_agent_of_their_own():
    first_agent = AsyncMock()
    first_agent.execute.return_value = {"status": "completed", "result": "one"}
    second_agent = AsyncMock()
    second_agent.execute.return_value = {"status": "completed", "result": "two"}
    mock_agent_factory = Mock(side_effect=[first_agent, second_agent])
    pool = AgentPool(mock_agent_factory)

    one = await pool.for_user("alice").execute("hi")
    two = await pool.for_user("bob").execute("hi")

    assert (one["result"], two["result"]) == ("one", "two")
    assert pool.for_user("alice") is first_agent


async def test_agents_do_not_share_their_tools():
    alice_tool = AsyncMock(return_value="a")
    alice = ChatAgent("alice", {"echo": alice_tool})
    bob = ChatAgent("bob")

    assert (await bob.execute("hi"))["result"] == "hi"
    alice_tool.assert_not_awaited()
    assert (await alice.execute("hi"))["result"] == "a"
