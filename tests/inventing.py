"""Invent small tests that build a mock by hand: the creation, its configuration, and touches that hold on it."""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from textwrap import indent
from typing import Any

from tests.running import run_tests

HEAD = """
import asyncio
import contextlib
import copy
import inspect
from unittest.mock import ANY, AsyncMock, MagicMock, Mock, PropertyMock, call, patch

import pytest

TEXT = "u1"
RESULT = {"status": "done"}


def answer(*args):
    return args


async def later(*args):
    return args

"""


@dataclass(frozen=True)
class Kind:
    """What tests of one family look like."""

    names: tuple[str, ...]
    #: Base classes, the usual one several times.
    bases: tuple[str, ...]
    #: What the factory knows and tests configure or use.
    attributes: tuple[str, ...]
    #: What the factory gives there.
    presets: tuple[str, ...]


WEBSOCKET = Kind(
    ("mock_ws", "websocket", "ws"),
    ("MagicMock()",) * 5 + ("Mock()",) * 3 + ("AsyncMock()", "MagicMock(name='ws')"),
    (
        "user_id",
        "connection_id",
        "send_text",
        "send_json",
        "accept",
        "close",
        "client_state",
        "headers",
        "state",
        "receive_text",
        "query_params",
        "app",
    ),
    ("'test-user'", "'test-connection'", "1"),
)
AGENT = Kind(
    ("mock_agent", "agent", "supervisor"),
    ("AsyncMock()",) * 7 + ("MagicMock()", "Mock()"),
    (
        "agent_type",
        "execute",
        "get_capabilities",
        "name",
        "run",
        "state",
        "execution_result",
        "execution_time",
    ),
    (
        "'supervisor'",
        "{'status': 'completed', 'result': 'Mock agent execution result', 'execution_time': 0.1}",
        "['text_processing', 'data_analysis']",
        "0.1",
    ),
)
DATABASE = Kind(
    ("mock_db_session", "db_session", "async_session"),
    ("AsyncMock()",) * 7 + ("MagicMock()", "Mock()"),
    (
        "execute",
        "scalar",
        "scalars",
        "commit",
        "rollback",
        "close",
        "add",
        "refresh",
        "info",
        "bind",
    ),
    ("{'id': 1, 'name': 'test'}", "[{'id': 1, 'name': 'test'}]"),
)
KINDS = (WEBSOCKET, AGENT, DATABASE)
_ASYNC = ("AsyncMock()",) * 7 + ("MagicMock()", "Mock()")
_PLAIN_BASES = ("MagicMock()",) * 5 + ("Mock()",) * 3 + ("AsyncMock()",)
CONTEXT = Kind(
    ("execution_context", "run_context", "mock_user_context"),
    _PLAIN_BASES,
    ("user_id", "thread_id", "run_id", "created_at", "get_state", "set_state", "state", "metadata"),
    ("'test-user'", "'test-thread'", "{}"),
)
TOOL = Kind(
    ("tool", "mock_tool", "search_tool"),
    _ASYNC,
    ("name", "execute", "get_schema", "run", "description", "invoke"),
    ("'test_tool'", "{'status': 'success', 'result': 'Mock test_tool execution result'}"),
)
LLM_CLIENT = Kind(
    ("llm_client", "mock_openai_client", "chat_model"),
    _ASYNC,
    ("chat", "agenerate", "get_default_client", "completions", "create", "models"),
    (
        "'Mock LLM response'",
        "100",
        "{'response': 'Mock LLM response', 'usage': {'total_tokens': 100}}",
    ),
)
LLM_MANAGER = Kind(
    ("llm_manager", "mock_llm_manager"),
    _ASYNC,
    (
        "llm_config",
        "generate_response",
        "get_embeddings",
        "tokenize",
        "get_model_info",
        "get_default_client",
        "stream_response",
        "ask_llm",
        "model",
    ),
    ("'gpt-4'", "'Mock LLM response'", "True", "[0.1, 0.2, 0.3]", "0.7"),
)
CONFIGURATION = Kind(
    ("config", "mock_settings", "configuration"),
    _PLAIN_BASES,
    ("environment", "database_url", "redis_url", "jwt_secret_key", "debug", "timeout"),
    ("'test'", "'redis://localhost:6379/0'", "'test-jwt-secret'"),
)
BRIDGE = Kind(
    ("websocket_bridge", "agent_bridge"),
    _ASYNC,
    (
        "user_id",
        "run_id",
        "is_connected",
        "notify_agent_started",
        "emit_event",
        "connect",
        "is_connection_active",
        "get_connection_status",
        "send_message",
        "close",
    ),
    ("'test-user'", "'test-run'", "True"),
)
MANAGER = Kind(
    ("websocket_manager", "mock_ws_manager"),
    _ASYNC,
    (
        "manager_type",
        "add_connection",
        "broadcast_message",
        "get_connection_count",
        "is_connection_active",
        "get_connection",
        "connection_pool",
        "active_user_count",
        "event_emitter",
        "get_connections_for_user",
        "send_to_user",
        "_active_connections",
    ),
    ("'unified'", "0", "[]", "True", "None", "{}"),
)
EMITTER = Kind(
    ("websocket_emitter", "mock_user_emitter"),
    _ASYNC,
    (
        "user_id",
        "connection_id",
        "emit_event",
        "emit_agent_started",
        "get_events",
        "is_connected",
        "connection_state",
        "message_handlers",
        "event_queue",
        "last_ping_time",
        "send_step",
    ),
    ("'test-user'", "'test-connection'", "'CONNECTED'", "True", "[]", "0"),
)
FAMILIES = (
    *KINDS,
    CONTEXT,
    TOOL,
    LLM_CLIENT,
    LLM_MANAGER,
    CONFIGURATION,
    BRIDGE,
    MANAGER,
    EMITTER,
)
LAYOUTS = ("function", "function", "helper", "fixture", "class")
_INNER = ("fetchone", "fetchall", "CONNECTED", "scalars", "all", "message", "x")
_PLAIN = (
    "'u1'",
    "'other'",
    "1",
    "0",
    "True",
    "None",
    "{}",
    "[]",
    "{'a': 1}",
    "[1, 2]",
    "TEXT",
    "RESULT",
    "local",
    "answer",
    "later",
    "lambda *a: 1",
    "call(1)",
    "-1",
    "b'x'",
    "f'{local}!'",
    "('a', 1)",
    "len('abc')",
    "RESULT['status']",
    "ValueError",
)
_EFFECTS = ("ValueError('no')", "[1, 2]", "answer", "lambda *a: 7", "None", "later", "ValueError")
_MAKES = ("AsyncMock()", "MagicMock()", "Mock()")


