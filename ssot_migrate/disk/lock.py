"""Let one run at a time write into a project."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from ssot_migrate.model import UserError

#: Seconds to wait for another run.
PATIENCE: Final = 3.0


@contextmanager
def hold(folder: Path, command: str) -> Iterator[None]:
    """Hold a folder's lock; the system releases it when the process ends, however it ends.

    Raises UserError where another process does not release it in time, OSError where no file can be
    written.
    """
    # Windows lets nobody read a file that is locked, so who holds it stands beside it.
    lock, holder = FileLock(folder / "lock"), folder / "lock.json"
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise UserError(f"{_told(holder)}; wait until it has ended, or stop it") from None
    try:
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        holder.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": since}))
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _told(holder: Path) -> str:
    """Name the run that holds the lock, as far as it has said who it is."""
    try:
        known = json.loads(holder.read_bytes())
        return (
            f"another run is at work in this project: process {known['pid']},"
            f" `{known['command']}`, since {known['since']}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another run is at work in this project"
