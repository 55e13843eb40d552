# ruff: noqa: ANN001, ANN003, ANN202, ANN205
"""A factory whose methods take a spec and further attributes, in plain ``unittest.mock``."""

import difflib
from unittest.mock import AsyncMock, MagicMock, NonCallableMock


def _finished(product, spec, attributes):
    """Keep a product to its spec, then set what the caller asked for."""
    if spec is not None:
        _keep_to(spec, product)
        for name in attributes:
            _require(name.partition(".")[0], product, spec)
    product.configure_mock(**attributes)
    return product


def _keep_to(spec, product):
    """Let the spec decide which methods there are, and which of them are async."""
    kind = AsyncMock if isinstance(product, AsyncMock) else MagicMock
    strict = kind(spec=spec)
    for name, child in list(vars(product).items()):
        if name.startswith("_") or not isinstance(child, NonCallableMock):
            continue
        if not hasattr(strict, name):
            delattr(product, name)
        elif isinstance(child, AsyncMock) is not isinstance(getattr(strict, name), AsyncMock):
            product.attach_mock(getattr(strict, name), name)


def _require(name, product, spec):
    if not hasattr(product, name):
        near = difflib.get_close_matches(name, dir(product), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"{spec!r} has no attribute {name!r}{hint}")


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(
        connection_id="test-connection", user_id="test-user", *, spec=None, **attributes
    ):
        websocket = MagicMock(spec=spec)
        websocket.connection_id = connection_id
        websocket.user_id = user_id
        websocket.send_text = AsyncMock()
        websocket.send_json = AsyncMock()
        websocket.accept = AsyncMock()
        websocket.close = AsyncMock()
        websocket.receive_json = AsyncMock()
        websocket.client_state = MagicMock(CONNECTED=1)
        return _finished(websocket, spec, attributes)

    @staticmethod
    def create_agent_mock(
        agent_type="supervisor",
        execution_result=None,
        execution_time=0.1,
        *,
        spec=None,
        **attributes,
    ):
        agent = AsyncMock(spec=spec)
        agent.agent_type = agent_type
        agent.execute = AsyncMock(
            return_value=execution_result
            or {
                "status": "completed",
                "result": "Mock agent execution result",
                "execution_time": execution_time,
            }
        )
        agent.get_capabilities = AsyncMock(return_value=["text_processing", "data_analysis"])
        return _finished(agent, spec, attributes)

    @staticmethod
    def create_database_session_mock(*, spec=None, **attributes):
        row = {"id": 1, "name": "test"}
        result = MagicMock(
            fetchone=MagicMock(return_value=row), fetchall=MagicMock(return_value=[row])
        )
        session = AsyncMock(spec=spec)
        session.execute = AsyncMock(return_value=result)
        session.scalar = AsyncMock()
        session.commit = AsyncMock()
        session.rollback = AsyncMock()
        session.close = AsyncMock()
        session.add = MagicMock()
        session.is_modified = MagicMock(return_value=False)
        session.info = {}
        session.is_active = True
        if spec is None or hasattr(spec, "__aenter__"):
            session.__aenter__.return_value = session
        return _finished(session, spec, attributes)

    @staticmethod
    def create_configuration_mock(
        environment="test", additional_config=None, *, spec=None, **attributes
    ):
        config = MagicMock(spec=spec)
        config.environment = environment
        config.database_url = "postgresql://test:test@localhost:5432/test"
        for name, value in (additional_config or {}).items():
            setattr(config, name, value)
        return _finished(config, spec, attributes)
