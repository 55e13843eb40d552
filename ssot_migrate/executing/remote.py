"""What the worker of a cluster does: batches of files that it is sent."""

import pickle
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from ssot_migrate import __version__
from ssot_migrate.executing import disk
from ssot_migrate.executing.executor import Shared, Task
from ssot_migrate.hashing import blake2b
from ssot_migrate.model import SourceFile, UserError

#: So many objects that tasks share are kept.
_KEPT: Final = 64
_kept: dict[str, object] = {}
#: A worker may have several threads, and what a process keeps between files is one thread's.
ONE_AT_A_TIME: Final = threading.Lock()

#: A file with its content, and what is done with it.
Item = tuple[SourceFile, Task[Any]]
#: What came of a file, and what was guessed of the project's disk.
Told = tuple[Any, dict[disk.Query, Any]]


class Batch(NamedTuple):
    """Files that are done together."""

    items: Sequence[Item]
    #: What would be guessed wrong of the project's disk.
    known: Mapping[disk.Query, object]


@cache
def build() -> str:
    """Name all that decides what comes of a file: two machines with equal names find the same."""
    package = Path(__file__).parents[1]
    code = blake2b(digest_size=4)
    for path in sorted(package.rglob("*.py")):
        code.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    libcst = version("libcst")
    return f"ssot-migrate {__version__} ({code.hexdigest()}), Python {python}, LibCST {libcst}"


def do(asked: str, batch: bytes, shared: Mapping[str, bytes]) -> bytes:
    """Do a batch for somebody of this build; return what was ``Told`` of each file, encoded.

    Raises UserError where this is another build.
    """
    if asked != build():
        raise UserError(f"a worker has {build()}, here is {asked}; install the same there")
    with ONE_AT_A_TIME:
        whole = decoded(batch, shared)
        told = [_done(item, whole.known) for item in whole.items]
    return pickle.dumps(told, pickle.HIGHEST_PROTOCOL)


def _done(item: Item, known: Mapping[disk.Query, object]) -> Told:
    file, task = item
    with disk.remote(known) as there:
        return task(file), there.guesses


def keep(shared: bytes) -> bytes:
    """Hold what many tasks share, for the workers to get it from each other."""
    return shared


def encoded(batch: Batch, name: Callable[[Shared], str]) -> bytes:
    """Encode a batch without what its tasks share, which stands there by its name."""
    buffer = BytesIO()
    _Pickler(buffer, name).dump(batch)
    return buffer.getvalue()


def decoded(batch: bytes, shared: Mapping[str, bytes]) -> Batch:
    """Decode a batch by what its tasks share."""
    found: Batch = _Unpickler(BytesIO(batch), shared).load()
    return found


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: BytesIO, name: Callable[[Shared], str]) -> None:
        super().__init__(buffer, pickle.HIGHEST_PROTOCOL)
        self._name = name

    def persistent_id(self, value: object) -> str | None:
        return self._name(value) if isinstance(value, Shared) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, buffer: BytesIO, shared: Mapping[str, bytes]) -> None:
        super().__init__(buffer)
        self._shared = shared

    def persistent_load(self, name: str) -> object:
        if name not in _kept:
            while len(_kept) >= _KEPT:
                del _kept[next(iter(_kept))]
            _kept[name] = pickle.loads(self._shared[name])  # noqa: S301 (of the run itself)
        return _kept[name]
