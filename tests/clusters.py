"""Real Dask clusters on the loopback, whose workers see nothing of the projects."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

#: What a worker loads first, maybe twice. It reads nothing below a folder: neither files nor folders, nor whether there are any.
BLIND = """
import os, sys
FOLDER = {folder!r}

def refuse(path):
    if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(FOLDER):
        with open({log!r}, "a") as log:
            log.write(os.fsdecode(path) + "\\n")
        raise PermissionError(13, "not on this machine", path)

def watch(event, arguments):
    if event in {{"open", "os.listdir", "os.scandir"}}:
        refuse(arguments[0])

def stat(path, *, real=os.stat, **given):
    refuse(path)
    return real(path, **given)

os.stat = stat
sys.addaudithook(watch)
"""
#: It ends as if it was killed, with the third file that it is given.
DOOMED = """
import os, signal
from ssot_migrate.executing import remote

def dying(*arguments, done=remote._done, left=[3]):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return done(*arguments)

remote._done = dying
"""
#: It has another build.
OTHER = """
from ssot_migrate.executing import remote

remote.build = lambda: "ssot-migrate 0.0 of another time"
"""
#: It has no ssot-migrate.
WITHOUT = """
import sys

sys.modules["ssot_migrate"] = None
"""
#: Seconds that a process may take to begin.
_BEGINS = 30


class Cluster:
    """A scheduler, and the workers that are given to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        file = self.folder / "scheduler.json"
        self._process("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        _wait_for(file.exists)
        with _connected(scheduler_file=str(file)) as client:
            self.address = client.scheduler.address
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.close()

    def worker(self, preload: str = "") -> "subprocess.Popen[bytes]":
        """Start a worker with one thread, and wait until the scheduler knows it."""
        with _connected(self.address) as client:
            before = client.nthreads().keys()
            script = self.folder / f"preload_{len(before)}_{time.monotonic_ns()}.py"
            script.write_text(preload)
            one = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--preload", script)
            local = ("--local-directory", self.folder)
            process = self._process("worker", self.address, *one, *local)
            _wait_for(lambda: client.nthreads().keys() - before)
        return process

    def _process(self, kind: str, *arguments: str | Path) -> "subprocess.Popen[bytes]":
        module = f"distributed.cli.dask_{kind}"
        command = [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)]
        log = self._ending.enter_context((self.folder / f"{kind}.log").open("ab"))
        process = subprocess.Popen(
            [*command, "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
            cwd=self.folder,
            stdout=log,
            stderr=log,
            env=os.environ | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s"},
        )
        self._ending.callback(process.wait)
        self._ending.callback(process.kill)
        return process


def _connected(*address: str, **given: str):  # noqa: ANN202 (Dask has no types)
    from distributed import Client

    return Client(*address, **given, set_as_default=False, timeout=10)


def _wait_for(condition) -> None:  # noqa: ANN001
    end = time.monotonic() + _BEGINS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
