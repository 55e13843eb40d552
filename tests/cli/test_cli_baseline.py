"""``baseline`` in real projects."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from tests.support import Project

FILE = "ssot-migrate-baseline.txt"
HEAD = """\
from unittest.mock import AsyncMock, MagicMock


"""
WEBSOCKET = """\
def test_{0}():
    ws = MagicMock()
    ws.send_text = AsyncMock()
    ws.user_id = "{0}"
    use(ws)
"""


def module(*names: str) -> str:
    """A module with a test for each name, which builds a websocket mock."""
    return HEAD + "\n\n".join(WEBSOCKET.format(name) for name in names)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["baseline", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lines(file: str = FILE) -> list[str]:
    """The entries of a baseline, without their fingerprints."""
    text = Path(file).read_text("utf-8")
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        "  ".join(word for n, word in enumerate(entry.split("  ")) if n != 3) for entry in entries
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two mocks in each of two files; it is the current folder."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.write("tests/api/test_a.py", module("one", "two"))
    project.write("tests/test_b.py", module("three", "four"))
    return project


ALL = [
    "tests/api/test_a.py  websocket  test_one",
    "tests/api/test_a.py  websocket  test_two",
    "tests/test_b.py  websocket  test_four",
    "tests/test_b.py  websocket  test_three",
]


@pytest.mark.usefixtures("project")
def test_all_is_accepted_and_a_second_time_nothing_changes() -> None:
    told = run("write")
    assert told.splitlines()[0] == f"Wrote {FILE}: 4 violations accepted."
    assert "\nCommit it; `ssot-migrate baseline merge --install` lets git merge it" in told
    assert lines() == ALL
    before = Path(FILE).read_bytes(), Path(FILE).stat().st_mtime_ns
    assert run("write") == f"{FILE}: 4 violations accepted, as before.\n"
    assert run("prune") == f"{FILE}: 4 violations accepted, as before.\n"
    assert (Path(FILE).read_bytes(), Path(FILE).stat().st_mtime_ns) == before


def test_moved_and_formatted_code_keeps_its_entries(project: Project) -> None:
    run("write")
    text = module("two", "one").replace('ws.user_id = "one"', "ws.user_id = (  # who\n    'one')")
    project.write("tests/api/test_a.py", "import os\n\n" + text)
    assert run("write", "-q") == f"{FILE}: 4 violations accepted, as before.\n"


def test_what_is_new_and_what_is_gone_is_told(project: Project) -> None:
    run("write", "-q")
    project.write("tests/api/test_a.py", module("one", "five", "six").replace('"one"', '"changed"'))
    assert run("prune", "-v").splitlines()[-1] == (f"Wrote {FILE}: 2 violations accepted; 2 gone.")
    assert lines() == ALL[2:]
    told = run("write", "-v").splitlines()
    assert told[:3] == [
        "new: tests/api/test_a.py:5:10: websocket [safe] ws",
        "new: tests/api/test_a.py:12:10: websocket [safe] ws",
        "new: tests/api/test_a.py:19:10: websocket [safe] ws",
    ]
    assert told[3:] == [f"Wrote {FILE}: 5 violations accepted, 3 of them new."]


def test_the_checkout_may_have_turned_the_lines(project: Project) -> None:
    run("write")
    turned = Path(FILE).read_bytes().replace(b"\n", b"\r\n")
    Path(FILE).write_bytes(turned)
    run("write")
    assert Path(FILE).read_bytes() == turned
    project.write("tests/test_b.py", module("three"))
    run("prune")
    assert Path(FILE).read_bytes() == b"".join(
        line for line in turned.splitlines(keepends=True) if b"test_four" not in line
    )


def test_what_was_not_looked_at_stays(project: Project) -> None:
    run("write")
    project.write("tests/api/test_a.py", module("two"))
    project.write("tests/test_b.py", module("five"))
    run("prune", "tests/api", "--select", "agent")
    assert lines() == ALL
    assert run("write", "tests/api").endswith("3 violations accepted; 1 gone.\n")
    assert lines() == ALL[1:]
    run("write", "--ignore", "websocket")
    assert lines() == ALL[1:]
    (project.folder / "tests/test_b.py").write_text(module("three") + "def broken(:\n")
    assert "tests/test_b.py: line" in run("prune", code=2)
    assert lines() == ALL[1:]
    (project.folder / "tests/test_b.py").unlink()
    run("prune", "tests/api")
    assert lines() == ALL[1:2]
    (project.folder / "tests/api/test_a.py").unlink()
    run("prune", "tests")
    assert lines() == []


def test_generic_mocks_are_for_those_who_ask(project: Project) -> None:
    project.write(
        "tests/test_c.py", HEAD + "def test_c():\n    thing = MagicMock()\n    use(thing)\n"
    )
    run("write")
    assert lines() == ALL
    run("write", "--select", "generic")
    assert lines() == [*ALL, "tests/test_c.py  generic  test_c"]
    run("write")
    assert len(lines()) == 5


@pytest.mark.usefixtures("project")
def test_suppressed_mocks_need_no_entry() -> None:
    run("write")
    path = Path("tests/test_b.py")
    ignore = "MagicMock()  # ssot-migrate: ignore[websocket] by hand"
    path.write_text(path.read_text().replace("MagicMock()", ignore, 1))
    assert run("write").endswith("3 violations accepted; 1 gone.\n")


def test_a_clean_project_needs_no_baseline(project: Project) -> None:
    project.write("tests/api/test_a.py", "")
    project.write("tests/test_b.py", "")
    assert run("write") == f"{FILE}: there is nothing to accept, so it was not begun.\n"
    assert not Path(FILE).exists()
    assert f"{FILE}: does not exist; `ssot-migrate baseline write` begins it" in run(
        "prune", code=2
    )
    assert f"{FILE}: does not exist" in run("show", code=2)
    assert f"{FILE}: does not exist" in run("show", "--stale", code=2)


def test_each_project_has_its_own(project: Project) -> None:
    other = project.folder / "other"
    other.mkdir()
    Project(other).write("tests/test_c.py", module("five"))
    assert [line[:30] for line in run("write").splitlines()] == [
        "Wrote ssot-migrate-baseline.tx",
        "Wrote other/ssot-migrate-basel",
        "Commit them; `ssot-migrate bas",
    ]
    assert lines() == ALL
    assert lines(f"other/{FILE}") == ["tests/test_c.py  websocket  test_five"]
    (other / "tests/test_c.py").unlink()
    assert run("prune").splitlines() == [
        f"{FILE}: 4 violations accepted, as before.",
        f"Wrote other/{FILE}: 0 violations accepted; 1 gone.",
    ]
    (other / "pyproject.toml").write_text(f'[tool.ssot-migrate]\nbaseline = "../{FILE}"\n')
    error = run("write", code=2)
    assert f"{FILE}: is the baseline of . and of other; set another `baseline`" in error


def test_files_go_by_the_root_from_wherever(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("pyproject.toml", '[tool.ssot-migrate]\nbaseline = "ci/accepted.txt"\n')
    monkeypatch.chdir(project.folder / "tests/api")
    assert run("write", "..").startswith(f"Wrote {project.folder}/ci/accepted.txt: 4 violations")
    assert lines(str(project.folder / "ci/accepted.txt")) == ALL


def test_counts_are_shown_beside_the_first(project: Project) -> None:
    run("write")
    project.write("tests/api/test_a.py", module("one"))
    run("prune")
    assert run("show").splitlines() == [
        f"{FILE}: 3 violations accepted; it began with 4, 25% less.",
        "",
        "rule       accepted  at first",
        "websocket         3         4",
        "",
        "directory  accepted  at first",
        "tests             2         2",
        "tests/api         1         2",
    ]
    project.write("tests/test_b.py", module("three"))
    assert run("show", "--stale", "-q").splitlines()[:3] == [
        f"{FILE}: 3 violations accepted; it began with 4, 25% less.",
        "",
        "1 violation gone; `prune` drops it:",
    ]
    assert run("write", "--recount").endswith("2 violations accepted; 1 gone.\n")
    assert run("show", "-q", "--stale").splitlines() == [
        f"{FILE}: 2 violations accepted; it began with 2.",
        "",
        "Nothing is stale.",
    ]


def test_counts_for_programs(project: Project) -> None:
    run("write")
    project.write("tests/test_b.py", module("three"))
    (document,) = json.loads(run("show", "--output-format", "json"))["baselines"]
    assert document["stale"] is None
    (document,) = json.loads(run("show", "--stale", "--output-format", "json"))["baselines"]
    assert document.pop("stale")[0]["scope"] == "test_four"
    assert document == {
        "path": FILE,
        "accepted": 4,
        "at_first": 4,
        "by_rule": [{"rule": "websocket", "accepted": 4, "at_first": 4}],
        "by_directory": [
            {"directory": "tests", "accepted": 2, "at_first": 2},
            {"directory": "tests/api", "accepted": 2, "at_first": 2},
        ],
    }
    Path(FILE).write_text("".join(f"{line}\n" for line in Path(FILE).read_text().splitlines()[-1:]))
    (document,) = json.loads(run("show", "--output-format", "json"))["baselines"]
    assert document["at_first"] is None
    assert document["by_rule"] == [{"rule": "websocket", "accepted": 1, "at_first": None}]
    assert run("show").splitlines()[0] == f"{FILE}: 1 violation accepted."
    assert run("show").splitlines()[3] == "websocket         1         -"


@pytest.mark.usefixtures("project")
def test_renamed_files_keep_their_entries() -> None:
    git("init", "-q")
    run("write")
    git("add", ".")
    git("commit", "-q", "-m", "start")
    git("mv", "tests/test_b.py", "tests/api/test b.py")
    assert run("prune") == f"Wrote {FILE}: 4 violations accepted; 1 file renamed.\n"
    assert lines()[0] == "tests/api/test b.py  websocket  test_four"
    assert run("write") == f"{FILE}: 4 violations accepted, as before.\n"


@pytest.mark.usefixtures("project")
def test_a_conflict_is_merged_by_the_driver() -> None:
    git("init", "-q", "-b", "main")
    assert "this clone; .gitattributes names the driver" in run("merge", "--install")
    run("merge", "--install")
    assert Path(".gitattributes").read_text() == f"{FILE} merge=ssot-migrate-baseline\n"
    run("write")
    git("add", ".")
    git("commit", "-q", "-m", "start")
    for branch, names in (("a", ("one", "two", "nine")), ("b", ("two",))):
        git("checkout", "-q", "-b", branch, "main")
        Path("tests/api/test_a.py").write_text(module(*names))
        run("write")
        git("commit", "-q", "-a", "-m", branch)
    git("merge", "-q", "a", "-m", "both")
    assert lines() == ["tests/api/test_a.py  websocket  test_nine", *ALL[1:]]
    assert run("write") == f"{FILE}: 4 violations accepted, as before.\n"


def test_a_branch_may_accept_in_a_file_that_another_renames(project: Project) -> None:
    git("init", "-q", "-b", "main")
    run("write")
    git("add", ".")
    git("commit", "-q", "-m", "start")
    git("checkout", "-q", "-b", "renamed")
    git("mv", "tests/api/test_a.py", "tests/api/test_z.py")
    run("prune")
    git("commit", "-q", "-a", "-m", "rename")
    git("checkout", "-q", "-b", "more", "main")
    project.write("tests/api/test_a.py", module("one", "two", "nine"))
    run("write")
    git("commit", "-q", "-a", "-m", "accept")
    run("merge", "--install")
    git("merge", "-q", "-m", "both", "renamed")
    assert run("show", "--stale").endswith("Nothing is stale.\n")
    assert run("write").endswith("5 violations accepted; 1 file renamed.\n")
    assert lines()[:3] == [
        "tests/api/test_z.py  websocket  test_nine",
        "tests/api/test_z.py  websocket  test_one",
        "tests/api/test_z.py  websocket  test_two",
    ]


def test_versions_that_cannot_be_read_are_merged_as_text(tmp_path: Path) -> None:
    sides = [tmp_path / name for name in ("base", "ours", "theirs")]
    for side, text in zip(sides, ("x", "a.py", "b.py"), strict=True):
        side.write_text(f"{text}\n")
    error = run("merge", *map(str, sides), code=2)
    assert "the merge's BASE:1: an entry is `path" in error
    assert sides[1].read_text() == "<<<<<<< ours\na.py\n=======\nb.py\n>>>>>>> theirs\n"


def test_a_merge_needs_three_files_or_none() -> None:
    for wrong in ((), ("a", "b"), ("a", "b", "c", "--install")):
        assert "give the files BASE, OURS and THEIRS" in run("merge", *wrong, code=2)


def test_a_driver_needs_a_checkout(project: Project) -> None:
    (project.folder / ".gitattributes").write_text("*.png binary")
    assert "error: git config: " in run("merge", "--install", code=2)
    git("init", "-q")
    project.write("pyproject.toml", '[tool.ssot-migrate]\nbaseline = "ci/our baseline.txt"\n')
    run("merge", "--install")
    assert (project.folder / ".gitattributes").read_text() == (
        '*.png binary\n"our baseline.txt" merge=ssot-migrate-baseline\n'
    )
    assert git("check-attr", "merge", "ci/our baseline.txt").endswith("ssot-migrate-baseline\n")


def test_what_cannot_be_read_is_told_with_the_counts(project: Project) -> None:
    run("write")
    project.write("tests/test_b.py", module("three") + "def broken(:\n")
    told = run("show", "--stale", code=2)
    assert "error: tests/test_b.py: line" in told
    assert told.startswith(f"{FILE}: 4 violations accepted")
    assert "error: nowhere: does not exist" in run("show", "nowhere", code=2)


@pytest.mark.usefixtures("project")
def test_a_part_is_shown_without_what_the_whole_began_with() -> None:
    run("write")
    for part in (["tests/api"], ["."], ["--select", "agent"], ["--ignore", "websocket"]):
        for stale in ([], ["--stale"]):
            number = {"tests/api": 2, ".": 4}.get(part[0], 0)
            whole = "; it began with 4" if number == 4 else ""
            first = run("show", *part, *stale).splitlines()[0]
            assert first == f"{FILE}: {number} violations accepted{whole}."


def test_the_baselines_of_projects_are_shown_apart(project: Project) -> None:
    other = project.folder / "other"
    other.mkdir()
    Project(other).write("tests/test_c.py", module("five"))
    run("write", "-q")
    assert run("show", "-q").splitlines() == [
        f"{FILE}: 4 violations accepted; it began with 4.",
        "",
        f"other/{FILE}: 1 violation accepted; it began with 1.",
    ]


def test_a_project_without_any_file_left_is_looked_at_whole(project: Project) -> None:
    run("write")
    for name in ("tests/api/test_a.py", "tests/test_b.py"):
        (project.folder / name).unlink()
    for factory in project.folder.rglob("*.py"):
        factory.unlink()
    run("prune", "--select", "agent")
    assert lines() == ALL
    assert run("prune").startswith(f"Wrote {FILE}: 0 violations accepted; 4 gone.\n")
    assert lines() == []
