"""A factory's source is changed, and nothing else in it."""

import ast
from difflib import ndiff

import pytest

from ssot_migrate.code.source import parse
from ssot_migrate.contracts import shipped
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.growing.advice import Edit, Method
from ssot_migrate.growing.grow import FactoryFile, grow
from ssot_migrate.growing.method_tree import GrowError
from ssot_migrate.model import Need, NeedKind
from ssot_migrate.shapes.shape import CALL, Contract, Mock
from tests.support import FACTORY

HEAD = """\
from unittest.mock import AsyncMock, MagicMock


class F:
    # Kept as it is:   two blanks.
    @staticmethod
"""
PLAIN = """\
    def create_bus_mock(name="bus"):
        bus = MagicMock()
        bus.name = name
        bus.size = 3
        bus.send = AsyncMock()

        bus.closed = False
        return bus
"""


def edit(kind: NeedKind, path: str = "", value: str | None = None) -> Edit:
    steps = tuple(CALL if step == "return_value" else step for step in path.split(".") if step)
    return Edit("create_bus_mock", Need(kind, steps, value))


def grown(text: str, *edits: Edit, line_length: int = 88) -> str:
    return grow(text, FactoryFile(parse(text.encode()), "F", line_length), edits)


def contract(text: str, method: str = "create_bus_mock") -> Contract:
    found = Factory("f", "F", ast.parse(text)).contract(method)
    assert found
    return found


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (edit(NeedKind.BASE, "", "AsyncMock"), ["bus = MagicMock()"], ["bus = AsyncMock()"]),
        (
            edit(NeedKind.SPEC),
            ['def create_bus_mock(name="bus"):', "bus = MagicMock()"],
            ['def create_bus_mock(name="bus", *, spec=None):', "bus = MagicMock(spec=spec)"],
        ),
        (edit(NeedKind.ATTRIBUTE, "receive", "AsyncMock"), [], ["bus.receive = AsyncMock()"]),
        (
            edit(NeedKind.ATTRIBUTE, "send", "MagicMock"),
            ["bus.send = AsyncMock()"],
            ["bus.send = MagicMock()"],
        ),
        (
            edit(NeedKind.ATTRIBUTE, "closed", "MagicMock"),
            ["bus.closed = False"],
            ["bus.closed = MagicMock(return_value=False)"],
        ),
        (edit(NeedKind.PRESET, "open", "True"), [], ["bus.open = True"]),
        (
            edit(NeedKind.PRESET, "peek.return_value", "'Mock('"),
            [],
            ["bus.peek.return_value = 'Mock('"],
        ),
        (
            edit(NeedKind.PRESET, "get", "AsyncMock(return_value=[])"),
            [],
            ["bus.get = AsyncMock(return_value=[])"],
        ),
        (
            edit(NeedKind.PARAMETER, "size"),
            ['def create_bus_mock(name="bus"):', "bus.size = 3"],
            ['def create_bus_mock(name="bus", *, size=3):', "bus.size = size"],
        ),
        (
            edit(NeedKind.KEYWORDS),
            ['def create_bus_mock(name="bus"):'],
            [
                'def create_bus_mock(name="bus", **attributes):',
                "bus.configure_mock(**attributes)",
            ],
        ),
    ],
)
def test_an_edit_changes_these_lines_only(change: Edit, gone: list[str], new: list[str]) -> None:
    before = (HEAD + PLAIN).splitlines()
    after = grown(HEAD + PLAIN, change).splitlines()
    assert [line.strip() for line in before if line not in after] == gone
    assert [line.strip() for line in after if line not in before] == new
    ast.parse("\n".join(after))


@pytest.mark.parametrize(
    ("change", "above"),
    [
        (edit(NeedKind.ATTRIBUTE, "receive", "AsyncMock"), "bus.send = AsyncMock()"),
        (edit(NeedKind.PRESET, "open", "True"), "bus.closed = False"),
        (edit(NeedKind.KEYWORDS), "bus.closed = False"),
    ],
)
def test_a_statement_comes_behind_those_like_it(change: Edit, above: str) -> None:
    after = [line.strip() for line in grown(HEAD + PLAIN, change).splitlines()]
    before = [line.strip() for line in (HEAD + PLAIN).splitlines()]
    (new,) = [line for line in after if line not in before and not line.startswith("def")]
    assert after[after.index(new) - 1] == above


