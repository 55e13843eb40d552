"""``explain``: what a rule finds, and why; why a mock is what the tool says it is."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.options import ColorOption, ConfigFile, plain
from ssot_migrate.model import UserError
from ssot_migrate.report import Color

#: ``tests/test_it.py:12``, with or without a column.
_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(:(?P<column>\d+))?")


def explain(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RULE|PATH:LINE",
            help="The id of a rule, or the place of a mock, with or without a column.",
        ),
    ],
    *,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Show the page of a rule, or everything that led to the fix of one mock, or to its lack.

    Of a mock: the evidence, its shape and the factory's, what becomes an argument, what is dropped
    and what stays, each difference with the place that makes it matter, and what would help.
    """
    place = _PLACE.fullmatch(target)
    if place:
        line, column = int(place["line"]), int(place["column"] or 0)
        return _place(Path(place["path"]), (line, column or None), config_file, color)
    if Path(target).exists() or target.endswith(".py"):
        raise UserError(
            f"{target}: add the line of a mock, {target}:LINE; scan -v lists the places"
        )
    return _rule(target, config_file, color)


app = app_of(plain(explain))


def _place(
    path: Path, place: tuple[int, int | None], config_file: Path | None, color: Color
) -> int:
    from ssot_migrate import pipeline
    from ssot_migrate.discover import discover
    from ssot_migrate.report import explanation
    from ssot_migrate.report.console import console
    from ssot_migrate.settings.resolver import Options, find

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    resolver = find(path.absolute().parent, Options(), config_file)
    (file, *_), _ = discover([path], resolver)
    found = pipeline.explain(file, place, resolver)
    if not found:
        raise UserError(f"{path}:{place[0]}: no mock is created here; scan -v lists the places")
    screen = console(sys.stdout, color)
    for number, one in enumerate(found):
        screen.print("\n" if number else "", end="")
        explanation.show(one, screen)
    return 0


def _rule(rule: str, config_file: Path | None, color: Color) -> int:
    from ssot_migrate.families.catalogue import load_families
    from ssot_migrate.report.console import console
    from ssot_migrate.report.page import page, show
    from ssot_migrate.rules import load_own
    from ssot_migrate.settings.load import load
    from ssot_migrate.settings.table import advice

    families = load_families(load(Path(), config_file))
    rules = {known.id: known for known in (*families, *load_own())}
    if rule not in rules:
        raise UserError(f"unknown rule `{rule}`; {advice(rule, sorted(rules))}")
    show(page(rules[rule]), console(sys.stdout, color))
    return 0
