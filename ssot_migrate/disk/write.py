"""Put a change on disk: each file is its old or its new self at every moment."""
# Each call is one system call, named as the system names it.
# ruff: noqa: PTH101, PTH105, PTH108, PTH110, PTH116, PTH120, PTH123

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ssot_migrate.model import Change, Failure, Stage, UserError
from ssot_migrate.settings.toolchain import shown

#: What the new self of a file is called until it takes the old one's place.
_PREFIX: Final = ".ssot-migrate-"
_SUFFIX: Final = ".tmp"
_REMOVED: Final = "was removed since it was read; nothing was written"
_FORBIDDEN: Final = (
    "no permission to write this file, or its disk is read-only; it was left as it was"
)


class _RefusedError(Exception):
    """A reason to leave the file alone."""


def write(change: Change) -> Failure | None:
    """Replace a file by its change; return why where it was left alone.

    A symbolic link stays, its target is replaced. The mode is kept, and the owner where the system
    permits it.
    """
    target = os.path.realpath(change.location)
    try:
        _check_permission(target)
        _replace(target, change)
    except _RefusedError as refusal:
        return Failure(change.path, Stage.WRITE, str(refusal))
    except OSError as error:
        message = f"cannot be written ({error.strerror}); left as it was"
        return Failure(change.path, Stage.WRITE, message)
    return None


def write_removed(change: Change, mode: int) -> Failure | None:
    """Write a file that is no longer there, with this mode; return why where that failed."""
    path = Path(change.location)
    try:
        with contextlib.ExitStack() as undo:
            _make_folders(path.parent, undo)
            _create(path, "", undo)
            undo.pop_all()
        failure = write(Change.of(change.location, change.path, b"", change.after))
        path.chmod(mode)
    except OSError as error:
        message = f"cannot be written ({error.strerror})"
        return Failure(change.path, Stage.WRITE, message)
    return failure


def sweep(folders: Iterable[Path]) -> None:
    """Remove what killed processes left half-written; nobody else may be writing there."""
    for folder in folders:
        for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                left.unlink()


def create(path: Path, text: str) -> None:
    """Write a new file, and its folder where there is none. Raises UserError where it exists."""
    create_all({path: text})


def create_all(texts: Mapping[Path, str]) -> None:
    """Write new files, and their folders where there are none: all, or none of them.

    Raises UserError where one exists or cannot be written; what was written before it is removed.
    """
    with contextlib.ExitStack() as undo:
        for path, text in texts.items():
            try:
                _make_folders(path.parent, undo)
                _create(path, text, undo)
            except OSError as error:
                if isinstance(error, FileExistsError) and path.exists():
                    raise UserError(f"{path}: exists already; it was left as it is") from None
                raise UserError(f"{path}: cannot be written ({error.strerror})") from None
        undo.pop_all()


def save(path: Path, before: bytes | None, after: bytes) -> None:
    """Write a file of the tool's own: new where nothing was there before, else all of it at once.

    Raises UserError where it cannot be written, or is not what was read.
    """
    if before is None:
        create(path, after.decode())
    elif after != before and (failure := write(Change.of(str(path), shown(path), before, after))):
        raise UserError(f"{failure.path}: {failure.message}")


def _make_folders(folder: Path, undo: contextlib.ExitStack) -> None:
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir()
        undo.callback(missing.rmdir)


def _create(path: Path, text: str, undo: contextlib.ExitStack) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        undo.callback(path.unlink)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _check_permission(target: str) -> None:
    """Refuse a file that may not be written; replacing it needs only the folder's permission."""
    if not os.path.exists(target):
        raise _RefusedError(_REMOVED)
    if not os.access(target, os.W_OK):
        raise _RefusedError(_FORBIDDEN)


def _replace(target: str, change: Change) -> None:
    folder = os.path.dirname(target)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=_SUFFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            _copy_ownership(target, temporary)
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        _check_unchanged(target, change.before)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def _check_unchanged(target: str, before: bytes) -> None:
    """Refuse where the file is not what was read; asked as late as possible."""
    try:
        with open(target, "rb") as file:
            same = file.read() == before
    except FileNotFoundError:
        raise _RefusedError(_REMOVED) from None
    if not same:
        raise _RefusedError("changed on disk since it was read; it was left alone, run again")


def _copy_ownership(target: str, temporary: str) -> None:
    """Give the new file the old one's owner, then its mode: chown can take bits away."""
    old = os.stat(target)
    if sys.platform != "win32" and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        # Only root may give files away; others own what they write, as with any editor.
        with contextlib.suppress(PermissionError):
            os.chown(temporary, old.st_uid, old.st_gid)
    os.chmod(temporary, stat.S_IMODE(old.st_mode))


def sync_folder(folder: str) -> None:
    """Make the replacement survive a power cut, where the system can sync folders."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    # The file is replaced already; some file systems cannot sync a folder (EINVAL).
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
