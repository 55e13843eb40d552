"""What is kept of the runs that write."""

import errno
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ssot_migrate.disk import journal as journal_module
from ssot_migrate.disk.journal import Journal, JournalError, State, new_id, runs
from ssot_migrate.model import UserError
from ssot_migrate.settings.load import load
from tests.journaling import Journaled

A0, A1, A2 = b"a = Mock()\n", b"a = create()\n", b"a = other()\n"


@pytest.fixture
def project(tmp_path: Path) -> Journaled:
    return Journaled(tmp_path, {"tests/a.py": A0, "b.py": b"b\n"})


def test_what_is_recorded(project: Journaled) -> None:
    (project.folder / "tests/a.py").chmod(0o640)
    begun = datetime.now(UTC)
    run = project.record({"tests/a.py": A1, "b.py": b"c\n"})
    (entry,) = project.journal.entries()
    assert (entry.id, entry.group, entry.state) == (run, run, State.INTERRUPTED)
    assert entry.command == "test"
    assert begun <= entry.time <= datetime.now(UTC)
    assert entry.fixes == {"websocket": 2}
    assert [file.location for file in entry.files] == ["tests/a.py", "b.py"]
    assert entry.files[0].mode == 0o640
    assert [entry.before(file) for file in entry.files] == [A0, b"b\n"]


def test_a_run_that_ended(project: Journaled) -> None:
    project.apply({"b.py": A1})
    (entry,) = project.journal.entries()
    assert entry.state is State.APPLIED


def test_what_was_not_written_does_not_belong_to_it(project: Journaled) -> None:
    changes = project.changes({"tests/a.py": A1, "b.py": A1})
    with project.journal.lock("test"):
        project.journal.finish(project.journal.record("test", changes), changes[1:])
    (entry,) = project.journal.entries()
    assert [file.location for file in entry.files] == ["b.py"]


def test_a_file_that_vanishes_meanwhile(project: Journaled) -> None:
    changes = project.changes({"tests/a.py": A1, "b.py": A1})
    (project.folder / "b.py").unlink()
    with project.journal.lock("test"):
        project.journal.record("test", changes)
    (entry,) = project.journal.entries()
    assert [entry.before(file) for file in entry.files] == [A0, b"b\n"]


def test_a_run_that_wrote_nothing_is_forgotten(project: Journaled) -> None:
    with project.journal.lock("test"):
        run = project.journal.record("test", project.changes({"b.py": A1}))
        project.journal.finish(run, [])
    assert project.journal.entries() == []


