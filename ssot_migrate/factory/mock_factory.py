"""The one place where the mocks of the tests are made: each kind is defined once.

Every method takes two things beside its own parameters. With ``spec=`` a product has
what that class has, as a mock of ``unittest.mock`` does. Further keywords configure the
product as ``configure_mock`` does: ``headers={}``, ``**{"scalar.return_value": 1}``.
"""

import os
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ssot_migrate.factory.configured import real_context
from ssot_migrate.factory.lazy import AsyncMock, MagicMock
from ssot_migrate.factory.plain import finished, moment


class SSotMockFactory:
    """Makes the mocks that tests use: the single source of truth for them."""

    #: The project's class of user contexts, or its name as ``"package.module:Class"``.
    user_context: ClassVar[Callable[..., Any] | str | None] = None

    @classmethod
    def bind(cls, *, user_context: Callable[..., Any] | str | None) -> None:
        """Build user contexts with the project's own class; ``None`` ends that."""
        cls.user_context = user_context

    @staticmethod
    def create_agent_mock(
        agent_type: str = "supervisor",
        execution_result: Any = None,
        execution_time: float = 0.1,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create an agent whose execution succeeds."""
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
        agent.get_capabilities = AsyncMock(
            return_value=["text_processing", "data_analysis"]
        )
        return finished(agent, spec, attributes)

    @staticmethod
    def create_websocket_mock(
        connection_id: str = "test-connection",
        user_id: str = "test-user",
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> MagicMock:
        """Create a connected websocket; what is async in Starlette's is async here."""
        websocket = MagicMock(spec=spec)
        websocket.connection_id = connection_id
        websocket.user_id = user_id
        websocket.accept = AsyncMock()
        websocket.close = AsyncMock()
        websocket.send = AsyncMock()
        websocket.send_text = AsyncMock()
        websocket.send_json = AsyncMock()
        websocket.send_bytes = AsyncMock()
        websocket.send_denial_response = AsyncMock()
        websocket.receive = AsyncMock()
        websocket.receive_text = AsyncMock()
        websocket.receive_json = AsyncMock()
        websocket.receive_bytes = AsyncMock()
        websocket.client_state = MagicMock(CONNECTED=1)
        return finished(websocket, spec, attributes)

    @staticmethod
    def create_database_session_mock(
        *, spec: Any = None, **attributes: Any
    ) -> AsyncMock:
        """Create a database session whose queries find one row.

        What is sync in SQLAlchemy's ``AsyncSession`` is sync here.
        """
        row = {"id": 1, "name": "test"}
        result = MagicMock(
            fetchone=MagicMock(return_value=row),
            fetchall=MagicMock(return_value=[row]),
        )
        rows = AsyncMock(
            columns=MagicMock(return_value=AsyncMock()),
            keys=MagicMock(),
            mappings=MagicMock(return_value=AsyncMock()),
            partitions=MagicMock(),
            scalars=MagicMock(return_value=AsyncMock()),
            tuples=MagicMock(return_value=AsyncMock()),
            unique=MagicMock(return_value=AsyncMock()),
            yield_per=MagicMock(return_value=AsyncMock()),
        )
        scalars = AsyncMock(
            partitions=MagicMock(),
            unique=MagicMock(return_value=AsyncMock()),
            yield_per=MagicMock(return_value=AsyncMock()),
        )
        session = AsyncMock(spec=spec)
        session.execute = AsyncMock(return_value=result)
        session.stream = AsyncMock(return_value=rows)
        session.stream_scalars = AsyncMock(return_value=scalars)
        session.scalar = AsyncMock()
        session.scalars = AsyncMock(return_value=MagicMock())
        session.get = AsyncMock(return_value=MagicMock())
        session.get_one = AsyncMock(return_value=MagicMock())
        session.merge = AsyncMock(return_value=MagicMock())
        session.commit = AsyncMock()
        session.rollback = AsyncMock()
        session.close = AsyncMock()

        session.add = MagicMock()
        session.add_all = MagicMock()
        session.begin = MagicMock(return_value=AsyncMock(bound_connection=MagicMock()))
        session.begin_nested = MagicMock(
            return_value=AsyncMock(bound_connection=MagicMock())
        )
        session.bind_mapper = MagicMock()
        session.bind_table = MagicMock()
        session.expire = MagicMock()
        session.expire_all = MagicMock()
        session.expunge = MagicMock()
        session.expunge_all = MagicMock()
        session.get_async_bind = MagicMock()
        session.get_bind = MagicMock()
        session.get_nested_transaction = MagicMock()
        session.get_transaction = MagicMock()
        session.identity_key = MagicMock()
        session.identity_map = MagicMock()
        session.in_nested_transaction = MagicMock(return_value=False)
        session.in_transaction = MagicMock(return_value=False)
        session.is_modified = MagicMock(return_value=False)
        session.object_session = MagicMock()
        session.sync_session = MagicMock()
        session.info = {}
        session.is_active = True
        if spec is None or hasattr(spec, "__aenter__"):
            session.__aenter__.return_value = session
        return finished(session, spec, attributes)

    @staticmethod
    def create_execution_context_mock(
        user_id: str = "test-user",
        thread_id: str = "test-thread",
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> MagicMock:
        """Create the context of one execution."""
        context = MagicMock(spec=spec)
        context.user_id = user_id
        context.thread_id = thread_id
        context.created_at = datetime.now(UTC)
        context.get_state = MagicMock(return_value={})
        context.set_state = MagicMock()
        return finished(context, spec, attributes)

    @staticmethod
    def create_tool_mock(
        tool_name: str = "test_tool",
        execution_result: Any = None,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create a tool whose execution succeeds."""
        tool = AsyncMock(spec=spec)
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
        return finished(tool, spec, attributes)

    @staticmethod
    def create_llm_client_mock(
        response_text: str = "Mock LLM response",
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create an LLM client that always gives the same answer."""
        message = MagicMock(content=response_text)
        response = MagicMock(
            choices=[MagicMock(message=message)], usage=MagicMock(total_tokens=100)
        )
        completions = AsyncMock(create=AsyncMock(return_value=response))

        client = AsyncMock(spec=spec)
        client.chat = AsyncMock(completions=completions)
        client.agenerate = AsyncMock(
            return_value={"response": response_text, "usage": {"total_tokens": 100}}
        )
        client.get_default_client = AsyncMock(return_value=client)
        return finished(client, spec, attributes)

    @staticmethod
    def create_configuration_mock(
        environment: str = "test",
        additional_config: Mapping[str, Any] | None = None,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> MagicMock:
        """Create a configuration, with further settings where they are given."""
        config = MagicMock(spec=spec)
        config.environment = environment
        config.database_url = "postgresql://test:test@localhost:5432/test"
        config.redis_url = "redis://localhost:6379/0"
        config.jwt_secret_key = "test-jwt-secret"
        for name, value in (additional_config or {}).items():
            setattr(config, name, value)
        return finished(config, spec, attributes)

    @classmethod
    def create_mock_llm_manager(
        cls,
        model: str = "gpt-4",
        config: Mapping[str, Any] | None = None,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create a manager of LLM clients; ``config`` completes its ``llm_config``."""

        async def stream(*_: Any, **__: Any) -> AsyncIterator[str]:
            for chunk in ("Mock", " streaming", " response"):
                yield chunk

        manager = AsyncMock(spec=spec)
        manager.llm_config = MagicMock(
            model=model, temperature=0.7, max_tokens=4000, timeout=30
        )
        for name, value in (config or {}).items():
            setattr(manager.llm_config, name, value)
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
        manager.stream_response = MagicMock(side_effect=stream)
        return finished(manager, spec, attributes)

    @staticmethod
    def create_mock_agent_websocket_bridge(
        user_id: str = "test-user",
        run_id: str = "test-run",
        should_fail: bool = False,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create a bridge from agents to websockets; it can fail to send any event."""
        failure = Exception("WebSocket bridge failure") if should_fail else None
        bridge = AsyncMock(spec=spec)
        bridge.user_id = user_id
        bridge.run_id = run_id
        bridge.is_connected = True
        bridge.notify_agent_started = AsyncMock(side_effect=failure)
        bridge.notify_agent_thinking = AsyncMock(side_effect=failure)
        bridge.notify_tool_executing = AsyncMock(side_effect=failure)
        bridge.notify_tool_completed = AsyncMock(side_effect=failure)
        bridge.notify_agent_completed = AsyncMock(side_effect=failure)
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
        return finished(bridge, spec, attributes)

    @staticmethod
    def create_websocket_manager_mock(
        manager_type: str = "unified",
        user_isolation: bool = True,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create a manager of websockets, with or without its isolation of users."""
        manager = AsyncMock(spec=spec)
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
        return finished(manager, spec, attributes)

    @classmethod
    def create_mock_user_context(
        cls,
        user_id: str = "test_user",
        thread_id: str = "test_thread",
        run_id: str = "test_run",
        request_id: str = "test_request",
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> Any:
        """Create the context of a user: the project's own where its class is bound."""
        if websocket_client_id is None:
            websocket_client_id = connection_id or f"conn_{user_id}_{thread_id}"
        ids = {
            "user_id": user_id,
            "thread_id": thread_id,
            "run_id": run_id,
            "request_id": request_id,
            "websocket_client_id": websocket_client_id,
        }
        real = real_context(cls.user_context, ids, attributes)
        if real is not None:
            return real

        context = MagicMock(spec=spec)
        context.user_id = user_id
        context.thread_id = thread_id
        context.run_id = run_id
        context.request_id = request_id
        context.websocket_client_id = websocket_client_id
        context.agent_context = {}
        context.audit_metadata = {}
        context.user_tier = "free"
        context.created_at = datetime.now(UTC)
        context.get_state = MagicMock(return_value={})
        context.set_state = MagicMock()
        return finished(context, spec, attributes)

    @classmethod
    def create_isolated_execution_context(
        cls,
        user_id: str,
        thread_id: str,
        websocket_client_id: str | None = None,
        connection_id: str | None = None,
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> Any:
        """Create the context of a user with a run and a request of its own."""
        milliseconds = moment()
        return cls.create_mock_user_context(
            user_id=user_id,
            thread_id=thread_id,
            run_id=f"run_{user_id}_{thread_id}_{milliseconds}",
            request_id=f"req_{user_id}_{thread_id}_{milliseconds}",
            websocket_client_id=websocket_client_id,
            connection_id=connection_id,
            spec=spec,
            **attributes,
        )

    @staticmethod
    def create_mock_websocket_emitter(
        user_id: str = "test-user",
        connection_id: str = "test-connection",
        *,
        spec: Any = None,
        **attributes: Any,
    ) -> AsyncMock:
        """Create an emitter of websocket events."""
        emitter = AsyncMock(spec=spec)
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
        # Both `if emitter.is_connected` and `emitter.is_connected()` are true.
        emitter.is_connected = MagicMock(return_value=True)
        emitter.connection_state = "CONNECTED"
        emitter.message_handlers = {}
        emitter.error_handlers = {}
        emitter.reconnect_attempts = 0
        emitter.last_ping_time = datetime.now(UTC)
        emitter.event_queue = AsyncMock()
        emitter.websocket_manager = AsyncMock()
        return finished(emitter, spec, attributes)

    @classmethod
    def create_mock_suite(
        cls,
        mock_types: Iterable[str],
        *,
        spec: Mapping[str, Any] | None = None,
        **attributes: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Create a mock of each type; an unknown type is left out, with a warning.

        ``spec`` and the further keywords go by type, too:
        ``websocket={"user_id": "u1"}`` are the arguments of ``create_websocket_mock``.
        """
        creators: dict[str, Callable[..., Any]] = {
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
        for mock_type in attributes.keys() - creators.keys():
            raise TypeError(f"{mock_type!r} is no mock type; known are {[*creators]}")
        suite = {}
        for mock_type in mock_types:
            if mock_type in creators:
                arguments = {"spec": (spec or {}).get(mock_type)}
                arguments |= attributes.get(mock_type, {})
                suite[mock_type] = creators[mock_type](**arguments)
            else:
                known = ", ".join(creators)
                warnings.warn(
                    f"unknown mock type {mock_type!r} is left out; known are {known}",
                    stacklevel=2,
                )
        return suite

    @classmethod
    def create_mock(cls, mock_type: str, *, spec: Any = None, **attributes: Any) -> Any:
        """Create a mock by the name of the class that it stands for.

        A name that is not known gives an ``AsyncMock`` with these attributes.
        """
        creators: dict[str, Callable[..., Any]] = {
            "AsyncSession": cls.create_database_session_mock,
            "UserExecutionEngine": cls._create_execution_engine_mock,
            "WebSocketManager": cls.create_websocket_manager_mock,
            "LLMManager": cls.create_mock_llm_manager,
            "AgentWebSocketBridge": cls.create_mock_agent_websocket_bridge,
            "UnifiedWebSocketEmitter": cls.create_mock_websocket_emitter,
            "SupervisorAgent": cls._create_supervisor_mock,
        }
        return creators.get(mock_type, AsyncMock)(spec=spec, **attributes)

    @staticmethod
    def _create_execution_engine_mock(
        *, spec: Any = None, **attributes: Any
    ) -> AsyncMock:
        engine = AsyncMock(spec=spec)
        engine.engine_id = f"engine_{os.urandom(4).hex()}"
        engine.created_at = datetime.now(UTC)
        engine.active_runs = []
        engine.execute_agent_pipeline = AsyncMock()
        engine.cleanup = AsyncMock()
        engine.is_active = AsyncMock(return_value=True)
        engine.get_user_context = AsyncMock()
        engine.get_user_execution_stats = AsyncMock(return_value={})
        return finished(engine, spec, attributes)

    @classmethod
    def _create_supervisor_mock(
        cls, *, spec: Any = None, **attributes: Any
    ) -> AsyncMock:
        supervisor = cls.create_agent_mock(spec=spec)
        supervisor.user_context = cls.create_mock_user_context()
        supervisor.websocket_bridge = cls.create_mock_agent_websocket_bridge()
        supervisor.llm_manager = cls.create_mock_llm_manager()
        supervisor.run = AsyncMock()
        supervisor.plan = AsyncMock()
        supervisor.delegate = AsyncMock()
        supervisor.execute_workflow = AsyncMock()
        supervisor.cleanup = AsyncMock()
        return finished(supervisor, spec, attributes)
