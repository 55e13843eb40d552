"""Find the table ``[tool.ssot-migrate]`` that holds for a folder, and make a Config of it."""

from pathlib import Path

from ssot_migrate.settings.commit_message import check_message
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.table import TABLE, check_patterns, values
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
    if TABLE.encode() not in read_bytes(file):
        return None
    table = lookup(read_toml(file), "tool", TABLE)
    return None if table is None else _config(folder, file, table)


def without_table(root: Path) -> Config:
    """Return the settings of a project that has no table: the defaults, and what others say."""
    return _config(root, root / "pyproject.toml", {})


def _config(root: Path, source: Path, table: object) -> Config:
    own = values(source, table)
    project = read_toml(root / "pyproject.toml")
    config = Config(root, pythonpath=pythonpath(root, project))
    if found := formatters_line_length(root, project):
        config = config.given(found[1], {"line_length": found[0]})
    return _checked(config.given(Origin(f"[tool.{TABLE}]", str(source)), own), source)


def _explicit(start: Path, config_file: Path) -> Config:
    if not config_file.is_file():
        raise ConfigError(f"{config_file}: this configuration file does not exist")
    table = lookup(read_toml(config_file), "tool", TABLE)
    if table is None:
        raise ConfigError(f"{config_file}: no [tool.{TABLE}] table in this file; add one")
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


def _checked(config: Config, source: Path) -> Config:
    where = f"{source}: [tool.{TABLE}]"
    for key in ("include", "exclude", "extend_exclude"):
        check_patterns(f"{where} `{key.replace('_', '-')}`", getattr(config, key))
    if config.cache in (config.root, *config.root.parents):
        raise ConfigError(f"{where} `cache-dir` must be a folder of its own, not {config.cache}")
    if (config.root / config.baseline).is_dir():
        raise ConfigError(f"{where} `baseline` must be a file, not the folder {config.baseline!r}")
    check_message(f"{where} `commit-message`", config.commit_message)
    return config
