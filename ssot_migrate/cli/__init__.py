"""The command line; commands import what they need when they run, so that ``--help`` is quick."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate import __version__
from ssot_migrate.cli import (
    apply,
    baseline,
    cache,
    check,
    codemods,
    config,
    diff,
    explain,
    factory,
    merge_results,
    migrate,
    scan,
    suppress,
    undo,
)
from ssot_migrate.cli.options import plain, with_common

app = typer.Typer(
    name="ssot-migrate",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 (Typer calls it)
    if wanted:
        typer.echo(f"ssot-migrate {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: FBT002 (Typer reads it)
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Migrate mocks that tests build by hand to one factory, the single source of truth.

    Exit codes: 0 when all went well, 1 when `diff` would change something, `check` found something
    new, an example of a codemod or a check of a factory failed, 2 on wrong usage or configuration
    and when a file could not be processed.
    """


app.command()(with_common(scan.scan, caches=True, spreads=True, shards=True))
for _command in (diff.diff, apply.apply):
    app.command()(with_common(_command, spreads=True, shards=True))
app.command()(with_common(migrate.migrate, takes_stdin=False, spreads=True))
app.command()(with_common(check.check, caches=True, spreads=True, shards=True))
app.command()(plain(merge_results.merge_results))
app.command()(with_common(suppress.suppress, takes_stdin=False))
app.command()(with_common(config.config))
app.command()(plain(explain.explain))
app.command()(plain(undo.undo))
app.add_typer(baseline.app)
app.add_typer(codemods.app)
app.add_typer(cache.app)
app.add_typer(factory.app)


def main() -> None:
    """Run the command line; never returns."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # Closed by the shell: ``>&-``.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What the encoding lacks, and file names that are not text, are shown escaped.
            stream.reconfigure(errors="backslashreplace")
    app()
