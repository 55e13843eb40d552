"""Taking back what runs have written."""

import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.disk.journal import Entry, Journal, JournalError, State, digest, new_id
from ssot_migrate.disk.undo import Fate, Outcome, undo
from ssot_migrate.disk.write import write
from ssot_migrate.model import Change, Failure, Stage, UserError
from tests.journaling import Journaled

START = {"a.py": b"a0", "tests/b.py": b"b0"}
AFTER = {"a.py": b"a1", "tests/b.py": b"b1"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder: Path) -> Journaled:
    return Journaled(folder, START)


def undone(journal: Journal, run: str | None = None, *, force: bool = False) -> list[Outcome]:
    with journal.lock("test"):
        return undo(journal, journal.find(run), "undo", force=force)


def states(journal: Journal) -> list[State]:
    return [entry.state for entry in journal.entries()]


def test_everything_is_restored(project: Journaled) -> None:
    (project.folder / "a.py").chmod(0o750)
    project.apply(AFTER)
    assert project.contents == AFTER
    assert undone(project.journal) == [
        Outcome("a.py", Fate.RESTORED),
        Outcome("tests/b.py", Fate.RESTORED),
    ]
    assert project.contents == START
    assert stat.S_IMODE((project.folder / "a.py").stat().st_mode) == 0o750
    assert states(project.journal) == [State.UNDONE]


def test_a_run_that_was_killed_between_two_files(project: Journaled) -> None:
    project.record(AFTER)
    (change,) = project.changes({"a.py": b"a1"})
    assert write(change) is None
    assert [outcome.fate for outcome in undone(project.journal)] == [Fate.RESTORED, Fate.KEPT]
    assert project.contents == START


def test_what_killed_runs_leave_beside_files_is_swept(project: Journaled) -> None:
    project.record({"tests/b.py": b"b1"})
    left = project.folder / "tests/.ssot-migrate-x7.tmp"
    others = [project.folder / ".ssot-migrate-x7.tmp", project.folder / "tests/x.tmp"]
    for path in (left, *others):
        path.touch()
    undone(project.journal)
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_what_changed_since_is_left_alone(project: Journaled) -> None:
    run = project.apply(AFTER)
    (project.folder / "a.py").write_bytes(b"mine")
    assert undone(project.journal) == [
        Outcome("a.py", Fate.LEFT, "was changed since"),
        Outcome("tests/b.py", Fate.RESTORED),
    ]
    assert project.contents == {"a.py": b"mine", "tests/b.py": b"b0"}
    assert states(project.journal) == [State.PARTLY]
    assert [entry.id for entry in project.journal.find(None)] == [run]
    undone(project.journal, force=True)
    assert project.contents == START
    assert states(project.journal)[0] is State.UNDONE


def test_what_force_replaces_can_be_brought_back(project: Journaled) -> None:
    first = project.apply(AFTER)
    (project.folder / "a.py").write_bytes(b"mine")
    forced, other = undone(project.journal, force=True)
    assert other == Outcome("tests/b.py", Fate.RESTORED)
    assert forced == Outcome("a.py", Fate.RESTORED, replaced=project.journal.entries()[-1].group)
    assert project.journal.entries()[-1].command == "undo (what it replaced)"
    assert project.contents == START
    # Neither of the two is the last run: that is taken back already.
    with pytest.raises(UserError, match="nothing to undo"):
        project.journal.find(None)
    with pytest.raises(UserError, match=f"run {first} is undone already"):
        project.journal.find(first)
    assert undone(project.journal, forced.replaced) == [Outcome("a.py", Fate.RESTORED)]
    assert project.contents == START | {"a.py": b"mine"}


def test_what_force_replaced_is_not_the_last_run(project: Journaled) -> None:
    first = project.apply({"tests/b.py": b"b1"})
    project.apply({"a.py": b"a1"})
    (project.folder / "a.py").write_bytes(b"mine")
    undone(project.journal, force=True)
    assert [entry.id for entry in project.journal.find(None)] == [first]


def test_what_force_replaces_in_several_batches_comes_back_as_it_was(project: Journaled) -> None:
    """One batch left what somebody changed before the next one wrote it."""
    group = new_id()
    project.apply({"a.py": b"a1"}, group)
    (project.folder / "a.py").write_bytes(b"between")
    project.apply({"a.py": b"a2"}, group)
    (project.folder / "a.py").write_bytes(b"mine")
    (outcome,) = undone(project.journal, force=True)
    assert project.contents == START
    before, last = (e for e in project.journal.entries() if e.group == outcome.replaced)
    undone(project.journal, last.id)
    assert project.contents["a.py"] == b"between"
    undone(project.journal, before.id)
    assert project.contents["a.py"] == b"mine"


