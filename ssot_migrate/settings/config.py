"""What can be configured: the effective settings of a folder or file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from msgspec import field
from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.settings.toolchain import ConfigError, Origin, absolute

__all__ = ["Config", "ConfigError", "Origin", "absolute"]

#: Folders and files that are left out below the given paths, with or without git.
DEFAULT_EXCLUDE: Final = (
    *(".git", ".hg", ".svn", ".bzr", ".jj"),
    *(".venv", "venv", ".direnv", "site-packages", "node_modules", "__pypackages__"),
    *(".tox", ".nox", ".eggs", "*.egg-info", "build", "_build", "dist", "buck-out"),
    *("__pycache__", ".cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".pytype", ".pyre"),
    *(".hypothesis", ".ipynb_checkpoints", ".ssot_migrate_cache", ".idea", ".vscode", ".#*"),
)
DEFAULT_INCLUDE: Final = ("*.py",)
DEFAULT_LINE_LENGTH: Final = 88
#: Where the factory is looked for when nothing is configured.
DEFAULT_FACTORY: Final = "test_framework.ssot.mock_factory:SSotMockFactory"
DEFAULT_CACHE_DIR: Final = ".ssot_migrate_cache"
DEFAULT_BASELINE: Final = "ssot-migrate-baseline.txt"
DEFAULT_COMMIT_MESSAGE: Final = "Take the mocks of {batch} from the factory"


class Override(Frozen):
    """Settings that hold for some files in place of the table's."""

    #: Patterns of the files, in gitignore syntax, relative to the root.
    path: tuple[str, ...]
    #: Fields of Config and their values.
    values: tuple[tuple[str, Any], ...]
    origin: Origin


class Statistics(Frozen):
    """Line regexes that ``scan --statistics`` counts, by rule."""

    #: In place of the shipped ones.
    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Beside the shipped ones, or those in their place.
    extend_patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Interfaces(Frozen):
    """Production classes that products stand for."""

    #: The factory's method, and the class as ``module:Class``.
    classes: tuple[tuple[str, str], ...] = ()


class Renamed(Frozen):
    """Methods of the factory that have new names."""

    #: The old name and the new one.
    methods: tuple[tuple[str, str], ...] = ()


class Conformance(Frozen):
    """What ``factory check`` goes by."""

    #: What a product may cost, in time and memory, as a ratio to the block that builds it by hand.
    limit: float = 1.1
    #: File of the recorded signatures, relative to the root; beside the factory by default.
    snapshot: str | None = None
    #: Groups and ids of checks to leave out, or patterns of them.
    ignore: tuple[str, ...] = ()


class Config(Frozen):
    """The effective settings of a folder or file."""

    #: Folder that patterns and the factory's path are relative to; absolute.
    root: Path
    #: ``module:Class``, ``None`` for the default place.
    factory: str | None = None
    #: Rule ids to run; empty for all.
    select: tuple[str, ...] = ()
    #: Rule ids to leave out.
    ignore: tuple[str, ...] = ()
    #: Patterns, in gitignore syntax, of the files taken from folders.
    include: tuple[str, ...] = DEFAULT_INCLUDE
    #: Patterns, in gitignore syntax, of the files and folders left out.
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    #: Patterns left out beside ``exclude``.
    extend_exclude: tuple[str, ...] = ()
    #: Characters that a line may have.
    line_length: int = DEFAULT_LINE_LENGTH
    #: Absolute folders in which modules are looked for, in order.
    pythonpath: tuple[str, ...] = ()
    #: Whether files that git ignores are left out.
    respect_gitignore: bool = True
    #: Folders with codemods of the project's own, beside the shipped ones.
    codemods: tuple[str, ...] = ()
    #: Folder, relative to the root, of what the tool keeps for itself; it is left out of every run.
    cache_dir: str = DEFAULT_CACHE_DIR
    #: File, relative to the root, of the violations that ``check`` accepts; it need not exist.
    baseline: str = DEFAULT_BASELINE
    #: What ``scan --statistics`` counts.
    statistics: Statistics = Statistics()
    #: Production classes, as ``module:Class``, that products stand for, by the factory's method.
    interfaces: Interfaces = Interfaces()
    #: New names of the factory's methods, by the old ones.
    renamed: Renamed = Renamed()
    #: The project's class of user contexts, ``module:Class``, for the shipped factory's products.
    user_context: str | None = None
    #: What ``factory check`` goes by.
    conformance: Conformance = Conformance()
    #: Whether unsafe fixes are taken too.
    unsafe_fixes: bool = False
    #: Whether a suppression without a reason is a violation.
    require_reason: bool = True
    #: Why the fixes of a file are left out; empty where they are not.
    skip: str = ""
    #: The command of a trial, in which ``{files}`` stands for the test files; empty for no trial.
    trial: str = ""
    #: Seconds that one execution of it may take; ``None`` for a limit that the first one sets.
    trial_timeout: float | None = None
    #: Whether a trial runs in the project itself, not in a copy.
    trial_in_place: bool = False
    #: What ``migrate --commit`` writes over each commit.
    commit_message: str = DEFAULT_COMMIT_MESSAGE
    #: In the order of the file; later ones win. Empty for a file's settings: they are in effect.
    overrides: tuple[Override, ...] = ()
    #: Where each field comes from; what is missing has its default.
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def __hash__(self) -> int:
        # A run asks for it several times for each file; a tree has few configurations.
        return hash(self.pythonpath)

    @property
    def rules(self) -> Iterator[tuple[str, Origin]]:
        """The rules that are named, in overrides too, and where."""
        for key in ("select", "ignore"):
            yield from ((rule, self.origins[key]) for rule in getattr(self, key))
            for override in self.overrides:
                named = dict(override.values).get(key, ())
                yield from ((rule, override.origin) for rule in named)
        statistics = (*self.statistics.patterns, *self.statistics.extend_patterns)
        yield from ((rule, self.origins["statistics"]) for rule, _ in statistics)

    @property
    def cache(self) -> Path:
        """The absolute folder behind ``cache_dir``."""
        return absolute(self.root / self.cache_dir)

    def given(self, origin: Origin, values: Mapping[str, object]) -> Self:
        """Return these settings with those of a nearer source over them."""
        origins = {**self.origins, **dict.fromkeys(values, origin)}
        return replace(self, **values, origins=origins)
