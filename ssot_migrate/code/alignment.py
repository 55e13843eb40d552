"""Align the lines of a file before and after a change, in hunks.

``difflib.unified_diff`` took 100 s for a file of 33,000 lines that repeat themselves. Two versions
of a file are mostly equal, so only the stretches that are not are given to difflib.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

#: As difflib has it: what happens, and the lines of either side that it happens to.
Opcode = tuple[str, int, int, int, int]
#: Equal lines shown around what differs.
_CONTEXT = 3
#: So many equal lines in a row end a stretch that differs.
_ENOUGH = 4
#: A stretch longer than this, in lines of both sides, is left to difflib with all that follows.
_LIMIT = 300


def hunks(before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[list[Opcode]]:
    """Yield what differs, with three lines of context."""
    hunk: list[Opcode] = []
    for opcode in _opcodes(before, after):
        if opcode[0] != "equal" or (hunk and _length(opcode) <= 2 * _CONTEXT):
            hunk.append(opcode)
            continue
        if hunk:
            yield [*hunk, _head(opcode)]
        hunk = [_tail(opcode)]
    if hunk and hunk[-1][0] == "equal":
        hunk.append(_head(hunk.pop()))
    if any(tag != "equal" for tag, *_ in hunk):
        yield hunk


def _length(opcode: Opcode) -> int:
    return opcode[2] - opcode[1]


def _head(opcode: Opcode) -> Opcode:
    tag, i1, i2, j1, j2 = opcode
    return tag, i1, min(i2, i1 + _CONTEXT), j1, min(j2, j1 + _CONTEXT)


def _tail(opcode: Opcode) -> Opcode:
    tag, i1, i2, j1, j2 = opcode
    return tag, max(i1, i2 - _CONTEXT), i2, max(j1, j2 - _CONTEXT), j2


def _opcodes(before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[Opcode]:
    left = right = 0
    while left < len(before) or right < len(after):
        equal = _equal_lines(before, after, left, right)
        if equal:
            yield "equal", left, left + equal, right, right + equal
        left, right = left + equal, right + equal
        next_left, next_right = _next_equal(before, after, left, right)
        region = SequenceMatcher(None, before[left:next_left], after[right:next_right])
        for tag, i1, i2, j1, j2 in region.get_opcodes():
            yield tag, left + i1, left + i2, right + j1, right + j2
        left, right = next_left, next_right


def _equal_lines(before: Sequence[bytes], after: Sequence[bytes], left: int, right: int) -> int:
    longest = min(len(before) - left, len(after) - right)
    different = (n for n in range(longest) if before[left + n] != after[right + n])
    return next(different, longest)


def _next_equal(
    before: Sequence[bytes], after: Sequence[bytes], left: int, right: int
) -> tuple[int, int]:
    """Return where the nearest equal lines begin, or the ends."""
    for distance in range(_LIMIT):
        for skipped in range(distance + 1):
            i, j = left + skipped, right + distance - skipped
            if before[i : i + _ENOUGH] == after[j : j + _ENOUGH]:
                return i, j
    return len(before), len(after)
