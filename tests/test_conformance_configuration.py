"""Every default, preset and parameter is looked at, and each check of them can fail."""

from itertools import count
from unittest.mock import Mock

import pytest

from ssot_migrate.factory.conformance.check import Check
from ssot_migrate.factory.conformance.configuration import CHECKS
from ssot_migrate.factory.conformance.documented import CLASSES, METHODS, SUITE
from tests.conforming import by_id, changed, failing, mutant, outcome, without

JOINED = [check for check in CHECKS if "-suite-" in check.id or "-class-" in check.id]
OTHERS = "configuration-parameters-of-other-methods"


def of(method: str) -> list[Check]:
    """The checks of one method."""
    return [check for check in CHECKS if check.id.endswith(f"-{method}")]


def joined(method: str) -> list[Check]:
    """The checks of the other ways to the product of a method."""
    row = METHODS.get(method)
    types = {f"configuration-suite-{name}" for name, one in SUITE.items() if one is row}
    names = {f"configuration-class-{name}" for name, one in CLASSES.items() if one is row}
    return [check for check in JOINED if check.id in types | names]


@pytest.mark.parametrize("method", METHODS)
def test_another_base_is_noticed(method: str) -> None:
    class Plain(Mock):
        """A mock of a lesser kind that has what the product has."""

    def rebase(product: object, _: object) -> object:
        plain = Plain()
        vars(plain).update(vars(product))
        return plain

    assert failing(of(method), changed(method, rebase)) == {f"configuration-base-{method}"}


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, row in METHODS.items() for path in row.presets]
)
def test_another_preset_is_noticed(method: str, path: str) -> None:
    name = path.partition(".")[0].partition("(")[0]

    def break_it(product: object, given: dict[str, object]) -> None:
        if given == METHODS[method].required:
            setattr(product, name, b"something else")

    told = outcome(by_id(CHECKS, f"configuration-presets-{method}"), changed(method, break_it))
    assert told.startswith(f"failed: {method}(): ")
    assert name in told


@pytest.mark.parametrize(
    ("method", "parameter"),
    sorted(
        {
            (method, name)
            for method, row in METHODS.items()
            for effect in row.effects
            for name in effect.given
            if name not in row.required
        }
    ),
)
def test_a_parameter_without_effect_is_noticed(method: str, parameter: str) -> None:
    factory = changed(method, lambda *_: None)
    made = getattr(factory, method)

    def drop(*arguments: object, **given: object) -> object:
        given.pop(parameter, None)
        return made(*arguments, **given)

    drop.__wrapped__ = made  # type: ignore[attr-defined]  # the signature stays
    setattr(factory, method, staticmethod(drop))
    told = outcome(by_id(CHECKS, f"configuration-effects-{method}"), factory)
    assert told.startswith(f"failed: {method} with ")
    assert parameter in told


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        pytest.param(
            "ws.user_id = user_id",
            'ws.user_id, ws.owner = "test-user", user_id',
            {"configuration-effects-create_websocket_mock"},
            id="a value that lands elsewhere",
        ),
        pytest.param(
            'user_id="test-user"):\n        """Create a connected',
            'user_id="test-user", note=None):\n        """Create a connected',
            {"configuration-parameters-create_websocket_mock"},
            id="a parameter that nobody looks at",
        ),
        pytest.param(
            'user_id="test-user"):\n        """Create a connected',
            'user_id="test-user", loud=False):\n        """Create a connected',
            {"configuration-parameters-create_websocket_mock"},
            id="a flag that nobody looks at",
        ),
        pytest.param(
            'user_id="test-user"):\n        """Create a connected',
            'user_id="test-user", limit=3):\n        """Create a connected',
            {"configuration-parameters-create_websocket_mock"},
            id="a number that nobody looks at",
        ),
        pytest.param(
            "            for key, value in config.items():\n"
            "                setattr(manager.llm_config, key, value)",
            "            manager.llm_config.extra = config",
            {"configuration-effects-create_mock_llm_manager", "configuration-class-LLMManager"},
            id="settings that are kept and not set",
        ),
        pytest.param(
            "        if user_isolation:\n",
            "        if True:\n",
            {
                "configuration-effects-create_websocket_manager_mock",
                "configuration-parameters-create_websocket_manager_mock",
                "configuration-class-WebSocketManager",
            },
            id="a flag that changes nothing",
        ),
        pytest.param(
            'websocket_client_id = connection_id or f"conn_',
            'websocket_client_id = f"conn_',
            {
                "configuration-effects-create_mock_user_context",
                "configuration-effects-create_isolated_execution_context",
                "configuration-parameters-create_mock_user_context",
                "configuration-parameters-create_isolated_execution_context",
            },
            id="a client id that does not fall back",
        ),
        pytest.param(
            "engine.configure_mock(**kwargs)",
            "pass",
            {"configuration-class-UserExecutionEngine"},
            id="keywords of an engine that are dropped",
        ),
        pytest.param(
            "supervisor.configure_mock(**kwargs)",
            "pass",
            {"configuration-class-SupervisorAgent"},
            id="keywords of a supervisor that are dropped",
        ),
    ],
)
def test_only_what_is_broken_fails(old: str, new: str, broken: set[str]) -> None:
    methods = {identity.rpartition("-")[2] for identity in broken}
    nearby = {check for method in methods for check in (*of(method), *joined(method))}
    assert failing(nearby, mutant((old, new))) == broken


