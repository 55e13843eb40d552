"""``factory show``: what the factory's methods make, as the tool reads them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssot_migrate.cli.options import ColorOption, ConfigFile, FactoryName, Format
from ssot_migrate.model import UserError
from ssot_migrate.report import Color

if TYPE_CHECKING:
    from ssot_migrate.settings.config import Config


def show(
    method: Annotated[
        str | None,
        typer.Argument(metavar="[METHOD]", help="A method; all by default.", show_default=False),
    ] = None,
    *,
    factory: FactoryName = None,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the contracts.")
    ] = Format.TEXT,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Print what the factory's methods make, as the tool reads it from the source.

    Of one method: its parameters and where each lands, what it gives, every attribute with what is
    preset, and what cannot be read and why. Without one, a line for each.
    """
    from ssot_migrate.code.source import parse
    from ssot_migrate.contracts.contract import Factory
    from ssot_migrate.contracts.outline import outline
    from ssot_migrate.families.catalogue import load_families
    from ssot_migrate.pipeline import find_factory
    from ssot_migrate.report import outline as report
    from ssot_migrate.report.console import console
    from ssot_migrate.settings.toolchain import shown

    config = _config(factory, config_file)
    module, class_name, location, data = find_factory(config)
    read = Factory(module, class_name, parse(data).tree)
    name, path = f"{module}:{class_name}", shown(location)
    outlines = outline(read, load_families(config))
    if method:
        known = ", ".join(one.method for one in outlines)
        outlines = tuple(one for one in outlines if one.method == method)
        if not outlines:
            if method in read.methods and not method.startswith("_"):
                raise UserError(f"{method} of {name} makes nothing; those that do are {known}")
            nearest = read.nearest(method)
            advice = f"did you mean `{nearest}`?" if nearest else f"it has {known or 'none'}"
            raise UserError(f"{name} has no method `{method}`; {advice}")
    if output_format is Format.JSON:
        sys.stdout.write(report.as_json(name, path, outlines))
    elif method:
        report.show(outlines[0], path, console(sys.stdout, color))
    else:
        report.table(name, path, outlines, console(sys.stdout, color))
    return 0


def _config(factory: str | None, config_file: Path | None) -> "Config":
    from ssot_migrate.settings.config import Origin
    from ssot_migrate.settings.load import load
    from ssot_migrate.settings.table import check_factory

    config = load(Path(), config_file)
    if factory is None:
        return config
    check_factory("--factory", factory)
    return config.given(Origin("command line"), {"factory": factory})
