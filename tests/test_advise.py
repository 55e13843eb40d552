"""What is advised is what unlocks blocks, and following it does."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from runpy import run_path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.contracts import shipped
from ssot_migrate.discover import discover
from ssot_migrate.growing.advice import Advice, Advised
from ssot_migrate.growing.advise import Adapt, AdviseError, advise
from ssot_migrate.model import Applicability, NeedKind, Report, Request, SourceFile
from ssot_migrate.pipeline import run
from tests.support import Project

FACTORY = """\
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="u"):
        ws = MagicMock()
        ws.user_id = user_id
        ws.send_text = AsyncMock()
        ws.open = True
        return ws

    @staticmethod
    def create_agent_mock():
        agent = AsyncMock()
        agent.kind = "agent"
        return agent
"""
IMPORT = "from fastapi import WebSocket\nfrom unittest.mock import AsyncMock, MagicMock, Mock\n\n"


def found(project: Project, limit: int | None = None, **changes: object) -> Advised:
    resolver = project.resolver(**changes)
    files, _ = discover([project.folder], resolver)

    def survey(some: Sequence[SourceFile], adapt: Adapt) -> Report:
        return run(some, resolver, Request(survey=True), adapt=adapt)

    (advised,) = advise(files, resolver, survey, limit)
    return advised


def safe(project: Project, **changes: object) -> int:
    violations = project.run(fix=False, **changes).violations
    return sum(v.is_creation and v.applicability is Applicability.SAFE for v in violations)


def follow(project: Project, advised: Advised, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do what the advice says; count what is safe then."""
    assert advised.change
    Path(advised.change.location).write_bytes(advised.change.after)
    monkeypatch.chdir(project.folder)
    for one in advised.advice:
        if one.codemod:
            project.write("pyproject.toml", '[tool.ssot-migrate]\ncodemods = ["tools"]\n')
            project.write("tools/.keep", "")
            place = f"{one.example[0]}:{one.example[1]}"
            command = ["codemods", "new", one.codemod, "--from", place]
            result = CliRunner().invoke(app, command)
            assert result.exit_code == 0, result.output
    return safe(project)


def titles(advice: Sequence[Advice]) -> list[tuple[str, list[tuple[str, str | None]]]]:
    return [(a.method, [(e.need.kind.value, e.need.value) for e in a.edits]) for a in advice]


def code(*blocks: str) -> str:
    """Put each block into a test of its own."""
    return IMPORT + "\n\n".join(
        f"def test_{number}():\n" + "".join(f"    {line}\n" for line in block.splitlines())
        for number, block in enumerate(blocks)
    )


