"""The guide of the gate: its commands, run one after the other, print what it shows."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ssot_migrate.cli import app
from tests.support import ROOT, SAMPLES

pytestmark = pytest.mark.usefixtures("unmeasured")

GUIDE = (ROOT / "docs/gate.md").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
#: A file that somebody writes, or a session: commands, each with what it prints.
_STEP = re.compile(
    r"`(?P<file>\S+)`:\n\n```\w*\n(?P<content>.*?)^```|^```console\n(?P<session>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXAMPLES = _EXAMPLE.findall(GUIDE)
HOOKS, WORKFLOW, MATRIX, PIPELINE = map(yaml.safe_load, EXAMPLES)
#: The examples for services, each with the name of its published schema.
SERVICES = ("github-workflows", "github-workflows", "gitlab-ci")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The samples in a git checkout."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (folder / ".gitignore").write_text("__pycache__/\n")
    for command in ("init --quiet", "add .", "commit --quiet -m start"):
        assert run(f"git {command}", folder).returncode == 0
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell, as somebody who has this tool installed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    who = {"NAME": "Ada", "EMAIL": "ada@example.org"}
    known = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        # Under CI pytest prints a summary of another length.
        env={
            **os.environ,
            **known,
            "CI": "",
            "COLUMNS": "200",
            "PATH": path,
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def bare(text: str) -> str:
    """Leave out blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_each_command_prints_what_the_guide_shows(project: Path) -> None:
    for step in _STEP.finditer(GUIDE):
        if step["file"]:
            (project / step["file"]).write_text(step["content"])
        for command, printed in _COMMAND.findall(step["session"] or ""):
            done = run(command, project)
            expected = re.escape(bare(printed)).replace("…", r"[\s\S]*")
            assert re.fullmatch(expected, bare(done.stdout)), f"$ {command}\n{done.stdout}"
            assert done.returncode == fails(printed), f"$ {command}\n{done.stdout}"


def fails(printed: str) -> int:
    """Say with which exit code a command ends that prints this."""
    return int(bool(re.search(r"^(Found \d+ new|FAILED |1 failed)", printed, re.MULTILINE)))


#: Commands in running text that need nothing but the samples.
MENTIONED = sorted(set(re.findall(r"`(ssot-migrate [^`]*)`", GUIDE)))


@pytest.mark.parametrize("command", MENTIONED)
def test_a_command_in_the_text_is_one(command: str) -> None:
    # Options that there are not end it before the help.
    done = CliRunner().invoke(app, [*shlex.split(command)[1:], "--help"])
    assert done.exit_code == 0, done.output


def test_each_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", GUIDE)
    assert links
    assert not [link for link in links if not (ROOT / "docs" / link).is_file()]


@pytest.mark.parametrize(("schema", "example"), [*zip(SERVICES, EXAMPLES[1:], strict=True)])
def test_an_example_is_what_its_service_takes(schema: str, example: str, tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(example)
    options = ["--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    *_, step = WORKFLOW["jobs"]["gate"]["steps"]
    assert step["with"].keys() <= ACTION["inputs"].keys()


def test_the_guide_lists_the_inputs_of_the_action() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", GUIDE, re.MULTILINE))
    defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
    assert (
        rows.items()
        >= {name: f"`{default}`" if default else "" for name, default in defaults.items()}.items()
    )


def test_the_hooks_of_the_guide_are_there() -> None:
    there = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (repository,) = HOOKS["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in there}


def test_the_pipeline_writes_the_report_that_it_keeps(project: Path) -> None:
    job = PIPELINE["ssot-migrate"]
    (command,) = [line for line in job["script"] if line.startswith("ssot-migrate ")]
    assert run(command, project).returncode == 1
    assert (project / job["artifacts"]["reports"]["junit"]).read_text().startswith("<?xml")


def test_the_matrix_comes_to_what_one_run_comes_to(project: Path) -> None:
    jobs = MATRIX["jobs"]
    (check,) = [step["run"] for step in jobs["shard"]["steps"] if " check " in step.get("run", "")]
    numbers = jobs["shard"]["strategy"]["matrix"]["number"]
    for number in numbers:
        done = run(check.replace("${{ matrix.number }}", str(number)), project)
        assert done.returncode == 0, done.stdout
        (upload,) = [s["with"] for s in jobs["shard"]["steps"] if "upload" in s.get("uses", "")]
        assert (project / upload["path"].replace("${{ matrix.number }}", str(number))).is_file()
    assert len(numbers) == 4
    merge = jobs["gate"]["steps"][-1]["run"]
    whole = run("ssot-migrate check --output-format json --output-file whole.json", project)
    assert run(merge, project).returncode == whole.returncode == 1
    assert (project / "result.json").read_bytes() == (project / "whole.json").read_bytes()