def test_edits_add_up() -> None:
    text = grown(
        HEAD + PLAIN,
        edit(NeedKind.BASE, "", "AsyncMock"),
        edit(NeedKind.SPEC),
        edit(NeedKind.PARAMETER, "size"),
        edit(NeedKind.KEYWORDS),
    )
    assert 'create_bus_mock(name="bus", size=3, *, spec=None, **attributes):' in text
    read = contract(text)
    assert read.open_keywords
    assert read.landings["size",] == "size"
    assert isinstance(read.product, Mock)
    assert read.product.kind == "AsyncMock"


@pytest.mark.parametrize(
    ("head", "length", "expected"),
    [
        ("def create_bus_mock(a=1):", 88, "def create_bus_mock(a=1, *, size=3):"),
        ("def create_bus_mock():", 88, "def create_bus_mock(*, size=3):"),
        ("def create_bus_mock(a, /, *rest, b: int = 2, **k):", 88,
         "def create_bus_mock(a, /, *rest, b: int = 2, size=3, **k):"),
        (
            "def create_bus_mock(a=1):",
            36,
            "def create_bus_mock(\n        a=1, *, size=3\n    ):",
        ),
        (
            "def create_bus_mock(a=1):",
            21,
            "def create_bus_mock(\n        a=1,\n        *,\n        size=3,\n    ):",
        ),
        (
            "def create_bus_mock(\n        a=1,\n    ):",
            88,
            "def create_bus_mock(\n        a=1,\n        *,\n        size=3,\n    ):",
        ),
    ],
)  # fmt: skip
def test_a_signature_is_laid_out_as_formatters_do(head: str, length: int, expected: str) -> None:
    body = "        bus = MagicMock()\n        bus.size = 3\n        return bus\n"
    text = grown(f"{HEAD}    {head}\n{body}", edit(NeedKind.PARAMETER, "size"), line_length=length)
    assert f"    {expected}\n        bus = " in text