BASE = "agent = Mock()\nagent.run.return_value = {n}\nuse(agent)"
PRODUCTS = "from test_framework.ssot.mock_factory import SSotMockFactory as F\n\n"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        pytest.param(
            [BASE.format(n=n) for n in range(3)],
            [("create_agent_mock", [("base", "MagicMock")])],
            id="all of a family are of another class",
        ),
        pytest.param(
            [BASE.format(n=n) for n in range(2)] + ["agent = AsyncMock()\nuse(agent)"] * 3,
            [],
            id="most of a family are what the factory gives",
        ),
        pytest.param(
            ["use(websocket=MagicMock(peer=1))"] * 2,
            [("create_websocket_mock", [("preset", "1")])],
            id="a value that blocks set alike where no statement can",
        ),
        pytest.param(
            ["use(websocket=MagicMock(peer=1))", "use(websocket=MagicMock(peer=2))"],
            [("create_websocket_mock", [("keywords", None)])],
            id="a value that varies, of which the factory knows nothing",
        ),
        pytest.param(
            ["use(websocket=MagicMock(open=False))"],
            [("create_websocket_mock", [("parameter", None)])],
            id="a value in place of the factory's",
        ),
        pytest.param(
            ["use(websocket=MagicMock(accept=AsyncMock()))"],
            [("create_websocket_mock", [("attribute", "AsyncMock")])],
            id="a mock of another class",
        ),
        pytest.param(
            ["ws = MagicMock()\nws.open.return_value = 1\nuse(ws)"],
            [("create_websocket_mock", [("attribute", "MagicMock")])],
            id="a mock where the factory has a value",
        ),
        pytest.param(
            ["use(websocket=MagicMock(peer=1, accept=AsyncMock()))"] * 2,
            [("create_websocket_mock", [("attribute", "AsyncMock"), ("preset", "1")])],
            id="two that only help together",
        ),
        pytest.param(
            ["ws = MagicMock(spec=WebSocket)\nws.headers = {}\nuse(ws)"],
            [("create_websocket_mock", [("spec", None)])],
            id="a spec",
        ),
        pytest.param(
            ["tool = AsyncMock()\ntool.name = 'a'\nuse(tool)"] * 2,
            [("create_tool_mock", [("method", None)])],
            id="a family whose method is missing",
        ),
        pytest.param(
            [f"invoice = MagicMock()\ninvoice.total = {n}\nuse(invoice)" for n in range(4)],
            [("create_invoice_mock", [("method", None)])],
            id="a kind of mock that nobody knows",
        ),
        pytest.param(
            ["use(websocket=MagicMock(peer=1))"],
            [("create_websocket_mock", [("keywords", None)])],
            id="a value that one block alone sets",
        ),
        pytest.param(
            ["invoice = MagicMock()\nuse(invoice)"] * 4, [], id="nothing is known but a name"
        ),
        pytest.param(
            ["invoice = MagicMock()\ninvoice.total = 1\nuse(invoice)"] * 2, [], id="too few"
        ),
        pytest.param(
            ["ws = MagicMock(name='x')\nuse(ws)"], [], id="what no factory can give"
        ),
        pytest.param(
            ["ws = MagicMock()\nuse(ws)"], [], id="what the factory gives already"
        ),
    ],
)  # fmt: skip
def test_advice_is_what_comes_true(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    blocks: list[str],
    expected: list[tuple[str, list[tuple[str, str | None]]]],
) -> None:
    project = Project(tmp_path, FACTORY)
    project.write("tests/test_it.py", code(*blocks))
    monkeypatch.chdir(tmp_path)
    advised = found(project)
    assert titles(advised.advice) == expected
    assert advised.safe == safe(project)
    assert advised.blocks == len(blocks)
    if expected:
        assert advised.after == follow(project, advised, monkeypatch) > advised.safe
    else:
        assert advised.change is None


def test_the_first_piece_unlocks_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path, FACTORY)
    monkeypatch.chdir(tmp_path)
    tools = ["tool = AsyncMock()\ntool.name = 'a'\nuse(tool)"] * 2
    project.write("tests/test_it.py", code(*tools, *(BASE.format(n=n) for n in range(3))))
    advised = found(project)
    assert [(one.method, one.unlocks) for one in advised.advice] == [
        ("create_agent_mock", 3),
        ("create_tool_mock", 2),
    ]
    first = found(project, limit=1)
    assert (first.after, first.more) == (3, 1)
    assert follow(project, first, monkeypatch) == 3


def test_callers_that_get_something_else_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, FACTORY)
    monkeypatch.chdir(tmp_path)
    calls = (
        "\n\ndef test_made():\n    agent = SSotMockFactory.create_agent_mock()\n    use(agent)\n"
    )
    importing = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
    blocks = [BASE.format(n=n) for n in range(3)]
    project.write("tests/test_it.py", importing + code(*blocks) + calls)
    project.write("tests/test_async.py", code("agent = AsyncMock()\nuse(agent)"))
    (one,) = found(project).advice
    assert (one.callers, one.loses, one.unlocks, one.concerns) == (1, 1, 2, 3)


