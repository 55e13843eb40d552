"""All checks, in the order in which they are told, and how one of them is run."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
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


def selected(known: Sequence[Check], wanted: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks of the wanted groups and ids, all where nothing is wanted.

    Raises LookupError for a name that there is not.
    """
    names = {*wanted}
    there = [*GROUPS, *(check.id for check in known)]
    for name in sorted(names.difference(there)):
        nearest = get_close_matches(name, there, n=1) or [", ".join(GROUPS)]
        raise LookupError(f"there is no check or group `{name}`; there is {nearest[0]}")
    return tuple(check for check in known if not names or names & {check.id, check.group})


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
