"""All checks, in the order in which they are told, and how one of them is run."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from time import perf_counter
from typing import Final

from ssot_migrate.factory.conformance import (
    compatibility,
    configuration,
    consistency,
    errors,
    events,
    interface,
    isolation,
    performance,
    pipeline,
)
from ssot_migrate.factory.conformance.check import Check, Failed, Figures, Skipped, Subject
from ssot_migrate.factory.conformance.documented import METHODS

GROUPS: Final = (
    interface.GROUP,
    performance.GROUP,
    isolation.GROUP,
    events.GROUP,
    pipeline.GROUP,
    errors.GROUP,
    configuration.GROUP,
    compatibility.GROUP,
    consistency.GROUP,
)
#: What the command checks by itself, without running anything; its name is known here, too.
ONE_FACTORY: Final = "consistency-one-factory"


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended, and why."""

    status: Status
    #: Why it failed or was skipped; empty where it passed.
    reason: str = ""
    figures: Figures = field(default_factory=dict)
    seconds: float = 0.0


def checks(subject: Subject) -> tuple[Check, ...]:
    """Return all checks of a factory."""
    return (
        *interface.checks(subject),
        *performance.checks(subject),
        *isolation.CHECKS,
        *events.CHECKS,
        *pipeline.CHECKS,
        *errors.CHECKS,
        *configuration.CHECKS,
        *compatibility.CHECKS,
        *consistency.CHECKS,
    )


def nothing_known(subject: Subject) -> str | None:
    """Say that a factory has no method that any check knows, where it has none."""
    known = {name for name in dir(subject.factory) if name.startswith("create_")}
    if any(
        callable(getattr(subject.factory, name, None)) for name in known | {*subject.interfaces}
    ):
        return None
    some = ", ".join([*METHODS][:2])
    return f"{subject.name} has no method that is known ({some}, …): is it the factory's class?"


def selected(
    known: Sequence[Check], wanted: Iterable[str], ignored: Iterable[str] = ()
) -> tuple[Check, ...]:
    """Return the checks of the wanted groups and ids, all where nothing is wanted.

    Names may be patterns, as `fnmatch` takes them. Raises LookupError for one that takes nothing.
    """
    wanted, ignored = {*wanted}, {*ignored}
    there = [*GROUPS, *(check.id for check in known), ONE_FACTORY]
    for name in sorted(wanted | ignored):
        if not any(fnmatchcase(one, name) for one in there):
            nearest = get_close_matches(name, there, n=1)
            advice = (
                f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(GROUPS)}"
            )
            raise LookupError(f"there is no check or group `{name}`; {advice}")
    return tuple(
        check
        for check in known
        if (not wanted or _takes(wanted, check)) and not _takes(ignored, check)
    )


def _takes(names: Iterable[str], check: Check) -> bool:
    return any(fnmatchcase(one, name) for name in names for one in (check.id, check.group))


def outcome(check: Check, subject: Subject) -> Outcome:
    """Run a check; whatever the factory does, short of ending the process, is an outcome."""
    start = perf_counter()
    figures: Figures = {}
    status, reason = Status.PASSED, ""
    try:
        with warnings.catch_warnings(action="ignore"):
            figures = check.run(subject) or {}
    except Skipped as skip:
        status, reason = Status.SKIPPED, str(skip)
    except Failed as failure:
        status, reason = Status.FAILED, str(failure)
    except Exception as error:  # noqa: BLE001 (the factory's code may raise anything)
        status, reason = Status.FAILED, f"{type(error).__name__}: {error}"
    return Outcome(status, reason, figures, perf_counter() - start)
