"""What the factory's public interface promises of each method: its base, presets and parameters."""

from collections.abc import Mapping
from unittest.mock import AsyncMock, MagicMock

from ssot_migrate.factory.conformance import products
from ssot_migrate.factory.conformance.promise import (
    ANSWER,
    FAILURE,
    NO_PRESET,
    NOW,
    TRUE,
    Effect,
    Row,
    awaited,
    matching,
    own,
)

_FIVE = "agent_started agent_thinking tool_executing tool_completed agent_completed".split()
_ROW = {"id": 1, "name": "test"}

_AGENT = Row(
    base=AsyncMock,
    presets={
        "agent_type": "supervisor",
        "execute(await)": {
            "status": "completed",
            "result": "Mock agent execution result",
            "execution_time": 0.1,
        },
        "get_capabilities(await)": ["text_processing", "data_analysis"],
    },
    effects=(
        *own("create_agent_mock", agent_type="agent_type", execution_result="execute(await)"),
        Effect(
            {"execution_time": 12.5},
            "execute(await)",
            {
                "status": "completed",
                "result": "Mock agent execution result",
                "execution_time": 12.5,
            },
        ),
    ),
)
_WEBSOCKET = Row(
    base=MagicMock,
    presets={
        "connection_id": "test-connection",
        "user_id": "test-user",
        **awaited("send_text send_json accept close"),
        "client_state.CONNECTED": 1,
    },
    effects=own("create_websocket_mock", connection_id="connection_id", user_id="user_id"),
)
_SESSION = Row(
    base=AsyncMock,
    presets={
        **awaited("scalar scalars commit rollback close"),
        "execute(await).fetchone()": _ROW,
        "execute(await).fetchall()": [_ROW],
    },
)
_EXECUTION_CONTEXT = Row(
    base=MagicMock,
    presets={
        "user_id": "test-user",
        "thread_id": "test-thread",
        "created_at": NOW,
        "get_state()": {},
        "set_state()": ANSWER,
    },
    effects=own("create_execution_context_mock", user_id="user_id", thread_id="thread_id"),
)
_TOOL = Row(
    base=AsyncMock,
    presets={
        "name": "test_tool",
        "execute(await)": {"status": "success", "result": "Mock test_tool execution result"},
        "get_schema()": {
            "name": "test_tool",
            "description": "Mock test_tool tool",
            "parameters": {},
        },
    },
    effects=(
        Effect({"tool_name": "saw"}, "name", "saw"),
        Effect(
            {"tool_name": "saw"},
            "execute(await)",
            {"status": "success", "result": "Mock saw execution result"},
        ),
        Effect(
            {"tool_name": "saw"},
            "get_schema()",
            {"name": "saw", "description": "Mock saw tool", "parameters": {}},
        ),
        *own("create_tool_mock", execution_result="execute(await)"),
    ),
)
_LLM_CLIENT = Row(
    base=AsyncMock,
    presets={
        "chat.completions.create(await).choices[0].message.content": "Mock LLM response",
        "chat.completions.create(await).usage.total_tokens": 100,
        "agenerate(await)": {"response": "Mock LLM response", "usage": {"total_tokens": 100}},
        "get_default_client(await).agenerate(await)": {
            "response": "Mock LLM response",
            "usage": {"total_tokens": 100},
        },
    },
    effects=(
        *own(
            "create_llm_client_mock",
            response_text="chat.completions.create(await).choices[0].message.content",
        ),
        Effect(
            {"response_text": "own"},
            "agenerate(await)",
            {"response": "own", "usage": {"total_tokens": 100}},
        ),
    ),
)
_CONFIGURATION = Row(
    base=MagicMock,
    presets={
        "environment": "test",
        "database_url": "postgresql://test:test@localhost:5432/test",
        "redis_url": "redis://localhost:6379/0",
        "jwt_secret_key": "test-jwt-secret",
    },
    effects=(
        *own("create_configuration_mock", environment="environment"),
        Effect({"additional_config": {"flavour": "own"}}, "flavour", "own"),
        Effect({"additional_config": {"redis_url": "own"}}, "redis_url", "own"),
    ),
)
_LLM_MANAGER = Row(
    base=AsyncMock,
    presets={
        "llm_config.model": "gpt-4",
        "llm_config.temperature": 0.7,
        "llm_config.max_tokens": 4000,
        "llm_config.timeout": 30,
        "generate_response(await)": "Mock LLM response",
        "get_embeddings(await)": [0.1, 0.2, 0.3],
        "tokenize(await)": ["token1", "token2"],
        "validate_model(await)": True,
        "get_model_info(await)": {
            "model": "gpt-4",
            "max_tokens": 4000,
            "supports_streaming": True,
        },
        "get_default_client(await).agenerate(await)": _LLM_CLIENT.presets["agenerate(await)"],
        "stream_response(async for)": ["Mock", " streaming", " response"],
    },
    effects=(
        *own("create_mock_llm_manager", model="llm_config.model"),
        Effect(
            {"model": "own"},
            "get_model_info(await)",
            {"model": "own", "max_tokens": 4000, "supports_streaming": True},
        ),
        Effect({"config": {"flavour": "own"}}, "llm_config.flavour", "own"),
        Effect({"config": {"temperature": 0.0}}, "llm_config.temperature", 0.0),
    ),
)
_BRIDGE = Row(
    base=AsyncMock,
    presets={
        "user_id": "test-user",
        "run_id": "test-run",
        "is_connected": True,
        **awaited(" ".join(f"notify_{event}" for event in _FIVE)),
        **awaited("connect disconnect emit_event emit_critical_event send_message"),
        "is_connection_active()": True,
        "get_connection_status()": {
            "connected": True,
            "user_id": "test-user",
            "run_id": "test-run",
        },
        "get_user_context()": {
            "user_id": "test-user",
            "run_id": "test-run",
            "session_active": True,
        },
    },
    effects=(
        *own("create_mock_agent_websocket_bridge", user_id="user_id", run_id="run_id"),
        Effect(
            {"user_id": "u", "run_id": "r"},
            "get_connection_status()",
            {"connected": True, "user_id": "u", "run_id": "r"},
        ),
        Effect(
            {"user_id": "u", "run_id": "r"},
            "get_user_context()",
            {"user_id": "u", "run_id": "r", "session_active": True},
        ),
        *(Effect({"should_fail": True}, f"notify_{event}(await)", FAILURE) for event in _FIVE),
    ),
)
_MANAGER = Row(
    base=AsyncMock,
    presets={
        "manager_type": "unified",
        **awaited("add_connection remove_connection send_message broadcast_message"),
        **awaited("send_agent_event emit_critical_event create_websocket_connection"),
        **awaited("get_or_create_user_session cleanup_user_session enable_user_isolation"),
        **awaited("audit_connection_access handle_connection_error recover_from_failure"),
        **awaited("log_connection_metrics agent_websocket_bridge event_emitter message_queue"),
        **awaited("isolate_user_session"),
        "get_connection_count(await)": 0,
        "get_user_connections(await)": [],
        "validate_user_permissions(await)": True,
        "is_connection_active()": True,
        "get_connection_health()": {"has_active_connections": True},
        "get_connection()": None,
        "websocket_instances": {},
        "connection_pool": {},
        "user_sessions": {},
        "active_user_count": 0,
        "get_connections_for_user(await)": [],
        "validate_user_isolation(await)": True,
        "_active_connections": {},
        "_ssot_compliant": True,
        "_ssot_mock_registry": {},
    },
    effects=(
        *own("create_websocket_manager_mock", manager_type="manager_type"),
        Effect({"user_isolation": False}, "get_connections_for_user(await)", NO_PRESET),
        Effect({"user_isolation": False}, "validate_user_isolation(await)", NO_PRESET),
    ),
)
_CLIENT_ID = "websocket_client_id"
_EITHER_CONTEXT = (
    *own("a context", user_id="user_id", thread_id="thread_id", websocket_client_id=_CLIENT_ID),
    *own("a context", connection_id=_CLIENT_ID),
    Effect({"user_id": "u", "thread_id": "t"}, _CLIENT_ID, "conn_u_t"),
    Effect({_CLIENT_ID: "one", "connection_id": "other"}, _CLIENT_ID, "one"),
    Effect({"agent_context": {"a": 1}}, "agent_context", {"a": 1}),
    Effect({"audit_metadata": {"a": 1}}, "audit_metadata", {"a": 1}),
)
_OF_ANY_CONTEXT: Mapping[str, object] = {"agent_context": {}, "audit_metadata": {}}
_USER_CONTEXT = Row(
    base=MagicMock,
    presets={
        "user_id": "test_user",
        "thread_id": "test_thread",
        "run_id": "test_run",
        "request_id": "test_request",
        _CLIENT_ID: "conn_test_user_test_thread",
        **_OF_ANY_CONTEXT,
        "user_tier": "free",
        "created_at": NOW,
        "get_state()": {},
        "set_state()": ANSWER,
    },
    effects=(*_EITHER_CONTEXT, *own("a context", run_id="run_id", request_id="request_id")),
)
_ISOLATED = Row(
    base=MagicMock,
    presets={
        "user_id": "u",
        "thread_id": "t",
        "run_id": matching(r"run_u_t_\d+"),
        "request_id": matching(r"req_u_t_\d+"),
        _CLIENT_ID: "conn_u_t",
        **_OF_ANY_CONTEXT,
    },
    effects=_EITHER_CONTEXT,
    required={"user_id": "u", "thread_id": "t"},
)
_EMITTER = Row(
    base=AsyncMock,
    presets={
        "user_id": "test-user",
        "connection_id": "test-connection",
        **awaited(" ".join(f"emit_{event}" for event in _FIVE)),
        **awaited("emit_event connect disconnect add_event clear_events configure"),
        **awaited("enable_encryption audit_event_emission handle_emission_error"),
        **awaited("retry_failed_emission log_emission_metrics event_queue websocket_manager"),
        "get_events(await)": [],
        "validate_event(await)": True,
        "validate_message_integrity(await)": True,
        "is_connected": TRUE,
        "is_connected()": True,
        "connection_state": "CONNECTED",
        "message_handlers": {},
        "error_handlers": {},
        "reconnect_attempts": 0,
        "last_ping_time": NOW,
    },
    effects=own("an emitter", user_id="user_id", connection_id="connection_id", flavour="flavour"),
)
_ENGINE = Row(
    base=AsyncMock,
    presets={
        "engine_id": matching("engine_[0-9a-f]{8}"),
        "created_at": NOW,
        "active_runs": [],
        **awaited("execute_agent_pipeline cleanup get_user_context"),
        "is_active(await)": True,
        "get_user_execution_stats(await)": {},
    },
    effects=own("an engine", flavour="flavour"),
)
_SUPERVISOR = Row(
    base=AsyncMock,
    presets={
        **_AGENT.presets,
        "user_context.user_id": "test_user",
        "websocket_bridge.notify_agent_started(await)": ANSWER,
        "llm_manager.generate_response(await)": "Mock LLM response",
    },
    effects=own("a supervisor", flavour="flavour"),
)

