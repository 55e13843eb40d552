"""Find the files of a run below the given paths."""
# Strings, not Path objects: this runs for every file of a tree.
# ruff: noqa: PTH100, PTH109, PTH112, PTH116, PTH120

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from ssot_migrate import git
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Failure, SourceFile, Stage
from ssot_migrate.settings.config import DEFAULT_INCLUDE, Config
from ssot_migrate.settings.patterns import Patterns
from ssot_migrate.settings.resolver import Resolver

_STDIN = "<stdin>"


def discover(
    paths: Sequence[Path],
    resolver: Resolver,
    *,
    force_exclude: bool = False,
    among: Collection[str] | None = None,
) -> tuple[Files, list[Failure]]:
    """Return the Python files at and below ``paths``, sorted by path, and what went wrong.

    Files given by name are always taken, unless ``force_exclude`` holds the exclusions against all
    that is given. Folders that are symbolic links are not entered, and a file that is one counts
    once with its target.

    ``among`` are the real locations of files that git does not ignore, where only those are wanted:
    no folder is entered that holds none of them.
    """
    walk = _Walk(resolver, among)
    given = [os.path.abspath(path) for path in paths]
    taken = walk.not_left_out(given) if force_exclude else given
    # A large tree is not held as paths.
    plain = files = Files.sorted(chain.from_iterable(map(walk.take, taken)))
    if others := [*walk.others(plain)]:
        files = Files.sorted((*plain, *others))
    if not walk.linked and among is None:
        listed = (f for f in files if f.location in walk.listed or f in plain)
        resolver.walked |= dict.fromkeys(walk.started, Files(listed) if others else files)
    return files, walk.failures


def holds_others(
    folder: Path, files: Collection[SourceFile], known: SourceFile, resolver: Resolver
) -> bool:
    """Tell whether there are Python files below a folder beside some, one of which is known there.

    A run has mostly walked that folder: it was on its way to the known file.
    """
    walked = walked_around(folder, known, resolver)
    above = _slashed(str(folder)).replace("/", os.sep)
    if walked is None:
        walk = _Walk(resolver)
        if any(file not in files for file in walk.take(os.path.abspath(folder))):
            return True
        plain = [file for file in files if file.location.startswith(above)] if walk.found else ()
        return any(file not in files for file in walk.others(plain))
    listed = resolver.walked[walked]
    return any(file.location.startswith(above) and file not in files for file in listed)


def walked_around(folder: Path, known: SourceFile, resolver: Resolver) -> str | None:
    """Return what was walked already: this folder that holds a known file, or one above it."""
    start = _slashed(str(folder))
    around = (walked for walked, listed in resolver.walked.items() if known in listed)
    return next((walked for walked in around if start.startswith(_slashed(walked))), None)


def from_stdin(
    content: bytes, filename: Path | None, resolver: Resolver, *, force_exclude: bool = False
) -> Files:
    """Return what came on standard input, as the file of this name; nothing if that is left out."""
    walk = _Walk(resolver)
    given = [os.path.abspath(filename or _STDIN)]
    taken = walk.not_left_out(given) if force_exclude else given
    return Files(SourceFile(location, walk.hidden(location), content) for location in taken)


class _Project(Frozen):
    """What one project takes and leaves out."""

    config: Config
    excluded: Patterns
    #: ``None`` for all Python files.
    included: Patterns | None
    #: Its folder and its cache's, with a slash at their ends.
    root: str
    cache: str

    @classmethod
    def of(cls, config: Config) -> "_Project":
        """Compile a project's patterns."""
        lines = [line for pattern in config.include for line in _with_contents(pattern)]
        return cls(
            config,
            Patterns.of((*config.exclude, *config.extend_exclude)),
            None if config.include == DEFAULT_INCLUDE else Patterns.of(lines),
            _slashed(str(config.root)),
            _slashed(str(config.cache)),
        )

    def excludes(self, path: str) -> bool:
        """Tell whether a path below the root, or a folder above it there, is left out."""
        return self.excluded.cover(path)

    def enters(self, path: str, entry: os.DirEntry[str]) -> bool:
        """Tell whether a folder is walked; its path is relative."""
        return (
            not self.excluded.match(f"{path}/", entry.name) and _slashed(entry.path) != self.cache
        )

    def takes(self, path: str, name: str) -> bool:
        """Tell whether a file is taken; its path is relative."""
        included = self.included is None or self.included.match(path, name)
        return included and not self.excluded.match(path, name)


