"""Carry out what a run found: write the changes, and tell of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssot_migrate.cli.options import Common
from ssot_migrate.model import UNVERIFIED, FileResult, Report
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from rich.console import Console

    from ssot_migrate.pipeline import Run
    from ssot_migrate.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a run."""

    #: With the changes that are on disk; what was left says why.
    report: Report
    #: One for each command; empty where none is given.
    trials: tuple[object, ...] = ()
    #: What ``undo`` calls it; ``None`` where nothing was written.
    run_id: str | None = None


def carry_out(run: "Run", resolver: "Resolver", common: Common, out: "Console") -> Carried:  # noqa: ARG001
    """Try the changes of a run where a trial is wanted, and write what passes."""
    results = tuple(_written(run.report, out, common.verbosity))
    return Carried(replace(run.report, results=results))


def _written(report: Report, out: "Console", verbosity: Verbosity) -> Iterator[FileResult]:
    """Write each change, tell about it at once, and yield the results as they are on disk."""
    from ssot_migrate.report.outcome import changed
    from ssot_migrate.write import write

    for result in report.results:
        failure = write(result.change) if result.change else None
        if result.change and failure:
            left = result.left | dict.fromkeys(result.change.fixed, UNVERIFIED)
            failures = (*result.failures, failure)
            yield replace(result, change=None, failures=failures, left=left)
            continue
        if result.change and verbosity is not Verbosity.QUIET:
            changed(result.change, out)
        yield result
