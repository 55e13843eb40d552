"""The engine's own rules, beside those that are families."""

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec.structs import replace

from ssot_migrate.code.module import Module
from ssot_migrate.code.source import Source
from ssot_migrate.finding.draft import Draft, Rules
from ssot_migrate.known import Offer
from ssot_migrate.model import Violation
from ssot_migrate.rewriting.plan import Edit
from ssot_migrate.rules import drift, offers, patches, standins, suppressing, unimported
from ssot_migrate.suppressions.judge import Idle, Known, judge
from ssot_migrate.suppressions.read import UNEXPLAINED, UNUSED, Suppressions

#: Rules that report in files without a creation too, and what tells so from a file's bytes.
_LOOKS: dict[str, Callable[[bytes], bool]] = {
    "patch": patches.may_hold,
    "mock-class": standins.may_hold,
    UNUSED: suppressing.may_hold,
    UNEXPLAINED: suppressing.may_hold,
}
#: Rules that look at other lines than those of creations.
_LINES: dict[str, Callable[[Source], Iterable[int]]] = {
    "patch": patches.lines,
    "mock-class": standins.lines,
}
#: Rules that have fixes, so that runs that rewrite look for them, too.
FIXED = frozenset({UNUSED, "unknown-method", "factory-import"})


def may_report(selected: Collection[str], data: bytes) -> bool:
    """Say cheaply whether one of the rules may have to do with a file that holds no creation."""
    return any(look(data) for rule, look in _LOOKS.items() if rule in selected)


def lines(source: Source, selected: Collection[str]) -> set[int]:
    """List the lines beside creations at which the rules look."""
    return {line for rule, find in _LINES.items() if rule in selected for line in find(source)}


def found_in(module: Module, rules: Rules) -> list[tuple[Violation, Edit | None]]:
    """List what the rules that look at one file only report, and their fixes."""
    own, families = rules.own, rules.families
    reported: list[Violation] = []
    if "unimported" in own:
        reported += unimported.find(module, own["unimported"], families)
    if "patch" in own:
        reported += patches.find(module, own["patch"], families)
    if "mock-class" in own:
        reported += standins.find(module, own["mock-class"], rules)
    return [*((violation, None) for violation in reported), *drift.find(module, rules)]


def offered(module: Module, rules: Rules, drafts: Sequence[Draft]) -> tuple[Offer, ...]:
    """List what the module builds for others, if that is to be reported."""
    rule = rules.own.get("second-factory")
    return tuple(offers.find(module, rule, rules, drafts)) if rule else ()


def idle(
    module: Module,
    rules: Rules,
    suppressions: Suppressions,
    drafts: Sequence[Draft],
    found: Iterable[Violation],
    others: Iterable[Violation],
) -> list[Idle]:
    """Find the suppressions that accept nothing of what was ``found``, or could have been.

    Rules that a run does not look for by itself are looked for where a suppression names them. Who
    imports what is offered does not matter: another run may hold other files. ``others`` are the
    mocks of families that are not selected.
    """
    named = {rule for one in suppressions.found for rule in one.rules} & rules.selected
    more = {id_: rule for id_, rule in rules.all_own.items() if id_ in named - rules.own.keys()}
    looked_for = {family.id for family in rules.families} & rules.selected | {*rules.own, *more}
    known = Known({family.id for family in rules.families} | rules.all_own.keys(), looked_for)
    named_alone = replace(rules, own=more)
    offers = (*offered(module, rules, drafts), *offered(module, named_alone, drafts))
    more_found = (violation for violation, _ in found_in(module, named_alone))
    there = (*found, *more_found, *(offer.violation for offer in offers))
    return judge(suppressions, there, others, known)
