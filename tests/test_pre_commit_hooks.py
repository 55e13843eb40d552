"""The hooks for pre-commit: what their entries do with the files of a commit."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT, Project

pytestmark = pytest.mark.usefixtures("unmeasured")

HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}
CHECK, APPLY = "ssot-migrate-check", "ssot-migrate-apply"
SAFE = """
    from unittest.mock import AsyncMock, MagicMock

    def test_it():
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock()
        assert mock_ws
"""
#: As above, and with a fix that is not safe.
UNSAFE = SAFE.replace("mock_ws = MagicMock()", "mock_ws = AsyncMock()")
CLEAN = "def test_it():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in a git checkout."""
    made = Project(tmp_path)
    made.write("tests/test_safe.py", SAFE)
    made.write("tests/test_unsafe.py", UNSAFE)
    made.write("tests/test_clean.py", CLEAN)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return made


def run(project: Project, hook: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: its entry, its arguments, and the files of the commit."""
    program, *options = [*shlex.split(HOOKS[hook]["entry"]), *HOOKS[hook].get("args", ())]
    assert program == "ssot-migrate"
    return subprocess.run(
        [sys.executable, "-m", "ssot_migrate", *options, *files],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_hook_takes_what_pre_commit_gives() -> None:
    assert set(HOOKS) == {CHECK, APPLY}
    for hook in HOOKS.values():
        # The rest is pre-commit's default: files are given by name, at every stage.
        assert set(hook) <= {
            *"id name description entry args language types require_serial".split()
        }
        # One process: fixtures and helpers are judged by all files of the commit together.
        assert (hook["language"], hook["types"], hook["require_serial"]) == (
            "python",
            ["python"],
            True,
        )


def test_check_fails_on_what_is_new_in_the_files_of_the_commit(project: Project) -> None:
    done = run(project, CHECK, "tests/test_clean.py", "tests/test_safe.py")
    assert done.returncode == 1
    assert "tests/test_safe.py:4" in done.stdout
    assert "test_unsafe" not in done.stdout
    assert run(project, CHECK, "tests/test_clean.py").returncode == 0


def test_check_lets_pass_what_the_baseline_holds(project: Project) -> None:
    write = [sys.executable, "-m", "ssot_migrate", "baseline", "write"]
    subprocess.run(write, cwd=project.folder, check=True, capture_output=True)
    assert run(project, CHECK, "tests/test_safe.py", "tests/test_unsafe.py").returncode == 0
    project.write("tests/test_clean.py", SAFE)
    assert run(project, CHECK, "tests/test_safe.py", "tests/test_clean.py").returncode == 1


@pytest.mark.parametrize("hook", HOOKS)
def test_a_file_that_cannot_be_read_is_no_pass(project: Project, hook: str) -> None:
    project.write("tests/test_broken.py", "mock = Mock(\n")
    done = run(project, hook, "tests/test_broken.py")
    assert (done.returncode, "test_broken.py: line " in done.stderr) == (2, True)


@pytest.mark.parametrize("hook", HOOKS)
def test_exclusions_hold_for_files_given_by_name(project: Project, hook: str) -> None:
    (project.folder / "pyproject.toml").write_text('[tool.ssot-migrate]\nexclude = ["tests"]\n')
    assert run(project, hook, "tests/test_safe.py").returncode == 0


def test_apply_makes_safe_fixes_and_tells_it_by_its_exit_code(project: Project) -> None:
    unsafe = project.folder / "tests/test_unsafe.py"
    before = unsafe.read_bytes()
    files = ("tests/test_safe.py", "tests/test_unsafe.py")
    # Whatever the project's own runs do: a commit is no place for a trial, or for unsafe fixes.
    (project.folder / "pyproject.toml").write_text(
        '[tool.ssot-migrate]\nunsafe-fixes = true\ntrial = "false {files}"\n'
    )
    assert run(project, APPLY, *files).returncode == 1
    assert "create_websocket_mock" in (project.folder / "tests/test_safe.py").read_text()
    assert unsafe.read_bytes() == before
    assert run(project, APPLY, *files).returncode == 0
