"""Keep the results of runs in the project's cache folder; whatever goes wrong, there are none."""

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ssot_migrate.disk.cache import make_folder
from ssot_migrate.frozen import Frozen

_FOLDER: Final = "results"
_ENDING: Final = ".results"
_HALF: Final = ".half-written"
#: So many files are kept, and bytes in all of them: those that were used last.
MOST_FILES: Final = 16
MOST_BYTES: Final = 256_000_000
_SUM_BYTES: Final = 16


class Kept(Frozen):
    """A file with results."""

    path: Path
    size: int
    #: When a run read or wrote it last, in seconds since the epoch.
    used: float


def kept(cache: Path) -> list[Kept]:
    """List the files with results, those used last first."""
    return sorted(_listed(cache, _ENDING), key=lambda one: (-one.used, one.path))


def read(cache: Path, name: str) -> bytes | memoryview:
    """Return the results of this name; nothing where there are none, or they are not whole."""
    path = _path(cache, name)
    data = content(path)
    with suppress(OSError):
        os.utime(path)  # It is among those used last.
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
    """Write results over those of this name; forget the oldest. Say whether that worked."""
    if len(data) > MOST_BYTES:
        return False
    try:
        _write(make_folder(cache, _FOLDER) / f"{name}{_ENDING}", data)
    except OSError:
        return False
    _forget(cache)
    return True


def clear(cache: Path) -> list[Kept]:
    """Remove all results, and return what they were. Raises OSError."""
    there = kept(cache)
    for one in (*there, *_listed(cache, _HALF)):
        one.path.unlink(missing_ok=True)
    with suppress(OSError):
        (cache / _FOLDER).rmdir()
    return there


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


def _forget(cache: Path) -> None:
    """Remove what goes beyond the bounds, and what ended runs have left half-written."""
    size = 0
    there = kept(cache)
    for number, one in enumerate(there):
        size += one.size
        if number >= MOST_FILES or size > MOST_BYTES:
            with suppress(OSError):
                one.path.unlink()
    newest = max((one.used for one in there), default=0.0)
    for one in _listed(cache, _HALF):
        if one.used < newest - 3600:
            with suppress(OSError):
                one.path.unlink()


def _listed(cache: Path, ending: str) -> Iterator[Kept]:
    with suppress(OSError):
        for path in (cache / _FOLDER).iterdir():
            if path.name.endswith(ending):
                status = path.stat()
                yield Kept(path, status.st_size, status.st_mtime)


def _path(cache: Path, name: str) -> Path:
    return cache / _FOLDER / f"{name}{_ENDING}"


def _sum(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_SUM_BYTES).digest()
