"""``apply --trial``: what is written is what the project's own tests pass."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

from ssot_migrate.cli import app
from ssot_migrate.disk.journal import Journal
from tests.support import ROOT, Project

pytestmark = pytest.mark.usefixtures("unmeasured")

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider {{files}}"
GOOD = """
    from unittest.mock import MagicMock


    def test_a_user():
        mock_ws = MagicMock()
        mock_ws.user_id = "u1"
        assert mock_ws.user_id == "u1"
"""
#: A product is a MagicMock: what neither the test nor the factory sets cannot be awaited.
MIXED = """
    import asyncio
    from unittest.mock import AsyncMock


    def test_an_answer():
        mock_ws = AsyncMock()
        mock_ws.answer.return_value = 1
        assert asyncio.run(mock_ws.answer()) == 1


    def test_a_session():
        mock_ws = AsyncMock()
        mock_ws.user_id = "u2"
        assert mock_ws.user_id == "u2"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.write("tests/test_good.py", GOOD)
    project.write("tests/test_mixed.py", MIXED)
    return project


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def contents(project: Project) -> dict[str, str]:
    return {path.name: path.read_text() for path in (project.folder / "tests").glob("*.py")}


def check_that_one_is_taken_back(project: Project, result: Result) -> None:
    assert result.exit_code == 0, result.stderr
    after = contents(project)
    assert 'create_websocket_mock(user_id="u1")' in after["test_good.py"]
    assert 'create_websocket_mock(user_id="u2")' in after["test_mixed.py"]
    assert "mock_ws.answer.return_value = 1" in after["test_mixed.py"]
    assert "1 of 3 fixes taken back, 1 unsafe fix confirmed" in result.stdout
    assert (
        "tests/test_mixed.py::test_an_answer: ValueError: a coroutine was expected" in result.stdout
    )
    assert "taken back: the trial's tests fail with it" in result.stdout


@pytest.mark.parametrize("place", ["--in-copy", "--in-place"])
def test_the_fix_that_breaks_a_test_is_taken_back(project: Project, place: str) -> None:
    before = contents(project)
    result = run("apply", "--unsafe-fixes", "--trial", PYTEST, place)
    check_that_one_is_taken_back(project, result)
    assert len(Journal.of(project.config()).entries()) == 1
    assert run("undo").exit_code == 0
    assert contents(project) == before


def test_the_configured_trial_runs_unless_it_is_not_wanted(project: Project) -> None:
    settings = f"[tool.ssot-migrate]\nunsafe-fixes = true\ntrial = '{PYTEST}'\n"
    (project.folder / "pyproject.toml").write_text(settings)
    result = run("apply", "--no-trial")
    assert "trial:" not in result.stdout
    assert "mock_ws.answer.return_value" in contents(project)["test_mixed.py"]
    assert contents(project)["test_mixed.py"].count("create_websocket_mock(") == 2
    assert run("undo").exit_code == 0
    check_that_one_is_taken_back(project, run("apply"))


