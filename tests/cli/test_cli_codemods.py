"""``codemods`` and ``explain``, with the real engine."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Rule
from ssot_migrate.report.page import page
from ssot_migrate.rules import load_own
from tests.cli.conftest import Result
from tests.support import Project

QUEUE = """\
id = "queue"
summary = "Queues built by hand"
severity = "low"
why = "They drift."

[evidence]
names = ["queue"]

[[example]]
name = "a queue is counted"
reported = '''
from unittest.mock import Mock


def test_it():
    queue = Mock()
'''
"""
REWRITING = """

[[example]]
name = "a socket"
before = '''
from unittest.mock import MagicMock


def test_it():
    wire = MagicMock()
'''
after = '''
from test_framework.ssot.mock_factory import SSotMockFactory


def test_it():
    wire = SSotMockFactory.create_websocket_mock()
'''
"""
EXTENSION = 'extends = "websocket"\n[evidence]\nnames = ["wire"]\n' + REWRITING
TEST = """\
from unittest.mock import AsyncMock, MagicMock


async def test_it():
    mock_queue = MagicMock()
    mock_queue.put = AsyncMock()
    await serve(mock_queue)
    ws = MagicMock()
    result = MagicMock(structured=1)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    return project


def configure(project: Project) -> None:
    project.write("pyproject.toml", '[tool.ssot-migrate]\ncodemods = ["tools/codemods"]\n')


def own(project: Project, name: str, text: str) -> Path:
    """Give the project a codemod of its own."""
    configure(project)
    return project.write(f"tools/codemods/{name}.toml", text)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


# list and show


def test_the_list(project: Project) -> None:
    own(project, "queue", QUEUE)
    own(project, "sockets", EXTENSION)
    result = run("codemods", "list")
    lines = [line.split() for line in result.out.splitlines()]
    assert result.code == 0
    assert [
        "queue",
        "low",
        "-",
        "tools/codemods/queue.toml",
        "Queues",
        "built",
        "by",
        "hand",
    ] in lines
    (websocket,) = [line for line in lines if line[0] == "websocket"]
    assert websocket[2:6] == [
        "create_websocket_mock",
        "shipped",
        "+",
        "tools/codemods/sockets.toml",
    ]


def test_the_list_as_json(project: Project) -> None:
    own(project, "queue", QUEUE)
    listed = json.loads(run("codemods", "list", "--output-format", "json").out)
    assert listed["version"] == 1
    codemods = {codemod["id"]: codemod for codemod in listed["codemods"]}
    assert codemods.keys() == {family.id for family in load_families(project.config())}
    assert codemods["queue"] == {
        "id": "queue",
        "severity": "low",
        "factory_method": None,
        "summary": "Queues built by hand",
        "shipped": False,
        "path": "tools/codemods/queue.toml",
        "extended_by": [],
    }


def test_a_codemod_is_shown_with_what_extends_it(project: Project) -> None:
    own(project, "sockets", EXTENSION)
    shown = tomllib.loads(run("codemods", "show", "websocket").out)
    (family,) = [f for f in load_families(project.config()) if f.id == "websocket"]
    assert shown["evidence"]["names"] == [*family.evidence.names]
    assert shown["evidence"]["names"][-1] == "wire"
    assert [example["name"] for example in shown["example"]][-1] == "a socket"


@pytest.mark.parametrize("command", [("show", "agnt"), ("test", "agnt")])
def test_an_unknown_codemod(project: Project, command: tuple[str, ...]) -> None:
    assert project
    result = run("codemods", *command)
    assert (result.code, result.err) == (
        2,
        "error: unknown codemod `agnt`; did you mean `agent`?\n",
    )


def test_a_wrong_codemod_is_one_line(project: Project) -> None:
    path = own(project, "queue", QUEUE.replace("[evidence]", "[evidnce]"))
    message = f"error: {path}:6: `evidnce`: unknown key; did you mean `evidence`?\n"
    for command in (("codemods", "list"), ("explain", "agent"), ("scan",)):
        assert (run(*command).code, run(*command).err) == (2, message)


# test


