"""``scan``: what there is."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import exit_code
from ssot_migrate.cli.options import Common, OutputFile, with_common
from ssot_migrate.cli.running import found, output, settings, tell_remembered
from ssot_migrate.model import Report, Request, UserError
from ssot_migrate.report import By

if TYPE_CHECKING:
    from ssot_migrate.sharding import Part


class Format(StrEnum):
    """How a scan is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    #: Tables for the comment of a pull request.
    MARKDOWN = "markdown"


def scan(
    common: Common,
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the result.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
    by: Annotated[
        list[By] | None,
        typer.Option("--by", help="Show this table only, in full; can be repeated."),
    ] = None,
    statistics: Annotated[
        bool,
        typer.Option("--statistics", help="Show what line regexes count, too, and why."),
    ] = False,
) -> int:
    """Count the mocks that are built by hand, and show where they are."""
    if by and output_format in {Format.JSON, Format.JSONL}:
        raise UserError(f"--by chooses tables of the text; {output_format} has every violation")
    if statistics and output_format in {Format.JSONL, Format.MARKDOWN}:
        raise UserError(f"--statistics has no place in {output_format}; take text or json")
    if statistics and common.shard:
        raise UserError("--statistics has no place in a shard; leave one of the two out")
    _, run = found(common, settings(common), Request(statistics=statistics))
    report = run.report
    tell_remembered(common, run.remembered)

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console

    part = run.part
    with output(output_file) as stream:
        if output_format is Format.TEXT:
            text.scan(report, console(stream, common.color), common.verbosity, by or (), part)
            if statistics:
                from ssot_migrate.report import estimates

                estimates.show(report, console(stream, common.color), common.verbosity)
        elif output_format is Format.JSON:
            from ssot_migrate.report import json

            json.write(report, stream, statistics=statistics, part=part)
        else:
            _write(report, output_format, stream, by or (), part)
    text.problems(report, console(sys.stderr, common.color), common.verbosity)
    return exit_code(report)


app = app_of(with_common(scan, caches=True, spreads=True, shards=True))


def _write(
    report: Report,
    output_format: Format,
    stream: TextIO,
    by: Sequence[By],
    part: "Part | None",
) -> None:
    """Write the report line by line, or for the comment of a pull request."""
    from ssot_migrate.report import json, markdown

    match output_format:
        case Format.JSONL:
            stream.writelines(json.lines(report))
        case _:
            markdown.scan(report, stream, by, part)
