"""Commits in a real checkout."""

import subprocess
from pathlib import Path

import pytest

from ssot_migrate.cli.checkout import GitError, check_commits, commit, head
from ssot_migrate.model import UserError


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two committed files, and nothing of the machine's own settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    folder = tmp_path / "repository"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests/a.py").write_text("a = 1\n", "utf-8")
    (folder / "tests/b [x].py").write_text("b = 1\n", "utf-8")
    git(folder, "init", "-q")
    git(folder, "config", "user.name", "x")
    git(folder, "config", "user.email", "x@example.org")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "start")
    return folder


def hook(folder: Path, script: str) -> None:
    file = folder / ".git/hooks/pre-commit"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)


def refusal(folder: Path, *files: str) -> str:
    with pytest.raises(UserError) as caught:
        check_commits(folder, files)
    return str(caught.value)


def test_a_commit_holds_its_files_alone(repository: Path) -> None:
    a, b = repository / "tests/a.py", repository / "tests/b [x].py"
    a.write_text("a = 2\n", "utf-8")
    b.write_text("b = 2\n", "utf-8")
    done = commit(repository, [str(b)], "# One\n\nAnd {more}: ü")
    assert done.hooked == ()
    assert git(repository, "show", "--format=%B", "--name-only").splitlines() == [
        *("# One", "", "And {more}: ü", "", "", "tests/b [x].py")
    ]
    assert done.id == head(repository) == git(repository, "rev-parse", "--short", "HEAD").strip()
    assert git(repository, "status", "--porcelain").splitlines() == [" M tests/a.py"]


def test_a_clean_tree_can_be_committed(repository: Path) -> None:
    (repository / "notes.txt").touch()
    check_commits(repository, [str(repository / "tests/a.py")])


def test_a_dirty_tree_is_refused_by_name(repository: Path) -> None:
    for number in range(7):
        (repository / f"f{number}").touch()
    git(repository, "add", ".")
    (repository / "tests/a.py").write_text("a = 2\n", "utf-8")
    assert refusal(repository) == (
        "`--commit` needs a clean git tree; commit or stash f0, f1, f2, f3, f4 and 3 more"
    )


def test_a_file_that_git_does_not_know_is_refused(repository: Path) -> None:
    new = repository / "tests/new.py"
    new.touch()
    assert refusal(repository, str(new)).endswith("commit or stash tests/new.py")


def test_outside_a_checkout(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith(
        "`--commit` needs a git checkout: git rev-parse: fatal: not a git repository"
    )


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/dev/null")
    assert refusal(repository).startswith("`--commit` needs a git checkout: git cannot be run (")


def test_nobody_is_asked_who_they_are_later(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL", "")
    for key in ("user.name", "user.email"):
        git(repository, "config", "--unset", key)
    git(repository, "config", "user.useConfigOnly", "true")
    said = refusal(repository)
    assert said.startswith("git var: ")
    assert said.endswith("; set user.name and user.email")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("command", "what"),
    [("merge", "a merge"), ("rebase", "a rebase"), ("cherry-pick", "a cherry-pick")],
)
def test_in_the_middle_of_something(repository: Path, command: str, what: str) -> None:
    start = git(repository, "branch", "--show-current").strip()
    git(repository, "checkout", "-q", "-b", "other")
    (repository / "tests/a.py").write_text("a = 2\n", "utf-8")
    git(repository, "commit", "-q", "-am", "other")
    git(repository, "checkout", "-q", start)
    (repository / "tests/a.py").write_text("a = 3\n", "utf-8")
    git(repository, "commit", "-q", "-am", "own")
    subprocess.run(["git", "-C", repository, command, "other"], check=False, capture_output=True)
    assert refusal(repository) == f"{repository}: {what} is under way; finish it before `--commit`"


def test_a_hook_that_refuses(repository: Path) -> None:
    hook(repository, 'echo "checking"; echo "no mocks on Sundays" >&2; exit 1')
    (repository / "tests/a.py").write_text("a = 2\n", "utf-8")
    before = head(repository)
    with pytest.raises(GitError, match=r"^git commit: no mocks on Sundays$"):
        commit(repository, [str(repository / "tests/a.py")], "one")
    assert head(repository) == before


def test_a_hook_that_says_nothing(repository: Path) -> None:
    hook(repository, "exit 1")
    (repository / "tests/a.py").write_text("a = 2\n", "utf-8")
    with pytest.raises(GitError) as caught:
        commit(repository, [str(repository / "tests/a.py")], "one")
    said = "git commit: it ended with exit code 1 and without a word; a hook may have refused"
    assert str(caught.value) == said


def test_a_hook_that_formats_is_given_a_second_try(repository: Path) -> None:
    hook(
        repository,
        'grep -q formatted tests/a.py || { echo "# formatted" >> tests/a.py; exit 1; }',
    )
    a, b = repository / "tests/a.py", repository / "tests/b [x].py"
    for file in (a, b):
        file.write_text("a = 2\n", "utf-8")
    assert commit(repository, [str(a), str(b)], "one").hooked == (str(a),)
    assert git(repository, "show", "HEAD:tests/a.py") == "a = 2\n# formatted\n"
    assert git(repository, "status", "--porcelain") == ""


def test_a_checkout_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert head(tmp_path) is None
