"""``check``: the gate."""

import sys
from enum import StrEnum
from functools import partial
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from msgspec.structs import replace

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import NEW, exit_code
from ssot_migrate.cli.options import Common, OutputFile, with_common
from ssot_migrate.cli.running import (
    check_rules,
    find_files,
    no_files,
    number,
    output,
    progress,
    requested,
    settings,
    tell_remembered,
)
from ssot_migrate.model import Request, UserError

if TYPE_CHECKING:
    from ssot_migrate.gate.check import Terms
    from ssot_migrate.gate.verdict import Verdict
    from ssot_migrate.settings.resolver import Resolver


class Format(StrEnum):
    """How a verdict is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def check(  # noqa: PLR0913 (options)
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
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Fail on what the baseline accepts, too.")
    ] = False,
    fail_on_stale: Annotated[
        bool,
        typer.Option(
            "--fail-on-stale", help="Fail on entries of the baseline that nothing matches, too."
        ),
    ] = False,
    statistics: Annotated[
        bool,
        typer.Option("--statistics", help="Count new, accepted and suppressed ones by rule."),
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the result.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
) -> int:
    """Fail on mocks that are built by hand and not in the baseline: the gate for CI.

    Without --select all rules are run but `generic`, `patch` and `mock-class`.

    Exit codes: 0 when nothing is new, 1 when something is, 2 when a file could not be read or
    parsed, whatever else was found.
    """
    if common.is_piped and changed_since is not None:
        raise UserError("--changed-since compares files; give files or folders in place of `-`")
    if statistics and output_format is not Format.TEXT:
        raise UserError(f"--statistics has no place in {output_format}; take text")
    if no_baseline and fail_on_stale:
        raise UserError("--no-baseline and --fail-on-stale exclude each other")
    resolver = settings(common)
    fixes = output_format is Format.SARIF
    terms = _terms(common, resolver, changed_since, baseline=not no_baseline, fixes=fixes)
    verdict = replace(_judged(common, resolver, terms), fails_on_stale=fail_on_stale)

    from ssot_migrate.report import check as report
    from ssot_migrate.report import text
    from ssot_migrate.report.console import console

    errors = console(sys.stderr, common.color)
    conclude = partial(
        report.conclude,
        verdict,
        verbosity=common.verbosity,
        revision=changed_since,
        on_disk=not common.is_piped,
        may_accept=not (no_baseline or changed_since),
    )
    with output(output_file) as stream:
        if output_format is Format.TEXT:
            target = console(stream, common.color)
            report.show(verdict, target, common.verbosity)
            conclude(target)
            if statistics:
                report.statistics(verdict, target)
        else:
            _write(verdict, output_format, stream)
    if output_file or output_format is not Format.TEXT:
        conclude(errors, marked=output_format is Format.TEXT)
    text.problems(verdict.report, errors, common.verbosity)
    return exit_code(verdict.report, NEW if verdict.fails else 0)


app = app_of(with_common(check, caches=True, spreads=True, shards=True))


def _terms(
    common: Common, resolver: "Resolver", revision: str | None, *, baseline: bool, fixes: bool
) -> "Terms":
    """Say what the gate goes by; ask git what changed."""
    from ssot_migrate.gate.changed import since
    from ssot_migrate.gate.check import Terms

    if revision is None:
        return Terms(None, baseline, fixes, (*(common.paths or [Path()]),))
    ignored = not resolver.folder(str(resolver.start)).respect_gitignore
    # Files given by name are looked at whatever they are called.
    names = ["*.py", *(f"*{escape(path.name)}" for path in common.paths or ())]
    changes = since(revision, resolver.start, names, ignored=ignored)
    return Terms(changes, baseline, fixes)


def _judged(common: Common, resolver: "Resolver", terms: "Terms") -> "Verdict":
    """Find the files, and hold them against the gate."""
    from ssot_migrate.gate.check import check

    changes = terms.changes
    files, failures = find_files(common, resolver, among=changes.hunks if changes else None)
    check_rules(resolver.projects(files))
    request = requested(common, Request())
    with progress(common, number(common, resolver, files)) as moved:
        verdict = check(files, resolver, request, moved, terms)
    tell_remembered(common, verdict.remembered)
    report = verdict.report
    found = files or failures or changes
    warnings = report.warnings if found else (*report.warnings, no_files(common))
    report = replace(report, failures=(*report.failures, *failures), warnings=warnings)
    return replace(verdict, report=report)


def _write(verdict: "Verdict", output_format: Format, stream: TextIO) -> None:
    """Write the verdict for programs, or for a service that shows it."""
    from ssot_migrate.report import github, junit, markdown, sarif, verdict_json

    match output_format:
        case Format.JSON:
            verdict_json.write(verdict, stream, verdict.part)
        case Format.JSONL:
            stream.writelines(verdict_json.lines(verdict))
        case Format.SARIF:
            sarif.write(verdict, stream)
        case Format.GITHUB:
            github.write(verdict, stream)
        case Format.JUNIT:
            junit.write(verdict, stream)
        case _:
            markdown.write(verdict, stream)
