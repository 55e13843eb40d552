"""Leave out the functions of a file that nothing asks for: most of a file need not be parsed."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

from ssot_migrate.code.source import Omitted, Source, SourceError, parse_text, parsed
from ssot_migrate.code.units import OmissionError
from ssot_migrate.frozen import Frozen

Answer = TypeVar("Answer")

#: Strings on one line, comments, and all else but strings in triple quotes.
_PLAIN = r"""(?:[^"'\#]++ | \#[^\n]*+
    | "(?!"") (?:[^"\\\n]++ | \\.)*+ " | '(?!'') (?:[^'\\\n]++ | \\.)*+ ')*+"""
_TRIPLE = (
    r"""\"{3} (?:[^"\\]++ | \\. | "(?!""))*+ \"{3} | '{3} (?:[^'\\]++ | \\. | '(?!''))*+ '{3}"""
)
_STRING = re.compile(f"{_PLAIN} ({_TRIPLE})", re.DOTALL | re.VERBOSE)
#: What may stand behind the last one: a mention of quotes that open none.
_REST = re.compile(_PLAIN, re.DOTALL | re.VERBOSE)
_NAME = re.compile(r"def[ ]+(\w+)")
#: Where a fixture can have another name than its function.
_RENAMED = re.compile(r"fixture\([^)]*\bname\b")
#: Where less would be left out, it does not pay.
_LEAST = 0.1


class Focus(Frozen):
    """What of a file is asked for."""

    #: Sorted numbers of lines.
    lines: tuple[int, ...]
    #: Words, wherever they stand.
    words: frozenset[str] = frozenset()


def read(source: Source, focus: Focus, ask: Callable[[Source], Answer]) -> Answer:
    """Ask something of a decoded file, of which no more is parsed than that takes.

    Raises SourceError where what has to be parsed cannot be.
    """
    short = abridged(source, focus)
    try:
        return ask(short or parsed(source))
    except OmissionError:
        return ask(parsed(source))


def abridged(whole: Source, focus: Focus) -> Source | None:
    """Parse a file without the functions and methods that hold nothing of what is asked for.

    They stay as `def name(): pass` on their first line, so that all lines keep their numbers and
    all names their bindings. ``None`` where little could be left out, or it is not certain where a
    function ends: such a file has to be parsed whole.
    """
    text = whole.text
    if "\t" in text or "\f" in text or text.count("\r") != text.count("\r\n"):
        return None
    strings = long_strings(text)
    if strings is None:
        return None
    spans = list(_spans(text, strings, _Wanted(whole, focus)))
    if sum(end - start for start, end in spans) < _LEAST * len(text):
        return None
    try:
        tree = parse_text("".join(_shortened(text, spans)))
    except SourceError:
        return None
    short = Source(text, whole.encoding, whole.bom, tree)
    short.omitted = {one.first: one for one in _omitted(whole, spans)}
    short.lines, short.starts, short.found = whole.lines, whole.starts, whole.found
    return short


def _omitted(whole: Source, spans: Iterable[tuple[int, int]]) -> Iterator[Omitted]:
    for start, end in spans:
        first = bisect_left(whole.starts, start) + 1
        text = whole.text[start:end]
        indent = len(text) - len(text.lstrip(" "))
        yield Omitted(text, first, first + text.count("\n"), indent)


def long_strings(text: str) -> list[tuple[int, int]] | None:
    """Find the strings that can go over several lines; ``None`` where quotes do not match.

    Of all else no more is read than the lines on which they start.
    """
    found: list[tuple[int, int]] = []
    behind = 0
    for quotes in sorted((*_places(text, '"""'), *_places(text, "'''"))):
        if quotes < behind:
            continue
        line = text.rfind("\n", behind, quotes) + 1
        place = behind if _is_continued(text, line - 1) else max(line, behind)
        match = _STRING.match(text, place)
        if match is None:
            rest = _REST.match(text, place)
            return found if rest and rest.end() == len(text) else None
        behind = match.end()
        found.append(match.span(1))
    return found


def _places(text: str, part: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + len(part))


def _is_continued(text: str, end: int) -> bool:
    """Say whether a line goes on behind its end."""
    return text[end - 1 : end] == "\\" or text[end - 2 : end] == "\\\r"


class _Wanted:
    """Says whether a stretch of the text holds something that is asked for."""

    def __init__(self, source: Source, focus: Focus) -> None:
        self.text = source.text
        self.places = [source.starts[line - 1] for line in focus.lines]
        self.words = focus.words

    def line(self, start: int, end: int) -> bool:
        """Tell of lines."""
        index = bisect_left(self.places, start)
        return index < len(self.places) and self.places[index] < end

    def any(self, start: int, end: int) -> bool:
        """Tell of lines and words."""
        return self.line(start, end) or any(
            self.text.find(word, start, end) >= 0 for word in self.words
        )


def _spans(
    text: str, strings: Sequence[tuple[int, int]], wanted: _Wanted
) -> Iterator[tuple[int, int]]:
    """Yield from where to where functions can be left out; a decorator stays."""
    inside = _Inside(strings)
    behind = 0
    place = text.find("def ")
    while place >= 0:
        start = text.rfind("\n", 0, place) + 1
        before = text[start:place]
        indent = len(before) - len(before.lstrip(" "))
        if before[indent:].rstrip(" ") not in {"", "async"} or inside.holds(start):
            place = text.find("def ", place + 4)
            continue
        end = _end(text, place, indent, inside)
        # Decorators, among others, stand between.
        around = wanted.line(behind, start) or _RENAMED.search(text, behind, start)
        if not around and not wanted.any(start, end):
            yield start, end
        behind = end
        place = text.find("def ", end)


def _end(text: str, place: int, indent: int, inside: "_Inside") -> int:
    """Find the end of the last line of a function."""
    outer = _outer(indent)
    while match := outer.search(text, place):
        place = match.start()
        inner = inside.end(place + 1)
        if inner:
            place = inner
        elif _is_continued(text, place):
            place += 1
        else:
            return place
    return len(text)


@cache
def _outer(indent: int) -> re.Pattern[str]:
    """Match the line break before a statement that stands no deeper."""
    return re.compile(rf"\n {{0,{indent}}}(?=[^\s#)\]}}])")


class _Inside:
    """Says whether places, which are asked for in their order, stand in a string."""

    def __init__(self, strings: Sequence[tuple[int, int]]) -> None:
        self.strings = strings
        self.next = 0

    def end(self, place: int) -> int:
        """Give the end of the string around a place, 0 where there is none."""
        strings = self.strings
        while self.next < len(strings) and strings[self.next][1] <= place:
            self.next += 1
        here = strings[self.next] if self.next < len(strings) else (place, 0)
        return here[1] if here[0] < place else 0

    def holds(self, place: int) -> bool:
        """Say whether a place stands in a string."""
        return self.end(place) > 0


def _shortened(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the parts of the text that is left."""
    done = 0
    for start, end in spans:
        place = text.index("def ", start)
        name = _NAME.match(text, place)
        yield text[done:place]
        yield f"def {name[1] if name else '_'}(): pass"
        yield "\n" * text.count("\n", start, end)
        done = end
    yield text[done:]
