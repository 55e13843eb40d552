"""The GitHub Action: its steps, run by bash as GitHub would, with the installation left out."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT, Project

pytestmark = pytest.mark.usefixtures("unmeasured")

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
DIRTY = """
    from unittest.mock import AsyncMock, MagicMock

    def test_it():
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock()
        assert mock_ws
"""
CLEAN = "def test_it():\n    pass\n"
#: Published by SchemaStore.
SCHEMA = ("--builtin-schema", "vendor.github-actions")
#: Stands for the runner's Python and for that of the environment: nothing is installed.
PYTHON = f"""#!/bin/bash
echo "$*" >> "$LOG"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  *" pip install "*) ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""


@dataclass
class Runner:
    """Runs the steps of the action in a folder, one after the other."""

    workspace: Path
    #: The runner's own files.
    temp: Path
    inputs: dict[str, str] = field(default_factory=dict)
    #: What each step said by its id, and what the steps printed.
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    stdout: str = ""
    stderr: str = ""
    #: Steps of other actions that were called, with what they were given.
    used: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, **inputs: str) -> int:
        """Run all steps; return the exit code of the first that fails."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= ACTION["inputs"].keys()
        self.inputs = {name: one["default"] for name, one in ACTION["inputs"].items()} | given
        self.temp.mkdir()
        (self.temp / "python").write_text(PYTHON)
        (self.temp / "python").chmod(0o755)
        return next(filter(None, map(self._step, STEPS)), 0)

    def _step(self, step: dict[str, Any]) -> int:
        if "if" in step and not self._holds(step["if"]):
            return 0
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            self.used[action] = {name: self._said(step["with"][name]) for name in step["with"]}
            self.outputs[step.get("id", "")] = {"python-path": str(self.temp / "python")}
            return 0
        return self._script(step)

    def _script(self, step: dict[str, Any]) -> int:
        output = self.temp / f"{STEPS.index(step)}.output"
        output.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.workspace / self._said(step.get("working-directory", ".")),
            env={
                **os.environ,
                **{name: self._said(value) for name, value in step.get("env", {}).items()},
                "GITHUB_ACTION_PATH": "/the action",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                "LOG": str(self.temp / "log"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lines = output.read_text().splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        self.stdout += done.stdout
        self.stderr += done.stderr
        return done.returncode

    def _holds(self, condition: str) -> bool:
        """Evaluate the one kind of condition that there is: something is not empty."""
        left, _, right = condition.partition(" != ")
        assert right == "''"
        return self._value(left) != ""

    def _said(self, text: object) -> str:
        if isinstance(text, bool):
            return str(text).lower()
        return _EXPRESSION.sub(lambda found: self._value(found[1]), str(text))

    def _value(self, name: str) -> str:
        match name.split("."):
            case ["inputs", one]:
                return self.inputs[one]
            case ["steps", step, "outputs", one]:
                return self.outputs[step].get(one, "")
        raise AssertionError(name)

    def said(self, name: str) -> str:
        """Give an output of the action."""
        return self._said(ACTION["outputs"][name]["value"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a violation, in a workspace whose name has a blank."""
    folder = tmp_path / "the workspace"
    folder.mkdir()
    made = Project(folder)
    made.write("tests/test_dirty.py", DIRTY)
    made.write("tests/unit/test_clean.py", CLEAN)
    return made


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    """A runner with the project checked out."""
    return Runner(project.folder, tmp_path / "temp")


def test_the_action_is_what_github_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *SCHEMA, str(ROOT / "action.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_input_becomes_a_part_of_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 3
    assert not [script for script in scripts if "${{" in script]


def test_a_violation_is_annotated_summed_up_and_uploaded(runner: Runner) -> None:
    assert runner.run() == 1
    assert re.search(r"^::error .*file=tests/test_dirty\.py,line=4", runner.stdout, re.MULTILINE)
    assert "websocket" in (runner.temp / "summary.md").read_text()
    document = json.loads(Path(runner.said("sarif-file")).read_text())
    (result,) = document["runs"][0]["results"]
    assert result["ruleId"] == "websocket"
    assert runner.used["github/codeql-action/upload-sarif"] == {
        "sarif_file": runner.said("sarif-file"),
        "category": "ssot-migrate",
    }
    assert runner.said("exit-code") == "1"


def test_nothing_new_passes_and_is_uploaded_too(runner: Runner) -> None:
    assert runner.run(paths="tests/unit") == 0
    assert "::error" not in runner.stdout
    assert json.loads(Path(runner.said("sarif-file")).read_text())["runs"][0]["results"] == []


def test_no_sarif_is_written_where_none_is_wanted(runner: Runner) -> None:
    assert runner.run(sarif="false") == 1
    assert runner.said("sarif-file") == ""
    assert set(runner.used) == {"actions/setup-python"}


def test_a_file_that_cannot_be_read_is_no_pass(runner: Runner, project: Project) -> None:
    project.write("tests/unit/test_broken.py", "mock = Mock(\n")
    assert runner.run(paths="tests/unit") == 2
    assert "test_broken.py" in runner.stdout
    assert runner.said("exit-code") == "2"


def test_a_mistake_is_told_once(runner: Runner) -> None:
    assert runner.run(args="--select websockt") == 2
    assert (runner.stdout + runner.stderr).count("unknown rule `websockt`") == 1


def test_options_and_several_paths_are_taken(runner: Runner, project: Project) -> None:
    shutil.copytree(project.folder / "tests", project.folder / "more")
    assert (
        runner.run(
            paths="tests/unit\nmore", args="--select agent\n --ignore  database", sarif="false"
        )
        == 0
    )
    first = "check --select agent --ignore database --output-format github -- tests/unit more"
    assert first in (runner.temp / "log").read_text()


@pytest.mark.parametrize("name", ["paths", "args", "changed-since", "sarif"])
def test_what_an_input_holds_is_never_run(runner: Runner, name: str) -> None:
    """A branch may be called anything."""
    marker = runner.workspace / "marker"
    value = f"x\"; touch {marker}; `touch {marker}` $(touch {marker}) '${{IFS}}*"
    runner.run(**{name.replace("-", "_"): value.replace(" ", "\t") if name == "args" else value})
    assert not marker.exists()


def test_only_what_changed_is_looked_at(runner: Runner, project: Project) -> None:
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "start"]):
        subprocess.run([*git, *command], cwd=project.folder, check=True)
    assert runner.run(changed_since="HEAD", sarif="false") == 0


def test_a_project_can_be_a_part_of_the_repository(runner: Runner, project: Project) -> None:
    runner.workspace = project.folder.parent
    name = project.folder.name
    assert runner.run(working_directory=name, paths="tests/unit tests", sarif="false") == 1
    assert f"file={name}/tests/test_dirty.py," in runner.stdout


def test_the_action_installs_itself_beside_the_projects_python(runner: Runner) -> None:
    runner.run(sarif="false")
    made, installed, *_ = (runner.temp / "log").read_text().splitlines()
    assert made == f"-m venv {runner.temp}/ssot-migrate"
    assert installed.startswith("-I -m pip install")
    assert installed.endswith(" /the action")
    assert runner.used["actions/setup-python"]["update-environment"] == "false"


def test_nothing_in_the_checkout_is_imported(runner: Runner, project: Project) -> None:
    for name in ("typer", "msgspec", "ssot_migrate"):
        project.write(f"{name}.py", "raise SystemExit('the code under test was run')")
    runner.run(sarif="false")
    assert "was run" not in runner.stdout + runner.stderr
