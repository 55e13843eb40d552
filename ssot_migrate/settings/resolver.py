"""Say which settings hold for each folder and file of a run: those of the nearest table above it.

There is no merging with tables further out. What the command line gives stands over all of them.
"""
# Strings, not Path objects: this runs for every folder of a tree.
# ruff: noqa: PTH110, PTH118, PTH120

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile
from ssot_migrate.settings.config import Config, ConfigError, Origin, absolute
from ssot_migrate.settings.load import checkout, load, load_own, without_table
from ssot_migrate.settings.patterns import Patterns
from ssot_migrate.settings.table import check_patterns

COMMAND_LINE: Final = Origin("command line")


class Options(Frozen):
    """What the command line gives in place of the tables; ``None`` where it says nothing."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    #: Patterns with folders are relative to the current one.
    exclude: tuple[str, ...] | None = None
    #: Beside the configured ones; relative likewise.
    extend_exclude: tuple[str, ...] | None = None
    respect_gitignore: bool | None = None
    unsafe_fixes: bool | None = None
    trial: str | None = None
    trial_timeout: float | None = None
    trial_in_place: bool | None = None
    cache_dir: Path | None = None

    def __post_init__(self) -> None:
        check_patterns("--exclude", self.exclude or ())
        check_patterns("--extend-exclude", self.extend_exclude or ())

    def over(self, config: Config) -> Config:
        """Return a configuration with these options over it."""
        values: dict[str, object] = {
            "select": self.select,
            "ignore": self.ignore,
            "exclude": _rebased(self.exclude, config.root),
            "respect_gitignore": self.respect_gitignore,
            "unsafe_fixes": self.unsafe_fixes,
            "trial": self.trial,
            "trial_timeout": self.trial_timeout,
            "trial_in_place": self.trial_in_place,
            "cache_dir": self.cache_dir and str(absolute(self.cache_dir)),
        }
        if self.extend_exclude is not None:
            more = _rebased(self.extend_exclude, config.root) or ()
            values["extend_exclude"] = (*config.extend_exclude, *more)
        given = config.given(COMMAND_LINE, {k: v for k, v in values.items() if v is not None})
        if given.cache in (config.root, *config.root.parents):
            raise ConfigError(f"--cache-dir must be a folder of its own, not {given.cache}")
        return given


NO_OPTIONS: Final = Options()


class Resolver(Struct, dict=True):
    """The settings of a run's folders and files; each folder is looked at once."""

    #: What holds for everything; ``None`` where tables are looked for, from each folder up.
    given: Config | None
    options: Options = NO_OPTIONS
    #: The folder that holds all of the run's paths.
    start: Path = Path()
    #: The files that were found below folders that were walked.
    walked: dict[str, Collection[SourceFile]] = field(default_factory=dict)
    _tables: dict[str, Config | None] = field(default_factory=dict)
    _checkouts: dict[str, Config | None] = field(default_factory=dict)
    _specs: dict[tuple[str, ...], Patterns] = field(default_factory=dict)
    _overridden: dict[tuple[Config, tuple[int, ...]], Config] = field(default_factory=dict)

    def folder(self, folder: str) -> Config:
        """Return what holds for a folder, given by its absolute path."""
        if self.given:
            return self.given
        table = _above(folder, self._tables, self._with_table)
        return table or _above(folder, self._checkouts, self._of_checkout) or self._otherwise

    def file(self, location: str) -> Config:
        """Return what holds for a file, given by its absolute path: overrides are in effect."""
        config = self.folder(os.path.dirname(location))
        if not config.overrides:
            return config
        path = os.path.relpath(location, config.root).replace(os.sep, "/")
        numbers = tuple(n for n, o in enumerate(config.overrides) if self._matches(o.path, path))
        if (config, numbers) not in self._overridden:
            effective = replace(config, overrides=())
            for number in numbers:
                override = config.overrides[number]
                values = {
                    k: v for k, v in override.values if getattr(self.options, k, None) is None
                }
                effective = effective.given(override.origin, values)
            self._overridden[config, numbers] = effective
        return self._overridden[config, numbers]

    def projects(self, files: Iterable[SourceFile]) -> list[Config]:
        """Return the settings of the files' projects, or of where the run begins if it has none."""
        folders = dict.fromkeys(os.path.dirname(file.location) for file in files)
        found = (self.folder(folder) for folder in folders or [str(self.start)])
        return list({config.root: config for config in found}.values())

    def importers(self, location: str) -> Path:
        """Return the folder below which all files lie that could import from a file.

        That is the outermost project around it, in the same checkout: its files find everything
        below their root.
        """
        root = self.folder(os.path.dirname(location)).root
        while not self.given and not (root / ".git").exists() and root != root.parent:
            outer = _above(str(root.parent), self._tables, self._with_table)
            if outer is None:
                break
            root = outer.root
        return root

    @cached_property
    def _otherwise(self) -> Config:
        """What holds where no table and no checkout is above."""
        return self.options.over(without_table(checkout(self.start)))

    def _with_table(self, folder: str) -> Config | None:
        # Most folders have none, and asking for that is all that they should cost.
        found = os.path.exists(os.path.join(folder, "pyproject.toml"))
        own = load_own(Path(folder)) if found else None
        return own and self.options.over(own)

    def _of_checkout(self, folder: str) -> Config | None:
        found = os.path.exists(os.path.join(folder, ".git"))
        return self.options.over(without_table(Path(folder))) if found else None

    def _matches(self, patterns: tuple[str, ...], path: str) -> bool:
        if patterns not in self._specs:
            self._specs[patterns] = Patterns.of(patterns)
        return self._specs[patterns].cover(path)


def find(start: Path, options: Options = NO_OPTIONS, config_file: Path | None = None) -> Resolver:
    """Return the settings of a run: the nearest tables', or those of ``config_file`` alone.

    ``start`` is the folder that holds all of the run's paths. Raises ConfigError.
    """
    given = options.over(load(start, config_file)) if config_file else None
    return Resolver(given, options, absolute(start))


def _above(
    folder: str, known: dict[str, Config | None], read: Callable[[str], Config | None]
) -> Config | None:
    """Return what is read in a folder, or in the nearest above it in which there is something."""
    passed: list[str] = []
    found = None
    while folder not in known:
        passed.append(folder)
        found = read(folder)
        parent = os.path.dirname(folder)
        if found or parent == folder:
            break
        folder = parent
    else:
        found = known[folder]
    known.update(dict.fromkeys(passed, found))
    return found


def _rebased(patterns: Sequence[str] | None, root: Path) -> tuple[str, ...] | None:
    return None if patterns is None else tuple(_below(pattern, root) for pattern in patterns)


def _below(pattern: str, root: Path) -> str:
    """Make a pattern with folders, written relative to the current one, relative to the root."""
    body = pattern.rstrip("/")
    if "/" not in body:
        return pattern
    here = Path.cwd()
    place = Path(body) if Path(body).is_relative_to(here) else here / body.lstrip("/")
    path = os.path.relpath(place, root).replace(os.sep, "/")
    return f"/{path}{pattern[len(body) :]}"