def test_what_force_replaces_is_on_disk_before(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill: the file still holds it, or the journal has it."""
    project.apply(AFTER)
    (project.folder / "a.py").write_bytes(b"mine")

    def killed(_: Change) -> Failure:
        raise KeyboardInterrupt

    monkeypatch.setattr("ssot_migrate.disk.undo.write", killed)
    with pytest.raises(KeyboardInterrupt):
        undone(project.journal, force=True)
    monkeypatch.undo()
    monkeypatch.chdir(project.folder)
    kept = project.journal.entries()[-1]
    assert [kept.before(file) for file in kept.files] == [b"mine"]
    undone(project.journal, force=True)
    assert project.contents == START


def test_what_force_cannot_replace_is_not_kept(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = project.apply(AFTER)
    (project.folder / "a.py").write_bytes(b"mine")
    monkeypatch.setattr(
        "ssot_migrate.disk.undo.write", lambda change: Failure(change.path, Stage.WRITE, "no")
    )
    assert undone(project.journal, force=True)[0] == Outcome("a.py", Fate.LEFT, "no")
    assert [entry.id for entry in project.journal.entries()] == [run]


def test_force_forgets_no_run_that_it_still_needs(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssot_migrate.disk.journal.MOST_RUNS", 2)
    first = project.apply({"a.py": b"a1"})
    second = project.apply({"tests/b.py": b"b1"})
    (project.folder / "a.py").write_bytes(b"mine")
    undone(project.journal, first, force=True)
    assert [entry.id for entry in project.journal.entries()][:2] == [first, second]


def test_what_was_removed_comes_back_only_by_force(project: Journaled) -> None:
    (project.folder / "tests/b.py").chmod(0o600)
    project.apply(AFTER)
    shutil.rmtree(project.folder / "tests")
    assert undone(project.journal)[1] == Outcome("tests/b.py", Fate.LEFT, "was removed since")
    assert not (project.folder / "tests").exists()
    undone(project.journal, force=True)
    assert project.contents == START
    assert stat.S_IMODE((project.folder / "tests/b.py").stat().st_mode) == 0o600


def test_what_cannot_be_put_back_is_told(project: Journaled) -> None:
    project.apply(AFTER)
    for name in ("a.py", "tests/b.py"):
        (project.folder / name).unlink()
    (project.folder / "a.py").mkdir()
    (project.folder / "tests").rmdir()
    (project.folder / "tests").write_text("a file")
    first, second = undone(project.journal, force=True)
    # The reason is the system's: Windows gives another one for a folder.
    assert (first.path, first.fate) == ("a.py", Fate.LEFT)
    assert first.reason.startswith("cannot be read (")
    assert (second.path, second.fate) == ("tests/b.py", Fate.LEFT)
    assert second.reason.startswith("cannot be written (")
    assert (project.folder / "tests").read_text() == "a file"


def test_a_later_run_is_named(project: Journaled) -> None:
    first = project.apply(AFTER)
    second = project.apply({"a.py": b"a2"})
    told = Outcome("a.py", Fate.LEFT, f"was changed by run {second} since; undo that first")
    assert undone(project.journal, first)[0] == told
    undone(project.journal, second)
    undone(project.journal, first)
    assert project.contents == START


def test_a_later_run_that_is_undone_is_not(project: Journaled) -> None:
    first = project.apply(AFTER)
    project.apply({"a.py": b"a2"})
    undone(project.journal)
    (project.folder / "a.py").write_bytes(b"a2")
    assert undone(project.journal, first)[0] == Outcome("a.py", Fate.LEFT, "was changed since")


def test_batches_are_undone_the_last_one_first(project: Journaled) -> None:
    group = new_id()
    project.apply(AFTER, group)
    project.apply({"a.py": b"a2"}, group)
    assert [outcome.fate for outcome in undone(project.journal)] == [Fate.RESTORED] * 2
    assert project.contents == START
    assert states(project.journal) == [State.UNDONE] * 2


def test_batches_may_be_given_in_any_order(project: Journaled) -> None:
    group = new_id()
    project.apply(AFTER, group)
    project.apply({"a.py": b"a2"}, group)
    with project.journal.lock("test"):
        undo(project.journal, project.journal.entries(), "undo", force=False)
    assert project.contents == START


def test_a_file_that_several_batches_leave_alone_is_told_once(project: Journaled) -> None:
    group = new_id()
    project.apply(AFTER, group)
    project.apply({"a.py": b"a2"}, group)
    (project.folder / "a.py").write_bytes(b"mine")
    outcomes = undone(project.journal)
    assert [(one.path, one.fate) for one in outcomes] == [
        ("a.py", Fate.LEFT),
        ("tests/b.py", Fate.RESTORED),
    ]
    undone(project.journal, force=True)
    assert project.contents == START


def test_a_journal_that_cannot_say_so_has_undone_it_all_the_same(
    project: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.apply(AFTER)
    mark = Journal.mark

    def refuse(journal: Journal, entry: Entry, state: State) -> None:
        if state is State.UNDONE:
            raise JournalError("full")
        mark(journal, entry, state)

    monkeypatch.setattr(Journal, "mark", refuse)
    assert [outcome.fate for outcome in undone(project.journal)] == [Fate.RESTORED] * 2
    assert project.contents == START
    assert [outcome.fate for outcome in undone(project.journal)] == [Fate.KEPT] * 2


def test_a_project_that_moved(project: Journaled, folder: Path) -> None:
    project.apply(AFTER)
    moved = folder.with_name(f"{folder.name}-moved")
    folder.rename(moved)
    folder.mkdir()  # The next test wants to be somewhere.
    undone(Journal(moved / ".cache", moved))
    assert (moved / "tests/b.py").read_bytes() == b"b0"
    shutil.rmtree(moved)


# properties

NAMES = ("a.py", "b/c.py", "b/d.py")
CONTENTS = st.sampled_from([b"0", b"1", b"2", b"3\r\n", b"\xff"])
EDITS = st.dictionaries(st.sampled_from(NAMES), CONTENTS, min_size=1)
#: Who does it, and what files hold then; ``None`` removes one, which a run does not do.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["run", "killed run", "somebody"]),
        st.dictionaries(st.sampled_from(NAMES), st.none() | CONTENTS, min_size=1),
    ),
    max_size=6,
)


def edited(project: Journaled, edits: dict[str, bytes | None]) -> None:
    for name, data in edits.items():
        path = project.folder / name
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(data)


@settings(max_examples=25)
@given(EDITS, st.lists(EDITS, max_size=5))
def test_undoing_all_runs_gives_the_start(
    first: dict[str, bytes], more: list[dict[str, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        project = Journaled(Path(name).resolve(), dict.fromkeys(NAMES, b"start"))
        before = []
        for after in [first, *more]:
            before.append(project.contents)
            project.apply(after)
        for contents in reversed(before):
            undone(project.journal)
            assert project.contents == contents


@settings(max_examples=50)
@given(STEPS)
def test_no_edit_of_others_is_lost_and_force_restores(
    steps: list[tuple[str, dict[str, bytes | None]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        project = Journaled(Path(name).resolve(), dict.fromkeys(NAMES, b"start"))
        project.apply({"a.py": b"first"})
        for who, edits in steps:
            there = {n: data for n, data in edits.items() if n in project.contents and data}
            if who == "somebody":
                edited(project, edits)
            elif there:
                (project.apply if who == "run" else project.record)(there)
        check_undone(project, project.journal.find(None))


def check_undone(project: Journaled, entries: list[Entry]) -> None:
    """Undo a run: only what it left and nobody touched is written; by force, all is restored."""
    (entry,) = entries
    held = project.contents
    known = {file.location: entry.before(file) for file in entry.files}
    written = {file.location: file.after for file in entry.files}
    outcomes = {
        Path(one.path).relative_to(project.folder).as_posix(): one
        for one in undone(project.journal)
    }
    assert outcomes.keys() == known.keys()
    restored = {name for name, one in outcomes.items() if one.fate is Fate.RESTORED}
    kept = {name for name, one in outcomes.items() if one.fate is Fate.KEPT}
    assert project.contents == held | {name: known[name] for name in restored}
    assert all(digest(held[name]) == written[name] for name in restored)
    assert all(held[name] == known[name] for name in kept)
    left = outcomes.keys() - restored - kept
    forced = undone(project.journal, entry.id, force=True) if left else []
    assert project.contents == held | known
    assert entry.id in {e.id for e in project.journal.entries() if e.state is State.UNDONE}
    for run in {one.replaced for one in forced if one.replaced}:
        undone(project.journal, run)
    assert project.contents == held | known | {name: held[name] for name in left if name in held}
