"""Carry out the fixes of the engine's own rules, and prove that they change nothing else."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ssot_migrate.code.source import Source, parse_text
from ssot_migrate.rewriting.plan import Edit, Fix


class EditError(Exception):
    """An edit changes more than its own words; the message says where."""


def waiting(edits: Sequence[Edit], fixes: Sequence[Fix]) -> list[Edit]:
    """List the edits on lines that a migration rewrites: they wait until that is done."""
    taken = lines_of(fixes)
    return [edit for edit in edits if edit.line in taken]


def lines_of(fixes: Sequence[Fix]) -> set[int]:
    """Give the numbers of the lines that a migration rewrites."""
    spans = [(group.first, group.last) for fix in fixes for group in fix.groups]
    spans += [(fix.creation[0], fix.creation_end[0]) for fix in fixes]
    return {number for first, last in spans for number in range(first, last + 1)}


def edited(lines: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """Give a file's lines after edits, as many as before: empty where nothing is left of one."""
    after = list(lines)
    for edit in sorted(edits, key=lambda e: (e.line, e.start), reverse=True):
        old = after[edit.line - 1]
        ending = old[len(old.rstrip("\r\n")) :]
        content = old[: edit.start] + edit.text + old[edit.end : len(old) - len(ending)]
        after[edit.line - 1] = content.rstrip() + ending if content.strip() else ""
    return after


def check_edits(before: Source, edits: Sequence[Edit]) -> ast.Module:
    """Give the tree after edits that replace comments or names. Raises EditError for others."""
    # An empty line stands for one that goes, so that what follows keeps its place.
    lines = [new or before.newline for new in edited(before.lines, edits)]
    was, now = parse_text(before.text), parse_text("".join(lines))
    meant = Counter(
        (before.lines[edit.line - 1][edit.start : edit.end], edit.text) for edit in edits
    )
    changed = Counter(_renamed(was, now))
    if changed - meant or ast.dump(was) != ast.dump(now):
        place = min(edit.line for edit in edits)
        raise EditError(f"line {place}: the edit changes more than a comment or a name")
    return parse_text("".join(lines))


def _renamed(was: ast.Module, now: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that differ between two trees, and blank them in both."""
    for old, new in zip(ast.walk(was), ast.walk(now), strict=False):
        for name in ("attr", "id", "module", "name"):
            pair = getattr(old, name, None), getattr(new, name, None)
            if isinstance(pair[0], str) and isinstance(pair[1], str) and pair[0] != pair[1]:
                yield pair[0], pair[1]
                setattr(old, name, "")
                setattr(new, name, "")
