"""``cache``, and the options of the commands that use it."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ssot_migrate import __version__
from ssot_migrate.cli import app
from ssot_migrate.disk import results
from tests.support import SAMPLES, Project

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run the command line in a project with one file of mocks."""
    project = Project(tmp_path)
    project.write("tests/test_it.py", (SAMPLES / "tests/test_connections.py").read_bytes())
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_scan_is_remembered_shown_and_forgotten(invoke: Invoke, tmp_path: Path) -> None:
    first = invoke("scan", "-v")
    assert first.stderr == "cache: 0 of 4 files known from earlier runs, and not read\n"
    os.utime(tmp_path / "tests/test_it.py", (0, 0))  # Known by its content alone.
    assert invoke("scan", "-v").stdout == first.stdout
    journal = tmp_path / ".ssot_migrate_cache/journal/entry"
    journal.parent.mkdir()
    journal.write_text("what undo needs")
    (kept,) = results.kept(tmp_path / ".ssot_migrate_cache")
    os.utime(kept.path, (0, 0))
    shown = invoke("cache", "info").output.splitlines()
    assert shown[0].startswith(".ssot_migrate_cache: results of 1 kind of run, ")
    # The test, the factory and its two packages.
    assert shown[-1].split()[2:4] == [__version__, "4"]
    assert shown[-1].split()[-1] == "."
    document = json.loads(invoke("cache", "info", "--output-format", "json").output)
    assert document["folder"] == str(tmp_path / ".ssot_migrate_cache")
    (run,) = document["runs"]
    assert run == {
        "last_used": run["last_used"],
        "version": __version__,
        "files": 4,
        "bytes": kept.size,
        "folder": str(tmp_path),
    }
    assert invoke("cache", "clear").output.endswith(" of results removed.\n")
    assert journal.exists()
    assert invoke("cache", "clear").output == ".ssot_migrate_cache: no results.\n"
    assert invoke("cache", "info").output.startswith(
        ".ssot_migrate_cache: results of 0 kinds of run, 0 bytes."
    )
    again = invoke("scan", "-v")
    assert (again.stdout, again.stderr) == (first.stdout, first.stderr)


def test_what_came_from_the_cache_is_said_where_it_is_asked_for(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda now=time.time_ns: now() + hour)
    invoke("scan")
    assert (
        invoke("scan", "-v").stderr == "cache: 4 of 4 files known from earlier runs, and not read\n"
    )
    assert invoke("scan").stderr == ""
    assert "cache:" not in invoke("scan", "-v", "--no-cache").output


@pytest.mark.parametrize("command", ["scan", "check"])
def test_a_cache_that_cannot_be_written_is_said_where_it_is_asked_for(
    invoke: Invoke, tmp_path: Path, command: str
) -> None:
    (tmp_path / ".ssot_migrate_cache").write_text("no folder")
    (told,) = (line for line in invoke(command, "-v").stderr.splitlines() if "kept" in line)
    advice = "look at its permissions and the room on its disk, or take --cache-dir"
    assert told == f"cache: nothing could be kept in .ssot_migrate_cache; {advice}"
    assert "cache" not in invoke(command).stderr


def test_what_is_more_than_the_cache_takes_is_not_kept(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_BYTES", 100)
    assert "nothing could be kept in .ssot_migrate_cache" in invoke("scan", "-v").stderr
    assert results.kept(tmp_path / ".ssot_migrate_cache") == []


def test_what_no_run_of_ours_wrote_has_no_folder(invoke: Invoke, tmp_path: Path) -> None:
    results.write(tmp_path / ".ssot_migrate_cache", "a/a", b"odd")
    assert invoke("cache", "info").output.splitlines()[-1].split()[2:] == "? 0 19 bytes ?".split()


def test_no_cache(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("scan", "--no-cache").exit_code == 0
    assert not (tmp_path / ".ssot_migrate_cache").exists()


def test_another_folder(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("scan", "--cache-dir", "elsewhere/deep").exit_code == 0
    assert not (tmp_path / ".ssot_migrate_cache").exists()
    assert len(results.kept(tmp_path / "elsewhere/deep")) == 1
    told = invoke("cache", "info", "--cache-dir", "elsewhere/deep").output
    assert told.startswith("elsewhere/deep: results of 1 kind of run, ")
    assert invoke("cache", "clear", "--cache-dir", "elsewhere/deep").exit_code == 0
    assert results.kept(tmp_path / "elsewhere/deep") == []


def test_the_cache_of_another_project(invoke: Invoke, tmp_path: Path) -> None:
    invoke("scan", ".")
    (tmp_path / "tests/inner").mkdir()
    (tmp_path / "tests/inner/pyproject.toml").write_text("[tool.ssot-migrate]\n")
    told = invoke("cache", "info", "--project", "tests/inner").output
    assert told.startswith("tests/inner/.ssot_migrate_cache: results of 0 kinds of run")
    told = invoke("cache", "info", "--project", "tests").output
    assert told.startswith(".ssot_migrate_cache: results of 1 kind of run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    {
        "the root": (
            ("scan", "--cache-dir", "."),
            "--cache-dir must be a folder of its own, not ",
        ),
        "no folder": (("cache", "info", "--project", "gone"), "--project gone: is no folder"),
        "not where files change": (("apply", "--no-cache"), "No such option: --no-cache"),
    }.values(),
)
def test_mistakes(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_cache_that_cannot_be_cleared(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("scan")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", denied)
    result = invoke("cache", "clear")
    assert result.exit_code == 2
    assert result.stderr.endswith(".ssot_migrate_cache: cannot be cleared (Permission denied)\n")


def test_sizes_are_written_for_people(invoke: Invoke, tmp_path: Path) -> None:
    sizes = {"a": 17, "b": 4_321, "c": 5_678_901}
    for name, size in sizes.items():
        results.write(tmp_path / ".ssot_migrate_cache", f"{name}/x", bytes(size - 16))
    told = invoke("cache", "info").output
    assert all(written in told for written in ("17 bytes", "4.3 kB", "5.7 MB"))
