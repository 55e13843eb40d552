"""Keep files of the tool's own in the project's cache folder, which is no part of the project."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ssot_migrate.disk.write import sync_folder

#: Files that tell git, and tools for backups, to pass the folder by.
_MARKS: Final = {
    ".gitignore": "*\n",
    "CACHEDIR.TAG": (
        "Signature: 8a477f597d28d172789f06886806bc55\n"
        "# What ssot-migrate keeps for itself; `undo` needs it. See https://bford.info/cachedir/\n"
    ),
}


def make_folder(cache: Path, name: str) -> Path:
    """Return a folder in the cache, made with all above it where it is missing. Raises OSError."""
    folder = cache / name
    folder.mkdir(parents=True, exist_ok=True)
    for mark, text in _MARKS.items():
        path = cache / mark
        if not path.exists() or not path.stat().st_size:
            path.write_text(text, "utf-8", newline="\n")
    return folder


def put(path: Path, data: bytes) -> None:
    """Write a file durably: after a crash it is whole, or as it was before. Raises OSError.

    Only one process may put files into a folder at a time.
    """
    half = path.with_name("half-written")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        with suppress(OSError):
            half.unlink()  # A full disk needs the room.
        raise
    sync_folder(str(path.parent))
