"""Keep the results of runs in the project's cache folder; whatever goes wrong, there are none."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ssot_migrate.disk.cache import make_folder
from ssot_migrate.frozen import Frozen
from ssot_migrate.hashing import blake2b

_FOLDER: Final = "results"
_ENDING: Final = ".results"
_HALF: Final = ".half-written"
#: So many kinds of run are kept, and bytes in all of them: those that were used last.
MOST_KINDS: Final = 16
MOST_BYTES: Final = 1_000_000_000
_SUM_BYTES: Final = 16


class Kept(Frozen):
    """The records of one kind of run."""

    #: Their folder.
    path: Path
    #: Of all of them, in bytes.
    size: int
    #: When a run read or wrote one of them last, in seconds since the epoch.
    used: float


def kept(cache: Path) -> list[Kept]:
    """List the kinds of run of which there are results, those used last first."""
    return sorted(_kinds(cache), key=lambda one: (-one.used, one.path))


def records(kind: Kept) -> list[Path]:
    """List the files with the results of a kind of run."""
    return sorted(_files(kind.path, _ENDING))


def read(cache: Path, name: str) -> bytes | memoryview:
    """Return the results of this name, ``KIND/RECORD``.

    Nothing where there are none, or they are not whole.
    """
    path = _path(cache, name)
    data = content(path)
    with suppress(OSError):
        os.utime(path.parent)  # It is among those used last.
    return data


def content(path: Path) -> bytes | memoryview:
    """Return what a file with results holds; nothing where that is not what a run wrote."""
    try:
        data = memoryview(path.read_bytes())  # Large ones are not copied.
    except OSError:
        return b""
    checked = data[_SUM_BYTES:]
    return checked if _sum(checked) == data[:_SUM_BYTES] else b""


def version(cache: Path, name: str) -> tuple[int, int, int] | None:
    """Say which version of some results there is: it changes when another run writes them."""
    try:
        status = _path(cache, name).stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def write(cache: Path, name: str, data: bytes) -> bool:
    """Write results over those of this name. Say whether that worked."""
    path = _path(cache, name)
    try:
        make_folder(cache, f"{_FOLDER}/{path.parent.name}")
        _write(path, data)
    except OSError:
        return False
    return True


def forget(cache: Path) -> set[str]:
    """Remove the kinds of run that go beyond the bounds, and return their names.

    What ended runs have left half-written goes, too.
    """
    size = 0
    gone: set[str] = set()
    there = kept(cache)
    for number, one in enumerate(there):
        size += one.size
        if number >= MOST_KINDS or size > MOST_BYTES:
            gone.add(one.path.name)
            with suppress(OSError):
                _remove(one.path)
    newest = max((one.used for one in there), default=0.0)
    for one in there:
        for path in _files(one.path, _HALF):
            with suppress(OSError):
                if path.stat().st_mtime < newest - 3600:
                    path.unlink()
    return gone


def clear(cache: Path) -> list[Kept]:
    """Remove all results, and return what they were. Raises OSError."""
    there = kept(cache)
    for one in there:
        _remove(one.path)
    with suppress(OSError):
        (cache / _FOLDER).rmdir()
    return there


def _remove(kind: Path) -> None:
    for path in (*_files(kind, _ENDING), *_files(kind, _HALF)):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # What is not ours stays.
        kind.rmdir()


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in another's place; several runs may do so at once."""
    from tempfile import mkstemp

    number, half = mkstemp(_HALF, "", path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_sum(data))
            file.write(data)
        Path(half).replace(path)
    except OSError:
        with suppress(OSError):
            Path(half).unlink()  # A full disk needs the room.
        raise


def _kinds(cache: Path) -> Iterator[Kept]:
    with suppress(OSError):
        for folder in (cache / _FOLDER).iterdir():
            if folder.is_dir():
                size = sum(path.stat().st_size for path in _files(folder, _ENDING))
                yield Kept(folder, size, folder.stat().st_mtime)


def _files(folder: Path, ending: str) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name.endswith(ending)]
    except OSError:
        return []


def _path(cache: Path, name: str) -> Path:
    return cache / _FOLDER / f"{name}{_ENDING}"


def _sum(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_SUM_BYTES).digest()
