"""Read ``[tool.ssot-migrate]``, and what other tools' settings tell us, into a Config."""

import configparser
import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

import msgspec

from ssot_migrate.model import UserError

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

_TABLE = "ssot-migrate"
_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
#: Where pytest looks for its settings, in its order; pyproject.toml stands between the two groups.
_PYTEST_INI = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"))
_PYTEST_SHARED = (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))


class ConfigError(UserError):
    """A configuration that cannot be used; the message names file, key and what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """The effective settings of a run."""

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


class _Table(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys of ``[tool.ssot-migrate]``; Config says what they mean."""

    factory: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = DEFAULT_INCLUDE
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    line_length: Annotated[int, msgspec.Meta(ge=1)] | None = None
    respect_gitignore: bool = True


def load(start: Path, config_file: Path | None = None) -> Config:
    """Return the settings that hold for a folder; ``config_file`` replaces the search for a table.

    Raises ConfigError for a file that cannot be read or parsed, an unknown key or a wrong value.
    """
    folder = absolute(start)
    root, source, table = _own_settings(folder, absolute(config_file) if config_file else None)
    own = _validated(source, table)
    project = _toml(root / "pyproject.toml")
    return Config(
        root,
        factory=own.factory,
        select=own.select,
        ignore=own.ignore,
        include=own.include,
        exclude=own.exclude,
        extend_exclude=own.extend_exclude,
        line_length=own.line_length or _line_length(root, project),
        pythonpath=_pythonpath(root, project),
        respect_gitignore=own.respect_gitignore,
    )


def absolute(path: Path) -> Path:
    """Return a path from the root of the file system, with its links as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def _own_settings(start: Path, config_file: Path | None) -> tuple[Path, Path, object]:
    """Return the root, the file with our table, and the table (empty where there is none)."""
    if config_file:
        return _explicit(start, config_file)
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if (
            _TABLE.encode() in _bytes(file)
            and (table := _lookup(_toml(file), "tool", _TABLE)) is not None
        ):
            return folder, file, table
    return _checkout(start), start / "pyproject.toml", {}


def _explicit(start: Path, config_file: Path) -> tuple[Path, Path, object]:
    if not config_file.is_file():
        raise ConfigError(f"{config_file}: this configuration file does not exist")
    table = _lookup(_toml(config_file), "tool", _TABLE)
    if table is None:
        raise ConfigError(f"{config_file}: no [tool.{_TABLE}] table in this file; add one")
    if config_file.name == "pyproject.toml":
        return config_file.parent, config_file, table
    return _own_settings(start, None)[0], config_file, table


def _checkout(start: Path) -> Path:
    """Return the top of the git checkout that a folder lies in, else the current folder.

    Where the current folder does not hold it, the folder itself is the best that is known.
    """
    here = Path.cwd()
    otherwise = here if here in (start, *start.parents) else start
    above = (start, *start.parents)
    return next((folder for folder in above if (folder / ".git").exists()), otherwise)


def _validated(source: Path, table: object) -> _Table:
    where = f"{source}: [tool.{_TABLE}]"
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table")
    for key in table:
        _check_key(where, key)
    try:
        own = msgspec.convert(table, _Table)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where} {_explained(error)}") from None
    if own.factory is not None and not _FACTORY.fullmatch(own.factory):
        raise ConfigError(
            f'{where} `factory` must look like "package.module:Class", not "{own.factory}"'
        )
    return own


def _check_key(where: str, key: str) -> None:
    known = [field.encode_name for field in msgspec.structs.fields(_Table)]
    if key not in known:
        raise ConfigError(f"{where} unknown key `{key}`; {advice(key, known)}")


def advice(name: str, known: Sequence[str]) -> str:
    """Return what to write in place of an unknown name."""
    nearest = get_close_matches(name, known, n=1)
    return f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(known)}"


def _explained(error: msgspec.ValidationError) -> str:
    """Turn msgspec's ``Expected `int`, got `str` - at `$.key``` into ``` `key`: expected … ```."""
    message, _, place = str(error).partition(" - at `$.")
    return f"`{place.rstrip('`')}`: {message[0].lower()}{message[1:]}"


def _bytes(file: Path) -> bytes:
    """Return a file's content, empty where there is none."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (byte {error.start})") from None


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}") from None


def _lookup(table: object, *keys: str) -> object:
    """Return what stands under nested keys, ``None`` where a step is missing."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _line_length(root: Path, project: Mapping[str, object]) -> int:
    """Return what the project's formatter is told, Ruff before Black before isort."""
    stated = (
        _lookup(_toml(root / ".ruff.toml"), "line-length"),
        _lookup(_toml(root / "ruff.toml"), "line-length"),
        _lookup(project, "tool", "ruff", "line-length"),
        _lookup(project, "tool", "black", "line-length"),
        _lookup(project, "tool", "isort", "line_length"),
    )
    return next(
        (length for length in stated if type(length) is int and length > 0), DEFAULT_LINE_LENGTH
    )


def _pythonpath(root: Path, project: Mapping[str, object]) -> tuple[str, ...]:
    """Return the root, its ``src`` and pytest's ``pythonpath``."""
    source = [root / "src"] if (root / "src").is_dir() else []
    stated = next((value for value in _pytest_settings(root, project) if value is not None), ())
    try:
        names = _names(stated)
    except ValueError as error:
        raise ConfigError(f"{root}: pytest's pythonpath, {stated!r}, is wrong: {error}") from None
    folders = [root, *source, *(root / name for name in names)]
    return tuple(dict.fromkeys(str(absolute(folder)) for folder in folders))


def _pytest_settings(root: Path, project: Mapping[str, object]) -> Iterator[object]:
    """Yield ``pythonpath`` from each place that pytest reads, in its order; mostly ``None``."""
    yield from (
        _lookup(_toml(root / name), "pytest", "pythonpath")
        for name in ("pytest.toml", ".pytest.toml")
    )
    yield from (_ini(root / name, section) for name, section in _PYTEST_INI)
    yield _lookup(project, "tool", "pytest", "pythonpath")
    yield _lookup(project, "tool", "pytest", "ini_options", "pythonpath")
    yield from (_ini(root / name, section) for name, section in _PYTEST_SHARED)


def _ini(file: Path, section: str) -> str | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(_text(file), str(file))
    except configparser.Error as error:
        raise ConfigError(f"{file}: cannot be parsed: {' '.join(str(error).split())}") from None
    return parser.get(section, "pythonpath", fallback=None)


def _names(stated: object) -> list[str]:
    """Split as pytest does: a list, or one string in shell syntax."""
    if isinstance(stated, str):
        return shlex.split(stated)
    return [name for name in stated if isinstance(name, str)] if isinstance(stated, list) else []