def test_what_cannot_be_a_patch_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factory = FACTORY.replace("agent = AsyncMock()", "agent = SSotMockFactory.made()")
    factory += "\n    @staticmethod\n    def made():\n        return AsyncMock()\n"
    project = Project(tmp_path, factory)
    monkeypatch.chdir(tmp_path)
    tools = ["tool = AsyncMock()\ntool.name = 'a'\nuse(tool)"] * 2
    project.write("tests/test_it.py", code(*tools, *(BASE.format(n=n) for n in range(3))))
    tool, agent = found(project).advice
    assert (tool.method, tool.obstacle, tool.unlocks) == ("create_tool_mock", None, 2)
    assert agent.obstacle == "create_agent_mock does not create its product itself"
    assert (agent.unlocks, agent.concerns, agent.example) == (0, 3, ("tests/test_it.py", 17))


def test_what_one_block_sets_is_in_no_new_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, FACTORY)
    monkeypatch.chdir(tmp_path)
    blocks = ["tool = AsyncMock()\ntool.name = 'a'\ntool.cost = 7\nuse(tool)"]
    blocks += ["tool = AsyncMock()\ntool.name = 'a'\nuse(tool)"]
    project.write("tests/test_it.py", code(*blocks))
    advised = found(project)
    ((edit,),) = (one.edits for one in advised.advice)
    assert edit.new
    assert [need.path for need in edit.new.attributes] == [("name",)]
    assert edit.new.parameters == ()
    assert advised.after == follow(project, advised, monkeypatch) == 2


SHIPPED_BLOCKS = [
    # A mock of another class, where no statement can say so.
    *["use(websocket=MagicMock(ping=AsyncMock()))"] * 2,
    # A mock where the factory has a value.
    "config = MagicMock()\nconfig.redis_url.return_value = 1\nuse(config)",
    # A kind of mock that nobody knows.
    *[f"invoice = MagicMock()\ninvoice.total = {n}\nuse(invoice)" for n in range(3)],
]


def test_what_init_writes_can_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path, shipped.source())
    monkeypatch.chdir(tmp_path)
    project.write("tests/test_it.py", code(*SHIPPED_BLOCKS))
    advised = found(project)
    methods = {one.method for one in advised.advice if not one.obstacle}
    assert methods >= {"create_invoice_mock", "create_configuration_mock"}
    assert [one.obstacle for one in advised.advice if one.obstacle] == []
    assert advised.after == follow(project, advised, monkeypatch) > advised.safe
    assert advised.change
    factory = run_path(advised.change.location)["SSotMockFactory"]
    assert factory.create_configuration_mock(redis_url=2).redis_url == 2
    assert factory.create_configuration_mock().redis_url() == "redis://localhost:6379/0"
    invoice = factory.create_invoice_mock(total=3, paid=True, spec=Invoice)
    assert (type(invoice).__name__, invoice.total, invoice.paid) == ("MagicMock", 3, True)
    assert isinstance(invoice, Invoice)


class Invoice:
    """What an invoice would be."""

    total = 0
    paid = False


def test_without_a_factory_there_is_nothing_to_advise(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write("tests/test_it.py", code("ws = MagicMock()\nuse(ws)"))
    with pytest.raises(AdviseError, match="no factory of the project's own: set factory ="):
        found(project)


def test_each_project_has_its_own_factory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        project = Project(tmp_path / name, FACTORY)
        project.write("tests/test_it.py", code(*(BASE.format(n=n) for n in range(3))))
    resolver = replace(project.resolver(), given=None)
    files, _ = discover([tmp_path], resolver)
    survey = partial(_survey, resolver)
    advised = advise(files, resolver, survey)
    assert [one.path for one in advised] == [
        f"{name}/test_framework/ssot/mock_factory.py" for name in ("one", "two")
    ]
    assert [one.after for one in advised] == [3, 3]


def _survey(resolver: object, files: Sequence[SourceFile], adapt: Adapt) -> Report:
    return run(files, resolver, Request(survey=True), adapt=adapt)  # type: ignore[arg-type]


def test_the_kinds_of_advice_are_all_tried_here() -> None:
    marks = test_advice_is_what_comes_true.pytestmark  # type: ignore[attr-defined]
    cases = [case.values[1] for mark in marks for case in mark.args[1]]
    kinds = {kind for case in cases for _, edits in case for kind, _ in edits}
    assert kinds == {*NeedKind}
