"""Changes as a unified diff: a patch that ``git apply`` takes, or coloured lines on a terminal."""

import os
from collections.abc import Iterator, Sequence
from io import BytesIO

from rich.console import Console

from ssot_migrate.code.alignment import Opcode, hunks
from ssot_migrate.model import Change
from ssot_migrate.report.console import say

_NO_NEWLINE = b"\\ No newline at end of file\n"
_ESCAPES = {
    **{code: f"\\{code:03o}" for code in (*range(32), *range(0x7F, 0x100))},
    **{
        ord(raw): f"\\{letter}"
        for raw, letter in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)
    },
}
_STYLES = (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red"))


def patch(change: Change) -> Iterator[bytes]:
    r"""Yield the lines of a change's patch.

    Lines end at ``\n`` only, so that ``\r`` and form feeds stay inside; bytes pass whatever their
    encoding. Without a ``diff --git`` line git takes the paths as relative to the current folder.
    """
    before, after = map(_lines, change.both)
    header: tuple[bytes, ...] = (
        b"--- " + _name("a", change.path) + b"\n",
        b"+++ " + _name("b", change.path) + b"\n",
    )
    for hunk in hunks(before, after):
        yield from header
        header = ()
        yield _hunk_header(hunk)
        for line in _hunk_lines(hunk, before, after):
            yield from (line,) if line.endswith(b"\n") else (line + b"\n", _NO_NEWLINE)


def show(change: Change, console: Console) -> None:
    """Print a change's patch for people: coloured, and what is no text made visible."""
    for line in patch(change):
        text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        say(console, text, style(text))


def _lines(content: bytes) -> list[bytes]:
    return BytesIO(content).readlines()


def _hunk_header(hunk: Sequence[Opcode]) -> bytes:
    _, left_start, _, right_start, _ = hunk[0]
    _, _, left_end, _, right_end = hunk[-1]
    left, right = _range(left_start, left_end), _range(right_start, right_end)
    return f"@@ -{left} +{right} @@\n".encode()


def _range(start: int, end: int) -> str:
    """Return a range of lines; an empty one is named by the line before it."""
    length = end - start
    return str(end) if length == 1 else f"{start + 1 if length else start},{length}"


def _hunk_lines(
    hunk: Sequence[Opcode], before: Sequence[bytes], after: Sequence[bytes]
) -> Iterator[bytes]:
    for tag, i1, i2, j1, j2 in hunk:
        if tag == "equal":
            yield from (b" " + line for line in before[i1:i2])
        else:
            yield from (b"-" + line for line in before[i1:i2])
            yield from (b"+" + line for line in after[j1:j2])


def _name(side: str, path: str) -> bytes:
    r"""Return a path as git writes it: quoted, or ended by a tab where it holds a space."""
    raw = os.fsencode(f"{side}/{path.lstrip('/')}").decode("latin-1")
    quoted = raw.translate(_ESCAPES)
    if quoted != raw:
        return f'"{quoted}"'.encode("latin-1")
    return raw.encode("latin-1") + (b"\t" if " " in raw else b"")


def style(line: str) -> str:
    """Return how a line of a diff is shown."""
    return next((style for start, style in _STYLES if line.startswith(start)), "")
