"""One file's bytes as text and tree, and the places in it."""

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from msgspec import Struct, field

from ssot_migrate.frozen import Frozen

#: What a file must hold to build a mock: a call of one of these, or its import under another name.
_WORDS = (b"Mock", b"mock_open", b"create_autospec")
_CREATION = rb"(?:[\s\\]*\(|[\s\\]+as\s)"
#: What ends a line for ``str.splitlines``, but not for Python's tokenizer; others are not ASCII.
_ENDS = "\v\f\x1c\x1d\x1e"
_ALIAS = re.compile(rb"\w+[\s\\]+as[\s\\]+(\w+)")


class SourceError(Exception):
    """The file cannot be decoded or parsed; the message says where."""


class ByteTest:
    """Decides from a file's bytes whether it can build a mock, or calls the factory.

    Words are looked for first and patterns tried where they stand: that is many times as fast.
    """

    def __init__(self, factory_class: str | None) -> None:
        self.words = {word: re.compile(re.escape(word) + _CREATION) for word in _WORDS}
        if factory_class:
            self.words |= _whole([factory_class.encode()])

    def passes(self, data: bytes) -> bool:
        """Say whether a file has to be parsed; UTF-16 (which Python cannot read) hides words."""
        if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return True
        return next(_places(data, self.words), None) is not None

    def lines(self, text: str) -> list[int]:
        """List, sorted, the numbers of the lines on which the test finds something."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        data = text.encode("utf-8", "surrogatepass")
        places = set(_places(data, self.words))
        aliases = (_ALIAS.match(data, place) for place in places)
        places |= set(_places(data, _whole(alias[1] for alias in aliases if alias)))
        lines: list[int] = []
        line, start = 1, 0
        for place in sorted(places):
            line += data.count(b"\n", start, place)
            start = place
            lines.append(line)
        return lines


def last_line(node: ast.expr | ast.stmt) -> int:
    """Give the number of the line on which a node ends."""
    return node.end_lineno or node.lineno


def _whole(words: Iterable[bytes]) -> dict[bytes, re.Pattern[bytes]]:
    return {word: re.compile(rb"\b" + re.escape(word) + rb"\b") for word in words}


def _places(data: bytes, words: dict[bytes, re.Pattern[bytes]]) -> Iterator[int]:
    """Yield where a word stands and its pattern holds."""
    for word, pattern in words.items():
        place = data.find(word)
        while place >= 0:
            if pattern.match(data, place):
                yield place
            place = data.find(word, place + len(word))


class Omitted(Frozen):
    """A function that was left out of a tree."""

    #: From its first line's start to its last line's end.
    text: str
    first: int
    last: int
    #: Blanks before it.
    indent: int


class Source(Struct, dict=True):
    """A decoded file. Lines end as Python's tokenizer ends them: LF, CRLF or CR, nothing else."""

    #: The text without its byte order mark, newlines as they are.
    text: str
    #: Codec name for encoding the text again.
    encoding: str
    #: The byte order mark that stood before the text, or nothing.
    bom: bytes = b""
    #: The whole module, or what of it is asked for.
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))
    #: What the tree does not have yet, by first line.
    omitted: dict[int, Omitted] = field(default_factory=dict)
    #: Lines that were looked for, by what they hold.
    found: dict[re.Pattern[str], list[int]] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines with their ends."""
        if self.text.isascii() and not any(end in self.text for end in _ENDS):
            return self.text.splitlines(keepends=True)
        return list(io.StringIO(self.text, newline=""))

    @cached_property
    def starts(self) -> list[int]:
        """Character offset of each line's start."""
        return [0, *accumulate(map(len, self.lines))]

    @cached_property
    def newline(self) -> str:
        """How this file ends its lines: as its first line does."""
        first = self.lines[0] if self.lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def column(self, line: int, utf8_column: int) -> int:
        """Turn ast's UTF-8 column into a 0-based column in characters."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return utf8_column
        return len(text.encode("utf-8", "surrogatepass")[:utf8_column].decode("utf-8", "replace"))

    def next_with(self, words: Iterable[str], suite: Sequence[ast.stmt], start: int) -> int:
        """Find the next statement of a suite that has one of the words on its lines.

        Gives the length of the suite where none has.
        """
        if start == len(suite):
            return start
        first, last = self.starts[suite[start].lineno - 1], self.starts[last_line(suite[-1])]
        found = [place for word in words if (place := self.text.find(word, first, last)) >= 0]
        if not found:
            return len(suite)
        return bisect_left(suite, bisect_right(self.starts, min(found)), start, key=last_line)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Give a node's character offsets in the text, the end exclusive."""
        end_line = node.end_lineno or node.lineno
        start = self.starts[node.lineno - 1] + self.column(node.lineno, node.col_offset)
        end = self.starts[end_line - 1] + self.column(end_line, node.end_col_offset or 0)
        return start, end

    def between(self, first: int, last: int) -> str:
        """Give the text of lines, from a first to a last one, with their ends."""
        return self.text[self.starts[first - 1] : self.starts[last]]

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """Give a node's text as it stands in the file."""
        start, end = self.span(node)
        return self.text[start:end]

    def with_text(self, text: str, tree: ast.Module | None = None) -> "Source":
        """Give this file with another text. Raises SourceError where that does not parse."""
        return Source(text, self.encoding, self.bom, tree or parse_text(text))

    def encode(self, text: str) -> bytes:
        """Encode a text as this file is encoded, byte order mark included."""
        return self.bom + text.encode(self.encoding)


def decode(data: bytes) -> Source:
    """Decode by byte order mark, coding cookie, or UTF-8. Raises SourceError."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(f"{error.msg}; correct the coding line or the file's encoding") from error
    bom = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    encoding = "utf-8" if bom else encoding
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"line {line}: not valid {encoding}; save the file as {encoding} or add a coding line"
        ) from error
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"{encoding} is no encoding of text; correct the coding line") from error
    return Source(text, encoding, bom)


def parse(data: bytes) -> Source:
    """Decode and parse a file. Raises SourceError."""
    return parsed(decode(data))


def parsed(source: Source) -> Source:
    """Parse what was decoded. Raises SourceError."""
    try:
        source.tree = parse_text(source.text)
    except SourceError as error:
        raise SourceError(f"{error}; correct the file") from error
    return source


def parse_text(text: str) -> ast.Module:
    """Parse a module's text. Raises SourceError where Python would refuse it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.lineno else ""
        raise SourceError(f"{place}{error.msg}") from error
    except ValueError as error:
        raise SourceError(str(error)) from error
    except RecursionError as error:
        raise SourceError("nested too deeply for Python's parser") from error
    except MemoryError as error:  # Of its stack, or of all there is.
        raise SourceError("nested too deeply, or too large, for Python's parser") from error
