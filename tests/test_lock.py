"""One run at a time."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssot_migrate.disk import lock as lock_module
from ssot_migrate.disk.lock import hold
from ssot_migrate.model import UserError

#: Takes the lock and keeps it, as a run does that takes long.
HOLDER = """
import sys, time
from pathlib import Path
from ssot_migrate.disk.lock import hold
with hold(Path(sys.argv[1]), "ssot-migrate apply tests"):
    print("held", flush=True)
    time.sleep(600)
"""

#: Likewise, with a worker that outlives it.
PARENT = """
import os, sys, time
from pathlib import Path
from ssot_migrate.disk.lock import hold
with hold(Path(sys.argv[1]), "ssot-migrate migrate"):
    if os.fork():
        time.sleep(600)
    print("held", os.getpid(), flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "PATIENCE", 0.2)


def holder(folder: Path, code: str = HOLDER) -> tuple[subprocess.Popen[str], str]:
    """Start a process that holds the lock; give what it says then."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, process.stdout.readline()


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    process, _ = holder(tmp_path)
    with process:
        with pytest.raises(UserError) as caught, hold(tmp_path, "ssot-migrate apply"):
            pytest.fail("there are two")
        process.kill()
    assert re.fullmatch(
        rf"another run is at work in this project: process {process.pid},"
        r" `ssot-migrate apply tests`, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S+;"
        r" wait until it has ended, or stop it",
        str(caught.value),
    )


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    process, _ = holder(tmp_path)
    with process:
        process.kill()
    assert (tmp_path / "lock.json").exists()
    with hold(tmp_path, "ssot-migrate apply"):
        pass
    assert not (tmp_path / "lock.json").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="workers inherit nothing here")
def test_nor_do_its_workers(tmp_path: Path) -> None:
    process, said = holder(tmp_path, PARENT)
    worker = int(said.split()[1])
    process.kill()
    process.wait()
    try:
        os.kill(worker, 0)  # It is still there.
        with hold(tmp_path, "ssot-migrate apply"):
            pass
    finally:
        os.kill(worker, signal.SIGKILL)
        assert process.stdout
        process.stdout.close()


@pytest.mark.parametrize("told", [None, "", "[]", '{"pid": 1}'])
def test_a_first_that_has_not_said_who_it_is(tmp_path: Path, told: str | None) -> None:
    with hold(tmp_path, "first"):
        (tmp_path / "lock.json").unlink()
        if told is not None:
            (tmp_path / "lock.json").write_text(told)
        with pytest.raises(UserError) as caught, hold(tmp_path, "second"):
            pytest.fail("there are two")
    expected = "another run is at work in this project; wait until it has ended, or stop it"
    assert str(caught.value) == expected


def test_it_is_released_where_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), hold(tmp_path, "first"):
        raise KeyboardInterrupt
    with hold(tmp_path, "second"):
        pass