def test_a_folder_has_its_own_command(project: Project) -> None:
    settings = f"""
        [tool.ssot-migrate]
        unsafe-fixes = true
        trial = '{sys.executable} -c "raise SystemExit(1)"'

        [[tool.ssot-migrate.overrides]]
        path = "test_mixed.py"
        trial = '{PYTEST}'

        [[tool.ssot-migrate.overrides]]
        path = "test_good.py"
        trial = ""
    """
    project.write("pyproject.toml", settings)
    result = run("apply")
    assert result.exit_code == 0, result.stderr
    assert "1 of 2 fixes taken back" in result.stdout
    assert 'create_websocket_mock(user_id="u1")' in contents(project)["test_good.py"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--trial", "no-such-program {files}"), "no-such-program"),
        (("--trial", "pytest {files} | tee log"), "sh -c"),
        (("--trial", f"{sys.executable} -c 'raise SystemExit(3)'"), "exit code 3"),
        (("--trial", f"{sys.executable} -I -c 'pass'"), "no Python process told"),
        (("--trial", PYTEST, "--no-trial"), "exclude each other"),
        (("--trial", PYTEST, "-"), "--trial tries files"),
    ],
)
def test_a_trial_that_can_say_nothing_writes_nothing(
    project: Project, arguments: tuple[str, ...], told: str
) -> None:
    before = contents(project)
    result = run("apply", *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert told in line
    assert contents(project) == before
    assert "nothing to undo" in run("undo").stderr


@pytest.mark.usefixtures("project")
def test_a_command_without_tests_confirms_no_single_fix() -> None:
    command = f"{sys.executable} -c \"import runpy; runpy.run_path('tests/test_mixed.py')\""
    result = run("apply", "--unsafe-fixes", "--trial", command)
    assert result.exit_code == 0, result.stderr
    assert "trial: the command passes as before; 0 of 3 fixes taken back, 3 not" in result.stdout
    assert "confirmed" not in result.stdout


def test_a_step_beside_the_tests_counts(project: Project) -> None:
    steps = project.write(
        "steps.py",
        f"""
        import subprocess, sys

        subprocess.run([{sys.executable!r}, "-m", "pytest", "-q", "tests/test_good.py"], check=True)
        subprocess.run([{sys.executable!r}, "-c", "import test_mixed as t; t.test_an_answer()"],
                       cwd="tests", check=True)
        """,
    )
    factory = "import sys; sys.path.insert(0, '..')\n"
    project.write("tests/test_mixed.py", factory + dedent(MIXED))
    result = run("apply", "--unsafe-fixes", "--trial", f"{sys.executable} {steps.name}")
    assert result.exit_code == 0, result.stderr
    assert "the command: exit code 1, though its tests pass" in result.stdout
    assert "mock_ws = AsyncMock()\n    mock_ws.answer" in contents(project)["test_mixed.py"]


def test_a_factory_that_the_tests_cannot_import_is_not_the_fixes_fault(project: Project) -> None:
    """The project's own one lies where the tool looks for modules, and pytest does not."""
    (project.folder / "test_framework").rename(project.folder / "lib")
    (project.folder / "conftest.py").unlink(missing_ok=True)
    project.write("src/test_framework/__init__.py", "")
    (project.folder / "lib/ssot").rename(project.folder / "src/test_framework/ssot")
    before = contents(project)
    result = run("apply", "--trial", PYTEST)
    assert result.exit_code == 2
    assert "cannot import the factory test_framework.ssot.mock_factory" in result.stderr
    assert "No module named 'test_framework'" in result.stderr
    assert contents(project) == before


def test_old_outputs_are_forgotten(project: Project) -> None:
    outputs = project.folder / ".ssot_migrate_cache/trials"
    for number in range(25):
        (outputs / f"20200101-0000{number:02}-aaaa").mkdir(parents=True)
    assert run("apply", "--trial", PYTEST, "tests/test_good.py").exit_code == 0
    kept = sorted(path.name for path in outputs.iterdir())
    assert len(kept) == 20
    assert kept[0] == "20200101-000006-aaaa"
    assert {path.name for path in (outputs / kept[-1]).iterdir()} == {"0001.txt", "0002.txt"}


#: Ends the process that runs the trial, in the execution that has the changes.
KILLER = """
    import os, pathlib, signal

    if "create_websocket_mock(" in pathlib.Path("tests/test_good.py").read_text():
        os.kill(os.getppid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_trial_in_place_that_is_killed_is_undone(project: Project) -> None:
    project.write("killer.py", KILLER)
    before = contents(project)
    command = [sys.executable, "-m", "ssot_migrate", "apply", "--unsafe-fixes", "--in-place"]
    done = subprocess.run(
        [*command, "--trial", f"{sys.executable} killer.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    tried = contents(project)
    assert tried != before
    for again in (("apply",), ("migrate",)):
        refused = run(*again)
        assert refused.exit_code == 2
        assert "in the middle of a trial in place" in refused.stderr
        assert contents(project) == tried
    assert run("undo").exit_code == 0
    assert contents(project) == before
