"""Show the settings that hold for a path, and where each comes from."""

import json
from collections.abc import Iterator

from msgspec.structs import asdict, replace
from rich.console import Console

from ssot_migrate.report.console import count, say, table
from ssot_migrate.settings.config import (
    DEFAULT_FACTORY,
    Config,
    Conformance,
    Interfaces,
    Origin,
    Renamed,
    Statistics,
)
from ssot_migrate.settings.toolchain import shown

#: Fields of a Config that are no settings.
_OTHER = frozenset({"root", "pythonpath", "overrides", "origins"})
_DEFAULT = Origin("default")


def show(config: Config, path: str, console: Console) -> None:
    """Print a table of all settings for people."""
    say(console, f"Settings of {path}, in the project {shown(config.root)}", "bold")
    rows = [
        (key, _source(origin), json.dumps(value, ensure_ascii=False))
        for key, value, origin in _settings(config)
    ]
    table(console, [("setting", "from", "value"), *rows])
    say(console, "")
    say(console, f"Modules are looked for in: {', '.join(map(shown, config.pythonpath))}")
    if config.overrides:
        overrides = count(len(config.overrides), "override")
        say(console, f"{overrides} may say otherwise for single files; name a file to see it.")


def render(config: Config, path: str) -> str:
    """Return the same as JSON."""
    document = {
        "path": path,
        "root": shown(config.root),
        "pythonpath": [shown(folder) for folder in config.pythonpath],
        "settings": {
            key: {"value": value, "from": origin.place, "file": _file(origin)}
            for key, value, origin in _settings(config)
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _settings(config: Config) -> Iterator[tuple[str, object, Origin]]:
    config = replace(config, factory=config.factory or DEFAULT_FACTORY)
    for name, value in asdict(config).items():
        if name not in _OTHER:
            origin = config.origins.get(name, _DEFAULT)
            yield name.replace("_", "-"), plain(value), origin


def plain(value: object) -> object:
    """Return a setting as the configuration file would have it."""
    if isinstance(value, Statistics):
        patterns = {"patterns": value.patterns, "extend-patterns": value.extend_patterns}
        return {key: dict(rules) for key, rules in patterns.items() if rules}
    if isinstance(value, Interfaces):
        return dict(value.classes)
    if isinstance(value, Renamed):
        return dict(value.methods)
    if isinstance(value, Conformance):
        return {key: given for key, given in asdict(value).items() if given not in (None, ())}
    return value


def _source(origin: Origin) -> str:
    return f"{shown(origin.file)} {origin.place}" if origin.file else origin.place


def _file(origin: Origin) -> str | None:
    return shown(origin.file) if origin.file else None
