"""The command line as a process: its start, and its end by others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssot_migrate import __version__, cli
from ssot_migrate.cli import ending
from ssot_migrate.cli.ending import ended

ROOT = Path(__file__).parents[2]

# Some results, slowly or many, in place of the pipeline's.
PROGRAM = """
import signal, sys, time, types
# A shell that starts this in the background has it ignore Ctrl-C, and that is inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
import ssot_migrate
from tests.report.reports import SEVERITIES, violation
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import FileResult, Report

class Run(Frozen):
    report: Report
    remembered: None = None
    part: None = None

def start(files, config, request, progress):
    print("started", file=sys.stderr, flush=True)
    if {sleep}:
        time.sleep(30)
    violations = tuple(violation("tests/caf\\udce9.py", line=n + 1) for n in range({number}))
    return Run(Report((FileResult("a.py", violations),), 1, severities=SEVERITIES))

module = types.ModuleType("ssot_migrate.pipeline")
module.start, module.Request, module.known_rules = start, lambda **_: None, lambda _: SEVERITIES
sys.modules["ssot_migrate.pipeline"] = ssot_migrate.pipeline = module
from ssot_migrate.cli import main
main()
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def started(
    folder: Path,
    *arguments: str,
    sleep: bool = False,
    number: int = 1,
    stdout: int = subprocess.PIPE,
    **more: str,
) -> subprocess.Popen[bytes]:
    program = PROGRAM.format(sleep=sleep, number=number)
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment(**more),
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").touch()
    return tmp_path


def test_the_version() -> None:
    command = [sys.executable, "-m", "ssot_migrate", "--version"]
    out = subprocess.run(
        command, env=environment(), check=True, capture_output=True, text=True
    ).stdout
    assert out == f"ssot-migrate {__version__}\n"


def loaded(*arguments: str, folder: Path = ROOT, before: str = "") -> set[str]:
    """Run a command, and name the modules that it has imported in the end."""
    program = (
        f"{before}\nimport atexit, sys\nfrom ssot_migrate.cli import main\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\nmain()"
    )
    command = [sys.executable, "-c", program, *arguments]
    run = subprocess.run(
        command, cwd=folder, env=environment(), check=True, capture_output=True, text=True
    )
    return set(run.stderr.split())


def ours(modules: set[str]) -> set[str]:
    return {module for module in modules if module.startswith("ssot_migrate")}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_root_loads_no_command(option: str) -> None:
    there = loaded(option)
    assert ours(there) == {"ssot_migrate", "ssot_migrate.cli", "ssot_migrate.cli.command"}
    assert not {"libcst", "msgspec", "rich.console", "pydantic"} & there


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(command: str) -> None:
    heavy = {"libcst", "rich.console", "concurrent.futures", "pydantic"}
    assert not (heavy | {"ssot_migrate.pipeline", "ssot_migrate.discover"}) & loaded(command, "-h")


def test_the_module_that_processes_import_again_loads_nothing() -> None:
    program = "import sys, ssot_migrate.__main__\nprint(*sys.modules)"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    assert ours(set(run.stdout.split())) == {"ssot_migrate", "ssot_migrate.__main__"}


#: What only files need that are gone through.
STAGES = {"assessing", "finding", "fitting", "rewriting", "shapes", "touches", "growing", "trial"}
LIBRARIES = {"libcst", "multiprocessing", "pathspec", "pydantic", "rich.console"}


def rooms(modules: set[str]) -> set[str]:
    return {module.split(".")[1] for module in ours(modules) if "." in module}


@pytest.mark.usefixtures("unmeasured")  # Coverage loads what it looks out for.
@pytest.mark.parametrize("arguments", [("scan",), ("scan", "-j4"), ("check",)])
def test_a_run_that_knows_its_files_loads_no_stages(
    arguments: tuple[str, ...], folder: Path
) -> None:
    code = "from unittest.mock import Mock\n\n\ndef test():\n    thing = Mock()\n    thing()\n"
    (folder / "test_a.py").write_text(code, "utf-8")
    # A file that was just written has to be read again.
    before = "from ssot_migrate.caching import record\nrecord.GRAIN = 0"
    there = loaded(*arguments, folder=folder, before=before)
    assert STAGES & rooms(there) >= {"assessing", "fitting", "touches"}
    assert not LIBRARIES & there
    there = loaded(*arguments, folder=folder, before=before)
    assert not STAGES & rooms(there)
    assert not LIBRARIES & there
    assert "ssot_migrate.report.text" in there


def test_a_command_is_needed() -> None:
    command = [sys.executable, "-m", "ssot_migrate"]
    run = subprocess.run(command, env=environment(), check=False, capture_output=True, text=True)
    assert run.returncode == 2
    assert "Usage" in run.stdout + run.stderr


def test_a_reader_that_goes_away(folder: Path) -> None:
    with started(folder, "scan", "-v", number=20_000) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == b"started\n"
    assert process.returncode == ending.BROKEN_PIPE


def test_an_interrupt(folder: Path) -> None:
    with started(folder, "scan", sleep=True) as process:
        assert process.stderr
        process.stderr.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert errors == b"Interrupted.\n"
    assert process.returncode == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(folder: Path) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        started(folder, "scan", stdout=full.fileno()) as process,
    ):
        assert process.stderr
        errors = process.stderr.read()
    assert errors == b"started\nerror: [Errno 28] No space left on device\n"
    assert process.returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_name_can_be_printed(folder: Path, encoding: str) -> None:
    with started(folder, "scan", "-v", PYTHONIOENCODING=encoding) as process:
        out, _ = process.communicate()
    assert process.returncode == 0
    assert b"tests/caf\\udce9.py:1:5" in out


def test_streams_without_a_file_have_nothing_to_discard(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        raise BrokenPipeError

    def interrupted() -> int:
        raise KeyboardInterrupt

    def full() -> int:
        raise OSError(28, "No space left on device")

    codes = [ended(command) for command in (broken, interrupted, full, lambda: 1)]
    assert codes == [141, 130, 2, 1]
    assert capsys.readouterr().err == "Interrupted.\nerror: [Errno 28] No space left on device\n"
