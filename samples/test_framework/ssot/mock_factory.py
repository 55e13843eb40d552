"""The one place where the mocks of the test suites are made."""

import time
import uuid
import warnings
from datetime import UTC, datetime
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    """Makes the mocks that tests use, so that a kind of mock is defined once."""

    #: The project's own class of user contexts, where it has one.
    user_context_class = None

    @staticmethod
    def create_agent_mock(
        agent_type="supervisor", execution_result=None, execution_time=0.1
    ):
        """Create an agent whose execution succeeds."""
        agent = AsyncMock()
        agent.agent_type = agent_type
        agent.execute = AsyncMock(
            return_value=execution_result
            or {
                "status": "completed",
                "result": "Mock agent execution result",
                "execution_time": execution_time,
            }
        )
        agent.get_capabilities = AsyncMock(
            return_value=["text_processing", "data_analysis"]
        )
        return agent

    @staticmethod
    def create_websocket_mock(connection_id="test-connection", user_id="test-user"):
        """Create a connected websocket."""
        ws = MagicMock()
        ws.connection_id = connection_id
        ws.user_id = user_id
        ws.send_text = AsyncMock()
        ws.send_json = AsyncMock()
        ws.accept = AsyncMock()
        ws.close = AsyncMock()
        ws.client_state.CONNECTED = 1
        return ws

    @staticmethod
    def create_database_session_mock():
        """Create an async database session whose queries find one row."""
        session = AsyncMock()
        session.execute = AsyncMock()
        session.scalar = AsyncMock()
        session.scalars = AsyncMock()
        session.commit = AsyncMock()
        session.rollback = AsyncMock()
        session.close = AsyncMock()

        result = MagicMock()
        result.fetchone.return_value = {"id": 1, "name": "test"}
        result.fetchall.return_value = [{"id": 1, "name": "test"}]
        session.execute.return_value = result
        return session

    @staticmethod
    def create_execution_context_mock(user_id="test-user", thread_id="test-thread"):
        """Create the context of one execution."""
        context = MagicMock()
        context.user_id = user_id
        context.thread_id = thread_id
        context.created_at = datetime.now(UTC)
        context.get_state = MagicMock(return_value={})
        context.set_state = MagicMock()
        return context

    @staticmethod
    def create_tool_mock(tool_name="test_tool", execution_result=None):
        """Create a tool whose execution succeeds."""
        tool = AsyncMock()
        tool.name = tool_name
        tool.execute = AsyncMock(
            return_value=execution_result
            or {
                "status": "success",
                "result": f"Mock {tool_name} execution result",
            }
        )
        tool.get_schema = MagicMock(
            return_value={
                "name": tool_name,
                "description": f"Mock {tool_name} tool",
                "parameters": {},
            }
        )
        return tool

    @staticmethod
    def create_llm_client_mock(response_text="Mock LLM response"):
        """Create an LLM client that always gives the same answer."""
        response = MagicMock()
        response.choices = [MagicMock()]
        response.choices[0].message.content = response_text
        response.usage.total_tokens = 100

        client = AsyncMock()
        client.chat.completions.create = AsyncMock(return_value=response)
        client.agenerate = AsyncMock(
            return_value={"response": response_text, "usage": {"total_tokens": 100}}
        )
        client.get_default_client = AsyncMock(return_value=client)
        return client

    @staticmethod
    def create_configuration_mock(environment="test", additional_config=None):
        """Create a configuration, with further settings where they are given."""
        config = MagicMock()
        config.environment = environment
        config.database_url = "postgresql://test:test@localhost:5432/test"
        config.redis_url = "redis://localhost:6379/0"
        config.jwt_secret_key = "test-jwt-secret"

        if additional_config:
            for key, value in additional_config.items():
                setattr(config, key, value)
        return config

    @classmethod
    def create_mock_llm_manager(cls, model="gpt-4", config=None):
        """Create a manager of LLM clients."""
        manager = AsyncMock()
        manager.llm_config = MagicMock()
        manager.llm_config.model = model
        manager.llm_config.temperature = 0.7
        manager.llm_config.max_tokens = 4000
        manager.llm_config.timeout = 30
        if config:
            for key, value in config.items():
                setattr(manager.llm_config, key, value)

        async def stream_response(*args, **kwargs):
            for chunk in ["Mock", " streaming", " response"]:
                yield chunk

        manager.generate_response = AsyncMock(return_value="Mock LLM response")
        manager.get_embeddings = AsyncMock(return_value=[0.1, 0.2, 0.3])
        manager.tokenize = AsyncMock(return_value=["token1", "token2"])
        manager.validate_model = AsyncMock(return_value=True)
        manager.get_model_info = AsyncMock(
            return_value={
                "model": model,
                "max_tokens": 4000,
                "supports_streaming": True,
            }
        )
        manager.get_default_client = AsyncMock(
            return_value=cls.create_llm_client_mock()
        )
        manager.stream_response = stream_response
        return manager

    @staticmethod
    def create_mock_agent_websocket_bridge(
        user_id="test-user", run_id="test-run", should_fail=False
    ):
        """Create a bridge from agents to websockets; it fails where that is asked."""
        bridge = AsyncMock()
        bridge.user_id = user_id
        bridge.run_id = run_id
        bridge.is_connected = True

        if should_fail:
            failure = Exception("WebSocket bridge failure")
            bridge.notify_agent_started = AsyncMock(side_effect=failure)
            bridge.notify_agent_thinking = AsyncMock(side_effect=failure)
            bridge.notify_tool_executing = AsyncMock(side_effect=failure)
            bridge.notify_tool_completed = AsyncMock(side_effect=failure)
            bridge.notify_agent_completed = AsyncMock(side_effect=failure)
        else:
            bridge.notify_agent_started = AsyncMock()
            bridge.notify_agent_thinking = AsyncMock()
            bridge.notify_tool_executing = AsyncMock()
            bridge.notify_tool_completed = AsyncMock()
            bridge.notify_agent_completed = AsyncMock()

        bridge.connect = AsyncMock()
        bridge.disconnect = AsyncMock()
        bridge.emit_event = AsyncMock()
        bridge.emit_critical_event = AsyncMock()
        bridge.send_message = AsyncMock()
        bridge.is_connection_active = MagicMock(return_value=True)
        bridge.get_connection_status = MagicMock(
            return_value={"connected": True, "user_id": user_id, "run_id": run_id}
        )
        bridge.get_user_context = MagicMock(
            return_value={"user_id": user_id, "run_id": run_id, "session_active": True}
        )
        return bridge

    @staticmethod
    def create_websocket_manager_mock(manager_type="unified", user_isolation=True):
        """Create a manager of websockets, with or without its isolation of users."""
        manager = AsyncMock()
        manager.manager_type = manager_type

        manager.add_connection = AsyncMock()
        manager.remove_connection = AsyncMock()
        manager.send_message = AsyncMock()
        manager.broadcast_message = AsyncMock()
        manager.get_connection_count = AsyncMock(return_value=0)
        manager.get_user_connections = AsyncMock(return_value=[])
        manager.send_agent_event = AsyncMock()
        manager.emit_critical_event = AsyncMock()
        manager.create_websocket_connection = AsyncMock()
        manager.get_or_create_user_session = AsyncMock()
        manager.cleanup_user_session = AsyncMock()
        manager.enable_user_isolation = AsyncMock()
        manager.validate_user_permissions = AsyncMock(return_value=True)
        manager.audit_connection_access = AsyncMock()
        manager.handle_connection_error = AsyncMock()
        manager.recover_from_failure = AsyncMock()
        manager.log_connection_metrics = AsyncMock()

        manager.is_connection_active = MagicMock(return_value=True)
        manager.get_connection_health = MagicMock(
            return_value={"has_active_connections": True}
        )
        manager.get_connection = MagicMock(return_value=None)

        manager.websocket_instances = {}
        manager.connection_pool = {}
        manager.user_sessions = {}
        manager.active_user_count = 0
        manager.agent_websocket_bridge = AsyncMock()
        manager.event_emitter = AsyncMock()
        manager.message_queue = AsyncMock()

        if user_isolation:
            manager.get_connections_for_user = AsyncMock(return_value=[])
            manager.isolate_user_session = AsyncMock()
            manager.validate_user_isolation = AsyncMock(return_value=True)

        manager._active_connections = {}
        manager._ssot_compliant = True
        manager._ssot_mock_registry = {}
        return manager

    @classmethod
    def create_mock_user_context(
        cls,
        user_id="test_user",
        thread_id="test_thread",
        run_id="test_run",
        request_id="test_request",
        websocket_client_id=None,
        connection_id=None,
        **kwargs,
    ):
        """Create the context of a user: the project's own where it has a class for it."""
        if websocket_client_id is None:
            websocket_client_id = connection_id or f"conn_{user_id}_{thread_id}"

        if cls.user_context_class is not None:
            try:
                return cls.user_context_class(
                    user_id=user_id,
                    thread_id=thread_id,
                    run_id=run_id,
                    request_id=request_id,
                    websocket_client_id=websocket_client_id,
                    agent_context=kwargs.get("agent_context", {}),
                    audit_metadata=kwargs.get("audit_metadata", {}),
                )
            except Exception as error:  # noqa: BLE001 - whatever that class raises
                warnings.warn(
                    f"a mock stands in for the user context: {error}", stacklevel=2
                )

        context = MagicMock()
        context.user_id = user_id
        context.thread_id = thread_id
        context.run_id = run_id
        context.request_id = request_id
        context.websocket_client_id = websocket_client_id
        context.agent_context = kwargs.get("agent_context", {})
        context.audit_metadata = kwargs.get("audit_metadata", {})
        context.user_tier = "free"
        context.created_at = datetime.now(UTC)
        context.get_state = MagicMock(return_value={})
        context.set_state = MagicMock()
        for key, value in kwargs.items():
            setattr(context, key, value)
        return context

    @classmethod
    def create_isolated_execution_context(
        cls,
        user_id,
        thread_id,
        websocket_client_id=None,
        connection_id=None,
        **kwargs,
    ):
        """Create the context of a user with a run and a request of its own."""
        milliseconds = int(time.time() * 1000)
        return cls.create_mock_user_context(
            user_id=user_id,
            thread_id=thread_id,
            run_id=f"run_{user_id}_{thread_id}_{milliseconds}",
            request_id=f"req_{user_id}_{thread_id}_{milliseconds}",
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
            **kwargs,
        )

    @staticmethod
    def create_mock_websocket_emitter(
        user_id="test-user", connection_id="test-connection", **kwargs
    ):
        """Create an emitter of websocket events."""
        emitter = AsyncMock()
        emitter.user_id = user_id
        emitter.connection_id = connection_id

        emitter.emit_event = AsyncMock()
        emitter.emit_agent_started = AsyncMock()
        emitter.emit_agent_thinking = AsyncMock()
        emitter.emit_tool_executing = AsyncMock()
        emitter.emit_tool_completed = AsyncMock()
        emitter.emit_agent_completed = AsyncMock()
        emitter.connect = AsyncMock()
        emitter.disconnect = AsyncMock()
        emitter.add_event = AsyncMock()
        emitter.clear_events = AsyncMock()
        emitter.get_events = AsyncMock(return_value=[])
        emitter.validate_event = AsyncMock(return_value=True)
        emitter.configure = AsyncMock()
        emitter.enable_encryption = AsyncMock()
        emitter.validate_message_integrity = AsyncMock(return_value=True)
        emitter.audit_event_emission = AsyncMock()
        emitter.handle_emission_error = AsyncMock()
        emitter.retry_failed_emission = AsyncMock()
        emitter.log_emission_metrics = AsyncMock()

        emitter.is_connected = MagicMock(return_value=True)
        emitter.connection_state = "CONNECTED"
        emitter.message_handlers = {}
        emitter.error_handlers = {}
        emitter.reconnect_attempts = 0
        emitter.last_ping_time = datetime.now(UTC)
        emitter.event_queue = AsyncMock()
        emitter.websocket_manager = AsyncMock()

        for key, value in kwargs.items():
            setattr(emitter, key, value)
        return emitter

    @classmethod
    def create_mock_suite(cls, mock_types):
        """Create one mock of each type; unknown types are left out, with a warning."""
        creators = {
            "agent": cls.create_agent_mock,
            "websocket": cls.create_websocket_mock,
            "database_session": cls.create_database_session_mock,
            "execution_context": cls.create_execution_context_mock,
            "tool": cls.create_tool_mock,
            "llm_client": cls.create_llm_client_mock,
            "configuration": cls.create_configuration_mock,
            "llm_manager": cls.create_mock_llm_manager,
            "agent_websocket_bridge": cls.create_mock_agent_websocket_bridge,
        }
        suite = {}
        for mock_type in mock_types:
            if mock_type in creators:
                suite[mock_type] = creators[mock_type]()
            else:
                known = ", ".join(creators)
                warnings.warn(
                    f"unknown mock type {mock_type!r}; known are: {known}", stacklevel=2
                )
        return suite

    @classmethod
    def create_mock(cls, mock_type, **kwargs):
        """Create a mock by the name of the class that it stands for."""
        if mock_type == "AsyncSession":
            session = cls.create_database_session_mock()
            session.configure_mock(**kwargs)
            return session
        if mock_type == "UserExecutionEngine":
            return cls._create_execution_engine_mock(**kwargs)
        if mock_type == "WebSocketManager":
            return cls.create_websocket_manager_mock(**kwargs)
        if mock_type == "LLMManager":
            return cls.create_mock_llm_manager(**kwargs)
        if mock_type == "AgentWebSocketBridge":
            return cls.create_mock_agent_websocket_bridge(**kwargs)
        if mock_type == "UnifiedWebSocketEmitter":
            return cls.create_mock_websocket_emitter(**kwargs)
        if mock_type == "SupervisorAgent":
            return cls._create_supervisor_mock(**kwargs)
        return AsyncMock(**kwargs)

    @classmethod
    def _create_execution_engine_mock(cls, **kwargs):
        engine = AsyncMock()
        engine.engine_id = f"engine_{uuid.uuid4().hex[:8]}"
        engine.created_at = datetime.now(UTC)
        engine.active_runs = []
        engine.execute_agent_pipeline = AsyncMock()
        engine.cleanup = AsyncMock()
        engine.is_active = AsyncMock(return_value=True)
        engine.get_user_context = AsyncMock()
        engine.get_user_execution_stats = AsyncMock(return_value={})
        engine.configure_mock(**kwargs)
        return engine

    @classmethod
    def _create_supervisor_mock(cls, **kwargs):
        supervisor = cls.create_agent_mock(agent_type="supervisor")
        supervisor.user_context = cls.create_mock_user_context()
        supervisor.websocket_bridge = cls.create_mock_agent_websocket_bridge()
        supervisor.llm_manager = cls.create_mock_llm_manager()
        supervisor.run = AsyncMock()
        supervisor.plan = AsyncMock()
        supervisor.delegate = AsyncMock()
        supervisor.execute_workflow = AsyncMock()
        supervisor.cleanup = AsyncMock()
        supervisor.configure_mock(**kwargs)
        return supervisor
