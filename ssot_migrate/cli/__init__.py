"""The command line; commands import what they need when they run, so that ``--help`` is quick."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate import __version__
from ssot_migrate.cli.command import Group, later

#: What `--help` says of each, in this order; the command itself is in the module of its name.
COMMANDS = {
    "scan": "Count the mocks that are built by hand, and show where they are.",
    "diff": "Show the changes that `apply` would make, as a patch; nothing is written.",
    "apply": (
        "Rewrite the mocks that the factory can build, in place; each file is written atomically."
    ),
    "migrate": (
        "Migrate a large suite batch by batch: each is rewritten, tried, written, and committed."
    ),
    "check": "Fail on mocks that are built by hand and not in the baseline: the gate for CI.",
    "merge-results": (
        "Join the JSON of `scan --shard`, or of `check --shard`, into that of the whole tree."
    ),
    "suppress": "Accept what `check` would find, by comments that say why.",
    "config": "Show the settings that hold for a file or folder, and where each comes from.",
    "explain": (
        "Show the page of a rule, or everything that led to the fix of one mock, or to its lack."
    ),
    "undo": "Restore the files that a run has written, byte for byte.",
    "baseline": "Keep the list of accepted violations, so that `check` fails on others only.",
    "codemods": "List, show, test and write codemods: the TOML files that say what is migrated.",
    "cache": "Show or remove the results of earlier runs, which make the next one quick.",
    "factory": "Show, write, check and grow the mock factory.",
}

app = typer.Typer(
    name="ssot-migrate",
    cls=Group,
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


for _name, _summary in COMMANDS.items():
    later(app, _name, _summary)


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