class _Folder(Frozen):
    """A folder on the way, and what holds for its entries."""

    path: str
    project: _Project
    #: How much of a path the patterns do not see.
    base: int
    #: What git ignores below; ``None`` as long as it was not asked.
    ignored: frozenset[str] | None


class _Walk:
    """One run's way through the folders.

    ``found`` holds the locations of files that were given by name, or lie behind links, by the real
    paths behind them.
    """

    def __init__(self, resolver: Resolver, among: Collection[str] | None = None) -> None:
        self.found: dict[str, str] = {}
        self.failures: list[Failure] = []
        #: The folders that were given, what is found in them and below, and whether by links.
        self.started: list[str] = []
        self.listed: set[str] = set()
        self.linked = False
        self._on_the_way = None if among is None else _with_folders(among)
        self._resolver = resolver
        self._projects: dict[int, _Project] = {}
        self._here = _slashed(os.getcwd())

    def take(self, location: str) -> Iterator[SourceFile]:
        """Yield the files in and below a folder that the user gave, without those found by links.

        A file that was given is found, too.
        """
        try:
            mode = os.stat(location).st_mode
        except OSError as error:
            self._fail(location, _unreachable(location, error))
            return
        if stat.S_ISDIR(mode):
            yield from self._walk(location)
        elif stat.S_ISREG(mode):
            self._add(location, os.path.realpath(location))
        else:
            text = "is neither a file nor a folder; give a Python file or a folder"
            self._fail(location, text)

    def others(self, plain: Collection[SourceFile]) -> Iterator[SourceFile]:
        """Yield what was found beside some files, behind whatever paths."""
        for real, location in self.found.items():
            if SourceFile(real, self.hidden(real)) not in plain:
                yield SourceFile(location, self.hidden(location))

    def _walk(self, start: str) -> Iterator[SourceFile]:
        """Go through a folder in the order of the paths."""
        real = os.path.realpath(start)
        project = self._project(start)
        self.started.append(start)
        folder = self._asked(_Folder(start, project, _base(project, start), None))
        pending = [(folder, self._entries(start))]
        while pending:
            folder, entries = pending[-1]
            if not entries:
                pending.pop()
                continue
            entry = entries.pop()
            try:
                if not self._wants(entry, folder, real + entry.path[len(start) :]):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below = self._asked(self._below(folder, entry.path))
                    pending.append((below, self._entries(below.path)))
                else:
                    yield from self._found(entry, real + entry.path[len(start) :])
            except OSError as error:
                dangling = "is a symbolic link that leads nowhere; remove or exclude it"
                told = dangling if entry.is_symlink() else _unreachable(entry.path, error)
                self._fail(entry.path, told)

    def _project(self, folder: str) -> _Project:
        config = self._resolver.folder(folder)
        if id(config) not in self._projects:
            self._projects[id(config)] = _Project.of(config)
        return self._projects[id(config)]

    def _below(self, folder: _Folder, path: str) -> _Folder:
        """Return what holds for a folder below another: a project of its own may begin there."""
        project = self._project(path)
        if project is folder.project:
            return replace(folder, path=path)
        own_git = (Path(path) / ".git").exists()
        return _Folder(path, project, len(project.root), None if own_git else folder.ignored)

    def _asked(self, folder: _Folder) -> _Folder:
        """Ask git, once for a project, which entries it ignores."""
        known = folder.ignored is not None or self._on_the_way is not None
        if folder.project.config.respect_gitignore and not known:
            return replace(folder, ignored=_ignored_below(folder.path))
        return folder

    def _wants(self, entry: os.DirEntry[str], folder: _Folder, real: str) -> bool:
        """Tell whether an entry is a folder to walk, or may be a file to take. Raises OSError."""
        path, project = _posix(entry.path), folder.project
        if not self._leads_on(real):
            return False
        if project.config.respect_gitignore and folder.ignored and path in folder.ignored:
            return False
        relative = path[folder.base :]
        if entry.is_dir(follow_symlinks=False):
            return project.enters(relative, entry)
        return entry.name.endswith(".py") and project.takes(relative, entry.name)

    def _found(self, entry: os.DirEntry[str], real: str) -> Iterator[SourceFile]:
        """Yield an entry if it is a file under its own name. Raises OSError."""
        if entry.is_symlink():
            self.linked = True
            real = os.path.realpath(entry.path, strict=True)
        if not entry.is_file():
            return
        if real == entry.path:
            yield SourceFile(real, self.hidden(real))
        else:
            self.listed.add(entry.path)
            self._add(entry.path, real)

    def _add(self, location: str, real: str) -> None:
        """Keep one location of each file: its own, else the first by name, in whatever order."""
        if not self._leads_on(real):
            return
        if known := self.found.get(real):
            location = min(known, location, key=lambda place: (place != real, place))
        self.found[real] = location

    def _leads_on(self, real: str) -> bool:
        """Tell whether a place is one of the files that are wanted, or on the way to one."""
        return self._on_the_way is None or real in self._on_the_way

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """List what is in a folder, last what comes first in the order of all paths below it."""
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=_name, reverse=True)
        except OSError as error:
            self._fail(folder, _unreachable(folder, error))
            return []

    def not_left_out(self, given: Sequence[str]) -> Iterator[str]:
        """Yield the given paths that are neither excluded nor, with all above them, ignored."""
        asking = [path for path in given if self._around(path).config.respect_gitignore]
        ignored = _ignored_of(asking)
        return (path for path in given if path not in ignored and not self._left_out(path))

    def _around(self, location: str) -> _Project:
        return self._project(location if os.path.isdir(location) else os.path.dirname(location))

    def _left_out(self, location: str) -> bool:
        """Tell whether the project around a path excludes it, or one further out that project."""
        project = self._around(location)
        path = _slashed(location) if os.path.isdir(location) else _posix(location)
        while True:
            relative = path.removeprefix(project.root).removeprefix("/")
            if relative and project.excludes(relative):
                return True
            outer = self._project(os.path.dirname(project.config.root))
            if outer is project or not project.root.startswith(outer.root):
                return False
            project, path = outer, project.root

    def _fail(self, location: str, message: str) -> None:
        self.failures.append(Failure(self.shown(location), Stage.DISCOVER, message))

    def shown(self, location: str) -> str:
        """Return a path for people: relative to the current folder where it lies below it."""
        path = _posix(location)
        return path[self.hidden(location) :] if path != self._here[:-1] else "."

    def hidden(self, location: str) -> int:
        """Return how much of a path people need not see."""
        return len(self._here) if _posix(location).startswith(self._here) else 0