#: By method.
METHODS: Mapping[str, Row] = {
    "create_agent_mock": _AGENT,
    "create_websocket_mock": _WEBSOCKET,
    "create_database_session_mock": _SESSION,
    "create_execution_context_mock": _EXECUTION_CONTEXT,
    "create_tool_mock": _TOOL,
    "create_llm_client_mock": _LLM_CLIENT,
    "create_configuration_mock": _CONFIGURATION,
    "create_mock_llm_manager": _LLM_MANAGER,
    "create_mock_agent_websocket_bridge": _BRIDGE,
    "create_websocket_manager_mock": _MANAGER,
    "create_mock_user_context": _USER_CONTEXT,
    "create_isolated_execution_context": _ISOLATED,
    "create_mock_websocket_emitter": _EMITTER,
}
#: By type of ``create_mock_suite``.
SUITE: Mapping[str, Row] = {name: METHODS[method] for name, method in products.SUITE.items()}
#: By name of ``create_mock``.
CLASSES: Mapping[str, Row] = {
    "AsyncSession": Row(
        base=AsyncMock, presets=_SESSION.presets, effects=own("a session", flavour="flavour")
    ),
    "UserExecutionEngine": _ENGINE,
    "WebSocketManager": _MANAGER,
    "LLMManager": _LLM_MANAGER,
    "AgentWebSocketBridge": _BRIDGE,
    "UnifiedWebSocketEmitter": _EMITTER,
    "SupervisorAgent": _SUPERVISOR,
}
