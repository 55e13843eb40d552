"""Merge what two branches made of a baseline."""

from typing import TypeVar

from ssot_migrate.gate.baseline import Baseline
from ssot_migrate.gate.entry import counts, entries

_Side = TypeVar("_Side")


def merge(base: Baseline, ours: Baseline, theirs: Baseline) -> Baseline:
    """Accept what both sides accept: for each key, what one of them or each of them changed.

    A change that both made alike is one change, as for git: commits come to a branch twice, picked
    or squashed. Comments are ours where both sides changed them.
    """
    before, mine, other = (counts(side.entries) for side in (base, ours, theirs))
    keys = before | mine | other
    merged = {key: _counted(before[key], mine[key], other[key]) for key in keys}
    comments = _changed(base.comments, ours.comments, theirs.comments)
    return Baseline(tuple(entries(merged)), comments or ours.comments, ours.newline)


def _counted(base: int, ours: int, theirs: int) -> int:
    either = _changed(base, ours, theirs)
    return max(0, ours + theirs - base) if either is None else either


def _changed(base: _Side, ours: _Side, theirs: _Side) -> _Side | None:
    """Give what one side made of the base, or both alike; ``None`` where they differ."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None
