"""Read ``[tool.ssot-migrate]``, and what other tools' settings tell us, into a Config."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from ssot_migrate.settings.commit_message import check_message
from ssot_migrate.settings.toolchain import (
    ConfigError,
    Origin,
    absolute,
    formatters_line_length,
    lookup,
    pythonpath,
    read_bytes,
    read_toml,
)

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
DEFAULT_COMMIT_MESSAGE: Final = "Take the mocks of {batch} from the factory"

_TABLE = "ssot-migrate"
_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


Model = TypeVar("Model", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Override:
    """Settings that hold for some files in place of the table's."""

    #: Patterns of the files, in gitignore syntax, relative to the root.
    path: tuple[str, ...]
    #: Fields of Config and their values.
    values: tuple[tuple[str, Any], ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Statistics:
    """Line regexes that ``scan --statistics`` counts, by rule."""

    #: In place of the shipped ones.
    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: Beside the shipped ones, or those in their place.
    extend_patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Interfaces:
    """Production classes that products stand for."""

    #: The factory's method, and the class as ``module:Class``.
    classes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Conformance:
    """What ``factory check`` goes by."""

    #: What a product may cost, in time and memory, as a ratio to the block that builds it by hand.
    limit: float = 1.1
    #: File of the recorded signatures, relative to the root; beside the factory by default.
    snapshot: str | None = None
    #: Groups and ids of checks to leave out, or patterns of them.
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
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
    #: What ``scan --statistics`` counts.
    statistics: Statistics = Statistics()
    #: Production classes, as ``module:Class``, that products stand for, by the factory's method.
    interfaces: Interfaces = Interfaces()
    #: The project's class of user contexts, ``module:Class``, for the shipped factory's products.
    user_context: str | None = None
    #: What ``factory check`` goes by.
    conformance: Conformance = Conformance()
    #: Whether unsafe fixes are taken too.
    unsafe_fixes: bool = False
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
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)

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
        return replace(self, **values, origins=origins)  # type: ignore[arg-type]


