"""Kill the real command line at every point at which it changes the disk, and see what is left.

``python -m tests.killing apply|undo FOLDER`` works in FOLDER and prints how often it killed. It
forks, so that every run starts with everything loaded.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from stat import S_ISREG
from typing import Any

from ssot_migrate.cli import app
from ssot_migrate.disk.journal import Journal
from tests.support import Project

#: What changes the disk, as the interpreter tells of it; `os.fsync` is watched beside these.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate"}

BLOCK = """
from unittest.mock import AsyncMock, MagicMock


def test_it():
    mock_ws = MagicMock()
    mock_ws.send_text = AsyncMock()
    mock_ws.user_id = "{name}"
    use(websocket=mock_ws)
"""

Content = dict[str, bytes]


class Death:
    """Kill this process before its N-th change of the disk below a folder."""

    def __init__(self, folder: Path, number: int, *, torn: bool) -> None:
        self.folder = str(folder)
        self.left = number
        #: Only while a file is put on disk, and half of it is lost, as after a power cut.
        self.torn = torn
        self.sync = os.fsync

    def install(self) -> None:
        sys.addaudithook(self.heard)
        os.fsync = self.synced

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.torn:
            return
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in CHANGES) and str(arguments[0]).startswith(self.folder):
            self.count()

    def synced(self, handle: int) -> None:
        status = os.fstat(handle)
        if self.torn and self.left == 0 and S_ISREG(status.st_mode):
            os.ftruncate(handle, status.st_size // 2)
        self.count()
        self.sync(handle)

    def count(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def command(*arguments: str, prepare: Callable[[], None] = lambda: None) -> int:
    """Run a command in a process of its own; give its exit code, or minus the signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    prepare()
    try:
        app(arguments)
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 99)
    os._exit(98)


def tests_in(folder: Path) -> Content:
    """Give all that is in the folder of the tests, what was left half-written too."""
    return {path.name: path.read_bytes() for path in sorted((folder / "tests").iterdir())}


def killed(folder: Path, start: Path, *arguments: str, torn: bool) -> Iterator[None]:
    """Run a command on a copy of a project, killed at a later point every time, until it ends."""
    for number in count():
        shutil.rmtree(folder)
        shutil.copytree(start, folder)
        os.chdir(folder)
        death = Death(folder, number, torn=torn)
        code = command(*arguments, prepare=death.install)
        if code != -signal.SIGKILL:
            assert code == 0, code
            return
        yield


def undo_everything(folder: Path) -> None:
    """Undo run after run until there is nothing to undo."""
    journal = Journal(folder / ".ssot_migrate_cache", folder)
    while any(entry.state != "undone" for entry in journal.entries()):
        assert command("undo") == 0
    assert command("undo") == 2


def check_apply(folder: Path, after: Content) -> None:
    """Check that `apply` ends as if nothing had been before."""
    assert command("apply", "-j1") == 0
    # Where nothing was left to change, the sweeping is left to `undo`.
    assert tests_in(folder).items() >= after.items()


def check_undo(folder: Path, before: Content) -> None:
    """Check that all of it can be undone."""
    undo_everything(folder)
    assert tests_in(folder) == before


def load(start: Path, folder: Path) -> None:
    """Run the commands in this process: others are forked from it, and find everything loaded."""
    shutil.copytree(start, folder)
    os.chdir(folder)
    for arguments in (["apply", "-j1", "-q"], ["undo", "-q"]):
        with suppress(SystemExit):
            app(arguments)


def main(what: str, place: Path) -> None:
    start, end, folder = place / "start", place / "end", place / "project"
    start.mkdir()
    project = Project(start)
    for name in "ab":
        project.write(f"tests/test_{name}.py", BLOCK.format(name=name))
    load(start, place / "loaded")
    shutil.copytree(start, end)
    folder.mkdir()
    os.chdir(end)
    assert command("apply", "-j1") == 0
    before, after = tests_in(start), tests_in(end)
    assert all(before[name] != after[name] for name in before)
    run = (end, "undo") if what == "undo" else (start, "apply", "-j1")
    points = 0
    for torn in (False, True):
        for _ in killed(folder, *run, torn=torn):
            points += 1
            now = tests_in(folder)
            assert all(now[name] in {before[name], after[name]} for name in before)
            shutil.copytree(folder, place / "killed")
            check_apply(folder, after)
            check_undo(folder, before)
            shutil.rmtree(folder)
            (place / "killed").rename(folder)
            os.chdir(folder)
            check_undo(folder, before)
            check_apply(folder, after)
    print(f"killed {points} times")  # noqa: T201 (what the test reads)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
