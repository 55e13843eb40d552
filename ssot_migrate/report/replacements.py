"""A fix as SARIF has it: what is deleted from the file as it was, and what comes in its place."""

from collections.abc import Iterator, Sequence

from ssot_migrate.code.alignment import hunks
from ssot_migrate.code.source import SourceError, decode

#: A SARIF object.
Object = dict[str, object]


def replacements(before: bytes, after: bytes) -> list[Object]:
    """List the replacements, of whole lines; none where text cannot say what changed."""
    try:
        old, new = decode(before), decode(after)
    except SourceError:
        return []
    return [] if old.bom != new.bom else list(_replacements(old.lines, new.lines))


def _replacements(old: Sequence[str], new: Sequence[str]) -> Iterator[Object]:
    for hunk in hunks(_encoded(old), _encoded(new)):
        for tag, i1, i2, j1, j2 in hunk:
            if tag == "equal":
                continue
            start, end = _start(old, i1), _start(old, i2)
            replacement: Object = {
                "deletedRegion": {
                    "startLine": start[0],
                    "startColumn": start[1],
                    "endLine": end[0],
                    "endColumn": end[1],
                }
            }
            if j1 < j2:
                replacement["insertedContent"] = {"text": "".join(new[j1:j2])}
            yield replacement


def _encoded(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogatepass") for line in lines]


def _start(lines: Sequence[str], index: int) -> tuple[int, int]:
    """Return 1-based line and column where a line starts, or where the file ends."""
    if index < len(lines) or not lines or lines[-1].endswith(("\n", "\r")):
        return index + 1, 1
    return index, len(lines[-1]) + 1
