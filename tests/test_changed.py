"""Which lines count as changed since a revision, and what is said where git cannot tell."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.gate.changed import Changes, Hunk, since
from ssot_migrate.model import SourceFile, UserError
from tests.gating import Checkout, git, project
from tests.report.reports import violation

__all__ = ["project"]

#: How much each old line of a file is worth: kept, deleted, replaced, and new ones before it.
EDITS = st.lists(
    st.tuples(st.sampled_from(["keep", "delete", "replace"]), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    return folder


def edited(edits: Sequence[tuple[str, int]], name: str) -> tuple[list[str], list[str]]:
    """Give the lines of a file before and after; no two are equal."""
    old, new = [], []
    for number, (what, before) in enumerate(edits):
        line = f"{name} line {number}"
        old.append(line)
        new += [f"{name} new {number}.{n}" for n in range(before)]
        new += {"keep": [line], "delete": [], "replace": [f"++ b/{name} {number}"]}[what]
    return old, new


def touched(old: Sequence[str], new: Sequence[str], block: Sequence[int]) -> bool:
    """Say naively whether a block, given by line numbers of the new file, was changed."""
    if any(new[line - 1] not in old for line in block):
        return True
    for above in range(min(block), max(block)):
        pair = new[above - 1 : above + 1]
        # Two lines that were there, and are next to each other only now.
        known = all(line in old for line in pair)
        if known and old.index(pair[1]) - old.index(pair[0]) > 1 and {above, above + 1} & {*block}:
            return True
    return False


@settings(max_examples=40)
@given(st.lists(EDITS, min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"]), st.data())
def test_a_block_is_changed_as_its_lines_are(
    repository: Path, files: list[list[tuple[str, int]]], newline: str, data: st.DataObject
) -> None:
    contents = {f"file {n} ü.py": edited(edits, f"f{n}") for n, edits in enumerate(files)}

    def write(side: int) -> None:
        for name, lines in contents.items():
            text = "".join(line + newline for line in lines[side])
            (repository / name).write_bytes(text.encode())

    write(0)
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "--allow-empty", "-m", "before")
    write(1)
    changes = since("HEAD", repository)
    for name, (old, new) in contents.items():
        if not new:
            continue
        numbers = st.integers(1, len(new))
        block = sorted(data.draw(st.sets(numbers, min_size=1), label=f"block in {name}"))
        file = SourceFile.of(str(repository / name), name)
        found = replace(violation(name, block[0]), lines=tuple((line, line) for line in block))
        assert changes.touch(file, found) is touched(old, new, block)


def hunks(changes: Changes) -> dict[str, list[tuple[int, int | None]]]:
    """Give the changed stretches of each file, by its name."""
    return {
        Path(place).name: [(hunk.line, hunk.count) for hunk in found]
        for place, found in changes.hunks.items()
    }


def test_staged_unstaged_untracked_and_committed_count(project: Checkout) -> None:
    for name in ("staged", "unstaged", "committed", "untouched"):
        project.write(f"{name}.py", "a = 1\nb = 2\n")
    start = project.commit()
    project.write("committed.py", "a = 1\nb = 3\n")
    project.commit()
    project.write("staged.py", "a = 1\nb = 2\nc = 3\n")
    git(project.folder, "add", "staged.py")
    project.write("unstaged.py", "a = 0\nb = 2\n")
    project.write("new/untracked.py", "a = 1\n")
    project.write(".gitignore", "ignored.py\n")
    project.write("ignored.py", "a = 1\n")
    changed = {"staged.py": [(3, 1)], "unstaged.py": [(1, 1)], "untracked.py": [(1, None)]}
    assert hunks(since("HEAD", project.folder)) == changed
    changed["committed.py"] = [(2, 1)]
    assert hunks(since(start, project.folder / "tests")) == changed
    changed["ignored.py"] = [(1, None)]
    assert hunks(since(start[:10], project.folder, ignored=True)) == changed


def test_a_renamed_file_counts_by_its_lines(project: Checkout) -> None:
    project.write("old.py", "".join(f"a{n} = {n}\n" for n in range(20)))
    project.write("same.py", "".join(f"b{n} = {n}\n" for n in range(20)))
    project.commit()
    git(project.folder, "mv", "old.py", "new.py")
    git(project.folder, "mv", "same.py", "moved.py")
    with (project.folder / "new.py").open("a") as file:
        file.write("more = 1\n")
    assert hunks(since("HEAD", project.folder)) == {"new.py": [(21, 1)]}


def test_a_branch_is_compared_with_where_it_began(project: Checkout) -> None:
    """What main got since then is not the branch's: its lines look new there, and are old."""
    project.write("a.py", "a = 1\n")
    project.write("b.py", "b = 1\n")
    project.commit()
    git(project.folder, "checkout", "-q", "-b", "branch")
    project.write("b.py", "b = 1\nc = 2\n")
    project.commit()
    git(project.folder, "checkout", "-q", "main")
    project.write("a.py", "a = 2\n")
    project.commit()
    git(project.folder, "checkout", "-q", "branch")
    assert hunks(since("main", project.folder)) == {"b.py": [(2, 1)]}


