"""What the cache holds."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from ssot_migrate.caching.answers import Remembered
from ssot_migrate.caching.record import Holding
from ssot_migrate.disk.results import Kept
from ssot_migrate.report.console import count, say, table
from ssot_migrate.settings.toolchain import shown

_UNITS = ("bytes", "kB", "MB")


def show(folder: Path, holdings: Sequence[Holding], console: Console) -> None:
    """Print one line for each kind of run, the last one first, and the totals."""
    total = sum(holding.kept.size for holding in holdings)
    kinds = count(len(holdings), "kind") + " of run"
    say(console, f"{shown(folder)}: results of {kinds}, {_size(total)}.", "bold")
    if holdings:
        rows = [
            (_time(h.kept.used), h.tool or "?", str(h.files), _size(h.kept.size), _folder(h))
            for h in holdings
        ]
        heading = ("last used", "version", "files", "size", "folder")
        table(console, [heading, *rows], right=frozenset({2, 3}))


def as_json(folder: Path, holdings: Sequence[Holding]) -> str:
    """Return the same for programs."""
    runs = [
        {
            "last_used": _time(h.kept.used),
            "version": h.tool or None,
            "files": h.files,
            "bytes": h.kept.size,
            "folder": h.folder or None,
        }
        for h in holdings
    ]
    return json.dumps({"folder": str(folder), "runs": runs}, indent=2, ensure_ascii=False) + "\n"


def remembered(known: Remembered, console: Console) -> None:
    """Say what a run took from earlier ones."""
    files = count(known.files, "file")
    say(console, f"cache: {known.known} of {files} known from earlier runs, and not read")


def unwritten(known: Remembered, console: Console) -> None:
    """Say where a run could keep nothing for later ones."""
    for folder in known.unwritten:
        advice = "look at its permissions and the room on its disk, or take --cache-dir"
        say(console, f"cache: nothing could be kept in {shown(folder)}; {advice}", "yellow")


def cleared(folder: Path, removed: Sequence[Kept], console: Console) -> None:
    """Say what was removed."""
    size = _size(sum(one.size for one in removed))
    what = f"{size} of results removed" if removed else "no results"
    say(console, f"{shown(folder)}: {what}.")


def _folder(holding: Holding) -> str:
    return shown(holding.folder) if holding.folder else "?"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")


def _size(size: int) -> str:
    """Write a number of bytes in three digits."""
    number, unit = float(size), 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{size} bytes"