@dataclass
class Inventor:
    """Makes up one test."""

    rng: Random
    kind: Kind
    layout: str = "function"
    name: str = ""
    body: list[str] = field(default_factory=list)
    #: What stands above the test.
    above: str = ""

    def pick(self, *items: str) -> str:
        return self.rng.choice(items)

    def attribute(self) -> str:
        return self.pick(*self.kind.attributes)

    def value(self, depth: int = 0) -> str:
        """A value as tests write it."""
        roll = self.rng.randrange(10)
        if roll < 2:
            return self.pick(*self.kind.presets)
        if roll < 6 or depth > 1:
            return self.pick(*_PLAIN)
        if roll < 8:
            return self.pick(*_MAKES)
        make = self.pick(*_MAKES).removesuffix("()")
        form = self.rng.randrange(6)
        if form < 3:
            return f"{make}(return_value={self.value(depth + 1)})"
        if form == 3:
            return f"{make}(side_effect={self.pick(*_EFFECTS)})"
        if form == 4:
            return f"{make}({self.pick(*_INNER)}={self.value(depth + 1)})"
        return f"{make}(name='{self.pick(*_INNER)}')"

    def below(self) -> str:
        """A path as tests configure it: ``.execute.return_value.fetchone``."""
        path = f".{self.attribute()}"
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 2, 3])):
            path += self.pick(
                ".return_value", ".return_value", f".{self.pick(*_INNER)}", f".{self.attribute()}"
            )
        return path

    def creation(self) -> None:
        self.name = self.pick(*self.kind.names)
        base = self.pick(*self.kind.bases)
        if self.rng.randrange(5) == 0:
            keywords = [f"{self.attribute()}={self.value(1)}"]
            if self.rng.randrange(3) == 0:
                keywords.append(f"**{{'{self.below()[1:]}': {self.value(1)}}}")
            given = base[base.index("(") + 1 : -1]
            base = (
                base[: base.index("(")]
                + f"({', '.join([*([given] if given else []), *dict.fromkeys(keywords)])})"
            )
        self.body.append(f"{self.name} = {base}")

    def configuration(self) -> str:
        """A statement that configures the mock."""
        name, path = self.name, self.below()
        roll = self.rng.randrange(24)
        if roll < 8:
            return f"{name}.{self.attribute()} = {self.value()}"
        if roll < 12:
            return f"{name}{path} = {self.value()}"
        if roll < 14:
            return f"{name}{path}.return_value = {self.value()}"
        if roll == 14:
            return f"{name}{path}.side_effect = {self.pick(*_EFFECTS)}"
        if roll == 15:
            return f"{name}.configure_mock({self.attribute()}={self.value()})"
        if roll == 16:
            return f"{name}.configure_mock(**{{'{path[1:]}': {self.value()}}})"
        if roll == 17:
            return f"setattr({name}, '{self.attribute()}', {self.value()})"
        if roll == 18:
            return self.pick(
                f"type({name}).{self.attribute()} = PropertyMock(return_value={self.value()})",
                f"type({name}).{self.attribute()} = 3",
                f"del {name}.{self.attribute()}",
                f"{name}.attach_mock({self.pick(*_MAKES)}, '{self.attribute()}')",
                f"{name}.__class__ = {self.pick('dict', 'AsyncMock')}",
            )
        if roll == 19:
            return f"{name}.{self.attribute()}: object = {self.value()}"
        if roll == 20:
            return f"{name}.{self.attribute()} = {name}{path} = {self.value()}"
        if roll == 21:
            return f"{name}.{self.attribute()} = {self.value()}; {name}{path} = {self.value()}"
        if roll == 22:
            return self.magic()
        return f"{name}.{self.attribute()}, {name}{path} = {self.value()}, {self.value()}"

    def magic(self) -> str:
        return self.pick(
            f"{self.name}.__aenter__.return_value = {self.name}",
            f"{self.name}.__aenter__ = AsyncMock(return_value={self.name})",
            f"{self.name}.{self.attribute()}.__aenter__.return_value = {self.value()}",
            f"{self.name}.__getitem__.return_value = {self.value()}",
            f"{self.name}.{self.attribute()}.__iter__.return_value = [1]",
            f"{self.name}.{self.attribute()}.__aiter__.return_value = [1]",
            f"{self.name}.{self.attribute()}.__bool__.return_value = False",
            f"{self.name}.{self.attribute()}['k'] = 1",
        )

    def between(self) -> str:
        """A statement that may stand between settings."""
        return self.pick(
            "local = 'changed'",
            "other = MagicMock()",
            "other.send_text = AsyncMock()",
            "def inner(*args):\n    return local",
            "answer(1)",
            "await later(2)",
            f"if local:\n    {self.configuration()}".replace("; ", "\n    "),
            f"for local in ('x', 'y'):\n    {self.configuration()}".replace("; ", "\n    "),
            f"with contextlib.suppress(ValueError):\n    {self.configuration()}".replace(
                "; ", "\n    "
            ),
            f"alias = {self.name}",
            f"part = {self.name}.{self.attribute()}",
            f"answer({self.name})",
            f"await later({self.name}.{self.attribute()})",
            f"other.{self.attribute()} = {self.name}",
            f"holder = [{self.name}, 1]",
            f"{self.name}.{self.attribute()}('early')",
            "# a comment",
        )

    def expression(self) -> str:
        """What a test reads: a path with calls and awaits."""
        text = self.pick(
            *[self.name] * 8, *(["alias"] if any(s.startswith("alias") for s in self.body) else [])
        )
        for _ in range(self.rng.choice([0, 1, 1, 1, 1, 2, 2, 3])):
            text += f".{self.attribute()}"
            text = self.pick(
                text,
                text,
                text,
                f"{text}()",
                f"{text}('x')",
                f"(await {text}())",
                f"(await {text}('x'))",
                f"{text}.{self.pick(*_INNER)}",
                f"{text}.return_value",
                f"{text}[0]",
                f"{text}['k']",
                f"(await {text})",
            )
        return text

    def touch(self) -> str:
        """An expression that a test could hold against something."""
        text = self.expression()
        return self.pick(
            text,
            text,
            text,
            f"{text}()",
            f"await {text}()",
            f"await {text}('x')",
            f"{text}.called",
            f"{text}.call_count",
            f"{text}.await_count",
            f"{text}.call_args",
            f"{text}.call_args_list",
            f"{text}.mock_calls",
            f"{text}.method_calls",
            f"len({text}.mock_calls)",
            f"len({text}.method_calls)",
            f"{text}.mock_calls == [call()]",
            f"{text}.assert_called_once()",
            f"{text}.assert_not_called()",
            f"{text}.assert_awaited_once()",
            f"{text}.assert_called_once_with('x')",
            f"{text}.assert_not_awaited()",
            f"{text}.assert_has_calls([])",
            f"{text}.reset_mock()",
            f"{text}.return_value",
            f"{text}.side_effect",
            f"{text}.await_args",
            f"isinstance({text}, {self.pick('Mock', 'MagicMock', 'AsyncMock', 'str', 'dict', '(str, Mock)')})",
            f"hasattr({text}, '{self.attribute()}')",
            f"hasattr({text}, '__len__')",
            f"callable({text})",
            f"id({text}) == 1",
            f"getattr({text}, '{self.attribute()}')",
            f"getattr({text}, '{self.attribute()}', 3)",
            f"bool({text})",
            f"not {text}",
            f"len({text})",
            f"list({text})",
            f"{text} == 1",
            f"{text} == {self.value(2)}",
            f"{text} is None",
            f"{text} in ('test-user', 1)",
            f"'x' in {text}",
            f"{text} is {text}",
            f"{text} == {self.expression()}",
            f"{text} is {self.expression()}",
            f"{text} and 1",
            f"{text} or 1",
            f"[x for x in {text}]",
            f"[x async for x in {text}]",
            f"{text} < 3",
            f"int({text})",
            f"{text} + 1",
            f"-{text}",
            f"{text}[0]",
            f"{text}['k']",
            f"{text}[1:]",
            f"isinstance(str({text}), str)",
            f"'MagicMock' in str({text})",
            f"'AsyncMock' in repr({text})",
            f"f'{{{text}!r}}'[:6]",
            f"dict(a={text})['a'] == 'test-user'",
            f"inspect.iscoroutinefunction({text})",
            f"asyncio.iscoroutinefunction({text})",
            f"inspect.isawaitable({text}())",
            f"type({text}) is {self.pick('Mock', 'MagicMock', 'AsyncMock', 'str')}",
            f"type({text}).__name__",
            f"{text}.__class__.__name__",
            f"{text}.__class__ is {self.pick('Mock', 'MagicMock', 'AsyncMock')}",
            f"vars({text}).get('x')",
            f"'fetchone' in dir({text})",
            f"copy.copy({text}) is None",
            f"{text}._mock_name",
            f"{text}._mock_children == {{}}",
            f"sorted({text}._mock_children)",
            f"{text}._mock_return_value == 1",
            f"{text}._spec_class",
            f"{text}.__dict__.get('user_id')",
            f"answer({text}) is {text}",
            f"(lambda: {text})()",
            f"[{text}, 1][0] == 'u1'",
            f"{{'a': {text}}}['a'] is None",
            f"{text} if {text} else 2",
            f"{{**{text}}}",
            f"answer(*{text})",
            f"max({text}, 3)",
            f"hash({text}) == 1",
            f"next(iter({text}))",
            f"'{{}}'.format({text}) == 'test-user'",
            f"str({text}) == 'test-user'",
            f"inspect.ismethod({text})",
            f"(await asyncio.gather({text}()))[0]",
            f"await asyncio.wait_for({text}(), 1)",
            f"(y := {text}) and y",
            f"{text}.method_calls == [call.x()]",
            f"isinstance(await {text}(), {self.pick('Mock', 'MagicMock', 'AsyncMock', 'dict')})",
            f"getattr({text}, local, 3)",
            f"inspect.iscoroutine({text}())",
            f"issubclass(type({text}), Mock)",
            f"{text}.assert_called_with('x')",
        )

    def statement(self) -> str:
        """A statement that touches the mock."""
        text, part = self.expression(), self.attribute()
        return self.pick(
            f"with {text} as inner:\n    inner.{part}",
            f"async with {text} as inner:\n    await inner.{part}()",
            f"async with {text} as inner:\n    inner.{part}()",
            f"async with {text}:\n    pass",
            f"async for item in {text}:\n    item.{part}",
            f"for item in {text}:\n    item.{part}()",
            f"a = {text}\na.{part}()",
            f"a = {text}\nassert a.{part} == 'test-user'",
            f"a = {text}.{part}\nawait a()",
            f"{text}.{part} += 1",
            f"{text}.{part} = {self.value()}",
            f"del {text}.{part}",
            f"a, b = {text}",
            f"a, b = {text}, {text}.{part}\nassert b == 1",
            f"def later_on():\n    return {text.replace('(await ', '(')}\nassert later_on() == 'test-user'",
            f"with patch.object({text}, '{part}') as p:\n    {self.name}.{part}()",
            f"{text}[0] = 1",
            f"{text}['k'] = 1",
            f"match {text}:\n    case str():\n        pass\n    case _:\n        raise ValueError",
            f"if {text} == 'test-user':\n    raise ValueError",
            f"if {text}.{part}:\n    raise ValueError",
            f"while {text}.{part} != 1:\n    raise ValueError",
            f"holder = {{'a': {text}}}\nassert holder['a'].{part} == 1",
            f"holder = [{text}]\nholder[0].{part}()",
            f"holder = [{text}]\nawait holder[0].{part}()",
            f"holder = [{text}]\nassert holder[0].{part} is not None\nassert holder[0].{part} != 'test-user'",
            f"for item in [{text}]:\n    assert item.{part} != 'test-user'",
            f"item = {text} or 1\nassert item.{part} != 'test-user'",
            f"item = ({text} if local else 1)\nitem.{part}.foo()",
            f"for key in ('{part}',):\n    assert getattr({text}, key) != 'test-user'",
            f"assert [x.{part} != 'test-user' for x in ({text},)] == [True]",
            f"(z := {text}).{part}.foo()",
            f"z = y = {text}\nassert y.{part} != 'test-supervisor'",
            f"lambda_ = lambda v={text.replace('await ', '')}: v.{part}.foo()\nlambda_()",
            f"assert (lambda v: v.{part} != 'test-user')({text})",
            f"class Holder:\n    thing = {text.replace('await ', '')}\nHolder.thing.{part}.foo()",
            f"other = MagicMock()\nother.child = {text}\nassert other.child.{part} != 'test-user'",
            f"other = MagicMock(child={text})\nassert other.child.{part} != 'test-user'",
            f"other = answer({text})[0]",
            f"def use(thing):\n    return thing.{part}\nassert use({text}) != 'test-user'",
            f"def use(thing={text.replace('await ', '')}):\n    return thing.{part}\nassert use() != 'test-user'",
            f"other = MagicMock(return_value={text})\nassert other().{part} != 'test-user'",
            f"with patch('asyncio.run', {text}):\n    pass",
            f"with patch('asyncio.run', return_value={text}):\n    asyncio.run()",
        )


