"""Carry out what a run found: write the changes, and tell of each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_migrate.model import UNVERIFIED, FileResult, Report
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from rich.console import Console

    from ssot_migrate.pipeline import Run


def carry_out(run: "Run", out: "Console", verbosity: Verbosity) -> Report:
    """Write the changes of a run; return its report with the changes that are on disk."""
    return replace(run.report, results=tuple(_written(run.report, out, verbosity)))


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
