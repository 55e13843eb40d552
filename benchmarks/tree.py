"""Build ``benchmarks/tree/``: real files, as many as asked for, a third of which hold mocks.

The files of the archives are taken in an order that is fixed and mixes projects and folders. Where
there are too few, they are taken again, each time with its copy number in a comment at the end:
nothing that looks at content may treat two files as one, and a copy costs what its original does.
"""

import argparse
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path

from benchmarks import archives
from benchmarks.limits import is_candidate

HOME = Path(__file__).parent / "tree"
#: In a tree, what it was built with: hidden, so that nothing that is measured looks at it.
RECORD = ".tree.json"
#: The name and text of what makes a tree a project of its own, whatever it lies in.
PROJECT, TABLE = "pyproject.toml", "[tool.ssot-migrate]\n"
DEFAULT_FILES = 10_000
#: One file in three holds mocks.
MOCK_SHARE = 3


@dataclass(slots=True)
class Size:
    """What a tree holds."""

    files: int = 0
    #: Those that call a mock class.
    with_mocks: int = 0
    #: In bytes.
    size: int = 0
    lines: int = 0

    def add(self, data: bytes) -> None:
        """Count one more file."""
        self.files += 1
        self.with_mocks += is_candidate(data)
        self.size += len(data)
        self.lines += data.count(b"\n")

    def __str__(self) -> str:
        return (
            f"{self.files:,} files ({self.with_mocks:,} with mocks), "
            f"{self.size / 1e6:,.0f} MB, {self.lines / 1e6:,.2f} million lines"
        )


def sources() -> tuple[list[Path], list[Path]]:
    """List the archives' Python files: those that hold mocks, and the others."""
    found = (path for archive in archives.ARCHIVES for path in archive.folder.rglob("*.py"))
    usable = sorted((p for p in found if is_usable(p)), key=lambda p: mixed(p, archives.HOME))
    with_mocks = [path for path in usable if is_candidate(path.read_bytes())]
    return with_mocks, [path for path in usable if path not in set(with_mocks)]


def is_usable(path: Path) -> bool:
    """Tell whether every tool looks at such a file: hidden folders are often left out.

    An empty one is no work for anybody.
    """
    parts = path.relative_to(archives.HOME).parts
    hidden = any(part.startswith(".") for part in parts)
    return path.is_file() and not hidden and path.stat().st_size > 0


def mixed(path: Path, home: Path) -> str:
    """Give a key that sorts files the same everywhere, but neither by project nor by folder."""
    return hashlib.sha256(path.relative_to(home).as_posix().encode()).hexdigest()


def copies(paths: list[Path]) -> Iterator[tuple[Path, bytes]]:
    """Yield name and content of every file, then of every second copy, and so on without end."""
    for number in count():
        for path in paths:
            name = Path(f"copy_{number:02}") / path.relative_to(archives.HOME)
            yield name, numbered(path.read_bytes(), number)


def numbered(data: bytes, number: int) -> bytes:
    """Add the copy number at the end, on a line of its own; the first copy stays as it is."""
    if not number:
        return data
    between = b"" if data.endswith((b"\n", b"\r")) or not data else b"\n"
    return data + between + b"# copy %d\n" % number


def build(files: int, home: Path) -> Size:
    """Write a tree of so many files over the old one."""
    shutil.rmtree(home, ignore_errors=True)
    with_mocks, others = sources()
    mocks = files // MOCK_SHARE
    size = Size()
    for paths, wanted in ((with_mocks, mocks), (others, files - mocks)):
        for name, data in islice(copies(paths), wanted):
            target = home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            size.add(data)
    (home / PROJECT).write_text(TABLE, "utf-8")
    return size


def recorded(home: Path) -> Size | None:
    """Give the size of the tree that is there, None where it was built in another way."""
    if not (home / RECORD).exists():
        return None
    record = json.loads((home / RECORD).read_text("utf-8"))
    return Size(**record["size"]) if record.get("built") == way() else None


def way() -> list[str]:
    """List what a tree comes of, the archives with their versions: others make another tree."""
    here = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return [here, *(archive.stem for archive in archives.ARCHIVES)]


def ensure(files: int | None = None, home: Path = HOME) -> Size:
    """Build a tree of so many files unless it is there; without a number any tree will do."""
    size = recorded(home)
    if size is None or files not in {None, size.files}:
        archives.main()
        size = build(files or DEFAULT_FILES, home)
        record = {"built": way(), "size": asdict(size)}
        (home / RECORD).write_text(json.dumps(record), "utf-8")
    return size


def main() -> None:
    """Build the tree that the command line asks for, and say what it holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=DEFAULT_FILES, help="default: %(default)s")
    size = ensure(parser.parse_args().files)
    print(f"{HOME.name}/: {size}")


if __name__ == "__main__":
    main()
