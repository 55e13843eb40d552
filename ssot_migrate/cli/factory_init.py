"""``factory init``: write a factory of the project's own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate.cli.options import ConfigFile
from ssot_migrate.model import UserError


def init(
    *,
    path: Annotated[
        Path | None,
        typer.Option(
            "--path",
            metavar="FILE",
            help="Where to write it; test_framework/ssot/mock_factory.py by default.",
        ),
    ] = None,
    tests: Annotated[
        Path | None,
        typer.Option("--tests", metavar="FILE", help="Where to write its tests; beside it."),
    ] = None,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Write no tests for it.")] = False,
    config_file: ConfigFile = None,
) -> int:
    """Write a mock factory into the project, with tests: plain code, yours to change.

    Nothing is overwritten: where one of the files exists, none is written.
    """
    from ssot_migrate.contracts.shipped import source
    from ssot_migrate.disk.write import create_all
    from ssot_migrate.report.starter import written
    from ssot_migrate.settings.load import load
    from ssot_migrate.starter import start

    if tests and no_tests:
        raise UserError("--tests and --no-tests exclude each other")
    config = load(Path(), config_file)
    text = source(config.user_context).decode()
    begun = start(config, text, path, tests, with_tests=not no_tests)
    create_all(begun.files)
    written(begun, config, sys.stdout)
    return 0
