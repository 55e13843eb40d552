"""Hold the rules that settings name against those that there are."""

from collections.abc import Callable, Collection, Iterable

from ssot_migrate.model import UserError
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.table import advice


def check(configs: Iterable[Config], known_rules: Callable[[Config], Collection[str]]) -> None:
    """Raise UserError for a rule that is named somewhere and does not exist."""
    for config in configs:
        known = known_rules(config)
        for rule, origin in config.rules:
            if rule not in known:
                where = f"{origin.file}: {origin.place} " if origin.file else ""
                raise UserError(f"{where}unknown rule `{rule}`; {advice(rule, sorted(known))}")
