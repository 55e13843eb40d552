"""What commands print does not depend on the processes: neither on their number nor on their fates."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssot_migrate.assessing.assess import Assessment
from ssot_migrate.cli import app
from ssot_migrate.code.module import Module
from ssot_migrate.executing import pool as pools
from ssot_migrate.executing import worker_process
from ssot_migrate.executing.worker_process import WorkerProcess
from ssot_migrate.finding.draft import Rules
from ssot_migrate.worker import process
from tests.support import SAMPLES

COMMANDS = [
    "scan --no-cache --output-format json",
    "scan --no-cache --statistics --verbose",
    "check --no-cache --output-format jsonl",
    "diff --unsafe-fixes",
]


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a copy of the samples, with more copies of its tests and files that cannot be read."""
    monkeypatch.setattr(pools, "_POOL_BYTES", 0)
    monkeypatch.setattr(pools, "_BATCH_BYTES", 10_000)
    folder = tmp_path / "suite"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for number in range(2):
        shutil.copytree(folder / "tests", folder / f"tests/copy{number}", ignore=_copies)
    (folder / "tests/test_broken.py").write_text("from unittest.mock import Mock\nx = Mock(\n")
    (folder / "tests/test_deep.py").write_text(f"import mock\nx = mock.Mock({'1+' * 20_000}1)\n")
    monkeypatch.chdir(folder)
    return folder


def _copies(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("copy")]


@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize("command", COMMANDS)
def test_any_number_of_processes_prints_the_same(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[WorkerProcess] = []

    class Counted(WorkerProcess):
        def __init__(self, start_method: str | None = None) -> None:
            super().__init__(start_method)
            started.append(self)

    monkeypatch.setattr(worker_process, "WorkerProcess", Counted)
    alone = CliRunner().invoke(app, [*command.split(), "-j1"], catch_exceptions=False)
    assert started == []
    assert alone.exit_code == 2  # Two files cannot be processed.
    assert "copy1/conftest.py" in alone.stdout
    for jobs in (2, 5):
        shared = CliRunner().invoke(app, [*command.split(), f"-j{jobs}"], catch_exceptions=False)
        assert len(started) >= jobs
        assert (shared.exit_code, shared.stdout_bytes) == (2, alone.stdout_bytes)
        assert shared.stderr_bytes == alone.stderr_bytes
        started.clear()


@pytest.mark.usefixtures("suite")
def test_a_command_tells_of_a_file_that_hangs_and_does_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [*"scan --no-cache --output-format json -j2".split()]
    violations = json.loads(CliRunner().invoke(app, command).stdout)["violations"]
    assess = process.assess

    def hanging(module: Module, rules: Rules) -> Assessment:
        while module.path == "tests/conftest.py":
            pass
        return assess(module, rules)

    monkeypatch.setattr(worker_process, "SECONDS", 2)
    monkeypatch.setattr(process, "assess", hanging)
    result = CliRunner().invoke(app, command)
    told = json.loads(result.stdout)
    hung = [each for each in told["failures"] if each["path"] == "tests/conftest.py"]
    assert "took more than 2 s" in hung[0]["message"]
    assert result.exit_code == 2
    # What it offers to the other files is not known, so nothing more is said of them than where.
    others = {(v["path"], v["line"]) for v in violations if v["path"] != "tests/conftest.py"}
    assert {(v["path"], v["line"]) for v in told["violations"]} == others
