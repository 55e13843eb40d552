"""``factory advise``: what to add to the factory so that more blocks can be migrated."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from msgspec.structs import replace

from ssot_migrate.cli.ending import exit_code
from ssot_migrate.cli.options import Common, Format, OutputFile
from ssot_migrate.cli.running import check_rules, find_files, no_files, output, processes, settings
from ssot_migrate.model import Report, Request, SourceFile, UserError
from ssot_migrate.report import Color, Verbosity

if TYPE_CHECKING:
    from ssot_migrate.growing.advice import Advised
    from ssot_migrate.growing.advise import Adapt
    from ssot_migrate.settings.resolver import Resolver


def advise(
    common: Common,
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the advice.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Show the advice as a patch of the factory's source; stderr names the pieces"
            " that change what mocks and calls that are there get.",
        ),
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Give so many pieces of advice.")
    ] = 20,
) -> int:
    """Say what to add to the factory so that more blocks can be migrated; nothing is written.

    Each piece of advice is tried: the factory's source is changed in memory, the blocks are fitted
    to it again, and what becomes safe is counted. The first piece unlocks most.
    """
    if diff and output_format is not Format.TEXT:
        raise UserError(f"--diff is a patch; it has no place in {output_format}")
    resolver = settings(common)
    found = _advised(common, resolver, limit)

    from ssot_migrate.report import advice, text
    from ssot_migrate.report.console import console

    with output(output_file) as stream:
        if diff:
            _patch(found, stream, common.color)
        elif output_format is Format.JSON:
            stream.write(advice.as_json(found))
        else:
            advice.show(found, console(stream, common.color), common.verbosity)
    errors = console(sys.stderr, common.color)
    if diff:
        advice.show(found, errors, Verbosity.QUIET)
        advice.caution(found, errors)
    report = _whole(found)
    text.problems(report, errors, common.verbosity)
    return exit_code(report)


def _advised(common: Common, resolver: "Resolver", limit: int) -> "list[Advised]":
    from ssot_migrate import pipeline
    from ssot_migrate.growing.advise import advise
    from ssot_migrate.report.progress import Progress

    files, failures = find_files(common, resolver)
    if not files:
        missing = next((failure.text for failure in failures), None)
        raise UserError(missing or no_files(common))
    check_rules(resolver.projects(files))
    request = Request(survey=True, jobs=processes(common))
    visible = sys.stderr.isatty() and common.verbosity is not Verbosity.QUIET

    def run(some: Sequence[SourceFile], adapt: "Adapt") -> Report:
        with Progress(len(some), sys.stderr, common.color, visible=visible) as progress:
            return pipeline.run(some, resolver, request, progress, adapt)

    first, *others = advise(files, resolver, run, limit)
    first = replace(first, report=replace(first.report, failures=tuple(failures)))
    return [first, *others]


def _whole(found: "Sequence[Advised]") -> Report:
    """Put together what went wrong, whichever factory the files belong to."""
    reports = [advised.report for advised in found]
    return Report(
        results=tuple(result for report in reports for result in report.results),
        files=sum(report.files for report in reports),
        warnings=tuple(dict.fromkeys(text for report in reports for text in report.warnings)),
        failures=tuple(failure for report in reports for failure in report.failures),
    )


def _patch(found: "Sequence[Advised]", stream: TextIO, color: Color) -> None:
    """Write the changes for people, or as bytes that ``git apply`` takes."""
    from ssot_migrate.report.console import colored, console
    from ssot_migrate.report.diff import patch, show

    changes = [advised.change for advised in found if advised.change]
    if colored(stream, color):
        for change in changes:
            show(change, console(stream, color))
        return
    stream.flush()
    for change in changes:
        stream.buffer.writelines(patch(change))
