"""``diff``: what ``apply`` would do."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import CHANGES, exit_code
from ssot_migrate.cli.options import Common, OutputFile, UnsafeFixes, with_common
from ssot_migrate.cli.running import output, run, settings
from ssot_migrate.model import Report, Request
from ssot_migrate.report import Color


def diff(
    common: Common, *, unsafe_fixes: UnsafeFixes = None, output_file: OutputFile = None
) -> int:
    """Show the changes that `apply` would make, as a patch; nothing is written."""
    report = run(common, settings(common, unsafe_fixes=unsafe_fixes), Request(fix=True))

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console
    from ssot_migrate.report.outcome import outcome

    report = replace(report, warnings=(*report.warnings, *_outside(report)))
    with output(output_file) as stream:
        show_changes(report, stream, common.color)
    errors = console(sys.stderr, common.color)
    outcome(report, errors, common.verbosity, written=False)
    text.problems(report, errors, common.verbosity)
    return exit_code(report, CHANGES if report.changes else 0)


app = app_of(with_common(diff, spreads=True, shards=True))


def _outside(report: Report) -> Iterator[str]:
    """Warn where ``git apply`` would not find the files: it takes none from above its folder."""
    number = sum(Path(change.path).is_absolute() for change in report.changes)
    if number:
        yield (
            f"{number} of the files lie outside the current folder; for a patch that"
            " `git apply` takes, run diff in a folder above them"
        )


def show_changes(report: Report, stream: TextIO, color: Color) -> None:
    """Write the changes for people, or as bytes that ``git apply`` takes."""
    from ssot_migrate.report.console import colored, console
    from ssot_migrate.report.diff import patch, show

    if colored(stream, color):
        for change in report.changes:
            show(change, console(stream, color))
        return
    stream.flush()
    for change in report.changes:
        stream.buffer.writelines(patch(change))
