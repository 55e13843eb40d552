"""What the engine's own rules say of themselves: a TOML file each, as a codemod is for a family."""

import tomllib
from importlib.resources import files
from typing import Final

import msgspec

from ssot_migrate.families.family import Rule
from ssot_migrate.model import GENERIC

#: Rules that the gate looks for only where they are selected.
ON_REQUEST: Final = frozenset({GENERIC, "mock-class", "patch"})


def load_own() -> tuple[Rule, ...]:
    """Read every rule of the engine, by id."""
    texts = (f for f in files("ssot_migrate.rules").iterdir() if f.name.endswith(".toml"))
    rules = (msgspec.convert(tomllib.loads(f.read_text("utf-8")), Rule) for f in texts)
    return tuple(sorted(rules, key=lambda rule: rule.id))