def test_the_projects_own_examples_are_run(project: Project) -> None:
    own(project, "queue", QUEUE)
    own(project, "sockets", EXTENSION)
    result = run("codemods", "test")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "websocket\n  passed  a socket\nqueue\n  passed  a queue is counted\n2 examples, all passed.\n"
    )


def test_a_named_codemod_is_run_with_all_its_examples(project: Project) -> None:
    own(project, "sockets", EXTENSION)
    (family,) = [f for f in load_families(project.config()) if f.id == "websocket"]
    result = run("codemods", "test", "websocket")
    assert result.code == 0
    assert result.out.endswith(f"{len(family.example)} examples, all passed.\n")


def test_a_file_is_run_where_ever_it_is(project: Project) -> None:
    project.write("else/queue.toml", QUEUE)
    result = run("codemods", "test", "else/queue.toml")
    assert (result.code, result.out) == (
        0,
        "queue\n  passed  a queue is counted\n1 example, all passed.\n",
    )
    own(project, "sockets", EXTENSION)
    assert "1 example, all passed." in run("codemods", "test", "tools/codemods/sockets.toml").out
    missing = run("codemods", "test", "gone.toml")
    assert (missing.code, missing.err) == (
        2,
        "error: gone.toml: cannot be read (No such file or directory)\n",
    )


def test_what_fails_is_shown_as_a_diff(project: Project) -> None:
    own(project, "sockets", EXTENSION.replace("create_websocket_mock()", "create()"))
    result = run("codemods", "test")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[:3] == ["websocket", "  failed  a socket", "    rewritten to something else"]
    assert "    -    wire = SSotMockFactory.create()" in lines
    assert "    +    wire = SSotMockFactory.create_websocket_mock()" in lines
    assert lines[-1] == "1 example, 1 failed."


def test_without_a_factory_the_examples_are_run_against_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path, factory=None)
    own(project, "sockets", EXTENSION)
    result = run("codemods", "test")
    assert result.code == 1
    assert "    +from ssot_migrate.factory import SSotMockFactory" in result.out.splitlines()


def test_a_project_without_codemods_has_nothing_to_run(project: Project) -> None:
    assert project
    result = run("codemods", "test")
    assert result.code == 2
    assert result.err.startswith("error: the project has no examples of its own: ")
    own(project, "queue", QUEUE.partition("[[example]]")[0])
    assert run("codemods", "test", "tools/codemods/queue.toml").out == "0 examples, all passed.\n"


# new


def test_a_new_codemod_is_written_and_passes(project: Project) -> None:
    configure(project)
    result = run("codemods", "new", "queue", "--from", "tests/test_it.py:5")
    assert (result.code, result.err) == (0, "")
    assert (
        result.out
        == "Wrote tools/codemods/queue.toml. Look at each key, then run `codemods test`.\n"
    )
    content = tomllib.loads((project.folder / "tools/codemods/queue.toml").read_text("utf-8"))
    assert content["evidence"] == {"names": ["queue"], "attributes": ["put"]}
    assert run("codemods", "test").out == (
        "queue\n  passed  as in tests/test_it.py\n1 example, all passed.\n"
    )
    assert "queue" in run("scan", "-v").out
    again = run("codemods", "new", "queue", "--from", "tests/test_it.py:5")
    assert (again.code, again.err) == (
        2,
        "error: there is a codemod `queue` already; give another id\n",
    )


def test_a_new_codemod_for_another_folder(project: Project) -> None:
    result = run("codemods", "new", "queue", "--from", "tests/test_it.py:6", "--to", "mine")
    assert result.out.splitlines()[1] == (
        'To use it, set codemods = ["mine"] under [tool.ssot-migrate].'
    )
    assert (project.folder / "mine/queue.toml").is_file()
    again = run("codemods", "new", "queue", "--from", "tests/test_it.py:6", "--to", "mine")
    assert (again.code, again.err) == (
        2,
        "error: mine/queue.toml: exists already; it was left as it is\n",
    )


