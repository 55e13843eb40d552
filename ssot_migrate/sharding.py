"""Split a tree for machines that share nothing: a file's path alone says whose it is."""

import os
import re
from array import array
from collections.abc import Iterable, Sequence
from typing import Final, Self

from ssot_migrate.frozen import Frozen
from ssot_migrate.hashing import blake2b
from ssot_migrate.model import SourceFile, UserError
from ssot_migrate.settings.resolver import Resolver

#: There are not so many machines; more parts than files is well, and leaves some of them empty.
_MOST: Final = 10_000


class Shard(Frozen):
    """One of so many parts of a tree."""

    #: From 1 on.
    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2/4``. Raises UserError."""
        match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
        shard = match and cls(int(match[1]), int(match[2]))
        if not shard or shard.number > shard.of:
            raise UserError(f"--shard {text}: is no part; the second of four is 2/4")
        if shard.of > _MOST:
            raise UserError(f"--shard {text}: a tree is split into {_MOST:,} parts at most")
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, path: str) -> bool:
        """Say whether a path, relative to the project's root and with slashes, is of this part."""
        digest = blake2b(os.fsencode(path), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.number - 1

    def among(self, files: Iterable[SourceFile], resolver: Resolver) -> Sequence[int]:
        """Return the numbers of this part's files."""
        paths = (_relative(file.location, resolver) for file in files)
        return array("I", (number for number, path in enumerate(paths) if self.holds(path)))


class Part(Frozen):
    """What a shard is a part of."""

    shard: Shard
    #: Number of files of the whole.
    files: int
    #: Stands for their paths and sizes; equal for those of the same tree.
    tree: str
    #: Stands for all settings, wherever the tree lies.
    settings: str
    #: Stands for what the baselines accept, ``None`` where none is asked.
    baseline: str | None = None

    def __str__(self) -> str:
        return f"Shard {self.shard.number} of {self.shard.of}"


def _relative(location: str, resolver: Resolver) -> str:
    # Strings, not Path objects: this runs for every file of a tree.
    root = resolver.folder(os.path.dirname(location)).root  # noqa: PTH120
    return os.path.relpath(location, root).replace(os.sep, "/")
