"""``explain``: what a rule finds, and why."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate.cli.options import ColorOption, ConfigFile
from ssot_migrate.model import UserError
from ssot_migrate.report import Color

#: ``tests/test_it.py:12``, with or without a column.
_PLACE = re.compile(r".+:\d+(:\d+)?")


def explain(
    target: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.")],
    *,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Show the page of a rule: what it finds, why that is bad, and what its fix does."""
    if _PLACE.fullmatch(target):
        raise UserError(f"{target} is a place; give the id of a rule")
    return _rule(target, config_file, color)


def _rule(rule: str, config_file: Path | None, color: Color) -> int:
    from ssot_migrate.catalogue import load_families
    from ssot_migrate.config import advice, load
    from ssot_migrate.report.console import console
    from ssot_migrate.report.page import page, show

    rules = {family.id: family for family in load_families(load(Path(), config_file))}
    if rule not in rules:
        raise UserError(f"unknown rule `{rule}`; {advice(rule, sorted(rules))}")
    show(page(rules[rule]), console(sys.stdout, color))
    return 0
