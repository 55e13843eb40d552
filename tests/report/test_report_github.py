"""Workflow commands, read as GitHub's runner reads them."""

import io
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from msgspec.structs import replace

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Failure, Severity, Stage
from ssot_migrate.report.github import write
from ssot_migrate.report.message import message
from tests.report.reports import violation
from tests.report.verdicts import clean, hostile, of, verdict


class Command(NamedTuple):
    """A command as the runner has it."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for code, sign in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def parsed(line: str) -> Command:
    """Read a line as the runner does: no sign of a value may end what it stands in."""
    found = re.fullmatch(r"::([a-z-]+)(?: (.*?))?::(.*)", line)
    assert found, line
    properties = {}
    for pair in (found[2] or "").split(","):
        key, equals, value = pair.partition("=")
        assert equals, line
        properties[key] = unescaped(value, ("%3A", ":"), ("%2C", ","))
    return Command(found[1], properties, unescaped(found[3]))


def written(found: Verdict) -> list[Command]:
    stream = io.StringIO(newline="")
    write(found, stream)
    # The runner's reader ends lines at these, and looks for commands at the start of each.
    lines = re.split(r"\r\n|\r|\n", stream.getvalue())
    assert lines.pop() == ""
    return [parsed(line) for line in lines]


def test_a_violation() -> None:
    found = of(replace(violation("tests/test_a.py", 3), end_line=3))
    (command,) = written(found)
    assert command.name == "error"
    assert command.properties == {
        "file": "tests/test_a.py",
        "line": "3",
        "endLine": "3",
        "col": "5",
        "endColumn": "16",
        "title": "ssot-migrate (websocket)",
    }
    assert command.message == message(found, found.new[0])


def test_several_lines_have_no_columns() -> None:
    """The service behind annotations refuses columns where the lines differ."""
    (command,) = written(of(replace(violation(line=3), end_line=5)))
    assert command.properties.keys() == {"file", "line", "endLine", "title"}
    assert command.properties["endLine"] == "5"


@pytest.mark.parametrize(
    ("severity", "level"),
    [*zip(Severity, ["error", "error", "warning", "notice"], strict=True)],
)
def test_each_severity_has_its_level(severity: Severity, level: str) -> None:
    (command,) = written(of(replace(violation(), severity=severity)))
    assert command.name == level


def test_all_that_a_verdict_holds() -> None:
    commands = written(verdict())
    assert [(c.name, c.properties.get("file")) for c in commands] == [
        ("error", "tests/broken.py"),
        ("error", "gone"),
        ("error", "tests/sub/test_b.py"),
        ("error", "tests/sub/test_b.py"),
        ("error", "tests/test_a.py"),
        ("warning", "tests/sub/test_b.py"),
        ("warning", "tests/sub/test_b.py"),
        ("notice", "tests/test_own.py"),
        ("notice", None),
    ]
    assert commands[0].properties["title"] == "ssot-migrate"
    assert commands[0].message == "line 3: invalid syntax"
    assert "baseline prune" in commands[-1].message
    assert written(clean()) == []


@pytest.mark.parametrize(
    ("baselines", "file"),
    [((), None), (("a.txt",), "a.txt"), (("a.txt", "sub/b.txt"), None)],
    ids=["unknown", "one", "several"],
)
def test_stale_entries_that_fail_stand_at_their_baseline(
    baselines: tuple[str, ...], file: str | None
) -> None:
    """One command counts the entries of all baselines, and has a place for one of them only."""
    stale = verdict().stale
    found = replace(clean(), stale=stale, fails_on_stale=True, baselines=baselines)
    (command,) = written(found)
    assert (command.name, command.properties.get("file")) == ("error", file)
    assert "fails with --fail-on-stale" in command.message
    (command,) = written(replace(found, fails_on_stale=False))
    assert (command.name, command.properties.get("file")) == ("notice", file)


def test_paths_start_at_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend/tests").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "backend")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    found = of(violation("tests/test_a.py"))
    failed = replace(found.report, failures=(Failure("gone.py", Stage.READ, "gone"),))
    files = [c.properties["file"] for c in written(replace(found, report=failed))]
    assert files == ["backend/gone.py", "backend/tests/test_a.py"]


def shown(commands: list[Command]) -> list[Command]:
    """Give what GitHub shows: ten of each level."""
    given: dict[str, list[Command]] = {}
    for command in commands:
        given.setdefault(command.name, []).append(command)
    return [command for level in given.values() for command in level[:10]]


@pytest.mark.parametrize(
    ("errors", "notices"), [(10, 10), (11, 0), (25, 0), (0, 11), (12, 9), (12, 10), (0, 30)]
)
def test_what_github_leaves_out_is_counted(errors: int, notices: int) -> None:
    high = [violation("a.py", n + 1) for n in range(errors)]
    low = [replace(violation("b.py", n + 1), severity=Severity.LOW) for n in range(notices)]
    commands = written(of(*high, *low))
    places = [c for c in shown(commands) if "file" in c.properties]
    missing = errors + notices - len(places)
    told = [c.message for c in shown(commands) if "file" not in c.properties]
    assert told == (
        [f"{missing} more: GitHub shows 10 of a level, the log of this step has them all"]
        if missing
        else []
    )
    assert len([c for c in commands if "file" in c.properties]) == errors + notices


@given(hostile())
def test_no_text_ends_its_command(found: Verdict) -> None:
    commands = written(found)
    assert len(commands) == len(found.new) + 1
    assert commands[0].properties["file"] == found.report.failures[0].path
    assert commands[0].message == found.report.failures[0].message
    assert {c.properties["file"] for c in commands[1:]} == {v.path for v in found.new}
    assert {c.message for c in commands[1:]} == {message(found, v) for v in found.new}
