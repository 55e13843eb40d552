"""``scan``: what there is."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from ssot_migrate.cli.ending import exit_code
from ssot_migrate.cli.options import Common, OutputFile
from ssot_migrate.cli.running import found, output, settings
from ssot_migrate.model import Request, UserError
from ssot_migrate.report import By


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
    files, run = found(common, settings(common), Request(statistics=statistics))
    report = run.report

    from ssot_migrate import sharding
    from ssot_migrate.report import estimates, json, markdown, text
    from ssot_migrate.report.console import console

    part = sharding.part(common.shard, len(files))
    with output(output_file) as stream:
        match output_format:
            case Format.JSON:
                stream.write(json.render(report, statistics=statistics, part=part))
            case Format.JSONL:
                stream.writelines(json.lines(report))
            case Format.MARKDOWN:
                markdown.scan(report, stream, by or ())
            case Format.TEXT:
                text.scan(report, console(stream, common.color), common.verbosity, by or ())
                if statistics:
                    estimates.show(report, console(stream, common.color), common.verbosity)
    text.problems(report, console(sys.stderr, common.color), common.verbosity)
    return exit_code(report)
