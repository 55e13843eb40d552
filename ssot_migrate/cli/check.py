"""``check``: the gate."""

import sys
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.ending import NEW, exit_code
from ssot_migrate.cli.options import Common, OutputFile
from ssot_migrate.cli.running import (
    check_rules,
    cores,
    find_files,
    no_files,
    output,
    progress,
    settings,
)
from ssot_migrate.model import Request, UserError

if TYPE_CHECKING:
    from ssot_migrate.gate.verdict import Verdict
    from ssot_migrate.settings.resolver import Resolver


class Format(StrEnum):
    """How a verdict is written."""

    TEXT = "text"


def check(
    common: Common,
    *,
    changed_since: Annotated[
        str | None,
        typer.Option(
            "--changed-since",
            metavar="REV",
            help="Only what changed since this git revision, or since the branch left it: staged,"
            " unstaged and untracked.",
        ),
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Show one line per family, too.")
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the result.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
) -> int:
    """Fail on mocks that are built by hand and new: the gate for CI.

    Without --select all rules are run but `generic`, `patch` and `mock-class`.

    Exit codes: 0 when nothing is new, 1 when something is, 2 when a file could not be read or
    parsed, too.
    """
    if common.is_piped and changed_since is not None:
        raise UserError("--changed-since compares files; give files or folders in place of `-`")
    if statistics and output_format is not Format.TEXT:
        raise UserError(f"--statistics has no place in {output_format}; take text")
    verdict = _judged(common, settings(common), changed_since)

    from ssot_migrate.report import check as report
    from ssot_migrate.report import text
    from ssot_migrate.report.console import console

    with output(output_file) as stream:
        target = console(stream, common.color)
        report.show(verdict, target, common.verbosity)
        on_disk = not common.is_piped
        report.conclude(verdict, target, common.verbosity, changed_since, on_disk=on_disk)
        if statistics:
            report.statistics(verdict, target)
    text.problems(verdict.report, console(sys.stderr, common.color), common.verbosity)
    return exit_code(verdict.report, NEW if verdict.new else 0)


def _judged(common: Common, resolver: "Resolver", revision: str | None) -> "Verdict":
    """Find the files, and hold them against the gate."""
    from ssot_migrate.gate.changed import since
    from ssot_migrate.gate.check import check

    changes = None
    if revision is not None:
        ignored = not resolver.folder(str(resolver.start)).respect_gitignore
        changes = since(revision, resolver.start, ignored=ignored)
    files, failures = find_files(common, resolver, among=changes.hunks if changes else None)
    check_rules(resolver.projects(files))
    request = Request(jobs=common.jobs or cores())
    with progress(common, len(files)) as moved:
        verdict = check(files, resolver, request, moved, changes=changes)
    report = verdict.report
    found = files or failures or changes
    warnings = report.warnings if found else (*report.warnings, no_files(common))
    report = replace(report, failures=(*report.failures, *failures), warnings=warnings)
    return replace(verdict, report=report)
