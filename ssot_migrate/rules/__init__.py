"""What the engine's own rules say of themselves: a TOML file each, as a codemod is for a family."""

import tomllib
from importlib.resources import files

import msgspec

from ssot_migrate.families.family import Rule


def load_own() -> tuple[Rule, ...]:
    """Read every rule of the engine, by id."""
    texts = (f for f in files("ssot_migrate.rules").iterdir() if f.name.endswith(".toml"))
    rules = (msgspec.convert(tomllib.loads(f.read_text("utf-8")), Rule) for f in texts)
    return tuple(sorted(rules, key=lambda rule: rule.id))
