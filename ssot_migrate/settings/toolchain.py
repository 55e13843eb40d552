"""Read settings files, and what those of other tools say: formatters, and pytest."""

import os
import shlex
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError

#: Where pytest looks for its settings, in its order; pyproject.toml stands between the two groups.
_PYTEST_INI = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"))
_PYTEST_SHARED = (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))


class ConfigError(UserError):
    """A configuration that cannot be used; the message names file, key and what to do."""


class Origin(Frozen):
    """Where a setting comes from."""

    #: The table or the option that gives it.
    place: str
    #: The file that the table stands in, absolute; ``None`` for the command line.
    file: str | None = None


def absolute(path: Path) -> Path:
    """Return a path from the root of the file system, with its links as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def shown(path: Path | str) -> str:
    """Return a path as people want it: relative to the current folder where it lies below it."""
    here, path = Path.cwd(), Path(path)
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def read_bytes(file: Path) -> bytes:
    """Return a file's content, empty where there is none; reading a pipe would not end."""
    try:
        return file.read_bytes() if stat.S_ISREG(file.stat().st_mode) else b""
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None


def _text(file: Path) -> str:
    try:
        return read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (byte {error.start})") from None


def read_toml(file: Path) -> dict[str, object]:
    """Return a TOML file's content, empty where there is none."""
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}") from None


def lookup(table: object, *keys: str) -> object:
    """Return what stands under nested keys, ``None`` where a step is missing."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def formatters_line_length(root: Path, project: Mapping[str, object]) -> tuple[int, Origin] | None:
    """Return what the project's formatter is told, Ruff before Black before isort, and where."""
    file = str(root / "pyproject.toml")
    places = [
        (lookup(read_toml(root / name), "line-length"), Origin("line-length", str(root / name)))
        for name in (".ruff.toml", "ruff.toml")
    ] + [
        (lookup(project, "tool", tool, key), Origin(f"[tool.{tool}]", file))
        for tool, key in (
            ("ruff", "line-length"),
            ("black", "line-length"),
            ("isort", "line_length"),
        )
    ]
    return next(((n, origin) for n, origin in places if type(n) is int and n > 0), None)


def pythonpath(root: Path, project: Mapping[str, object]) -> tuple[str, ...]:
    """Return the root, its ``src`` and pytest's ``pythonpath``."""
    source = [root / "src"] if (root / "src").is_dir() else []
    names = pytest_list(root, project, "pythonpath") or []
    folders = [root, *source, *(root / name for name in names)]
    return tuple(dict.fromkeys(str(absolute(folder)) for folder in folders))


def pytest_list(root: Path, project: Mapping[str, object], key: str) -> list[str] | None:
    """Return a list from pytest's settings, ``None`` where none is stated; raise ConfigError."""
    stated = next((v for v in _pytest_settings(root, project, key) if v is not None), None)
    try:
        return None if stated is None else _names(stated)
    except ValueError as error:
        raise ConfigError(f"{root}: pytest's {key}, {stated!r}, is wrong: {error}") from None


def _pytest_settings(root: Path, project: Mapping[str, object], key: str) -> Iterator[object]:
    """Yield a setting from each place that pytest reads, in its order; mostly ``None``."""
    yield from (
        lookup(read_toml(root / name), "pytest", key) for name in ("pytest.toml", ".pytest.toml")
    )
    yield from (_ini(root / name, section, key) for name, section in _PYTEST_INI)
    yield lookup(project, "tool", "pytest", key)
    yield lookup(project, "tool", "pytest", "ini_options", key)
    yield from (_ini(root / name, section, key) for name, section in _PYTEST_SHARED)


def _ini(file: Path, section: str, key: str) -> str | None:
    if not (text := _text(file)):
        return None
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text, str(file))
    except configparser.Error as error:
        raise ConfigError(f"{file}: cannot be parsed: {' '.join(str(error).split())}") from None
    return parser.get(section, key, fallback=None)


def _names(stated: object) -> list[str]:
    """Split as pytest does: a list, or one string in shell syntax."""
    if isinstance(stated, str):
        return shlex.split(stated)
    return [name for name in stated if isinstance(name, str)] if isinstance(stated, list) else []
