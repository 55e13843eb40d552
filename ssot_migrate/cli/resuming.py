"""Go on with a migration as it was started: what the command line does not give anew holds."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from ssot_migrate.cli.journaling import journal_of
from ssot_migrate.cli.options import Common
from ssot_migrate.cli.running import settings
from ssot_migrate.migrating.migration import Given, Migration
from ssot_migrate.report import Verbosity
from ssot_migrate.settings.toolchain import absolute, shown

#: Options that are given as they are kept, and those that are on or off.
_VALUES = ("by", "select", "ignore", "exclude", "extend_exclude", "trial", "trial_timeout")
_SWITCHES = {
    "unsafe_fixes": ("--unsafe-fixes", "--no-unsafe-fixes"),
    "trial_in_place": ("--in-place", "--in-copy"),
    "commit": ("--commit", "--no-commit"),
}


def rooted(paths: list[Path] | None) -> list[str] | None:
    """Return paths as they are the same from every folder."""
    return [str(absolute(path)) for path in paths] if paths else None


def take_over(common: Common, given: Given) -> tuple[Common, Given]:
    """Add what the last migration was given and this command line is not; say what that is."""
    from ssot_migrate.report.console import console, say

    kept = Migration(journal_of(settings(common)).cache).given()
    taken = kept.without(given)
    words = list(_words(taken))
    if words and common.verbosity is not Verbosity.QUIET:
        say(console(sys.stdout, common.color), f"Going on with {' '.join(words)}")
    merged = given.over(kept)
    common = replace(
        common,
        paths=[Path(shown(path)) for path in merged.paths] if merged.paths else None,
        select=merged.select,
        ignore=merged.ignore,
        exclude=merged.exclude,
        extend_exclude=merged.extend_exclude,
    )
    return common, merged


def _words(given: Given) -> Iterator[str]:
    """Write what was given as a command line has it."""
    yield from (shlex.quote(shown(path)) for path in given.paths or ())
    for name in _VALUES:
        value = getattr(given, name)
        option = f"--{name.replace('_', '-')}"
        if name == "trial" and value == "":
            yield "--no-trial"
        elif value is not None:
            text = ",".join(value) if isinstance(value, list) else f"{value}"
            yield f"{option} {shlex.quote(text)}"
    for name, (on, off) in _SWITCHES.items():
        switch = getattr(given, name)
        if switch is not None:
            yield on if switch else off
