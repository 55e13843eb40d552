"""A real run that is ended from outside takes its processes with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import Project

#: A shell that starts the tests in the background has them ignore Ctrl-C, and that is inherited.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ssot_migrate.cli import main
main()
"""
#: Ctrl-C while the command line is loaded, and where Python ignores what is raised.
EARLY = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ssot_migrate import __main__, cli
cli.main = lambda: signal.raise_signal(signal.SIGINT)
__main__.main()
"""
IGNORED = """
import signal, sys, time
from ssot_migrate.cli.ending import ended

class Thing:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def command():
    thing = Thing()
    del thing
    time.sleep(60)

signal.signal(signal.SIGINT, signal.SIG_DFL)
code = ended(command)
assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
sys.exit(code)
"""
TEST = """

def test_{number}():
    ws = MagicMock()
    ws.user_id = 'u{number}'
    ws.send_text = AsyncMock()
    assert ws.user_id == 'u{number}'
"""
#: Seconds; far more than it takes, as other tests run beside this one.
PATIENCE = 60


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write some hundred files, which take a few seconds."""
    project = Project(tmp_path_factory.mktemp("suite"))
    text = "from unittest.mock import AsyncMock, MagicMock\n"
    text += "".join(TEST.format(number=number) for number in range(150))
    for number in range(400):
        project.write(f"tests/test_{number}.py", text.encode())
    return project.folder


def workers(process: subprocess.Popen[bytes]) -> list[str]:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="cannot see the processes")
@pytest.mark.parametrize(
    ("number", "of_group", "code", "told"),
    [
        ("SIGINT", True, 130, b"Interrupted.\n"),
        ("SIGINT", False, 130, b"Interrupted.\n"),
        ("SIGTERM", False, -15, b""),
        ("SIGKILL", False, -9, b""),
    ],
)
def test_no_process_is_left(
    suite: Path, number: str, code: int, told: bytes, *, of_group: bool
) -> None:
    arguments = ("scan", "--no-cache", "--no-respect-gitignore", "-j2", ".")
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=suite,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until = time.monotonic() + PATIENCE
    while len(workers(process)) < 2 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert len(workers(process)) == 2
    (os.killpg if of_group else os.kill)(process.pid, signal.Signals[number])
    # Whoever is left would hold the pipes open.
    out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, error) == (code, b"", told)


@pytest.mark.parametrize(
    ("program", "code", "told"),
    [(EARLY, -signal.SIGINT, b""), (IGNORED, 130, b"Interrupted.\n")],
)
def test_no_interruption_is_lost_and_none_ends_in_a_traceback(
    program: str, code: int, told: bytes
) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", told)