@pytest.mark.parametrize(
    ("body", "change", "reason"),
    [
        ("return MagicMock()", edit(NeedKind.BASE, "", "AsyncMock"), "does not return its product"),
        ("x = make()\nreturn x", edit(NeedKind.SPEC), "does not create its product itself"),
        ("x = MagicMock()\nx.a = f()\nreturn x", edit(NeedKind.ATTRIBUTE, "a", "MagicMock"), "set in a way"),
        ("x = MagicMock()\nx.a = 1\nreturn x", edit(NeedKind.PRESET, "a", "2"), "other callers"),
        ("x = MagicMock()\nx.a = []\nreturn x", edit(NeedKind.PARAMETER, "a"), "no constant"),
        ("x = MagicMock()\nreturn x", edit(NeedKind.PARAMETER, "a"), "no constant"),
        ("x = MagicMock()\nreturn x", edit(NeedKind.ATTRIBUTE, "a.[0]", "MagicMock"), "as an attribute"),
        ("x = MagicMock()\nreturn x", edit(NeedKind.BASE, "", "PropertyMock"), None),
        ("if x:\n    y = 1\nreturn x", edit(NeedKind.PRESET, "a", "1"), "does not bind"),
        ("pass", edit(NeedKind.SPEC), "does not return its product"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_says_why(body: str, change: Edit, reason: str | None) -> None:
    inside = "".join(f"        {line}\n" for line in body.splitlines())
    text = f"{HEAD}    def create_bus_mock():\n{inside}"
    if reason is None:
        assert "import AsyncMock, MagicMock, PropertyMock\n" in grown(text, change)
        return
    with pytest.raises(GrowError, match=reason):
        grown(text, change)


@pytest.mark.parametrize(
    ("signature", "change", "reason"),
    [
        ("**options", edit(NeedKind.KEYWORDS), "has \\*\\* parameters"),
        ("spec: type = None", edit(NeedKind.SPEC), "a parameter of that name"),
        ("\n        a=1,  # one\n    ", edit(NeedKind.SPEC), "a comment stands"),
    ],
)
def test_a_signature_that_is_taken_says_why(signature: str, change: Edit, reason: str) -> None:
    text = (
        f"{HEAD}    def create_bus_mock({signature}):\n        b = MagicMock()\n        return b\n"
    )
    with pytest.raises(GrowError, match=reason):
        grown(text, change)


def test_a_method_of_another_file_cannot_be_changed() -> None:
    with pytest.raises(GrowError, match="not defined in the factory's own file"):
        grown(HEAD + PLAIN, Edit("create_other_mock", Need(NeedKind.SPEC)))


def test_a_class_of_mock_is_named_as_the_module_does() -> None:
    text = (HEAD + PLAIN).replace(
        "from unittest.mock import AsyncMock, MagicMock", "from unittest import mock"
    )
    text = text.replace("MagicMock()", "mock.MagicMock()").replace(
        "AsyncMock()", "mock.AsyncMock()"
    )
    after = grown(
        text,
        edit(NeedKind.BASE, "", "AsyncMock"),
        edit(NeedKind.PRESET, "x", "AsyncMock(return_value=1)"),
    )
    assert "bus = mock.AsyncMock()" in after
    assert "bus.x = mock.AsyncMock(return_value=1)" in after


def test_a_class_that_nothing_imports_is_an_obstacle() -> None:
    text = "import m\n\n\nclass F:\n    @staticmethod\n    def create_bus_mock():\n        bus = m.MagicMock()\n        return bus\n"
    with pytest.raises(GrowError, match="AsyncMock is not imported there"):
        grown(text, edit(NeedKind.ATTRIBUTE, "x", "AsyncMock"))


NEW = Method(
    "tool_call",
    "MagicMock",
    attributes=(
        Need(NeedKind.ATTRIBUTE, ("run",), "AsyncMock"),
        Need(NeedKind.PRESET, ("kind",), '"function"'),
    ),
    parameters=(
        Need(NeedKind.PARAMETER, ("id",), '"1"'),
        Need(NeedKind.PARAMETER, ("run", CALL), "None"),
    ),
    spec=True,
)


def test_a_method_is_written_in_the_style_of_the_factory() -> None:
    change = Edit("create_tool_call_mock", Need(NeedKind.METHOD), NEW)
    text = grown(HEAD + PLAIN, change)
    expected = '''
    @staticmethod
    def create_tool_call_mock(*, id="1", run_result=None, spec=None):
        """Create a mock tool call."""
        tool_call = MagicMock(spec=spec)
        tool_call.id = id
        tool_call.run = AsyncMock()
        tool_call.kind = "function"
        tool_call.run.return_value = run_result
        return tool_call
'''
    assert text == HEAD + PLAIN + expected
    read = contract(text, "create_tool_call_mock")
    assert read.landings["run", CALL] == "run_result"


def test_a_method_keeps_the_factorys_indent_and_line_ends() -> None:
    text = (HEAD + PLAIN).replace("    ", "\t").replace("\n", "\r\n")
    after = grown(text, Edit("create_tool_call_mock", Need(NeedKind.METHOD), NEW))
    assert after.startswith(text)
    added = after[len(text) :]
    assert added.count("\r\n") == added.count("\n")
    assert "\r\n\t\ttool_call.run = AsyncMock()\r\n" in added


def test_the_sample_takes_a_method_among_those_like_it() -> None:
    source = parse(FACTORY)
    file = FactoryFile(source, "SSotMockFactory", 88)
    text = grow(source.text, file, [Edit("create_x_mock", Need(NeedKind.METHOD), NEW)])
    names = [n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    place = names.index("create_x_mock")
    assert names[place - 1 : place + 2 : 2] == [
        "create_mock_websocket_emitter",
        "create_mock_suite",
    ]


def test_what_cannot_be_read_afterwards_is_left() -> None:
    text = (HEAD + PLAIN).replace("    def create", "    async def create")
    with pytest.raises(GrowError, match="create_bus_mock could not be read any more"):
        grown(text, edit(NeedKind.BASE, "", "AsyncMock"))


SHIPPED_FILE = FactoryFile(parse(shipped.source()), "SSotMockFactory", 88)


def shipped_with(*edits: Edit) -> tuple[list[str], list[str]]:
    """Change what the package ships; give the lines that go and those that come."""
    before = SHIPPED_FILE.source.text
    after = grow(before, SHIPPED_FILE, edits)
    compile(after, "grown", "exec")
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    gone, new = ([row[2:] for row in lines if row.startswith(sign)] for sign in ("- ", "+ "))
    return gone, new


def needing(method: str, kind: NeedKind, path: str = "", value: str | None = None) -> Edit:
    return Edit(f"create_{method}", edit(kind, path, value).need)


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (
            needing("agent_mock", NeedKind.BASE, "", "MagicMock"),
            ["    ) -> AsyncMock:", "agent = AsyncMock(spec=spec)"],
            ["    ) -> MagicMock:", "agent = MagicMock(spec=spec)"],
        ),
        (
            needing("agent_mock", NeedKind.PRESET, "model", '"x"'),
            [],
            ['agent.model = "x"'],
        ),
        (
            needing("tool_mock", NeedKind.ATTRIBUTE, "cancel", "AsyncMock"),
            [],
            ["tool.cancel = AsyncMock()"],
        ),
        (
            needing("configuration_mock", NeedKind.PARAMETER, "redis_url"),
            ['config.redis_url = "redis://localhost:6379/0"'],
            [
                '        redis_url: str = "redis://localhost:6379/0",',
                "config.redis_url = redis_url",
            ],
        ),
        (
            needing("database_session_mock", NeedKind.PARAMETER, "is_active"),
            ["        *, spec: Any = None, **attributes: Any", "session.is_active = True"],
            [
                "        *, is_active: bool = True, spec: Any = None, **attributes: Any",
                "session.is_active = is_active",
            ],
        ),
    ],
)
def test_a_product_that_is_handed_through_a_function_grows(
    change: Edit, gone: list[str], new: list[str]
) -> None:
    found = shipped_with(change)
    assert [[line.strip() for line in lines] for lines in found] == [
        [line.strip() for line in lines] for lines in (gone, new)
    ]


def test_a_parameter_stands_where_those_like_it_do() -> None:
    change = needing("configuration_mock", NeedKind.PARAMETER, "redis_url")
    text = grow(SHIPPED_FILE.source.text, SHIPPED_FILE, [change])
    assert (
        """
        additional_config: Mapping[str, Any] | None = None,
        redis_url: str = "redis://localhost:6379/0",
        *,
        spec: Any = None,
"""
        in text
    )


def test_a_method_ends_as_those_like_it_do() -> None:
    gone, new = shipped_with(Edit("create_tool_call_mock", Need(NeedKind.METHOD), NEW))
    assert gone == []
    assert (
        "\n".join(new)
        == '''\
    @staticmethod
    def create_tool_call_mock(
        id: str = "1", run_result: Any = None, *, spec: Any = None, **attributes: Any
    ) -> MagicMock:
        """Create a mock tool call."""
        tool_call = MagicMock(spec=spec)
        tool_call.id = id
        tool_call.run = AsyncMock()
        tool_call.kind = "function"
        tool_call.run.return_value = run_result
        return finished(tool_call, spec, attributes)
'''
    )


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("made = MagicMock()\nreturn made.of(made)", "does not return its product by a name"),
        ("return finished(other, spec)", "does not return its product by a name"),
    ],
)
def test_a_product_is_a_mock_that_is_made_here(ending: str, reason: str) -> None:
    inside = "".join(f"        {line}\n" for line in ending.splitlines())
    with pytest.raises(GrowError, match=reason):
        grown(f"{HEAD}    def create_bus_mock(spec=None):\n{inside}", edit(NeedKind.KEYWORDS))


