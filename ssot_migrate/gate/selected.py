"""Which rules the gate goes by."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from ssot_migrate.model import GENERIC
from ssot_migrate.settings.config import Config
from ssot_migrate.worker.settings import Settings

#: For those who ask: what they find is not yet, or not always, the factory's to build.
ON_REQUEST: Final = frozenset({GENERIC, "patch", "mock-class"})


def by_settings(config: Config, known: Iterable[str]) -> frozenset[str]:
    """Give the rules that the gate runs, of those that there are."""
    return frozenset(_selected(config, known)) - frozenset(config.ignore)


def gated(settings: Settings) -> Settings:
    """Select the rules of the gate, where nobody has selected any."""
    known = (rule.id for rule in (*settings.families, *settings.own))
    selected = _selected(settings.config, known)
    return replace(settings, config=replace(settings.config, select=selected))


def _selected(config: Config, known: Iterable[str]) -> tuple[str, ...]:
    return config.select or tuple(rule for rule in known if rule not in ON_REQUEST)
