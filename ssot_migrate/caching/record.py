"""What a run knows of a project's files, in memory and as it is kept."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec
from msgspec import Struct, field

from ssot_migrate import __version__
from ssot_migrate.disk import results

#: Nanoseconds for which a file may change without another time: file systems keep coarse ones.
GRAIN: Final = 2_000_000_000
#: So many records a kind of run has on a topic; each is read, and written, as a whole.
SECTIONS: Final = 32
#: Stands for the time of a file whose content has to be looked at.
_NEVER: Final = -1


class Signature(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the file system says of a file; another content nearly always has another one."""

    size: int
    #: In nanoseconds: of the content, and of whatever the system keeps of the file.
    modified: int
    changed: int

    def before(self, moment: int) -> "Signature":
        """Return the signature if nothing can have changed behind it, else one that never fits.

        As in git, where such a file is "racily clean".
        """
        safe = max(self.modified, self.changed) < moment - GRAIN
        return self if safe else Signature(self.size, _NEVER, _NEVER)


def signature(location: str) -> Signature | None:
    """Ask the file system for a file's signature."""
    try:
        status = os.stat(location)  # noqa: PTH116 (this runs for every file of a tree)
    except OSError:
        return None
    return Signature(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is known of a file."""

    signature: Signature
    #: Of its content.
    digest: bytes
    #: The index of the questions that it was asked.
    asked: int
    #: The answers that say something, by question.
    answers: dict[bytes, msgspec.Raw]


class _Contents(msgspec.Struct, array_like=True, frozen=True):
    #: Questions that files were asked; most files were asked the same.
    asked: list[frozenset[bytes]]
    #: By location.
    files: dict[str, Entry]
    #: The version of the tool that wrote it.
    tool: str = ""


_DECODER: Final = msgspec.msgpack.Decoder(_Contents)


class News(NamedTuple):
    """What a run has to say of a file, as an entry."""

    location: str
    signature: Signature
    digest: bytes
    #: Questions.
    asked: frozenset[bytes]
    answers: dict[bytes, Any]


class Place(NamedTuple):
    """Where a kind of run keeps what it knows."""

    cache: Path
    name: str

    def of(self, topic: str, section: int) -> "Place":
        """Return where what it knows of the files of a section on a topic is."""
        return Place(self.cache, f"{self.name}/{topic}-{section:02x}")


def section(location: str) -> int:
    """Say in which of the parts a file is, into which all that is known is split.

    The files of a folder are in one: a run of a few folders reads a few.
    """
    return crc32(os.fsencode(location.rpartition(os.sep)[0])) % SECTIONS


class Record(Struct):
    """The entries of a section, as a run found them."""

    cache: Path
    name: str
    asked: list[frozenset[bytes]] = field(default_factory=list)
    files: dict[str, Entry] = field(default_factory=dict)
    version: object = None
    #: When it was read, in nanoseconds: before any file was looked at.
    moment: int = 0

    @classmethod
    def read(cls, cache: Path, name: str) -> "Record":
        """Read a record; it is empty where there is none, or none that can be read."""
        moment = time.time_ns()
        found = _contents(results.read(cache, name))
        version = results.version(cache, name)
        return cls(cache, name, found.asked, found.files, version, moment)

    def write(self, news: Sequence[News]) -> bool:
        """Keep what is new, and the entries of all other files that still exist.

        Say whether that worked.
        """
        # Another run may have written meanwhile.
        same = results.version(self.cache, self.name) == self.version
        there = self if same else Record.read(self.cache, self.name)
        numbers: dict[frozenset[bytes], int] = {}
        files: dict[str, Entry] = {}
        told = {new.location for new in news}
        for location, entry in there.files.items():
            if location not in told and os.path.exists(location):  # noqa: PTH110 (as above)
                number = numbers.setdefault(there.asked[entry.asked], len(numbers))
                files[location] = msgspec.structs.replace(entry, asked=number)
        for new in news:
            number = numbers.setdefault(new.asked, len(numbers))
            files[new.location] = Entry(new.signature, new.digest, number, new.answers)
        return results.write(self.cache, self.name, _encoded([*numbers], files))


class Holding(NamedTuple):
    """What there is of one kind of run."""

    kept: results.Kept
    #: Number of files; 0 where nothing can be read.
    files: int
    #: The innermost folder around all of them; empty where there is none.
    folder: str
    #: The version of the tool whose run it was; empty where that is not known.
    tool: str


def holdings(cache: Path) -> list[Holding]:
    """List what a cache holds, what was used last first."""
    return [_holding(one) for one in results.kept(cache)]


def _holding(kept: results.Kept) -> Holding:
    files: set[str] = set()
    tools: set[str] = set()
    for path in results.records(kept):
        contents = _contents(results.content(path))
        files |= contents.files.keys()
        tools.add(contents.tool)
    try:
        folder = os.path.commonpath({os.path.dirname(file) for file in files})  # noqa: PTH120 (as above)
    except ValueError:  # No files, or some on several drives of Windows.
        folder = ""
    return Holding(kept, len(files), folder, max(tools, default=""))


def _contents(data: bytes | memoryview) -> _Contents:
    """Decode a record; it is empty where that cannot be done."""
    try:
        found = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Contents([], {})
    whole = all(entry.asked < len(found.asked) for entry in found.files.values())
    return found if whole else _Contents([], {})


def _encoded(asked: list[frozenset[bytes]], files: dict[str, Entry]) -> bytes:
    """Encode entries, without those of paths that are no text: some systems have such."""
    try:
        return msgspec.msgpack.encode(_Contents(asked, files, __version__))
    except UnicodeEncodeError:
        texts = {
            location: entry for location, entry in files.items() if _is_text((location, entry))
        }
        return msgspec.msgpack.encode(_Contents(asked, texts, __version__))


def _is_text(value: object) -> bool:
    try:
        msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return False
    return True
