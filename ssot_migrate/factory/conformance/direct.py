"""Build by hand what each method of the factory gives, as a test without a factory would.

These are the least that the methods' interface promises: a product that offers more is held
against a block of its own (see ``performance``). ``_set`` stands for the statements that it makes.
"""

import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock


@dataclass(frozen=True, slots=True)
class Direct:
    """A call of the factory, and the block that builds the same."""

    method: str
    build: Callable[[], Any]
    #: What the method is called with, where that is needed.
    arguments: tuple[object, ...] = ()

    @property
    def id(self) -> str:
        """The name of the call: ``create_mock-AsyncSession``."""
        named = self.arguments[0] if self.method == "create_mock" else None
        return f"{self.method}-{named}" if named else self.method


def _set(mock: Any, kind: type, names: str) -> None:  # noqa: ANN401
    for name in names.split():
        setattr(mock, name, kind())


def _agent() -> AsyncMock:
    agent = AsyncMock()
    agent.agent_type = "supervisor"
    agent.execute = AsyncMock(
        return_value={
            "status": "completed",
            "result": "Mock agent execution result",
            "execution_time": 0.1,
        }
    )
    agent.get_capabilities = AsyncMock(return_value=["text_processing", "data_analysis"])
    return agent


def _websocket() -> MagicMock:
    websocket = MagicMock()
    websocket.connection_id = "test-connection"
    websocket.user_id = "test-user"
    _set(websocket, AsyncMock, "send_text send_json accept close")
    websocket.client_state = MagicMock()
    websocket.client_state.CONNECTED = 1
    return websocket


def _database_session() -> AsyncMock:
    session = AsyncMock()
    _set(session, AsyncMock, "execute scalar scalars commit rollback close")
    result = MagicMock()
    result.fetchone.return_value = {"id": 1, "name": "test"}
    result.fetchall.return_value = [{"id": 1, "name": "test"}]
    session.execute.return_value = result
    return session


def _execution_context() -> MagicMock:
    context = MagicMock()
    context.user_id = "test-user"
    context.thread_id = "test-thread"
    context.created_at = datetime.now(UTC)
    context.get_state = MagicMock(return_value={})
    context.set_state = MagicMock()
    return context


def _tool() -> AsyncMock:
    tool = AsyncMock()
    tool.name = "test_tool"
    tool.execute = AsyncMock(
        return_value={"status": "success", "result": "Mock test_tool execution result"}
    )
    tool.get_schema = MagicMock(
        return_value={"name": "test_tool", "description": "Mock test_tool tool", "parameters": {}}
    )
    return tool


def _llm_client() -> AsyncMock:
    response = MagicMock()
    response.choices = [MagicMock()]
    response.choices[0].message.content = "Mock LLM response"
    response.usage.total_tokens = 100
    client = AsyncMock()
    client.chat.completions.create = AsyncMock(return_value=response)
    client.agenerate = AsyncMock(
        return_value={"response": "Mock LLM response", "usage": {"total_tokens": 100}}
    )
    client.get_default_client = AsyncMock(return_value=client)
    return client


def _configuration() -> MagicMock:
    configuration = MagicMock()
    configuration.environment = "test"
    configuration.database_url = "postgresql://test:test@localhost:5432/test"
    configuration.redis_url = "redis://localhost:6379/0"
    configuration.jwt_secret_key = "test-jwt-secret"  # noqa: S105 (the factory's, of no service)
    return configuration


def _llm_manager() -> AsyncMock:
    manager = AsyncMock()
    manager.llm_config = MagicMock()
    manager.llm_config.model = "gpt-4"
    manager.llm_config.temperature = 0.7
    manager.llm_config.max_tokens = 4000
    manager.llm_config.timeout = 30

    async def stream_response(*_: object, **__: object) -> AsyncIterator[str]:
        for chunk in ("Mock", " streaming", " response"):
            yield chunk

    manager.generate_response = AsyncMock(return_value="Mock LLM response")
    manager.get_embeddings = AsyncMock(return_value=[0.1, 0.2, 0.3])
    manager.tokenize = AsyncMock(return_value=["token1", "token2"])
    manager.validate_model = AsyncMock(return_value=True)
    manager.get_model_info = AsyncMock(
        return_value={"model": "gpt-4", "max_tokens": 4000, "supports_streaming": True}
    )
    manager.get_default_client = AsyncMock(return_value=_llm_client())
    manager.stream_response = stream_response
    return manager


def _bridge() -> AsyncMock:
    bridge = AsyncMock()
    user_id, run_id = "test-user", "test-run"
    bridge.user_id = user_id
    bridge.run_id = run_id
    bridge.is_connected = True
    _set(bridge, AsyncMock, "notify_agent_started notify_agent_thinking notify_tool_executing")
    _set(bridge, AsyncMock, "notify_tool_completed notify_agent_completed connect disconnect")
    _set(bridge, AsyncMock, "emit_event emit_critical_event send_message")
    bridge.is_connection_active = MagicMock(return_value=True)
    bridge.get_connection_status = MagicMock(
        return_value={"connected": True, "user_id": user_id, "run_id": run_id}
    )
    bridge.get_user_context = MagicMock(
        return_value={"user_id": user_id, "run_id": run_id, "session_active": True}
    )
    return bridge


