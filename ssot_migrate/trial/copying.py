"""Copy a project to a temporary folder: everything as it is, without what is heavy and no part."""

import contextlib
import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock
from msgspec import Struct, field

from ssot_migrate.model import UserError

#: Version control: the tests see files, not their history.
_HISTORY: Final = frozenset((".git", ".hg", ".svn", ".bzr", ".jj", ".sl"))
#: What tools make again for themselves. Compiled files name the place that they were made from.
_CACHES: Final = frozenset(
    (
        *("__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
        *(".pytype", ".pyre", ".ssot_migrate_cache"),
    )
)
#: Installed packages, which are linked to.
_INSTALLED: Final = frozenset(("node_modules", "__pypackages__"))
_PREFIX: Final = "ssot-migrate-trial-"
#: Seconds from which on a folder may be a leftover: any other is locked by then.
_STALE: Final = 60
_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))


def now() -> int:
    """Return the time in whole seconds."""
    return int(time.time())


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a temporary folder for a trial, gone afterwards; leftovers of killed ones go now."""
    _sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # The real path: what runs in it sees no other.
    made = Path(os.path.realpath(made))
    lock = _lock(made)
    try:
        # The system releases it when the process ends, however it ends.
        with lock:
            yield made
    finally:
        _remove(made)


def _lock(made: Path) -> FileLock:
    return FileLock(made / "lock", timeout=0)


def _sweep(temporary: Path) -> None:
    """Remove the folders that killed runs of this user have left."""
    for found in temporary.glob(f"{_PREFIX}*"):
        # Another's cannot be locked, nor what is in use: a Timeout is an OSError.
        with contextlib.suppress(OSError):
            known = found.lstat()
            if stat.S_ISDIR(known.st_mode) and time.time() - known.st_mtime > _STALE:
                with _lock(found):
                    pass
                _remove(found)


def _remove(made: Path) -> None:
    shutil.rmtree(made, ignore_errors=True)
    if made.exists():
        # Tests leave folders behind that may not be written.
        for path, _, _ in os.walk(made):
            with contextlib.suppress(OSError):
                os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(made, ignore_errors=True)


def top(root: Path) -> Path:
    """Return the folder to copy for a project's root: the top of its git checkout.

    The tests of a project may read files above it. A home folder under version control is none.
    """
    for candidate in (root, *root.parents):
        if (candidate / ".git").exists():
            home = Path.home()
            return root if candidate in (home, *home.parents) else candidate
    return root


class Copying(Struct):
    """The way of one tree to its copy."""

    source: str
    target: str
    #: Real paths that are left out beside what always is.
    left_out: Collection[str]
    warnings: list[str] = field(default_factory=list)
    #: Folders of installed packages, which the copy has as links.
    linked: list[str] = field(default_factory=list)

    def copy(self) -> None:
        """Copy the tree. Raises UserError where it does not fit."""
        pending = [""]
        while pending:
            relative = pending.pop()
            try:
                os.mkdir(self._to(relative))
                with os.scandir(os.path.join(self.source, relative)) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self._left(relative, error)
                continue
            for entry in found:
                path = os.path.join(relative, entry.name)
                try:
                    if self._entry(entry, path):
                        pending.append(path)
                except OSError as error:
                    self._left(path, error)

    def _to(self, relative: str) -> str:
        return os.path.join(self.target, relative) if relative else self.target

    def _left(self, relative: str, error: OSError) -> None:
        """Tell of what could not be copied; what is gone since it was listed is no news."""
        if error.errno in _FULL:
            raise UserError(
                f"{self.target}: no room for a copy of {self.source}; let TMPDIR name a larger"
                " place, or use --in-place"
            )
        if not isinstance(error, FileNotFoundError):
            self.warnings.append(f"{relative or '.'}: not in the trial's copy ({error.strerror})")

    def _entry(self, entry: "os.DirEntry[str]", relative: str) -> bool:
        """Copy an entry, or tell that it is a folder to enter."""
        if entry.name in _HISTORY or entry.path in self.left_out:
            return False
        if entry.is_symlink():
            self._link(entry.path, relative)
            if _is_installed(entry):
                self.linked.append(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name in _CACHES:
                return False
            if not _is_installed(entry):
                return True
            os.symlink(entry.path, self._to(relative), target_is_directory=True)
            self.linked.append(entry.path)
        elif entry.is_file(follow_symlinks=False):
            _copy_file(entry, self._to(relative))
        return False

    def _link(self, path: str, relative: str) -> None:
        """Make a link again: inside the project to the copy's own, else to where it leads."""
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        target = os.path.normpath(target)
        if target == self.source or target.startswith(self.source + os.sep):
            place = self._to(os.path.relpath(target, self.source))
            target = os.path.relpath(place, os.path.dirname(self._to(relative)))
        os.symlink(target, self._to(relative), target_is_directory=os.path.isdir(path))


def _is_installed(entry: "os.DirEntry[str]") -> bool:
    """Tell whether a folder is a virtual environment, or holds other installed packages."""
    marks = ("pyvenv.cfg", "conda-meta")
    return entry.name in _INSTALLED or any(
        os.path.exists(os.path.join(entry.path, mark)) for mark in marks
    )


def _copy_file(entry: "os.DirEntry[str]", target: str) -> None:
    shutil.copyfile(entry.path, target)
    known = entry.stat(follow_symlinks=False)
    os.utime(target, ns=(known.st_atime_ns, known.st_mtime_ns))
    os.chmod(target, stat.S_IMODE(known.st_mode))