def test_what_is_gone_or_a_link_is_not_looked_at(project: Checkout) -> None:
    project.write("gone.py", "a = 1\n")
    project.write("kept.py", "a = 1\n")
    project.commit()
    (project.folder / "gone.py").unlink()
    (project.folder / "link.py").symlink_to("kept.py")
    (project.folder / "staged_link.py").symlink_to("kept.py")
    git(project.folder, "add", "staged_link.py")
    assert hunks(since("HEAD", project.folder)) == {}


def test_submodules_are_left_out(project: Checkout, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Checkout(tmp_path / "other")
    other.write("there.py", "a = 1\n")
    other.commit()
    url = (tmp_path / "other").as_uri()
    git(project.folder, "-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "sub")
    project.commit()
    project.write("sub/there.py", "a = 2\n")
    project.write("sub/new.py", "a = 2\n")
    assert hunks(since("HEAD", project.folder)) == {}
    assert hunks(since("HEAD", project.folder / "sub")) == {
        "there.py": [(1, 1)],
        "new.py": [(1, None)],
    }


def test_names_that_git_quotes(project: Checkout) -> None:
    names = ['t"äb\\ \n.py', "ünder.py", "a b.py"]
    for name in names:
        project.write(name, "a = 1\n")
    project.commit()
    for name in names:
        project.write(name, "a = 2\n")
    git(project.folder, "config", "core.quotePath", "false")
    assert hunks(since("HEAD", project.folder)) == {name: [(1, 1)] for name in names}


def test_no_setting_of_the_users_matters(
    project: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(f"a{n} = {n}\n" for n in range(30))
    project.write("a.py", text)
    project.write(".gitattributes", "*.py -diff\n")
    project.commit()
    project.write("a.py", text.replace("a9 =", "b9 =").replace("a12 =", "b12 ="))
    settings = {
        "color.diff": "always",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": "false",
        "diff.interHunkContext": "9",
        "diff.context": "9",
        "diff.relative": "true",
        "diff.submodule": "log",
    }
    for key, value in settings.items():
        git(project.folder, "config", key, value)
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=9")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    assert hunks(since("HEAD", project.folder / "tests")) == {"a.py": [(10, 1), (13, 1)]}


def test_the_hook_of_a_second_working_tree(
    project: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells its hooks there where the repository is, and not where the tree begins."""
    project.write("tests/a.py", "a = 1\nb = 2\n")
    project.commit()
    git(project.folder, "worktree", "add", "-q", str(tmp_path / "second"))
    (tmp_path / "second/tests/a.py").write_text("a = 1\nb = 3\n")
    monkeypatch.setenv("GIT_DIR", str(project.folder / ".git/worktrees/second"))
    assert hunks(since("HEAD", tmp_path / "second/tests")) == {"a.py": [(2, 1)]}
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "second"))
    assert hunks(since("HEAD", tmp_path / "second/tests")) == {"a.py": [(2, 1)]}


def test_lines_that_git_counts_otherwise_make_a_file_new(project: Checkout) -> None:
    project.write("a.py", b"a = 1\rb = 2\nc = 3\n")
    project.write("b.py", b"a = 1\r\nb = 2\r\nc = 3\r\n")
    project.commit()
    project.write("a.py", b"a = 1\rb = 2\nc = 4\n")
    project.write("b.py", b"a = 1\r\nb = 2\r\nc = 4\r\n")
    assert hunks(since("HEAD", project.folder)) == {"a.py": [(1, None)], "b.py": [(3, 1)]}


def test_a_file_that_cannot_be_read_counts(
    project: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_bytes(_: Path) -> bytes:
        raise PermissionError

    project.write("a.py", "a = 1\n")
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert hunks(since("HEAD", project.folder)) == {"a.py": [(1, None)]}


def test_files_without_an_end_of_line(project: Checkout) -> None:
    project.write("a.py", b"a = 1\nb = 1")
    project.write("b.py", b"a = 1\nb = 1")
    project.commit()
    project.write("a.py", b"a = 1\nb = 2")
    project.write("b.py", b"a = 2\nb = 1")
    assert hunks(since("HEAD", project.folder)) == {"a.py": [(2, 1)], "b.py": [(1, 1)]}


def test_a_suppression_that_goes_changes_what_it_accepted(project: Checkout) -> None:
    suppression = "# ssot-migrate: ignore[websocket] x"
    project.write("alone.py", f"a = 1\n{suppression}\nws = Mock()\nb = 1\n")
    project.write("other.py", f"a = 1\n{suppression}\nws = Mock()\nb = 1\n")
    project.write("behind.py", f"a = 1\nws = Mock()  {suppression}\nb = 1\n")
    project.write("whole.py", "a = 1\nws = Mock()\n#ssot-migrate:ignore-file[agent] x\n")
    project.write("neither.py", "# ssot-migrate: ignored\na = 1\n")
    project.commit()
    project.write("alone.py", "a = 1\nws = Mock()\nb = 1\n")
    project.write("other.py", "a = 1\n# it was a suppression\nws = Mock()\nb = 1\n")
    project.write("behind.py", "a = 1\nws = Mock()\nb = 1\n")
    project.write("whole.py", "a = 1\nws = Mock()\n")
    project.write("neither.py", "a = 1\n")
    assert hunks(since("HEAD", project.folder)) == {
        "alone.py": [(2, 1)],
        "other.py": [(2, 2)],
        "behind.py": [(2, 1)],
        "whole.py": [(1, None)],
        "neither.py": [(0, 0)],
    }


def test_the_lines_of_a_conflict_count(project: Checkout) -> None:
    project.write("a.py", "a = 1\n")
    project.commit()
    git(project.folder, "checkout", "-q", "-b", "branch")
    project.write("a.py", "a = 2\n")
    project.commit()
    git(project.folder, "checkout", "-q", "main")
    project.write("a.py", "a = 3\n")
    project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        git(project.folder, "merge", "branch")
    assert hunks(since("HEAD", project.folder)) == {"a.py": [(1, 1), (3, 3)]}


def error(revision: str, folder: Path) -> str:
    with pytest.raises(UserError) as raised:
        since(revision, folder)
    return str(raised.value)


@pytest.mark.parametrize("revision", ["", "-x", "a..b", "main..."])
def test_one_revision_is_needed(project: Checkout, revision: str) -> None:
    assert error(revision, project.folder) == (
        f"--changed-since `{revision}`: give one revision, a commit, a branch or a tag"
    )


def test_an_unknown_revision(project: Checkout, tmp_path: Path) -> None:
    told = "no such revision here; check the spelling, or `git fetch` it"
    assert error("nope", project.folder) == f"--changed-since `nope`: {told}"
    assert error("origin/x", project.folder) == f"--changed-since `origin/x`: {told}"
    git(tmp_path, "clone", "-q", str(project.folder), "clone")
    assert error("origin/a/b", tmp_path / "clone") == (
        "--changed-since `origin/a/b`: no such revision here;"
        " `git fetch origin a/b:refs/remotes/origin/a/b` brings it"
    )


def test_a_shallow_clone_says_how_to_fetch(project: Checkout, tmp_path: Path) -> None:
    start = git(project.folder, "rev-parse", "HEAD")
    project.write("a.py", "a = 1\n")
    project.commit()
    git(project.folder, "checkout", "-q", "-b", "branch")
    project.write("b.py", "b = 1\n")
    project.commit()
    clone = tmp_path / "clone"
    url = project.folder.as_uri()
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=branch", url, "clone")
    advice = "this clone is shallow: `git fetch --unshallow"
    assert error(start, clone) == (
        f"--changed-since `{start}`: no such revision here; {advice}` brings what it lacks"
    )
    command = "git fetch --unshallow origin main:refs/remotes/origin/main"
    assert f"`{command}` brings" in error("origin/main", clone)
    # Known, and nobody knows where the branch left it.
    git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert f"nothing in common with HEAD (exit code 1); {advice}" in error("origin/main", clone)
    git(clone, "fetch", "-q", *command.split()[2:])
    assert hunks(since("origin/main", clone)) == {"b.py": [(1, 1)]}


def test_histories_without_a_common_commit(project: Checkout) -> None:
    git(project.folder, "checkout", "-q", "--orphan", "apart")
    project.write("a.py", "a = 1\n")
    project.commit()
    assert error("main", project.folder) == (
        "--changed-since `main`: nothing in common with HEAD (exit code 1)"
    )


def test_without_a_checkout_or_git(
    tmp_path: Path, project: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "apart").mkdir()
    assert error("HEAD", tmp_path / "apart/gone").startswith(
        "--changed-since needs a git checkout: fatal: not a git repository"
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert error("HEAD", project.folder) == (
        "--changed-since needs a git checkout: git cannot be run (No such file or directory)"
    )


def test_a_deletion_counts_between_lines_of_the_block() -> None:
    deleted = Hunk(4, 0)
    assert deleted.touches(frozenset({4, 5}))
    assert deleted.touches(frozenset({4, 7}))
    assert deleted.touches(frozenset({2, 5}))
    assert not deleted.touches(frozenset({3, 6}))
    assert not deleted.touches(frozenset({3, 4}))
    assert not deleted.touches(frozenset({5, 6}))
