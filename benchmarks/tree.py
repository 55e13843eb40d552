"""Build ``benchmarks/tree/``: real files, as many as asked for, a third of which hold mocks.

The files of the archives are taken in an order that is fixed and mixes projects and folders. Where
there are too few, they are taken again, each time with its copy number in a comment at the end:
nothing that looks at content may treat two files as one.
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

#: The tree, and in it what it was built with: hidden, so that nothing that is measured looks at it.
HOME = Path(__file__).parent / "tree"
RECORD = HOME / ".tree.json"
DEFAULT_FILES = 4_000
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


def sources() -> tuple[list[Path], list[Path]]:
    """List the archives' Python files: those that hold mocks, and the others."""
    found = [path for archive in archives.ARCHIVES for path in archive.folder.rglob("*.py")]
    usable = sorted((path for path in found if is_usable(path)), key=mixed)
    with_mocks = [path for path in usable if is_candidate(path.read_bytes())]
    return with_mocks, [path for path in usable if path not in set(with_mocks)]


def is_usable(path: Path) -> bool:
    """Tell whether every tool looks at such a file: hidden folders are often left out."""
    parts = path.relative_to(archives.HOME).parts
    return path.is_file() and not any(part.startswith(".") for part in parts)


def mixed(path: Path) -> str:
    """Give a key that sorts files the same everywhere, but neither by project nor by folder."""
    return hashlib.sha256(path.relative_to(archives.HOME).as_posix().encode()).hexdigest()


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


def build(files: int) -> Size:
    """Write a tree of so many files over the old one."""
    shutil.rmtree(HOME, ignore_errors=True)
    with_mocks, others = sources()
    mocks = files // MOCK_SHARE
    size = Size()
    for paths, wanted in ((with_mocks, mocks), (others, files - mocks)):
        for name, data in islice(copies(paths), wanted):
            target = HOME / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            size.add(data)
    return size


def recorded() -> Size | None:
    """Give the size of the tree that is there, None where it was built from other archives."""
    if not RECORD.exists():
        return None
    record = json.loads(RECORD.read_text("utf-8"))
    return Size(**record["size"]) if record["archives"] == archive_names() else None


def archive_names() -> list[str]:
    """List the archives with their versions: others make another tree."""
    return [archive.stem for archive in archives.ARCHIVES]


def ensure(files: int | None = None) -> Size:
    """Build a tree of so many files unless it is there; without a number any tree will do."""
    size = recorded()
    if size is None or files not in {None, size.files}:
        archives.main()
        size = build(files or DEFAULT_FILES)
        record = {"archives": archive_names(), "size": asdict(size)}
        RECORD.write_text(json.dumps(record), "utf-8")
    return size


def main() -> None:
    """Build the tree that the command line asks for, and say what it holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=DEFAULT_FILES, help="default: %(default)s")
    size = ensure(parser.parse_args().files)
    print(
        f"{HOME.name}/: {size.files:,} files ({size.with_mocks:,} with mocks), "
        f"{size.size / 1e6:,.0f} MB, {size.lines / 1e6:,.2f} million lines"
    )


if __name__ == "__main__":
    main()
