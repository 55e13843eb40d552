"""``undo``, and what ``apply`` keeps for it."""

import errno
import os
import re
import shlex
from pathlib import Path

import pytest

from ssot_migrate.cli.journaling import command_line, undo_command
from ssot_migrate.disk import cache, lock
from ssot_migrate.disk.journal import Journal
from ssot_migrate.settings.resolver import find
from tests.cli.conftest import AFTER, BEFORE, Run

CACHE = ".ssot_migrate_cache"


@pytest.fixture
def applied(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the project after a run of ``ssot-migrate apply tests``."""
    monkeypatch.setattr("sys.argv", ["/bin/ssot-migrate", "apply", "tests"])
    assert run("apply", "tests").code == 0
    return project


def run_id(project: Path) -> str:
    return Journal(project / CACHE, project).entries()[-1].id


def test_a_run_is_undone(run: Run, applied: Path) -> None:
    result = run("undo")
    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(
        rf"tests/test_a\.py: restored\nUndid run {run_id(applied)} \(`ssot-migrate apply tests`,"
        r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\): 1 file restored\.\n",
        result.out,
    )
    assert (applied / "tests/test_a.py").read_bytes() == BEFORE


def test_a_quiet_undo(run: Run, applied: Path) -> None:
    assert re.fullmatch(r"Undid run .*: 1 file restored\.\n", run("undo", "-q").out)
    assert (applied / "tests/test_a.py").read_bytes() == BEFORE


def test_a_second_undo_has_nothing_to_do(run: Run, applied: Path) -> None:
    first = run_id(applied)
    run("undo")
    shows = "`ssot-migrate undo --list` shows what is recorded"
    assert run("undo").err == f"error: nothing to undo; {shows}\n"
    result = run("undo", first[:5])
    assert (result.code, result.err) == (2, f"error: run {first} is undone already; {shows}\n")
    assert run("undo", "zz").err == f"error: no run zz; {shows}\n"


def test_what_changed_since_is_named(run: Run, applied: Path) -> None:
    (applied / "tests/test_a.py").write_bytes(b"mine\n")
    result = run("undo")
    assert result.code == 2
    assert result.out == "Nothing was restored.\n"
    assert " applied " in run("undo", "--list").out
    again = f"ssot-migrate undo {run_id(applied)} --force"
    assert result.err == (
        "error: tests/test_a.py: was changed since; left alone\n"
        f"`{again}` restores it all the same; what is there now is kept as a run of its own.\n"
    )
    assert (applied / "tests/test_a.py").read_bytes() == b"mine\n"
    result = run(*shlex.split(again)[1:])
    assert result.code == 0
    assert (applied / "tests/test_a.py").read_bytes() == BEFORE
    kept = Journal(applied / CACHE, applied).entries()[-1].group
    back = f"ssot-migrate undo {kept}"
    assert result.err == (
        f"warning: tests/test_a.py had been changed since; `{back}` brings that back\n"
    )
    assert " (what it replaced)" in run("undo", "--list").out
    assert run("undo").err.startswith("error: nothing to undo")
    assert run(*shlex.split(back)[1:]).err == ""
    assert (applied / "tests/test_a.py").read_bytes() == b"mine\n"


def test_a_part_is_undone(run: Run, project: Path) -> None:
    (project / "tests/test_b.py").write_bytes(BEFORE)
    run("apply")
    (project / "tests/test_b.py").unlink()
    result = run("undo")
    assert result.code == 2
    assert re.search(r"^Undid part of run .*: 1 file restored\.$", result.out, re.MULTILINE)
    assert "error: tests/test_b.py: was removed since; left alone\n" in result.err
    assert " partly undone " in run("undo", "--list").out
    assert run("undo", "--force").code == 0
    assert (project / "tests/test_b.py").read_bytes() == BEFORE


def test_what_is_as_before_is_counted(run: Run, applied: Path) -> None:
    (applied / "tests/test_a.py").write_bytes(BEFORE)
    result = run("undo")
    assert result.code == 0
    assert result.out.endswith(": 0 files restored, 1 as before already.\n")


def test_the_list(run: Run, applied: Path) -> None:
    first = run_id(applied)
    run("undo")
    run("apply")
    heading, *rows = run("undo", "--list").out.splitlines()
    cells = [re.split(" {2,}", row) for row in (heading, *rows)]
    assert cells[0] == ["run", "time", "state", "files", "changes", "command"]
    assert [[row[0], *row[2:]] for row in cells[1:]] == [
        [run_id(applied), "applied", "1", "1", "ssot-migrate apply tests"],
        [first, "undone", "1", "1", "ssot-migrate apply tests"],
    ]


def test_an_empty_list_makes_no_folder(run: Run, project: Path) -> None:
    assert run("undo", "--list").out == "No run is recorded.\n"
    assert run("undo").code == 2
    assert not (project / CACHE).exists()


def test_the_batches_of_a_run_stand_below_it(run: Run, project: Path) -> None:
    from tests.journaling import Journaled

    journaled = Journaled(project, {"b.py": b"b"})
    journaled.journal = Journal(project / CACHE, project)
    first = journaled.apply({"b.py": b"1", "tests/test_a.py": b"1"}, "group")
    second = journaled.apply({"b.py": b"2"}, "group")
    assert run("undo", second).code == 0
    rows = [re.split(" {2,}", row.strip()) for row in run("undo", "--list").out.splitlines()[1:]]
    assert [[row[0], *row[2:]] for row in rows] == [
        ["group", "partly undone", "2", "3", "test"],
        [second, "undone", "1", "1", "test"],
        [first, "applied", "2", "2", "test"],
    ]
    journaled.record({"b.py": b"3"}, "group")
    assert "interrupted" in run("undo", "--list").out.splitlines()[1]
    assert run("undo").code == 0
    assert journaled.contents["b.py"] == b"b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--list", "--force"], "--list undoes nothing", id="list and force"),
        pytest.param(["--list", "abc"], "--list undoes nothing", id="list and a run"),
        pytest.param(["--project", "nowhere"], "--project nowhere: no such folder", id="project"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], message: str) -> None:
    result = run("undo", *arguments)
    assert result.code == 2
    assert result.err.startswith(f"error: {message}")


# which journal


def test_a_project_below(run: Run, project: Path) -> None:
    (project / "tests/pyproject.toml").write_text("[tool.ssot-migrate]\n")
    told = run("apply", "tests").out.splitlines()[-1]
    command = "ssot-migrate undo --project tests"
    assert told == f"`{command}` brings the files back as they were."
    assert run("undo").err.startswith("error: nothing to undo")
    assert run(*shlex.split(command)[1:]).code == 0
    assert (project / "tests/test_a.py").read_bytes() == BEFORE


def test_a_configuration_given_by_name(run: Run, project: Path) -> None:
    (project / "own config.toml").write_text('[tool.ssot-migrate]\ncache-dir = "kept"\n')
    told = run("apply", "--config", "own config.toml").out.splitlines()[-1]
    command = "ssot-migrate undo --config 'own config.toml'"
    assert told == f"`{command}` brings the files back as they were."
    assert run(*shlex.split(command)[1:]).code == 0
    assert (project / "tests/test_a.py").read_bytes() == BEFORE


def test_from_a_folder_of_the_project(
    run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (applied / "pyproject.toml").write_text("[tool.ssot-migrate]\n")
    monkeypatch.chdir(applied / "tests")
    assert undo_command(find(applied)) == "ssot-migrate undo"
    assert run("undo").out.startswith("test_a.py: restored\n")


def test_the_command_is_as_a_shell_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/ssot-migrate", "apply", "my tests"])
    assert command_line() == "ssot-migrate apply 'my tests'"


# without a journal


def test_nothing_is_kept(run: Run, project: Path) -> None:
    result = run("apply", "--no-journal")
    assert result.out == "tests/test_a.py: 1 websocket\nChanged 1 file, 1 mock.\n"
    assert (project / "tests/test_a.py").read_bytes() == AFTER
    assert not (project / CACHE).exists()


def test_nor_where_nothing_changes(run: Run, project: Path) -> None:
    run("apply", "tests/test_b.py")
    assert not (project / CACHE).exists()


def test_without_room_for_the_journal_nothing_is_written(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.os, "fsync", full)
    result = run("apply")
    assert result.code == 2
    assert result.err == (
        f"error: {project / CACHE / 'journal'}: the journal cannot be written (No space left on"
        " device), so nothing else was; `--no-journal` goes without it, and without `undo`\n"
    )
    assert (project / "tests/test_a.py").read_bytes() == BEFORE


def test_a_second_run_at_once(run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    (applied / "tests/test_a.py").write_bytes(BEFORE)
    with Journal(applied / CACHE, applied).lock("ssot-migrate migrate"):
        for command in ("apply", "undo"):
            result = run(command)
            assert result.code == 2
            assert result.err.startswith(
                "error: another run is at work in this project: process"
                f" {os.getpid()}, `ssot-migrate migrate`, since "
            )
    assert (applied / "tests/test_a.py").read_bytes() == BEFORE