@pytest.mark.parametrize("mock_type", SUITE)
def test_a_suite_without_a_type_is_noticed(mock_type: str) -> None:
    def leave_out(suite: dict[str, object], _: object) -> None:
        suite.pop(mock_type, None)

    nearby = [by_id(JOINED, f"configuration-suite-{name}") for name in (mock_type, *SUITE)][:3]
    found = failing(nearby, changed("create_mock_suite", leave_out))
    assert found == {f"configuration-suite-{mock_type}"}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_is_not_known_is_noticed(name: str) -> None:
    factory = mutant((f'"{name}"', '"Another"'))
    nearby = [by_id(JOINED, f"configuration-class-{one}") for one in (name, *CLASSES)][:3]
    assert failing(nearby, factory) == {f"configuration-class-{name}"}


@pytest.mark.parametrize("first", range(4))
def test_an_id_that_goes_with_the_clock_is_no_effect(first: int) -> None:
    ticks = count(first)

    def at(socket: object, _: object) -> None:
        socket.run_id = f"run_{next(ticks) // 2}"  # type: ignore[attr-defined]

    check = by_id(CHECKS, "configuration-parameters-create_websocket_mock")
    factory = changed("create_websocket_mock", at)
    made = factory.create_websocket_mock  # type: ignore[attr-defined]

    def make(*, loud: bool = False, **given: object) -> object:  # noqa: ARG001 - that is it
        return made(**given)

    factory.create_websocket_mock = staticmethod(make)  # type: ignore[attr-defined]
    told = outcome(check, factory)
    assert told.startswith("failed: create_websocket_mock: the value of loud changes nothing")


def other(signature: str, line: str) -> type:
    """The sample's factory with a further method."""
    return mutant(
        (
            "    @staticmethod\n    def create_tool_mock(",
            f"""\
    @staticmethod
    def create_clock_mock({signature}):
        clock = MagicMock()
        {line}
        return clock

    @staticmethod
    def create_tool_mock(""",
        )
    )


@pytest.mark.parametrize(
    ("signature", "line", "expected"),
    [
        ("hour=12", "clock.hour = hour", "passed"),
        ("hour=12", "clock.tick = MagicMock(return_value=[hour])", "passed"),
        ("zone, hour=12", "clock.zone, clock.hour = zone, hour", "passed"),
        ("silent=False", "clock.bell = None if silent else 1", "passed"),
        ("**kwargs", "clock.configure_mock(**kwargs)", "passed"),
        ("*args", "clock.args = args", "passed"),
        ("handler=None", "clock.on = handler.__call__ if handler else 0", "passed"),
        ("hour=12", "clock.hour = 12", "failed: create_clock_mock: the value of hour"),
        ("**kwargs", "pass", "failed: create_clock_mock: the value of kwargs"),
        ("zone, hour=12", "clock.zone = zone", "failed: create_clock_mock: the value of hour"),
        ("zone", "clock.zone = zone.tzname()", "skipped"),  # it needs what nobody else can give
        ("zone=None", "clock = object()", "skipped"),
    ],
)
def test_further_methods_are_checked_too(signature: str, line: str, expected: str) -> None:
    assert outcome(by_id(CHECKS, OTHERS), other(signature, line)).startswith(expected)


def test_an_async_method_is_left_out() -> None:
    factory = other("zone=None", "pass")

    async def create_clock_mock(zone: object = None) -> object:
        return zone

    factory.create_clock_mock = create_clock_mock  # type: ignore[attr-defined]
    assert outcome(by_id(CHECKS, OTHERS), factory).startswith("skipped")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_is_missing_is_skipped(method: str) -> None:
    outcomes = {outcome(check, without(method)) for check in of(method)}
    assert outcomes == {f"skipped: the factory has no {method}"}


def test_a_real_context_has_its_ids_and_no_presets() -> None:
    class Context:
        def __init__(self, **given: object) -> None:
            vars(self).update(given)

    factory = mutant()
    factory.user_context_class = Context  # type: ignore[attr-defined]
    told = {check.id: outcome(check, factory) for check in of("create_mock_user_context")}
    assert told["configuration-base-create_mock_user_context"].startswith("skipped: ")
    assert told["configuration-presets-create_mock_user_context"].startswith("skipped: ")
    assert told["configuration-effects-create_mock_user_context"] == "passed"


@pytest.mark.parametrize(
    "method", ["create_mock_user_context", "create_isolated_execution_context"]
)
def test_a_real_context_need_not_take_every_id(method: str) -> None:
    class Context:
        def __init__(self, *, user_id: str, thread_id: str, **_: object) -> None:
            self.user_id, self.thread_id = user_id, thread_id

    factory = mutant()
    factory.user_context_class = Context  # type: ignore[attr-defined]
    told = outcome(by_id(CHECKS, f"configuration-parameters-{method}"), factory)
    assert told.startswith(f"skipped: {method} gives the project's own ")
    assert not failing(of(method), factory)
