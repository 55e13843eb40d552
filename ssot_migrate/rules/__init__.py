"""What the engine's own rules say of themselves: a TOML file each, as a codemod is for a family."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from ssot_migrate.families.family import Rule


@cache
def load_own() -> tuple[Rule, ...]:
    """Read every rule of the engine, by id."""
    files = Path(__file__).parent.glob("*.toml")
    rules = (msgspec.convert(tomllib.loads(f.read_text("utf-8")), Rule) for f in files)
    return tuple(sorted(rules, key=lambda rule: rule.id))