def _websocket_manager() -> AsyncMock:
    manager = AsyncMock()
    manager.manager_type = "unified"
    _set(manager, AsyncMock, "add_connection remove_connection send_message broadcast_message")
    _set(manager, AsyncMock, "send_agent_event emit_critical_event create_websocket_connection")
    _set(manager, AsyncMock, "get_or_create_user_session cleanup_user_session")
    _set(manager, AsyncMock, "enable_user_isolation audit_connection_access isolate_user_session")
    _set(manager, AsyncMock, "handle_connection_error recover_from_failure log_connection_metrics")
    _set(manager, AsyncMock, "agent_websocket_bridge event_emitter message_queue")
    manager.get_connection_count = AsyncMock(return_value=0)
    manager.get_user_connections = AsyncMock(return_value=[])
    manager.validate_user_permissions = AsyncMock(return_value=True)
    manager.is_connection_active = MagicMock(return_value=True)
    manager.get_connection_health = MagicMock(return_value={"has_active_connections": True})
    manager.get_connection = MagicMock(return_value=None)
    manager.get_connections_for_user = AsyncMock(return_value=[])
    manager.validate_user_isolation = AsyncMock(return_value=True)
    manager.websocket_instances = {}
    manager.connection_pool = {}
    manager.user_sessions = {}
    manager.active_user_count = 0
    manager._active_connections = {}  # noqa: SLF001 (the interface has it)
    manager._ssot_compliant = True  # noqa: SLF001
    manager._ssot_mock_registry = {}  # noqa: SLF001
    return manager


def _user_context() -> MagicMock:
    context = MagicMock()
    context.user_id = "test_user"
    context.thread_id = "test_thread"
    context.run_id = "test_run"
    context.request_id = "test_request"
    context.websocket_client_id = "conn_test_user_test_thread"
    context.agent_context = {}
    context.audit_metadata = {}
    context.user_tier = "free"
    context.created_at = datetime.now(UTC)
    context.get_state = MagicMock(return_value={})
    context.set_state = MagicMock()
    return context


def _isolated_context() -> MagicMock:
    context = _user_context()
    milliseconds = int(time.time() * 1000)
    context.user_id, context.thread_id = "user-1", "thread-1"
    context.run_id = f"run_user-1_thread-1_{milliseconds}"
    context.request_id = f"req_user-1_thread-1_{milliseconds}"
    return context


def _emitter() -> AsyncMock:
    emitter = AsyncMock()
    emitter.user_id = "test-user"
    emitter.connection_id = "test-connection"
    _set(emitter, AsyncMock, "emit_event emit_agent_started emit_agent_thinking")
    _set(emitter, AsyncMock, "emit_tool_executing emit_tool_completed emit_agent_completed")
    _set(emitter, AsyncMock, "connect disconnect add_event clear_events configure")
    _set(emitter, AsyncMock, "enable_encryption audit_event_emission handle_emission_error")
    _set(emitter, AsyncMock, "retry_failed_emission log_emission_metrics")
    _set(emitter, AsyncMock, "event_queue websocket_manager")
    emitter.get_events = AsyncMock(return_value=[])
    emitter.validate_event = AsyncMock(return_value=True)
    emitter.validate_message_integrity = AsyncMock(return_value=True)
    emitter.is_connected = MagicMock(return_value=True)
    emitter.connection_state = "CONNECTED"
    emitter.message_handlers = {}
    emitter.error_handlers = {}
    emitter.reconnect_attempts = 0
    emitter.last_ping_time = datetime.now(UTC)
    return emitter


def _engine() -> AsyncMock:
    engine = AsyncMock()
    engine.engine_id = f"engine_{uuid.uuid4().hex[:8]}"
    engine.created_at = datetime.now(UTC)
    engine.active_runs = []
    _set(engine, AsyncMock, "execute_agent_pipeline cleanup get_user_context")
    engine.is_active = AsyncMock(return_value=True)
    engine.get_user_execution_stats = AsyncMock(return_value={})
    return engine


def _supervisor() -> AsyncMock:
    supervisor = _agent()
    supervisor.user_context = _user_context()
    supervisor.websocket_bridge = _bridge()
    supervisor.llm_manager = _llm_manager()
    _set(supervisor, AsyncMock, "run plan delegate execute_workflow cleanup")
    return supervisor


#: The block of each type of ``create_mock_suite``.
_SUITE: Final[dict[str, Callable[[], Any]]] = {
    "agent": _agent,
    "websocket": _websocket,
    "database_session": _database_session,
    "execution_context": _execution_context,
    "tool": _tool,
    "llm_client": _llm_client,
    "configuration": _configuration,
    "llm_manager": _llm_manager,
    "agent_websocket_bridge": _bridge,
}

DIRECT: Final = (
    Direct("create_agent_mock", _agent),
    Direct("create_websocket_mock", _websocket),
    Direct("create_database_session_mock", _database_session),
    Direct("create_execution_context_mock", _execution_context),
    Direct("create_tool_mock", _tool),
    Direct("create_llm_client_mock", _llm_client),
    Direct("create_configuration_mock", _configuration),
    Direct("create_mock_llm_manager", _llm_manager),
    Direct("create_mock_agent_websocket_bridge", _bridge),
    Direct("create_websocket_manager_mock", _websocket_manager),
    Direct("create_mock_user_context", _user_context),
    Direct("create_isolated_execution_context", _isolated_context, ("user-1", "thread-1")),
    Direct("create_mock_websocket_emitter", _emitter),
    Direct("create_mock_suite", lambda: {k: b() for k, b in _SUITE.items()}, ([*_SUITE],)),
    Direct("create_mock", _database_session, ("AsyncSession",)),
    Direct("create_mock", _engine, ("UserExecutionEngine",)),
    Direct("create_mock", _websocket_manager, ("WebSocketManager",)),
    Direct("create_mock", _llm_manager, ("LLMManager",)),
    Direct("create_mock", _bridge, ("AgentWebSocketBridge",)),
    Direct("create_mock", _emitter, ("UnifiedWebSocketEmitter",)),
    Direct("create_mock", _supervisor, ("SupervisorAgent",)),
    Direct("create_mock", AsyncMock, ("SomeOtherClass",)),
)
