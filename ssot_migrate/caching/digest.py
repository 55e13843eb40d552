"""Stand for all that an answer depends on by a few bytes."""

import os
import re
import sys
from collections.abc import Iterator
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from ssot_migrate import __version__
from ssot_migrate.hashing import blake2b


def digest(*values: object) -> bytes:
    """Give equal bytes for equal values: structs, whole, and what they are made of.

    Raises TypeError for what cannot be told apart.
    """
    try:
        encoded = msgspec.msgpack.encode(values, enc_hook=_taken_apart, order="deterministic")
    except UnicodeEncodeError:
        encoded = ascii(values).encode()  # Some systems have paths that are no text.
    return of_bytes(encoded)


def of_bytes(data: bytes) -> bytes:
    """Give the digest of what a file holds."""
    return blake2b(data, digest_size=16).digest()


def _taken_apart(value: Any) -> object:  # noqa: ANN401 (msgspec asks for whatever it does not know)
    match value:
        case Path():
            return str(value)
        case re.Pattern():
            return value.pattern, value.flags
        case partial():
            return value.func.__qualname__, value.args, value.keywords
        case Enum():
            return value.value
    raise TypeError(f"{type(value).__name__} has no digest")


@cache
def tool() -> bytes:
    """Stand for this version of the tool and of Python.

    Where the tool is installed from a checkout, its code changes while its version does not.
    """
    package = str(Path(__file__).parents[1])
    return digest(__version__, sys.version, sys.platform, sorted(_code(package)))


def _code(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _code(entry.path)
            elif not entry.name.endswith(".pyc"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
