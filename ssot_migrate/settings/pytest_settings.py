"""Say which files pytest collects tests from, and what it always loads, by its own settings."""
# Strings, not Path objects: this is asked about every file of a tree.
# ruff: noqa: PTH118, PTH119, PTH120

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from functools import partial
from glob import glob
from itertools import zip_longest
from os.path import basename, dirname, join
from pathlib import Path
from typing import Final

from ssot_migrate.frozen import Frozen
from ssot_migrate.settings.toolchain import absolute, lookup, pytest_list, read_toml

_FILES: Final = ("test_*.py", "*_test.py")
_LEFT_OUT: Final = (
    *("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"),
)


class PytestSettings(Frozen):
    """What pytest goes by below a project's root."""

    #: The root, absolute.
    root: str
    #: Patterns of the names or, with a slash, of the paths of test files.
    files: tuple[str, ...] = _FILES
    #: Files and folders, absolute, where it begins; empty for the root.
    begins: tuple[str, ...] = ()
    #: Patterns of the folders that it does not enter.
    left_out: tuple[str, ...] = _LEFT_OUT
    #: Dotted names of the modules that it loads as plugins whatever is tested.
    plugins: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: Path) -> "PytestSettings":
        """Read a project's settings. Raises ConfigError."""
        project = read_toml(root / "pyproject.toml")
        stated = partial(pytest_list, root, project)
        files, left_out = stated("python_files"), stated("norecursedirs")
        begins = [found for path in stated("testpaths") or () for found in _found(root, path)]
        return cls(
            str(root),
            _FILES if files is None else tuple(files),
            tuple(begins),
            _LEFT_OUT if left_out is None else tuple(left_out),
            (*_options(stated("addopts") or ()), *_entry_points(project)),
        )

    def is_test(self, location: str) -> bool:
        """Tell whether tests are collected from a file once pytest comes to it."""
        return any(_matches(pattern, location) for pattern in self.files)

    def comes_to(self, location: str) -> bool:
        """Tell whether pytest comes to a file below the root when it is given no paths."""
        begun = [start for start in self.begins or (self.root,) if _below(location, start)]
        return any(not self._leaves_out(dirname(location), start) for start in begun)

    def _leaves_out(self, folder: str, start: str) -> bool:
        while _below(folder, start) and folder != start:
            if any(_matches(pattern, folder) for pattern in self.left_out):
                return True
            folder = dirname(folder)
        return False


def _found(root: Path, path: str) -> Iterator[str]:
    """Yield what one of ``testpaths`` stands for: pytest knows wildcards in them."""
    # Not Path.glob: it refuses `.` and absolute paths.
    yield from (str(absolute(root / name)) for name in glob(path, root_dir=root, recursive=True))  # noqa: PTH207


def _below(location: str, start: str) -> bool:
    return location == start or location.startswith(join(start, ""))


def _matches(pattern: str, location: str) -> bool:
    """Match as pytest does: the name, or by a pattern with a slash the end of the path."""
    if "/" not in pattern:
        return fnmatch(basename(location), pattern)
    return fnmatch(location, pattern if pattern.startswith("/") else f"*/{pattern}")


def _options(words: Sequence[str]) -> Iterator[str]:
    """Yield the plugins that command line options load."""
    for word, after in zip_longest(words, words[1:], fillvalue=""):
        if word.startswith("-p"):
            name = word.removeprefix("-p") or after
            if not name.startswith("no:"):
                yield name


def _entry_points(project: dict[str, object]) -> Iterator[str]:
    """Yield the modules that the project itself offers as plugins of pytest."""
    stated = lookup(project, "project", "entry-points", "pytest11")
    for target in stated.values() if isinstance(stated, dict) else ():
        yield str(target).partition(":")[0].strip()