def test_a_new_codemod_for_stdout(project: Project) -> None:
    before = {*project.folder.rglob("*")}
    text = run("codemods", "new", "queue", "--from", "tests/test_it.py:5", "--to", "-").out
    assert "# Words with which the mock's name ends" in text
    assert tomllib.loads(text)["id"] == "queue"
    assert {*project.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("queue --from tests/test_it.py:5", "no folder to write to: give one with --to"),
        ("queue --from tests/test_it.py --to x", "--from tests/test_it.py: give a file and a line"),
        ("queue --from gone.py:3 --to x", "gone.py: cannot be read (No such file"),
        ("queue --from tests/bad.py:1 --to x", "tests/bad.py: line 1: "),
        ("queue --from tests/test_it.py:1 --to x", "tests/test_it.py:1: no mock is created there"),
        ("agent --from tests/test_it.py:5 --to x", "there is a codemod `agent` already"),
        (
            "Queue --from tests/test_it.py:5 --to -",
            "Queue.toml:2: `id`: must be of lower-case words",
        ),
        (
            "socket --from tests/test_it.py:8 --to x",
            "tests/test_it.py:8: not reported as socket, but as websocket; a codemod with `extends`",
        ),
        (
            "output --from tests/test_it.py:9 --to x",
            "tests/test_it.py:9: not reported as output, but as generic; choose a more telling one",
        ),
        (
            "queue --from tests/test_it.py:5 --to tests/test_it.py",
            "tests/test_it.py/queue.toml: cannot be written (",
        ),
    ],
)
def test_what_no_codemod_can_be_made_of(project: Project, arguments: str, message: str) -> None:
    project.write("tests/bad.py", "x = (")
    result = run("codemods", "new", *arguments.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {message}")
    assert result.err.count("\n") == 1
    assert not (project.folder / "x").exists()


# explain


@pytest.mark.parametrize("rule", [*load_families(), *load_own()], ids=lambda rule: rule.id)
def test_every_rule_is_explained(project: Project, rule: Rule) -> None:
    assert project
    result = run("explain", rule.id)
    assert (result.code, result.out) == (0, page(rule))


def test_a_rule_of_the_projects_own_is_explained(project: Project) -> None:
    own(project, "queue", QUEUE)
    assert run("explain", "queue").out.startswith("# queue\n\nSeverity: low\n")
    assert "\x1b[" in run("explain", "queue", "--color", "always").out


def test_an_unknown_rule_gets_the_nearest_name(project: Project) -> None:
    assert project
    result = run("explain", "websockets")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: unknown rule `websockets`; did you mean `websocket`?\n"


@pytest.mark.parametrize("place", ["tests/test_it.py:8", "tests/test_it.py:8:10"])
def test_a_place_is_explained(project: Project, place: str) -> None:
    project.write("tests/test_it.py", TEST.encode())
    result = run("explain", place)
    assert (result.code, result.err) == (0, "")
    first, *rest = result.out.splitlines()
    assert first == "tests/test_it.py:8:10: websocket [safe] ws"
    headings = [line.split()[0] for line in rest if line.startswith("  ") and line[2] != " "]
    assert headings == ["evidence", "shape", "contract", "gives", "left"]
    assert "+    ws = SSotMockFactory.create_websocket_mock()" in rest


def test_several_mocks_of_a_line_are_explained_one_after_the_other(project: Project) -> None:
    project.write("tests/test_it.py", TEST.encode() + b"    use(MagicMock(), agent=AsyncMock())\n")
    out = run("explain", "tests/test_it.py:10").out
    assert "tests/test_it.py:10:9: generic [manual]" in out
    assert "tests/test_it.py:10:28: agent [safe]" in out


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "tests/test_it.py:1",
            "tests/test_it.py:1: no mock is created here; scan -v lists the places",
        ),
        ("tests/test_no.py:1", "tests/test_no.py: no such file"),
        ("tests:1", "tests: no such file"),
        ("tests", "tests: add the line of a mock, tests:LINE; scan -v lists the places"),
        ("tests/no.py", "tests/no.py: add the line of a mock, tests/no.py:LINE"),
        ("tests/test_bad.py:1", "tests/test_bad.py: cannot be explained: line 1: "),
    ],
)
def test_a_place_where_nothing_is_found(project: Project, place: str, message: str) -> None:
    project.write("tests/test_it.py", TEST.encode())
    project.write("tests/test_bad.py", b"ws = MagicMock(\n")
    result = run("explain", place)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {message}")
