"""What no such tool can beat: asking for all files' times, reading them, parsing the candidates.

A process of its own, started by ``benchmarks.run``: ``python -m benchmarks.limits read FOLDER``.
"""

import ast
import gc
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count
from pathlib import Path

#: The byte test: a call of a mock class.
CALLS_A_MOCK = re.compile(rb"\b(?:Async|Magic)?Mock\(")


def is_candidate(data: bytes) -> bool:
    """Test bytes for a call of a mock class; the fixed text first, for it is ten times as fast."""
    return b"Mock(" in data and CALLS_A_MOCK.search(data) is not None


def candidates(folder: Path) -> Iterator[Path]:
    """Read every Python file and yield those that call a mock class."""
    return (path for path in folder.rglob("*.py") if is_candidate(path.read_bytes()))


def ask(folder: Path) -> int:
    """Walk the folders and ask for the time of every file; give the number of files."""
    # Strings, not Path objects: this is to be the least that it can cost.
    paths = (f"{here}/{name}" for here, _, names in os.walk(folder) for name in names)
    return sum(1 for path in paths if path.endswith(".py") and os.stat(path).st_mtime_ns)  # noqa: PTH116


def read(folder: Path) -> int:
    """Read and test every file; give the number of candidates."""
    return sum(1 for _ in candidates(folder))


def parse(folder: Path) -> int:
    """Parse every candidate, on as many processes as there are cores; give their number."""
    # A tree holds no cycles: what the collector would look for is not there.
    with ProcessPoolExecutor(cpu_count(), initializer=gc.disable) as pool:
        return sum(pool.map(parse_one, candidates(folder), chunksize=16))


def parse_one(path: Path) -> int:
    """Parse one file and forget its tree."""
    with warnings.catch_warnings(action="ignore"):
        try:
            ast.parse(path.read_bytes())
        except SyntaxError:
            return 0
    return 1


LIMITS: dict[str, Callable[[Path], int]] = {"ask": ask, "read": read, "parse": parse}

if __name__ == "__main__":
    _, chosen, place = sys.argv
    print(LIMITS[chosen](Path(place)))
