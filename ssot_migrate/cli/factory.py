"""``factory``: the mock factory that the migrated tests call."""

import typer

from ssot_migrate.cli import factory_advise, factory_check, factory_init, factory_show
from ssot_migrate.cli.options import plain, with_common

app = typer.Typer(
    name="factory",
    help="Show, write, check and grow the mock factory.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("show")(plain(factory_show.show))
app.command("init")(plain(factory_init.init))
app.command("advise")(with_common(factory_advise.advise))
app.command("check")(plain(factory_check.check))
