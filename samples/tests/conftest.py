"""Fixtures of the whole suite."""

from unittest.mock import AsyncMock, MagicMock

import pytest


@pytest.fixture
def mock_websocket():
    """A connection of user u1."""
    websocket = MagicMock()
    websocket.user_id = "u1"
    websocket.connection_id = "c1"
    websocket.accept = AsyncMock()
    websocket.send_text = AsyncMock()
    websocket.send_json = AsyncMock()
    websocket.close = AsyncMock()
    return websocket


@pytest.fixture
def mock_agent():
    """An agent that has an answer."""
    agent = AsyncMock(agent_type="triage")
    agent.execute.return_value = {"status": "completed", "result": "Hello there"}
    yield agent
    agent.reset_mock()