def _name(entry: os.DirEntry[str]) -> str:
    """Return what an entry is sorted by, so that all paths below a folder are in order."""
    try:
        return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
    except OSError:
        return entry.name


def _with_folders(locations: Collection[str]) -> frozenset[str]:
    """Add all folders above to some files."""
    found: set[str] = set()
    for location in locations:
        place = location
        while place not in found:
            found.add(place)
            place = os.path.dirname(place)
    return frozenset(found)


def _base(project: _Project, start: str) -> int:
    """Return how much of a path the patterns do not see: that of the root.

    Outside the root, and where a folder given by name is itself excluded, they are relative to
    that folder.
    """
    folder = _slashed(start)
    inside = folder.startswith(project.root) and folder != project.root
    if not inside or project.excludes(folder[len(project.root) :]):
        return len(folder)
    return len(project.root)


def _ignored_below(folder: str) -> frozenset[str]:
    """Ask git which files and folders below a folder it ignores; nothing outside a checkout."""
    listed = _git(
        folder, ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory"]
    )
    # `./` stands for the folder itself, which was given by name.
    names = {name.rstrip("/") for name in listed if name != "./"}
    return frozenset(_slashed(folder) + name for name in names)


def _ignored_of(locations: Sequence[str]) -> frozenset[str]:
    """Ask git which of these paths it ignores."""
    found: set[str] = set()
    for folder in {os.path.dirname(location) for location in locations}:
        there = [location for location in locations if os.path.dirname(location) == folder]
        found.update(_git(folder, ["check-ignore", "--stdin"], "\0".join(there)))
    return frozenset(found)


def _git(folder: str, arguments: list[str], given: str = "") -> list[str]:
    """Run git, which alone knows all of its own ignore files; an empty answer where it cannot."""
    try:
        done = git.run(folder, arguments[0], "-z", *arguments[1:], given=os.fsencode(given))
    except OSError:
        return []
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _unreachable(path: str | Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        file, found, place = str(path).partition(".py:")
        if found and Path(f"{file}.py").is_file():
            return f"a file has no place here; leave out `:{place}`"
        return "does not exist; check the spelling and the current folder"
    return f"cannot be read ({error.strerror}); check its permissions, or exclude it"


def _with_contents(pattern: str) -> Iterator[str]:
    """Yield a pattern of ``include``, and one for the files below a folder of that name."""
    yield pattern
    body = pattern.rstrip("/")
    yield f"{body}/**" if "/" in body else f"**/{body}/**"


def _posix(location: str) -> str:
    return location.replace(os.sep, "/")


def _slashed(folder: str) -> str:
    return _posix(folder).rstrip("/") + "/"