def test_a_state_that_cannot_be_written_loses_nothing(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = project.record({"b.py": A1})
    monkeypatch.setattr(journal_module, "put", _full)
    project.journal.finish(run, project.changes({"b.py": A1}))
    (entry,) = project.journal.entries()
    assert [file.location for file in entry.files] == ["b.py"]


def test_the_cache_is_no_part_of_the_project(project: Journaled) -> None:
    project.record({"b.py": A1})
    subprocess.run(["git", "init", "-q", str(project.folder)], check=True)
    command = ["git", "-C", str(project.folder), "status", "--porcelain", "-uall"]
    status = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert status == "?? b.py\n?? tests/a.py\n"
    tag = (project.journal.cache / "CACHEDIR.TAG").read_text()
    # The signature that the convention asks for, as the very first bytes.
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_names_that_are_not_text(project: Journaled) -> None:
    name = os.fsdecode(b"\xff.py")
    try:
        (project.folder / name).write_bytes(A0)
    except OSError:
        pytest.skip("the file system has only names that are text")
    project.apply({name: A1})
    (entry,) = project.journal.entries()
    assert project.journal.location(entry.files[0]) == project.folder / name


def test_a_file_outside_the_project_is_found_too(project: Journaled, tmp_path: Path) -> None:
    inner = Journal(tmp_path / "tests/.cache", tmp_path / "tests")
    with inner.lock("test"):
        inner.record("test", project.changes({"tests/a.py": A1, "b.py": A1}))
    (entry,) = inner.entries()
    assert [file.location for file in entry.files] == ["a.py", str(tmp_path / "b.py")]
    assert [inner.location(file) for file in entry.files] == [
        tmp_path / "tests/a.py",
        tmp_path / "b.py",
    ]


def test_a_cache_elsewhere_knows_where_the_files_are(project: Journaled, tmp_path: Path) -> None:
    root = tmp_path / "tests"
    (root / "pyproject.toml").write_text('[tool.ssot-migrate]\ncache-dir = "../cache"\n')
    journal = Journal.of(load(root))
    with journal.lock("test"):
        journal.record("test", project.changes({"tests/a.py": A1}))
    (entry,) = journal.entries()
    assert journal.location(entry.files[0]) == root / "a.py"
    assert entry.files[0].location == str(root / "a.py")


# finding


def test_the_last_run_is_found(project: Journaled) -> None:
    first, second = project.apply({"b.py": A1}), project.apply({"b.py": A2})
    journal = project.journal
    assert [entry.id for entry in journal.find(None)] == [second]
    journal.mark(journal.find(None)[0], State.UNDONE)
    assert [entry.id for entry in journal.find(None)] == [first]
    journal.mark(journal.find(None)[0], State.UNDONE)
    with pytest.raises(UserError, match=r"^nothing to undo; "):
        journal.find(None)
    with pytest.raises(UserError, match=f"^run {second} is undone already; "):
        journal.find(second)


def test_the_batches_of_a_run_are_found_together(project: Journaled) -> None:
    group = new_id()
    first = project.apply({"b.py": A1}, group)
    between = project.apply({"tests/a.py": A1})
    second = project.apply({"b.py": A2}, group)
    journal = project.journal
    assert [entry.id for entry in journal.find(None)] == [second, first]
    assert [entry.id for entry in journal.find(group)] == [second, first]
    assert [entry.id for entry in journal.find(first)] == [first]
    assert [[e.id for e in run] for run in runs(journal.entries())] == [[between], [first, second]]


def test_the_beginning_of_an_id_is_enough(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["abc1", "abd2", "e003"])
    monkeypatch.setattr(journal_module, "new_id", lambda: next(ids))
    for data in (A0, A1, A2):
        project.apply({"b.py": data})
    assert [entry.id for entry in project.journal.find("abd")] == ["abd2"]
    with pytest.raises(UserError, match=r"^several runs begin with ab: abc1, abd2$"):
        project.journal.find("ab")
    with pytest.raises(UserError, match=r"^no run x; `ssot-migrate undo --list` shows"):
        project.journal.find("x")


def test_nothing_is_recorded(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cache", None)
    assert journal.entries() == []
    with pytest.raises(UserError, match=r"^nothing to undo; "):
        journal.find(None)
    assert list(tmp_path.iterdir()) == []


# bounds


def kept(project: Journaled) -> list[str]:
    return [entry.id for entry in project.journal.entries()]


def test_the_oldest_runs_are_forgotten(project: Journaled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MOST_RUNS", 2)
    group = new_id()
    project.apply({"b.py": A0})
    batches = [project.apply({"b.py": data}, group) for data in (A1, A2, A1)]
    assert kept(project)[1:] == batches
    last = project.apply({"b.py": A2})
    assert kept(project) == [*batches, last]
    assert {path.suffix for path in (project.journal.cache / "journal").iterdir()} == {
        *("", ".zip", ".json")
    }
    assert len(list((project.journal.cache / "journal").iterdir())) == 2 * 4 + 1


def test_old_runs_are_forgotten(project: Journaled) -> None:
    for data in (A0, A1):
        project.apply({"b.py": data})
    entries = project.journal.entries()
    month = 31 * 24 * 60 * 60
    for entry in entries:
        recorded = entry.path.stat().st_mtime
        os.utime(entry.path, (recorded - month, recorded - month))
    assert kept(project) == [entry.id for entry in entries]
    last = project.apply({"b.py": A2})
    assert kept(project) == [last]


def test_large_runs_are_forgotten_but_not_the_last(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project.apply({"b.py": A0})
    size = project.journal.entries()[0].path.stat().st_size
    monkeypatch.setattr(journal_module, "LARGEST", 2 * size + size // 2)
    second = project.apply({"b.py": A1})
    assert kept(project) == [first, second]
    third = project.apply({"b.py": A0})
    assert kept(project) == [second, third]
    monkeypatch.setattr(journal_module, "LARGEST", 1)
    fourth = project.apply({"b.py": A1})
    assert kept(project) == [fourth]


# what goes wrong


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk(project: Journaled, monkeypatch: pytest.MonkeyPatch) -> None:
    with project.journal.lock("test"):
        monkeypatch.setattr(os, "fsync", _full)
        with pytest.raises(JournalError) as caught:
            project.journal.record("test", project.changes({"b.py": A1}))
    where = project.journal.cache / "journal"
    message = "the journal cannot be written (No space left on device), so nothing else was"
    assert str(caught.value) == f"{where}: {message}"
    assert project.journal.entries() == []
    assert {path.name for path in where.iterdir()} == {"lock"}


def test_no_folder_can_be_made(project: Journaled) -> None:
    project.journal.cache.write_text("a file")
    with pytest.raises(JournalError, match="cannot be written"), project.journal.lock("test"):
        pytest.fail("there is no lock")


@pytest.mark.parametrize("data", [b"", b"PK", None])
def test_a_broken_entry_is_named(project: Journaled, data: bytes | None) -> None:
    project.apply({"b.py": A1})
    (entry,) = project.journal.entries()
    if data is None:
        entry.path.with_suffix(".json").write_text('{"state": "flying"}')
    else:
        entry.path.write_bytes(data)
    (entry,) = project.journal.entries()
    with pytest.raises(UserError, match=r"zip: cannot be read \(.*\); remove it, its run cannot"):
        _ = entry.files


def test_what_else_lies_there_is_no_entry(project: Journaled) -> None:
    run = project.apply({"b.py": A1})
    (project.journal.cache / "journal/copy of 000001-a-b.zip").touch()
    (project.journal.cache / "journal/half-written").touch()
    assert kept(project) == [run]
