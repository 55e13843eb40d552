"""``apply``: make the changes."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.checkout import uncommitted
from ssot_migrate.cli.ending import CHANGES, exit_code
from ssot_migrate.cli.options import Common, UnsafeFixes
from ssot_migrate.cli.running import run, settings, standard_input
from ssot_migrate.model import FileResult, Report, Request
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from rich.console import Console

    from ssot_migrate.resolver import Resolver

ExitNonZero = Annotated[
    bool, typer.Option("--exit-non-zero-on-change", help="Exit with 1 when a file was changed.")
]


def apply(
    common: Common,
    *,
    unsafe_fixes: UnsafeFixes = False,
    exit_non_zero_on_change: ExitNonZero = False,
) -> int:
    """Rewrite the mocks that the factory can build, in place; each file is written atomically.

    With `-` the code comes on standard input and the rewritten code goes to standard output.
    """
    resolver = settings(common)
    if common.is_piped:
        report = _piped(common, resolver, unsafe=unsafe_fixes)
        return exit_code(report, CHANGES if exit_non_zero_on_change and report.changes else 0)
    report = run(common, resolver, Request(fix=True, unsafe=unsafe_fixes))

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console, count, say
    from ssot_migrate.report.outcome import outcome

    out, errors = console(sys.stdout, common.color), console(sys.stderr, common.color)
    dirty = uncommitted(resolver.start) if report.changes else 0
    if dirty:
        say(
            errors,
            f"warning: the git tree has uncommitted changes in {count(dirty, 'file')}",
            "yellow",
        )
    report = replace(report, results=tuple(_written(report, out, common.verbosity)))
    outcome(report, out, common.verbosity, written=True, unsafe=unsafe_fixes)
    out.file.flush()
    text.problems(report, errors, common.verbosity)
    return exit_code(report, CHANGES if exit_non_zero_on_change and report.changes else 0)


def _piped(common: Common, resolver: "Resolver", *, unsafe: bool) -> Report:
    """Write what came in, rewritten, to stdout; as it came where it cannot be processed."""
    content = standard_input()
    report = run(common, resolver, Request(fix=True, unsafe=unsafe), content)

    from ssot_migrate.report import text
    from ssot_migrate.report.console import console
    from ssot_migrate.report.outcome import outcome

    sys.stdout.flush()
    sys.stdout.buffer.write(report.changes[0].after if report.changes else content)
    sys.stdout.buffer.flush()
    errors = console(sys.stderr, common.color)
    outcome(report, errors, common.verbosity, written=True, unsafe=unsafe)
    text.problems(report, errors, common.verbosity)
    return report


def _written(report: Report, out: "Console", verbosity: Verbosity) -> Iterator[FileResult]:
    """Write each change, tell about it at once, and yield the results as they are on disk."""
    from ssot_migrate.report.outcome import changed
    from ssot_migrate.write import write

    for result in report.results:
        failure = write(result.change) if result.change else None
        if failure:
            yield replace(result, change=None, failures=(*result.failures, failure))
            continue
        if result.change and verbosity is not Verbosity.QUIET:
            changed(result.change, out)
        yield result
