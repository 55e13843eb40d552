"""Find the files of a run below the given paths."""
# Strings, not Path objects: this runs for every file of a tree.
# ruff: noqa: PTH100, PTH109, PTH112, PTH116, PTH120

import os
import stat
from collections.abc import Collection, Iterator, Sequence
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
    for location in walk.not_left_out(given) if force_exclude else given:
        walk.take(location)
    found = [SourceFile(location, walk.hidden(location)) for location in walk.found.values()]
    files = Files(sorted(found, key=lambda file: file.path))
    if not walk.linked and among is None:
        whole = len(walk.listed) == len(files)
        listed = files if whole else Files(f for f in files if f.location in walk.listed)
        resolver.walked |= dict.fromkeys(walk.started, listed)
    return files, walk.failures


def holds_others(
    folder: Path, files: Collection[SourceFile], known: SourceFile, resolver: Resolver
) -> bool:
    """Tell whether there are Python files below a folder beside some, one of which is known there.

    A run has mostly walked that folder: it was on its way to the known file.
    """
    walked = walked_around(folder, known, resolver)
    if walked is None:
        walk = _Walk(resolver, files=files)
        walk.take(os.path.abspath(folder))
        return not all(walk.is_given(location) for location in walk.found.values())
    above = _slashed(str(folder)).replace("/", os.sep)
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

    ``found`` holds each file's location by the real path behind it.
    """

    def __init__(
        self,
        resolver: Resolver,
        among: Collection[str] | None = None,
        files: Collection[SourceFile] | None = None,
    ) -> None:
        self.found: dict[str, str] = {}
        self.failures: list[Failure] = []
        #: The folders that were given, the files in them and below, and whether some are links.
        self.started: list[str] = []
        self.listed: set[str] = set()
        self.linked = False
        #: With the first file that surely is none of these, the walk ends.
        self._files = files
        self._ended = False
        self._on_the_way = None if among is None else _with_folders(among)
        self._resolver = resolver
        self._projects: dict[int, _Project] = {}
        self._here = _slashed(os.getcwd())

    def take(self, location: str) -> None:
        """Add what stands at a path that the user gave."""
        try:
            mode = os.stat(location).st_mode
        except OSError as error:
            return self._fail(location, _unreachable(location, error))
        if stat.S_ISDIR(mode):
            return self._walk(location)
        if stat.S_ISREG(mode):
            return self._add(location, os.path.realpath(location))
        return self._fail(
            location, "is neither a file nor a folder; give a Python file or a folder"
        )

    def _walk(self, start: str) -> None:
        real = os.path.realpath(start)
        project = self._project(start)
        self.started.append(start)
        pending = [_Folder(start, project, _base(project, start), None)]
        while pending and not self._ended:
            folder = self._asked(pending.pop())
            entries = self._entries(folder.path)
            entered = [entry for entry in entries if self._enters(entry, folder, real, start)]
            pending += [self._below(folder, entry.path) for entry in entered]

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

    def _enters(self, entry: os.DirEntry[str], folder: _Folder, real: str, start: str) -> bool:
        """Tell whether an entry is a folder to walk; add it where it is a file to take."""
        path, project = _posix(entry.path), folder.project
        if self._on_the_way is not None and not self._leads_on(real + entry.path[len(start) :]):
            return False
        if project.config.respect_gitignore and folder.ignored and path in folder.ignored:
            return False
        relative = path[folder.base :]
        try:
            if entry.is_dir(follow_symlinks=False):
                return project.enters(relative, entry)
            if entry.name.endswith(".py") and project.takes(relative, entry.name):
                linked = entry.is_symlink()
                target = entry.path if real == start else real + entry.path[len(start) :]
                if linked:
                    target = os.path.realpath(entry.path, strict=True)
                self.linked |= linked
                if entry.is_file():
                    self.listed.add(entry.path)
                    self._add(entry.path, target)
        except OSError as error:
            dangling = "is a symbolic link that leads nowhere; remove or exclude it"
            self._fail(
                entry.path, dangling if entry.is_symlink() else _unreachable(entry.path, error)
            )
        return False

    def _add(self, location: str, real: str) -> None:
        """Keep one location of each file: its own, else the first by name, in whatever order."""
        if not self._leads_on(real):
            return
        if known := self.found.get(real):
            location = min(known, location, key=lambda place: (place != real, place))
        self.found[real] = location
        # What is found by a link may be found by its own name yet.
        self._ended |= location == real and not self.is_given(location)

    def is_given(self, location: str) -> bool:
        """Tell whether a file is one of those beside which there may be others."""
        return self._files is None or SourceFile(location, self.hidden(location)) in self._files

    def _leads_on(self, real: str) -> bool:
        """Tell whether a place is one of the files that are wanted, or on the way to one."""
        return self._on_the_way is None or real in self._on_the_way

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
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
