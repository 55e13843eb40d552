"""The engine's own rules, beside those that are families."""

from collections.abc import Callable, Collection, Sequence

from ssot_migrate.code.module import Module
from ssot_migrate.finding.draft import Draft, Rules
from ssot_migrate.model import Violation
from ssot_migrate.rules import offers, patches, standins, unimported
from ssot_migrate.rules.offers import Offer

#: Rules that report in files without a creation too, and what tells so from a file's bytes.
_LOOKS: dict[str, Callable[[bytes], bool]] = {
    "patch": patches.may_hold,
    "mock-class": standins.may_hold,
}
#: Rules that have fixes, so that runs that rewrite look for them, too.
FIXED: frozenset[str] = frozenset()


def may_report(selected: Collection[str], data: bytes) -> bool:
    """Say cheaply whether one of the rules may have to do with a file that holds no creation."""
    return any(look(data) for rule, look in _LOOKS.items() if rule in selected)


def violations(module: Module, rules: Rules) -> list[Violation]:
    """List what the rules that look at one file only report."""
    own, families = rules.own, rules.families
    found: list[Violation] = []
    if "unimported" in own:
        found += unimported.find(module, own["unimported"], families)
    if "patch" in own:
        found += patches.find(module, own["patch"], families)
    if "mock-class" in own:
        found += standins.find(module, own["mock-class"], rules)
    return found


def offered(module: Module, rules: Rules, drafts: Sequence[Draft]) -> tuple[Offer, ...]:
    """List what the module builds for others, if that is to be reported."""
    rule = rules.own.get("second-factory")
    return tuple(offers.find(module, rule, rules, drafts)) if rule else ()
