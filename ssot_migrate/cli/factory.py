"""``factory``: show, write, check and grow the mock factory."""

import typer

from ssot_migrate.cli import factory_advise
from ssot_migrate.cli.options import with_common

app = typer.Typer(
    name="factory",
    help="Show, write, check and grow the mock factory.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("advise")(with_common(factory_advise.advise))