def invent(
    rng: Random, kinds: Sequence[Kind] = KINDS, sort: type[Inventor] = Inventor
) -> str | None:
    """Make up a file with one test that passes, ``None`` where nothing came of it."""
    maker = sort(rng, rng.choice(kinds), rng.choice(LAYOUTS))
    maker.creation()
    for _ in range(rng.randrange(5)):
        maker.body.append(maker.configuration() if rng.randrange(5) else maker.between())
    touches = [
        maker.touch() if rng.randrange(3) else maker.statement() for _ in range(rng.randrange(1, 5))
    ]
    seen = observe(maker, lambda lines: _file(maker, lines), touches)
    if seen is None:
        return None
    lines = [*maker.body, *(settled(rng, t, s) for t, s in zip(touches, seen, strict=True) if s)]
    code = _file(maker, [line for line in lines if line])
    try:
        run_tests(code)
    except BaseException:  # noqa: BLE001 - whatever an invented test raises, pytest's own included
        return None
    return code


def _file(maker: Inventor, lines: list[str]) -> str:
    """Lay a test out: in a function, with a helper, a fixture, or a class that prepares the mock."""
    size = len(maker.body)
    made, used = "\n".join(lines[:size]), "\n".join(lines[size:]) or "pass"
    name, layout = maker.name, maker.layout
    if re.search(r"await|alias|part =|holder|other", made):
        layout = "function"
    match layout:
        case "helper":
            code = f"def make():\n{_body(made, f'return {name}')}\n\nasync def test_it():\n{_body(f'{name} = make()', used)}"
        case "fixture":
            give = "yield" if size % 2 else "return"
            code = f"@pytest.fixture\ndef {name}():\n{_body(made, f'{give} {name}')}\n\nasync def test_it({name}):\n{_body(used)}"
        case "class":
            made, used = (re.sub(rf"\b{name}\b", f"self.{name}", text) for text in (made, used))
            methods = (
                f"def setup_method(self):\n{_body(made)}\n\nasync def test_it(self):\n{_body(used)}"
            )
            code = f"class TestIt:\n{indent(methods, '    ')}"
        case _:
            code = f"async def test_it():\n{_body(made, used)}"
    return f"{HEAD.lstrip()}{maker.above}\n{code}\n"