PLAINLY = """\
    def create_bus_mock(*, {takes}):
        bus = MagicMock()
        return finished(bus, {gives})


def finished(product, *given):
    return product
"""


@pytest.mark.parametrize(
    ("takes", "gives", "head", "ending"),
    [
        ("spec=None", "spec", '*, id="1", run_result=None, spec=None', "finished(tool_call, spec)"),
        (
            "**attributes",
            "attributes",
            '*, id="1", run_result=None, spec=None, **attributes',
            "finished(tool_call, attributes)",
        ),
        ("size=1", "size", '*, id="1", run_result=None, spec=None', "tool_call"),
    ],
)
def test_a_method_takes_what_its_ending_needs(
    takes: str, gives: str, head: str, ending: str
) -> None:
    text = HEAD + PLAINLY.format(takes=takes, gives=gives)
    text = text.replace("(*, **", "(**")
    after = grown(text, Edit("create_tool_call_mock", Need(NeedKind.METHOD), NEW))
    assert f"def create_tool_call_mock({head}):\n" in after
    assert f"        return {ending}\n" in after
    compile(after, "grown", "exec")


@pytest.mark.parametrize("name", ["attributes", "spec", "finished"])
def test_a_name_that_each_method_needs_is_taken(name: str) -> None:
    change = Edit(f"create_{name}_mock", Need(NeedKind.METHOD), Method(name, "MagicMock"))
    with pytest.raises(GrowError, match=f"create_{name}_mock needs {name} for something else"):
        shipped_with(change)


def test_a_method_behind_one_that_makes_no_mock_is_plain() -> None:
    text = f"{HEAD}    def create_bus_mock(**attributes):\n        return Bus(attributes)\n"
    after = grown(text, Edit("create_tool_call_mock", Need(NeedKind.METHOD), NEW))
    assert after.endswith("        return tool_call\n")
