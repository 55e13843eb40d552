"""Bytes that are put aside until they are wanted: the first in memory, others in a file."""

import weakref
from typing import IO, Final

from ssot_migrate.frozen import Frozen

#: So many bytes stay in memory.
_MOST: Final = 8_000_000


class Shelf:
    """Takes bytes; its temporary file is gone with it and all that lies on it."""

    def __init__(self, most: int = _MOST) -> None:
        self._room = most
        self._file: IO[bytes] | None = None
        self._end = 0

    def put(self, data: bytes) -> "bytes | Shelved":
        """Put bytes aside; they stay in memory where there is room, or no disk takes them."""
        if len(data) <= self._room:
            self._room -= len(data)
            return data
        try:
            file = self._opened()
            file.seek(self._end)
            if file.write(data) < len(data):  # The disk is full now.
                return data
        except OSError:
            return data
        self._end += len(data)
        return Shelved(file, self._end - len(data), len(data), self)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            from tempfile import TemporaryFile

            # Without a buffer: what is written is written, or was not.
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 (closed below)
            weakref.finalize(self, self._file.close)
        return self._file


class Shelved(Frozen, eq=False):
    """Where some bytes lie."""

    file: IO[bytes]
    start: int
    size: int
    #: The file is there as long as this is.
    shelf: Shelf

    def __eq__(self, other: object) -> bool:
        """Compare with other bytes, wherever they lie."""
        return self.read() == (other.read() if isinstance(other, Shelved) else other)

    def __hash__(self) -> int:
        return hash(self.read())

    def read(self) -> bytes:
        """Return the bytes. Raises OSError."""
        self.file.seek(self.start)
        return self.file.read(self.size)
