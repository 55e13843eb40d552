"""Say which test files a changed file concerns, by what they import and what pytest loads.

Nothing is run. Where a name could lead to several modules it leads to all of them: a test file too
many costs time, one too few a regression that nobody sees.
"""
# Strings, not Path objects: every import of a tree is resolved.
# ruff: noqa: PTH118, PTH119, PTH120

import os
import sys
from collections.abc import Collection, Sequence
from functools import cache
from os.path import basename, dirname, join
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.discover import discover
from ssot_migrate.rules.importers import Imported, imported_by, module_path, named
from ssot_migrate.settings.config import DEFAULT_EXCLUDE, DEFAULT_INCLUDE, Config
from ssot_migrate.settings.pytest_settings import PytestSettings
from ssot_migrate.settings.resolver import Options, Resolver


def concerned(changed: Collection[str], resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """Give, for each changed file, the test files that it concerns, itself included if it is one.

    All locations are absolute. All files around the changed ones are asked: what a migration
    leaves out is not rewritten, but its tests can break all the same. Raises ConfigError.
    """
    everything = _Everything(respect_gitignore=resolver.options.respect_gitignore)
    given = resolver.given and everything.over(resolver.given)
    settings = Resolver(given, everything, resolver.start)
    groups: dict[Path, list[str]] = {}
    for location in changed:
        groups.setdefault(resolver.importers(location), []).append(location)
    found: dict[str, tuple[str, ...]] = {}
    for root, locations in groups.items():
        # A changed file may stand where no walk comes: it was given by its name.
        files = discover([root, *map(Path, locations)], settings)[0]
        project = _project([file.location for file in files], settings)
        found |= {location: project.concerned(location) for location in locations}
    return found


class _Everything(Options):
    """Options that leave out only what is nobody's own source."""

    def over(self, config: Config) -> Config:
        """Return a configuration that takes all files that a project has."""
        given = Options.over(self, config)
        return replace(given, include=DEFAULT_INCLUDE, exclude=DEFAULT_EXCLUDE, extend_exclude=())


class _Modules(Struct):
    """The modules below some folders, and where an import of one leads."""

    #: Their paths, as ``module_path`` gives them.
    paths: frozenset[str]
    #: Folders that hold an ``__init__.py``.
    packages: frozenset[str]
    #: Folders in which modules are looked for first.
    roots: frozenset[str]
    #: Modules, and folders that hold some, by their names.
    _named: dict[str, list[str]] = field(default_factory=dict)
    _known: dict[tuple[Imported, str], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, locations: Collection[str], roots: frozenset[str]) -> "_Modules":
        """Sort the files by the names that imports know them by."""
        packages = frozenset(dirname(loc) for loc in locations if basename(loc) == "__init__.py")
        modules = cls(frozenset(map(module_path, locations)), packages, roots)
        folders = {above for folder in {*map(dirname, locations)} for above in _upwards(folder)}
        for path in modules.paths | folders:
            modules._named.setdefault(basename(path), []).append(path)
        return modules

    def led_to(self, imported: Imported, folder: str) -> frozenset[str]:
        """Give the modules that may run when a file in a folder imports something."""
        key = (imported, folder)
        if key not in self._known:
            self._known[key] = frozenset(self._led_to(imported, folder))
        return self._known[key]

    def _led_to(self, imported: Imported, folder: str) -> set[str]:
        above = _upwards(folder)
        if imported.level:
            starts = [join(base, *imported.parts[:1]) for base in above[imported.level - 1 :][:1]]
            return set().union(*(self._along(start, imported) for start in starts))
        if imported.parts[0] not in self._named:
            return set()
        near, far = self._starts(imported.parts[0], above)
        found = set().union(*(self._along(start, imported) for start in near))
        whole = any(self.paths & _ends(start, imported) for start in near)
        if whole or imported.parts[0] in sys.stdlib_module_names:
            return found
        return found.union(*(self._along(start, imported) for start in far))

    def _starts(self, name: str, above: Sequence[str]) -> tuple[list[str], list[str]]:
        """Find what the first part of a name may be: where Python looks, and where it might.

        pytest and people put further folders on the path: the outermost that is no package around
        any test file, or the one that a file is in.
        """
        near, far = [], []
        for path in self._named.get(name, ()):
            folder = dirname(path)
            if folder in self.roots or (folder in above and folder not in self.packages):
                near.append(path)
            elif folder in above or folder not in self.packages:
                far.append(path)
        return near, far

    def _along(self, start: str, imported: Imported) -> set[str]:
        """Collect the modules on the way: importing one runs the packages around it."""
        ways = _ends(start, imported)
        for part in imported.parts[1:]:
            ways.add(start)
            start = join(start, part)
        return ways & self.paths


def _ends(start: str, imported: Imported) -> set[str]:
    """Give the paths of what is imported: a module, and names in it that may be modules too."""
    module = join(start, *imported.parts[1:])
    return {module, *(join(module, name) for name in imported.names)}


@cache
def _upwards(folder: str) -> tuple[str, ...]:
    """List a folder and all above it, the nearest first."""
    above = dirname(folder)
    return (folder,) if above == folder else (folder, *_upwards(above))


class _Project(Struct):
    """The files around the changed ones, and which loads which."""

    modules: _Modules
    locations: frozenset[str]
    tests: frozenset[str]
    #: The files that load a module, by its path.
    users: dict[str, set[str]] = field(default_factory=dict)

    def concerned(self, location: str) -> tuple[str, ...]:
        """Walk backwards from a file to the test files that load it."""
        known = location if location in self.locations else os.path.realpath(location)
        found, pending = {known}, [known]
        while pending:
            new = self.users.get(module_path(pending.pop()), set()) - found
            found |= new
            pending += new
        return tuple(sorted(found & self.tests))

    def add_imports(self, location: str) -> None:
        """Add what a file loads by itself; nothing where it cannot be read."""
        try:
            data = Path(location).read_bytes()
        except OSError:
            return
        for imported in {*imported_by(data)}:
            self.add(imported, location)

    def add(self, imported: Imported, location: str) -> None:
        """Add one import of a file."""
        for module in self.modules.led_to(imported, dirname(location)):
            self.users.setdefault(module, set()).add(location)

    def add_packages(self, location: str) -> None:
        """Add the packages around a file that pytest imports as a part of them."""
        for folder in _upwards(dirname(location)):
            if folder not in self.modules.packages:
                break
            self.users.setdefault(folder, set()).add(location)

    def add_conftest(self, conftest: str, settings: dict[str, PytestSettings]) -> None:
        """Add the test files below a ``conftest.py``.

        Where pytest comes to some of them those alone: to name another one, which a project keeps
        out of its runs, could end the whole run.
        """
        below = {test for test in self.tests if test.startswith(join(dirname(conftest), ""))}
        run = {test for test in below if settings[test].comes_to(test)}
        self.users.setdefault(module_path(conftest), set()).update(run or below)


def _project(locations: list[str], resolver: Resolver) -> _Project:
    """Read which file loads which."""
    configs = {location: resolver.folder(dirname(location)) for location in locations}
    by_root = {config.root: config for config in configs.values()}
    known = {root: PytestSettings.of(root) for root in by_root}
    settings = {location: known[config.root] for location, config in configs.items()}
    tests = frozenset(location for location in locations if settings[location].is_test(location))
    roots = frozenset(folder for config in by_root.values() for folder in config.pythonpath)
    project = _Project(_Modules.of(locations, roots), frozenset(locations), tests)
    conftests = {location for location in locations if basename(location) == "conftest.py"}
    for location in locations:
        project.add_imports(location)
    for location in tests | conftests:
        project.add_packages(location)
    for conftest in conftests:
        project.add_conftest(conftest, settings)
    for test in tests:
        for plugin in settings[test].plugins:
            project.add(named(plugin), test)
    return project
