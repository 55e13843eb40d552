"""``cache``: the results of earlier runs, which make the next one quick."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.options import CacheDir, ColorOption, ConfigFile, Format, plain
from ssot_migrate.model import UserError
from ssot_migrate.report import Color

if TYPE_CHECKING:
    from ssot_migrate.settings.config import Config

app = typer.Typer(
    name="cache",
    help="Show or remove the results of earlier runs, which make the next one quick.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Project = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The project's folder; the current one by default."
    ),
]


@app.command()
@plain
def info(
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write it.")
    ] = Format.TEXT,
    project: Project = None,
    cache_dir: CacheDir = None,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Show where the results of earlier runs are, how many and how large."""
    from ssot_migrate.caching.record import holdings
    from ssot_migrate.report import cache
    from ssot_migrate.report.console import console

    folder = _config(project, cache_dir, config_file).cache
    if output_format is Format.JSON:
        sys.stdout.write(cache.as_json(folder, holdings(folder)))
    else:
        cache.show(folder, holdings(folder), console(sys.stdout, color))
    return 0


@app.command()
@plain
def clear(
    *,
    project: Project = None,
    cache_dir: CacheDir = None,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Remove the results of earlier runs; what `undo` needs stays."""
    from ssot_migrate.disk import results
    from ssot_migrate.report import cache
    from ssot_migrate.report.console import console

    folder = _config(project, cache_dir, config_file).cache
    try:
        removed = results.clear(folder)
    except OSError as error:
        raise UserError(f"{folder}: cannot be cleared ({error.strerror})") from None
    cache.cleared(folder, removed, console(sys.stdout, color))
    return 0


def _config(project: Path | None, cache_dir: Path | None, config_file: Path | None) -> "Config":
    """Return the settings of the project whose cache is meant."""
    from ssot_migrate.settings.resolver import Options, find
    from ssot_migrate.settings.toolchain import absolute

    start = absolute(project or Path())
    if not start.is_dir():
        raise UserError(f"--project {project}: is no folder")
    return find(start, Options(cache_dir=cache_dir), config_file).folder(str(start))
