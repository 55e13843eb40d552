"""``config``: which settings hold, and why."""

from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.options import Common, Format, OutputFile, with_common
from ssot_migrate.cli.running import check_rules, output, settings
from ssot_migrate.model import UserError


def config(
    common: Common,
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the settings.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
) -> int:
    """Show the settings that hold for a file or folder, and where each comes from."""
    from ssot_migrate.settings.config import absolute

    path, *more = common.paths or [Path()]
    if more:
        raise UserError("config shows the settings of one path at a time")
    if not path.exists():
        raise UserError(f"{path}: does not exist; check the spelling and the current folder")
    resolver = settings(common)
    location = str(absolute(path))
    check_rules([resolver.folder(str(absolute(path if path.is_dir() else path.parent)))])
    effective = resolver.folder(location) if path.is_dir() else resolver.file(location)

    from ssot_migrate.report.console import console
    from ssot_migrate.report.settings import render, show

    with output(output_file) as stream:
        if output_format is Format.JSON:
            stream.write(render(effective, path.as_posix()))
        else:
            show(effective, path.as_posix(), console(stream, common.color))
    return 0


app = app_of(with_common(config))