class _PerFile(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys that make sense for single files; Config says what they mean."""

    factory: str | UnsetType = UNSET
    select: tuple[str, ...] | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET
    line_length: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET
    unsafe_fixes: bool | UnsetType = UNSET
    skip: str | UnsetType = UNSET
    trial: str | UnsetType = UNSET


class _Override(_PerFile, frozen=True, kw_only=True):
    """One ``[[tool.ssot-migrate.overrides]]``."""

    #: A pattern, or a list of them, in gitignore syntax and relative to the root.
    path: str | tuple[str, ...]


class _Statistics(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys of ``[tool.ssot-migrate.statistics]``."""

    #: Regular expressions, by rule, in place of the shipped ones.
    patterns: dict[str, tuple[str, ...]] | UnsetType = UNSET
    #: Regular expressions, by rule, beside the shipped ones or those in their place.
    extend_patterns: dict[str, tuple[str, ...]] | UnsetType = UNSET


class _Conformance(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys of ``[tool.ssot-migrate.conformance]``."""

    limit: Annotated[float, msgspec.Meta(gt=0)] | UnsetType = UNSET
    snapshot: str | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET


class _Table(_PerFile, frozen=True):
    """The keys of ``[tool.ssot-migrate]``; Config says what they mean, and holds the defaults."""

    include: tuple[str, ...] | UnsetType = UNSET
    exclude: tuple[str, ...] | UnsetType = UNSET
    extend_exclude: tuple[str, ...] | UnsetType = UNSET
    respect_gitignore: bool | UnsetType = UNSET
    codemods: tuple[str, ...] | UnsetType = UNSET
    cache_dir: str | UnsetType = UNSET
    statistics: _Statistics | UnsetType = UNSET
    interfaces: dict[str, str] | UnsetType = UNSET
    user_context: str | UnsetType = UNSET
    conformance: _Conformance | UnsetType = UNSET
    trial_timeout: Annotated[float, msgspec.Meta(gt=0)] | UnsetType = UNSET
    trial_in_place: bool | UnsetType = UNSET
    commit_message: str | UnsetType = UNSET
    overrides: tuple[_Override, ...] | UnsetType = UNSET


def load(start: Path, config_file: Path | None = None) -> Config:
    """Return the settings that hold for a folder; ``config_file`` replaces the search for a table.

    Raises ConfigError for a file that cannot be read or parsed, an unknown key or a wrong value.
    """
    folder = absolute(start)
    if config_file:
        return _explicit(folder, absolute(config_file))
    own = (load_own(above) for above in (folder, *folder.parents))
    return next((config for config in own if config), None) or without_table(checkout(folder))


def load_own(folder: Path) -> Config | None:
    """Return the settings of a folder whose ``pyproject.toml`` has our table, else ``None``.

    Raises ConfigError, as ``load`` does.
    """
    file = folder / "pyproject.toml"
    if _TABLE.encode() not in read_bytes(file):
        return None
    table = lookup(read_toml(file), "tool", _TABLE)
    return None if table is None else _config(folder, file, table)


def without_table(root: Path) -> Config:
    """Return the settings of a project that has no table: the defaults, and what others say."""
    return _config(root, root / "pyproject.toml", {})


def _config(root: Path, source: Path, table: object) -> Config:
    own = _validated(source, table)
    project = read_toml(root / "pyproject.toml")
    config = Config(root, pythonpath=pythonpath(root, project))
    if found := formatters_line_length(root, project):
        config = config.given(found[1], {"line_length": found[0]})
    return _checked(config.given(Origin(f"[tool.{_TABLE}]", str(source)), own), source)


def _explicit(start: Path, config_file: Path) -> Config:
    if not config_file.is_file():
        raise ConfigError(f"{config_file}: this configuration file does not exist")
    table = lookup(read_toml(config_file), "tool", _TABLE)
    if table is None:
        raise ConfigError(f"{config_file}: no [tool.{_TABLE}] table in this file; add one")
    own = config_file.name == "pyproject.toml"
    return _config(config_file.parent if own else load(start).root, config_file, table)


def checkout(start: Path) -> Path:
    """Return the top of the git checkout that a folder lies in, else the current folder.

    Where the current folder does not hold it, the folder itself is the best that is known.
    """
    here = Path.cwd()
    otherwise = here if here in (start, *start.parents) else start
    above = (start, *start.parents)
    return next((folder for folder in above if (folder / ".git").exists()), otherwise)


def _validated(source: Path, table: object) -> dict[str, object]:
    """Return the values that a table gives, by field of Config."""
    # Before the table, so that an error in one of them names it.
    inner: dict[str, object] = {}
    if isinstance(raw := lookup(table, "overrides"), list):
        inner["overrides"] = tuple(_override(source, n, one) for n, one in enumerate(raw, 1))
    if (raw := lookup(table, "statistics")) is not None:
        inner["statistics"] = _statistics(f"{source}: [tool.{_TABLE}.statistics", raw)
    if (raw := lookup(table, "conformance")) is not None:
        where = f"{source}: [tool.{_TABLE}.conformance]"
        inner["conformance"] = Conformance(**_given(_converted(where, raw, _Conformance)))
    own = _given(_converted(f"{source}: [tool.{_TABLE}]", table, _Table))
    name = own.get("user_context")
    if isinstance(name, str) and not _FACTORY.fullmatch(name):
        text = f'`user-context` must look like "package.module:Class", not "{name}"'
        raise ConfigError(f"{source}: [tool.{_TABLE}] {text}")
    if "interfaces" in own:
        inner["interfaces"] = _interfaces(
            f"{source}: [tool.{_TABLE}.interfaces]", own["interfaces"]
        )
    return own | inner


def _interfaces(where: str, given: Mapping[str, str]) -> Interfaces:
    for method, name in given.items():
        if not _FACTORY.fullmatch(name):
            text = f'`{method}` must look like "package.module:Class", not "{name}"'
            raise ConfigError(f"{where} {text}")
    return Interfaces(tuple(given.items()))


def _statistics(where: str, table: object) -> Statistics:
    given = _given(_converted(f"{where}]", table, _Statistics))
    for key, rules in given.items():
        for rule, regexes in rules.items():
            for regex in regexes:
                try:
                    re.compile(regex)
                except re.error as error:
                    place = f"{where}.{key.replace('_', '-')}] `{rule}`"
                    raise ConfigError(
                        f"{place}: `{regex}` is no regular expression: {error}"
                    ) from None
    return Statistics(**{key: tuple(rules.items()) for key, rules in given.items()})


def _override(source: Path, number: int, table: object) -> Override:
    place = f"[[tool.{_TABLE}.overrides]] {number}"
    own = _converted(f"{source}: {place}", table, _Override)
    values = _given(own)
    del values["path"]
    paths = (own.path,) if isinstance(own.path, str) else own.path
    check_patterns(f"{source}: {place} `path`", paths)
    return Override(paths, tuple(values.items()), Origin(place, str(source)))


def _converted(where: str, table: object, model: type[Model]) -> Model:
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table")
    known = [item.encode_name for item in msgspec.structs.fields(model)]
    for key in table:
        if key not in known:
            raise ConfigError(f"{where} unknown key `{key}`; {advice(key, known)}")
    try:
        own = msgspec.convert(table, model)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where} {_explained(error)}") from None
    factory = getattr(own, "factory", UNSET)
    if factory is not UNSET:
        check_factory(f"{where} `factory`", factory)
    return own


def check_factory(where: str, factory: str) -> None:
    """Raise ConfigError for what is no name of a class in a module."""
    if not _FACTORY.fullmatch(factory):
        raise ConfigError(f'{where} must look like "package.module:Class", not "{factory}"')


def _given(own: msgspec.Struct) -> dict[str, Any]:
    values = {name: getattr(own, name) for name in own.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def _checked(config: Config, source: Path) -> Config:
    where = f"{source}: [tool.{_TABLE}]"
    for key in ("include", "exclude", "extend_exclude"):
        check_patterns(f"{where} `{key.replace('_', '-')}`", getattr(config, key))
    if config.cache in (config.root, *config.root.parents):
        raise ConfigError(f"{where} `cache-dir` must be a folder of its own, not {config.cache}")
    check_message(f"{where} `commit-message`", config.commit_message)
    return config


def check_patterns(where: str, patterns: Sequence[str]) -> None:
    """Raise ConfigError for a pattern that is none in gitignore syntax."""
    for pattern in patterns:
        try:
            PathSpec.from_lines(GitIgnoreSpecPattern, [pattern])
        except (ValueError, re.error):
            raise ConfigError(f"{where}: `{pattern}` is no pattern in gitignore syntax") from None


def advice(name: str, known: Sequence[str]) -> str:
    """Return what to write in place of an unknown name."""
    nearest = get_close_matches(name, known, n=1)
    return f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(known)}"


def _explained(error: msgspec.ValidationError) -> str:
    """Turn msgspec's ``Expected `int`, got `str` - at `$.key``` into ``` `key`: expected … ```."""
    message, _, place = str(error).partition(" - at `$.")
    message = f"{message[0].lower()}{message[1:]}"
    return f"`{place.rstrip('`')}`: {message}" if place else message
