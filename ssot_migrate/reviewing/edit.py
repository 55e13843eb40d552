"""Put lines that a person edited in the place of those that a fix proposed."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from ssot_migrate.code.source import Source, SourceError
from ssot_migrate.reviewing.stretch import outside
from ssot_migrate.rewriting.imports import mend_imports
from ssot_migrate.rewriting.lost_names import imported_names, lost_names
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rewriting.within import import_statements


class EditError(Exception):
    """The edited lines cannot be taken; the message says why."""


def put_in(
    before: Source, proposed: Source, edits: Mapping[range, Sequence[str]], line_length: int
) -> Source:
    """Give the proposed file with other lines, each range (0-based) replaced by lines without ends.

    What stands outside must mean what it meant. What ``before`` imported comes back where the
    edited lines need it. Raises EditError.
    """
    text, places = _spliced(proposed, edits)
    try:
        edited = proposed.with_text(text)
    except SourceError as error:
        raise EditError(f"it does not parse: {error}") from error
    if outside(edited.tree, places) != outside(proposed.tree, [*edits]):
        raise EditError("it changes the meaning of lines that were not to be edited")
    was, now = (imported_names(import_statements(source)) for source in (before, edited))
    for name in sorted(lost_names(was, now, edited)):
        target = _imported(before.tree, name, line_length)
        edited = edited.with_text(mend_imports(edited, edited, target))
    return edited


def _spliced(source: Source, edits: Mapping[range, Sequence[str]]) -> tuple[str, list[range]]:
    """Give the text with the edits in it, and the lines where they stand now."""
    parts: list[str] = []
    places: list[range] = []
    done = 0
    for place, lines in sorted(edits.items(), key=lambda item: item[0].start):
        parts += source.lines[done : place.start]
        places.append(range(len(parts), len(parts) + len(lines)))
        parts += _ended(lines, source, place)
        done = place.stop
    return "".join((*parts, *source.lines[done:])), places


def _ended(lines: Sequence[str], source: Source, place: range) -> Iterator[str]:
    """End lines as those are ended that they replace; the file's last one may have no end."""
    replaced = source.lines[place.start : place.stop]
    ends = [line[len(line.rstrip("\r\n")) :] for line in replaced]
    common = next(filter(None, ends), source.newline)
    yield from (line + common for line in lines[:-1])
    yield from (line + ends[-1] for line in lines[-1:])


def _imported(tree: ast.Module, name: str, line_length: int) -> Target:
    """Say where a name came from. Raises EditError for an import that cannot be written again."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            for alias in statement.names:
                if alias.name == name and alias.asname in {None, name}:
                    return Target(statement.module, name, line_length)
    raise EditError(f"{name} is used, but nothing else in the file uses its import any more")
