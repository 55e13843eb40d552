"""``scan``: what there is."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from ssot_migrate.cli.ending import exit_code
from ssot_migrate.cli.options import Common, OutputFile
from ssot_migrate.cli.running import output, run, settings


class Format(StrEnum):
    """How a scan is written."""

    TEXT = "text"
    JSON = "json"


def scan(
    common: Common,
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the result.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
) -> int:
    """Count the mocks that are built by hand, and show where they are."""
    report = run(common, settings(common), fix=False)

    from ssot_migrate.report import json, text
    from ssot_migrate.report.console import console

    with output(output_file) as stream:
        if output_format is Format.JSON:
            stream.write(json.render(report))
        else:
            text.scan(report, console(stream, common.color), common.verbosity)
    text.problems(report, console(sys.stderr, common.color), common.verbosity)
    return exit_code(report)