def _body(*texts: str) -> str:
    return indent("\n".join(["local = TEXT", *texts]), "    ")


def _is_expression(text: str) -> bool:
    try:
        compile(text, "", "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return False
    return True


def observe(
    maker: Inventor, file: Callable[[list[str]], str], touches: list[str]
) -> list[tuple[str, Any]] | None:
    """Run the touches on the mock that was built by hand, and note what each gives."""
    lines = list(maker.body)
    for touch in touches:
        inner = (
            f"seen.append(('value', {touch}))"
            if _is_expression(touch)
            else f"{touch}\nseen.append(('done', None))"
        )
        lines.append(
            f"try:\n{indent(inner, '    ')}\nexcept BaseException as error:\n    seen.append(('error', type(error).__name__))"
        )
    seen: list[tuple[str, Any]] = []
    try:
        run_tests(file(lines), seen=seen)
    except BaseException:  # noqa: BLE001 - whatever an invented test raises, pytest's own included
        return None
    return [(how, _literal(what)) if how == "value" else (how, what) for how, what in seen]


def _literal(value: object) -> str | None:
    try:
        text = repr(value)
        return text if ast.literal_eval(text) == value else None
    except BaseException:  # noqa: BLE001 - whatever an invented test raises, pytest's own included
        return None


def settled(rng: Random, touch: str, seen: tuple[str, Any]) -> str:
    """Write a touch so that it holds."""
    match seen:
        case ("error", name):
            return (
                f"with pytest.raises({name}):\n{indent(touch, '    ')}"
                if (rng.randrange(3) == 0 and name in dir(__builtins__))
                or (name in {"TypeError", "AttributeError", "AssertionError"} and rng.randrange(3))
                else ""
            )
        case ("value", None):
            return rng.choice(
                [
                    touch,
                    f"assert ({touch}) is not None",
                    f"assert ({touch}) != 'test-user'",
                    f"result = {touch}",
                ]
            )
        case ("value", literal):
            return f"assert ({touch}) == {literal}"
    return touch
