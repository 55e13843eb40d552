"""What the shipped factory's products offer, beyond the checks that hold for any factory."""

import asyncio
import os
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, MagicMock, NonCallableMock

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from starlette.websockets import WebSocket

from ssot_migrate.contracts import shipped
from ssot_migrate.factory import SSotMockFactory

METHODS = sorted(
    name
    for name in vars(SSotMockFactory)
    if name.startswith("create_") and name not in {"create_mock", "create_mock_suite"}
)
#: What a method must be given.
REQUIRED = {"create_isolated_execution_context": ("u1", "t1")}


def written() -> Any:
    """Give the class of the factory that `factory init` writes."""
    module: dict[str, Any] = {"__name__": "written"}
    exec(compile(shipped.source(), "mock_factory.py", "exec"), module)  # noqa: S102
    return module["SSotMockFactory"]


@pytest.fixture(params=[SSotMockFactory, written()], ids=["shipped", "written"])
def factory(request: pytest.FixtureRequest) -> Any:
    return request.param


def create(factory: Any, method: str, **arguments: Any) -> Any:
    return getattr(factory, method)(*REQUIRED.get(method, ()), **arguments)


def test_importing_the_factory_loads_nothing_heavy() -> None:
    code = (
        "import sys, ssot_migrate.factory;print(*{name.partition('.')[0] for name in sys.modules})"
    )
    # Without the coverage that would start there, too.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    own = {"libcst", "typer", "rich", "click", "msgspec", "tomllib", "starlette", "sqlalchemy"}
    assert "unittest" in loaded.stdout.split()
    assert not own & set(loaded.stdout.split())


@pytest.mark.parametrize("method", METHODS)
def test_further_keywords_configure_the_product(factory: Any, method: str) -> None:
    product = create(factory, method, headers={"x": "y"}, **{"fetch.return_value": "rows"})
    assert product.headers == {"x": "y"}
    assert product.fetch.return_value == "rows"


class Narrow:
    """Offers one method that no product has, and one of each kind."""

    def only_here(self) -> None: ...

    async def only_async(self) -> None: ...


@pytest.mark.parametrize("method", METHODS)
def test_a_spec_takes_away_what_the_class_lacks(factory: Any, method: str) -> None:
    product = create(factory, method, spec=Narrow)
    plain = create(factory, method)
    assert isinstance(product, Narrow)
    assert isinstance(product.only_async, AsyncMock)
    assert not isinstance(product.only_here, AsyncMock)
    mocks = [n for n in dir(plain) if not n.startswith(("_", "assert")) and is_child(plain, n)]
    assert mocks or method == "create_configuration_mock"
    for name in mocks:
        with pytest.raises(AttributeError):
            getattr(product, name)


def is_child(product: Any, name: str) -> bool:
    inherited = name in dir(type(product))
    return not inherited and isinstance(getattr(product, name), NonCallableMock)


@pytest.mark.parametrize("method", METHODS)
def test_a_keyword_that_the_spec_lacks_is_an_error_that_names_the_nearest(
    factory: Any, method: str
) -> None:
    with pytest.raises(
        AttributeError, match="Narrow has no attribute 'only_hear'; did you mean 'only_here'"
    ):
        create(factory, method, spec=Narrow, only_hear=1)
    assert create(factory, method, spec=Narrow, only_here=1).only_here == 1
    with pytest.raises(AttributeError, match="no attribute 'only_asnc'"):
        create(factory, method, spec=Narrow, **{"only_asnc.return_value": 1})


def test_a_spec_decides_what_is_async(factory: Any) -> None:
    session = factory.create_database_session_mock(spec=Session)
    assert not isinstance(session.execute, AsyncMock)
    session.execute("query").scalars()
    session.execute.assert_called_once_with("query")
    assert session.method_calls[0][0] == "execute"


def test_a_spec_keeps_the_presets_of_what_it_has(factory: Any) -> None:
    session = factory.create_database_session_mock(spec=AsyncSession)
    rows = asyncio.run(session.execute("query")).fetchall()
    assert rows == [{"id": 1, "name": "test"}]
    with pytest.raises(AttributeError):
        session.exequte  # noqa: B018


def test_parameters_stay_under_a_spec(factory: Any) -> None:
    websocket = factory.create_websocket_mock("c1", user_id="u1", spec=WebSocket)
    assert (websocket.connection_id, websocket.user_id) == ("c1", "u1")
    asyncio.run(websocket.send_text("hi"))
    websocket.send_text.assert_awaited_once_with("hi")


def test_a_list_of_names_is_a_spec(factory: Any) -> None:
    websocket = factory.create_websocket_mock(spec=["send_text"])
    assert isinstance(websocket.send_text, MagicMock)
    with pytest.raises(
        AttributeError, match="has no attribute 'send_texts'; did you mean 'send_text'"
    ):
        factory.create_websocket_mock(spec=["send_text"], send_texts=1)


def test_a_session_is_its_own_context_and_lets_errors_through(factory: Any) -> None:
    async def use(session: Any) -> None:
        async with session as same, session.begin():
            assert same is session
            session.add(object())
            raise KeyError

    session = factory.create_database_session_mock()
    with pytest.raises(KeyError):
        asyncio.run(use(session))
    assert not isinstance(session.add, AsyncMock)


def test_a_stream_can_be_read_twice_and_asserted_on(factory: Any) -> None:
    async def read(manager: Any) -> list[str]:
        return [chunk async for chunk in manager.stream_response("prompt")]

    manager = factory.create_mock_llm_manager()
    for _ in range(2):
        assert asyncio.run(read(manager)) == ["Mock", " streaming", " response"]
    assert manager.stream_response.call_count == 2


