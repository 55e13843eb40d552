"""Show what line regexes count beside what there is, so that older numbers can be followed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ssot_migrate.model import Estimate, Reason, Report
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import count, say, table

if TYPE_CHECKING:
    from rich.console import Console

#: What a person reads for a reason.
TITLES = {
    Reason.AGAIN: "counted twice",
    Reason.PART: "part of a mock",
    Reason.ELSEWHERE: "other rule",
    Reason.FACTORY: "factory",
    Reason.PROSE: "comment, string",
    Reason.NOTHING: "no mock",
    Reason.UNPARSED: "not parsed",
}
Key = TypeVar("Key")
_SUMS = ("family", "regex hits", "- not a mock of it", "= mocks hit", "+ missed", "= mocks")


def by_family(report: Report) -> dict[str, Estimate]:
    """Add up the files' estimates; the families are in the order of the report."""
    parts: dict[str, list[Estimate]] = {family: [] for family in report.severities}
    for result in report.results:
        for family, estimate in result.estimates.items():
            parts.setdefault(family, []).append(estimate)
    return {family: total(estimates) for family, estimates in parts.items() if estimates}


def total(estimates: Iterable[Estimate]) -> Estimate:
    """Add up estimates."""
    parts = list(estimates)
    return Estimate(
        hits=_added(part.hits for part in parts),
        reasons=_added(part.reasons for part in parts),
        mocks_hit=sum(part.mocks_hit for part in parts),
        mocks_missed=sum(part.mocks_missed for part in parts),
        unseen=sum(part.unseen for part in parts),
    )


def show(report: Report, console: "Console", verbosity: Verbosity) -> None:
    """Print what the regexes count, why that is not the number of mocks, and each pattern."""
    families = by_family(report)
    everything = total(families.values())
    if verbosity is not Verbosity.QUIET:
        say(console, "")
    say(console, sentence(everything), "bold")
    if verbosity is Verbosity.QUIET:
        return
    rows = [*families.items(), ("total", everything)]
    table(console, [_SUMS, *(_sums(name, one) for name, one in rows)], frozenset(range(1, 6)))
    reasons = [reason for reason in Reason if everything.reasons.get(reason)]
    if reasons:
        heading = ("not a mock of it", *(TITLES[reason] for reason in reasons))
        body = ((name, *(str(one.reasons.get(r, 0)) for r in reasons)) for name, one in rows)
        table(console, [heading, *body], frozenset(range(1, len(heading))))
    hits = [
        (name, str(number), pattern)
        for name, one in families.items()
        for pattern, number in _ranked(one.hits)
    ]
    if hits:
        table(console, [("family", "hits", "line regex, in any case"), *hits], frozenset({1}))


def sentence(everything: Estimate) -> str:
    """Say in a sentence how far the number of hits is from that of the mocks."""
    hits = count(sum(everything.hits.values()), "mock")
    there = everything.mocks_hit + everything.mocks_missed
    missed = count(everything.mocks_missed, "mock")
    return (
        f"Line regexes count {hits} where there are {there}: {everything.mocks_hit} of the hits are"
        f" mocks, {sum(everything.reasons.values())} are not; no pattern of its family counts"
        f" {missed}, {everything.unseen} of which no pattern hits."
    )


def document(report: Report) -> dict[str, object]:
    """Return the same for programs."""
    families = by_family(report)
    return {
        "total": _object(total(families.values())),
        "by_family": [{"family": name, **_object(one)} for name, one in families.items()],
    }


def _object(one: Estimate) -> dict[str, object]:
    return {
        "hits": sum(one.hits.values()),
        "no_mocks": sum(one.reasons.values()),
        "reasons": {reason: one.reasons.get(reason, 0) for reason in Reason},
        "mocks_hit": one.mocks_hit,
        "mocks_missed": one.mocks_missed,
        "mocks_missed_by_all": one.unseen,
        "mocks": one.mocks_hit + one.mocks_missed,
        "patterns": [{"pattern": pattern, "hits": hits} for pattern, hits in _ranked(one.hits)],
    }


def _sums(name: str, one: Estimate) -> Sequence[str]:
    hits, wrong = sum(one.hits.values()), sum(one.reasons.values())
    mocks = one.mocks_hit + one.mocks_missed
    return (name, *map(str, (hits, wrong, one.mocks_hit, one.mocks_missed, mocks)))


def _ranked(hits: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(hits.items(), key=lambda item: (-item[1], item[0]))


def _added(parts: Iterable[Mapping[Key, int]]) -> dict[Key, int]:
    whole: Counter[Key] = Counter()
    for part in parts:
        whole.update(part)
    return dict(whole)
