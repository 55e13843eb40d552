"""What is put aside until it is wanted: the first in memory, the rest in a file."""

import weakref
from array import array
from typing import IO, Any, Final, Generic, TypeVar

import msgspec

from ssot_migrate.frozen import Frozen

Record = TypeVar("Record")
#: So many bytes stay in memory.
_MOST: Final = 4_000_000


class Shelf:
    """Takes bytes; its temporary file is gone with it and all that lies on it."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self._end = 0

    def put(self, data: bytes) -> int:
        """Put bytes aside, and return their place.

        They stay in memory where there is room, or no disk takes them.
        """
        if len(self._memory) + len(data) > self._most and self._written(data):
            self._end += len(data)
            return ~(self._end - len(data))
        self._memory += data
        return len(self._memory) - len(data)

    def read(self, place: int, size: int) -> bytes:
        """Return so many bytes from a place on. Raises OSError."""
        if place >= 0:
            return bytes(self._memory[place : place + size])
        file = self._opened()
        file.seek(~place)
        return file.read(size)

    def _written(self, data: bytes) -> bool:
        """Write bytes to the end of the file; say whether the disk has taken all of them."""
        try:
            file = self._opened()
            file.seek(self._end)
            return file.write(data) == len(data)
        except OSError:
            return False

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            from tempfile import TemporaryFile

            # Without a buffer: what is written is written, or was not.
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 (closed below)
            weakref.finalize(self, self._file.close)
        return self._file


class Shelved(Frozen, eq=False):
    """Where some bytes lie."""

    #: Its file is there as long as this is.
    shelf: Shelf
    place: int
    size: int

    def __eq__(self, other: object) -> bool:
        """Compare with other bytes, wherever they lie."""
        return self.read() == (other.read() if isinstance(other, Shelved) else other)

    def __hash__(self) -> int:
        return hash(self.read())

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        """Let the bytes travel in place of where they lie."""
        return bytes, (self.read(),)

    def read(self) -> bytes:
        """Return the bytes. Raises OSError."""
        return self.shelf.read(self.place, self.size)


class Records(Generic[Record]):
    """Values of one type, put aside; each is made anew when it is wanted."""

    def __init__(self, kind: type[Record], most: int = _MOST) -> None:
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._shelf = Shelf(most)
        self._places = array("q")
        self._sizes = array("Q")
        #: Those with a path that is no text, as some systems have.
        self._held: dict[int, Record] = {}

    def __len__(self) -> int:
        return len(self._places)

    def append(self, value: Record) -> int:
        """Put a value aside, and return its number."""
        data = b""
        try:
            data = _ENCODE(value)
        except UnicodeEncodeError:
            self._held[len(self)] = value
        self._places.append(self._shelf.put(data))
        self._sizes.append(len(data))
        return len(self) - 1

    def __getitem__(self, number: int) -> Record:
        """Return a value. Raises OSError."""
        if number in self._held:
            return self._held[number]
        return self._decode(self._shelf.read(self._places[number], self._sizes[number]))


_ENCODE: Final[Any] = msgspec.msgpack.Encoder().encode
