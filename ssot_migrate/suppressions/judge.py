"""Find the suppressions that accept nothing, and what they may have been meant for."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.suppressions.read import ABOUT, Suppression, Suppressions


class Known(Frozen):
    """What a run knows of rules."""

    #: All that there are.
    rules: Collection[str]
    #: Those that it looked for.
    looked_for: Collection[str]


class Idle(Frozen):
    """A suppression that accepts nothing, or not by all that it names."""

    suppression: Suppression
    #: The rules that it names for nothing; empty where it is written wrongly.
    rules: tuple[str, ...]
    #: What is wrong, and what would be right.
    reason: str
    #: Violations that it may have been meant for.
    meant: tuple[Violation, ...]
    #: Nothing else can have been meant: no such violation, nor a rule of nearly the same name.
    is_sure: bool

    @property
    def remaining(self) -> tuple[str, ...]:
        """The rules that it names for something, or of which this run cannot tell."""
        return tuple(rule for rule in self.suppression.rules if rule not in self.rules)


def judge(
    suppressions: Suppressions,
    violations: Iterable[Violation],
    others: Iterable[Violation],
    known: Known,
) -> list[Idle]:
    """Hold suppressions against what was found, accepted or not.

    ``others`` are mocks of families that are not selected: it is not said what accepts them.
    """
    there = [*violations]
    used = {(suppressions.by(v.line, v.rule), v.rule) for v in there}
    open_ = [v for v in (*there, *others) if not suppressions.hold(v.line, v.rule)]
    found: list[Idle] = []
    for one in suppressions.found:
        idle = tuple(r for r in one.rules if (one, r) not in used and _is_judged(one, r, known))
        if idle or one.mistake:
            meant = tuple(v for v in open_ if _may_mean(one, idle, v, known))
            reason = one.mistake or "; ".join(_reasons(one, idle, known))
            is_sure = not (one.mistake or meant or any(_nearest(rule, known) for rule in idle))
            found.append(Idle(one, idle, _with(reason, meant), meant, is_sure))
    return found


def _is_judged(one: Suppression, rule: str, known: Known) -> bool:
    """Say whether a run can tell that a rule is named for nothing."""
    if rule in ABOUT:
        return one.target is not None
    return rule in known.looked_for or rule not in known.rules


def _may_mean(one: Suppression, idle: Iterable[str], violation: Violation, known: Known) -> bool:
    """Say whether somebody may have meant to accept a violation that could be rewritten."""
    if not (violation.is_creation or violation.applicability is not Applicability.MANUAL):
        return False
    if one.target is None:
        return bool(one.mistake) or any(rule not in known.rules for rule in idle)
    stretches = ((violation.line, violation.end_line), *violation.lines)
    return any(first <= n <= last for first, last in stretches for n in (one.line, one.target))


def _reasons(one: Suppression, idle: Iterable[str], known: Known) -> Iterator[str]:
    where = "in this file" if one.target is None else "here"
    right = [f"`{rule}`" for rule in idle if rule in known.rules and rule not in ABOUT]
    if right:
        yield f"{', '.join(right)} suppress{'es' * (len(right) == 1)} nothing {where}"
    for rule in idle:
        if rule in ABOUT:
            yield f"`{rule}` is accepted for a file alone: ignore-file[{rule}]"
        elif rule not in known.rules:
            nearest = _nearest(rule, known)
            meant = f", but `{nearest}`" if nearest else ""
            yield f"there is no rule `{rule}`{meant}"


def _nearest(rule: str, known: Known) -> str | None:
    """Give the rule that a name which is none nearly is."""
    if rule in known.rules:
        return None
    return next(iter(get_close_matches(rule, sorted(known.rules), n=1)), None)


def _with(reason: str, meant: Iterable[Violation]) -> str:
    """Name what may be meant: each rule at its first line."""
    first = {v.rule: v.line for v in reversed([*meant])}
    if not first:
        return reason
    named = ", ".join(f"`{rule}` on line {line}" for rule, line in first.items())
    return f"{reason}; it may be meant for {named}"
