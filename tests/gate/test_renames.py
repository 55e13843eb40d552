"""Files followed by what git knows."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ssot_migrate.gate.renames import renamed

BASELINE = "baseline.txt"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder of a checkout, with its baseline and four files committed."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "x")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "x@example.org")
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    for name in "abcd":
        lines = [f"{name}{number}\n" for number in range(20)]
        (root / f"tests/{name}.py").write_text("".join(lines))
    git(tmp_path, "init", "-q", "-b", "main")
    (root / BASELINE).touch()
    commit(root)
    return root


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "some")


def move(root: Path, old: str, new: str) -> None:
    (root / new).parent.mkdir(parents=True, exist_ok=True)
    git(root, "mv", old, new)


def found(root: Path, *missing: str) -> dict[str, str]:
    return renamed(root, root / BASELINE, missing)


def test_what_is_not_committed_is_followed(root: Path) -> None:
    move(root, "tests/a.py", "tests/ü b [1].py")
    (root / "tests/ü b [1].py").write_bytes((root / "tests/ü b [1].py").read_bytes() + b"more\n")
    (root / "tests/b.py").unlink()
    assert found(root, "tests/a.py", "tests/b.py", "tests/never.py") == {
        "tests/a.py": "tests/ü b [1].py"
    }


def test_commits_are_followed_from_name_to_name(root: Path) -> None:
    move(root, "tests/a.py", "tests/a2.py")
    move(root, "tests/b.py", "tests/b2.py")
    commit(root)
    move(root, "tests/a2.py", "tests/sub/a3.py")
    git(root, "rm", "-q", "tests/b2.py", "tests/c.py")
    commit(root)
    move(root, "tests/sub/a3.py", "a4.py")
    assert found(root, "tests/a.py", "tests/b.py", "tests/c.py") == {"tests/a.py": "a4.py"}


def test_the_last_file_of_a_name_counts(root: Path) -> None:
    move(root, "tests/a.py", "tests/old.py")
    commit(root)
    (root / "tests/a.py").write_text("".join(f"other{number}\n" for number in range(20)))
    commit(root)
    move(root, "tests/a.py", "tests/new.py")
    commit(root)
    assert found(root, "tests/a.py") == {"tests/a.py": "tests/new.py"}


def test_names_that_were_exchanged_are_no_circle(root: Path) -> None:
    move(root, "tests/a.py", "tests/x.py")
    commit(root)
    move(root, "tests/x.py", "tests/a.py")
    commit(root)
    git(root, "rm", "-q", "tests/a.py")
    commit(root)
    assert found(root, "tests/a.py", "tests/x.py") == {}


def test_a_branch_that_was_merged_is_followed(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "branch")
    (root / "tests/e.py").write_text("".join(f"e{number}\n" for number in range(20)))
    commit(root)
    move(root, "tests/e.py", "tests/f.py")
    commit(root)
    git(root, "checkout", "-q", "main")
    (root / "tests/g.py").touch()
    commit(root)
    git(root, "merge", "-q", "-m", "both", "branch")
    assert found(root, "tests/e.py") == {"tests/e.py": "tests/f.py"}


def test_what_came_before_the_baseline_is_not_asked_for(root: Path) -> None:
    move(root, "tests/a.py", "tests/a2.py")
    commit(root)
    (root / "late.txt").touch()
    move(root, "tests/b.py", "tests/b2.py")
    commit(root)
    late = renamed(root, root / "late.txt", ["tests/a.py", "tests/b.py"])
    assert late == {"tests/b.py": "tests/b2.py"}
    assert renamed(root, root / "uncommitted.txt", ["tests/a.py"]) == {}


def test_a_file_that_left_the_project_is_gone(root: Path) -> None:
    move(root, "tests/a.py", "../elsewhere.py")
    commit(root)
    assert found(root, "tests/a.py") == {}


def test_without_git_nothing_is_known(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move(root, "tests/a.py", "tests/a2.py")
    with monkeypatch.context() as without:
        without.setenv("PATH", str(root))
        assert found(root, "tests/a.py") == {}
    shutil.rmtree(
        next(place for place in (root, *root.parents) if (place / ".git").exists()) / ".git"
    )
    assert found(root, "tests/a.py") == {}


def test_names_that_no_file_can_have_are_gone(root: Path) -> None:
    assert found(root, "\ud800.py", "a\nb.py", "a\0b.py", "tests") == {}


def test_nobody_is_asked_where_nothing_is_missing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.run", None)
    assert found(root) == {}