def test_a_suite_hands_each_type_its_arguments(factory: Any) -> None:
    suite = factory.create_mock_suite(
        ["websocket", "tool"], spec={"websocket": WebSocket}, tool={"tool_name": "search"}
    )
    assert isinstance(suite["websocket"], WebSocket)
    assert suite["tool"].name == "search"
    assert list(suite) == ["websocket", "tool"]


def test_a_suite_knows_no_arguments_for_what_is_no_type(factory: Any) -> None:
    with pytest.raises(TypeError, match=r"'websockt' is no mock type; known are .*'websocket'"):
        factory.create_mock_suite(["websocket"], websockt={"user_id": "u1"})


def test_an_unknown_class_gives_an_async_mock(factory: Any) -> None:
    product = factory.create_mock("Whatever", spec=Narrow, only_here=3)
    assert isinstance(product, AsyncMock)
    assert product.only_here == 3
    assert isinstance(factory.create_mock("Whatever"), AsyncMock)


@dataclass(frozen=True)
class Context:
    user_id: str
    thread_id: str
    run_id: str
    request_id: str
    websocket_client_id: str
    agent_context: dict[str, Any] = field(default_factory=dict)


class Requested:
    def __init__(self) -> None:
        self.by = "constructor"

    @classmethod
    def from_request(cls, user_id: str, run_id: str) -> "Requested":
        found = cls()
        found.by = f"{user_id} {run_id}"
        return found


@pytest.fixture
def bound(factory: Any) -> Any:
    yield factory
    factory.bind(user_context=None)


def test_a_bound_class_is_what_contexts_are_built_with(bound: Any) -> None:
    bound.bind(user_context=Context)
    made = bound.create_mock_user_context("u1", connection_id="c1", agent_context={"a": 1})
    assert made == Context("u1", "test_thread", "test_run", "test_request", "c1", {"a": 1})
    isolated = bound.create_isolated_execution_context("u1", "t1")
    assert isinstance(isolated, Context)
    assert isolated.websocket_client_id == "conn_u1_t1"


def test_from_request_is_preferred_and_gets_what_it_takes(bound: Any) -> None:
    bound.bind(user_context=Requested)
    assert bound.create_mock_user_context("u1", run_id="r1").by == "u1 r1"


def test_a_bound_name_is_imported(bound: Any) -> None:
    bound.bind(user_context=f"{__name__}:Context")
    assert type(bound.create_mock_user_context()).__name__ == "Context"


@pytest.mark.parametrize(
    ("bound_to", "given", "reason"),
    [
        ("no_such_module:Context", {}, "No module named 'no_such_module'"),
        (f"{__name__}:Nothing", {}, "has no attribute 'Nothing'"),
        (Context, {"tier": "gold"}, "unexpected keyword argument 'tier'"),
    ],
)
def test_a_context_that_cannot_be_built_is_a_mock_with_a_warning(
    bound: Any, bound_to: Any, given: dict[str, Any], reason: str
) -> None:
    bound.bind(user_context=bound_to)
    told = f"a mock stands in for the user context: .*{reason}"
    with pytest.warns(UserWarning, match=told) as caught:
        made = bound.create_mock_user_context("u1", **given)
    with pytest.warns(UserWarning, match=told) as isolated:
        bound.create_isolated_execution_context("u1", "t1", **given)
    assert {Path(one.filename) for one in (*caught, *isolated)} == {Path(__file__)}
    assert isinstance(made, MagicMock)
    assert made.user_id == "u1"
    assert all(getattr(made, name) == value for name, value in given.items())


def test_the_shipped_factory_reads_the_configured_context(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.ssot-migrate]\nuser-context = "{__name__}:Context"\n'
    )
    below = tmp_path / "tests"
    below.mkdir()
    (below / "pyproject.toml").write_text("[tool.other]\n")
    code = "made = factory.create_mock_user_context(), factory.create_isolated_execution_context('u', 't')"
    names: dict[str, Any] = {"factory": SSotMockFactory}
    exec(compile(code, str(below / "test_it.py"), "exec"), names)  # noqa: S102
    assert {type(one) for one in names["made"]} == {Context}
    assert isinstance(SSotMockFactory.create_mock_user_context(), MagicMock)
    monkeypatch.chdir(below)
    exec(compile(code, "<stdin>", "exec"), names)  # noqa: S102
    assert {type(one) for one in names["made"]} == {Context}


def test_isolated_contexts_never_share_an_id(factory: Any) -> None:
    found: list[str] = []

    def work() -> None:
        for _ in range(50):
            context = factory.create_isolated_execution_context("u1", "t1")
            found.extend((context.run_id, context.request_id))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 400
    assert all(one.startswith(("run_u1_t1_", "req_u1_t1_")) for one in found)


def test_the_written_factory_names_the_configured_context() -> None:
    text = shipped.source("chat.models:Context").decode()
    assert 'user_context: ClassVar[Callable[..., Any] | str | None] = "chat.models:Context"' in text
    assert "ssot_migrate" not in text


@pytest.mark.parametrize(
    "command", [["check", "--line-length=88", "--select=E,F,I,B,UP,W"], ["format", "--check"]]
)
def test_the_written_factory_is_clean_for_ruff(tmp_path: Any, command: list[str]) -> None:
    file = tmp_path / "mock_factory.py"
    file.write_bytes(shipped.source())
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--isolated", file],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_no_warning_when_nothing_is_bound(factory: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(factory.create_mock_user_context(), MagicMock)
