"""Count what line regexes hit, as people estimate a migration, and hold it against what there is.

A pattern counts a line once, in any case. Each hit either stands for one mock of its family, or has
a reason why it does not; so the hits, less those with a reason, plus the mocks that were missed,
are the mocks.
"""

import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from ssot_migrate.code.source import Source, SourceError, decode
from ssot_migrate.executing import journey
from ssot_migrate.families.family import Family, split_name
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import Export, Users
from ssot_migrate.model import GENERIC, Estimate, Reason, SourceFile, Violation
from ssot_migrate.settings.config import Config
from ssot_migrate.worker.process import NOBODY, process
from ssot_migrate.worker.settings import Outcome, Settings

_GENERIC = (r"\bMock\(\)", r"\bMagicMock\(\)", r"\bAsyncMock\(\)", r"@patch\(")
#: A creation, wherever it belongs.
_CREATION = re.compile(r"(?:Mock|mock_open|create_autospec)\s*\(")
_PROSE = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
#: A column behind the end of any line.
_FAR = 1 << 30
#: Its rule, which is its family's, its line and column.
_Mock = tuple[str, int, int]


class Pattern(Frozen):
    """A line regex of a family."""

    family: str
    regex: re.Pattern[str]
    #: Stands, in lower case, on every line that is hit; looking for it first is what is quick.
    word: str = ""


def patterns(families: Iterable[Family], config: Config) -> tuple[Pattern, ...]:
    """Return the line regexes of the selected rules: the configured, or those of their names."""
    given, more = dict(config.statistics.patterns), dict(config.statistics.extend_patterns)
    shipped = {family.id: tuple(_shipped(family)) for family in families}
    selected = [
        rule
        for rule in dict.fromkeys((*shipped, *given, *more))
        if rule in (config.select or (rule,)) and rule not in config.ignore
    ]
    found: list[Pattern] = []
    for rule in selected:
        own = (*given.get(rule, ()), *more.get(rule, ()))
        found += () if rule in given else shipped.get(rule, ())
        found += [Pattern(rule, re.compile(text, re.IGNORECASE)) for text in own]
    return tuple(found)


def _shipped(family: Family) -> Iterator[Pattern]:
    if family.id == GENERIC:
        for text in _GENERIC:
            word = "@patch(" if "patch" in text else "mock()"
            yield Pattern(GENERIC, re.compile(text, re.IGNORECASE), word)
    names = dict.fromkeys((*family.evidence.names, *family.evidence.weak_names))
    words = ["_?".join(map(re.escape, split_name(name).words)) for name in names]
    if words:
        name = f"mock_?(?:{'|'.join(words)})"
        for text in (
            rf"{name}\s*(?::[^=]*)?=(?!=)",
            rf"{name}\.[\w.]+\s*=\s*[\w.]*Mock\(",
            rf"create_{name}\w*\(",
        ):
            yield Pattern(family.id, re.compile(text, re.IGNORECASE), "mock")


def process_and_estimate(
    settings: Settings,
    all_rules: Settings,
    wanted: Sequence[Pattern],
    file: SourceFile,
    users: Mapping[Export, Users] = NOBODY,
) -> Outcome:
    """Take a file through all stages, and hold what the patterns hit against what is found.

    ``all_rules`` are the same settings with nothing left out: a hit may be a mock of a family that
    was not asked for.
    """
    journey.begin()
    outcome = process(settings, file, users)
    whole = outcome if all_rules is settings else process(all_rules, file, users)
    try:
        source = _decoded(file.read())
    except OSError:
        return outcome
    factory = settings.factory[1]
    lines = _Lines(source, _all(whole), factory)
    if whole.result.failures:
        lines.reason = Reason.UNPARSED
    elif file.location in settings.factories:
        lines.reason = Reason.FACTORY
    hits = list(_hits(lines, wanted))
    seen = {line for _, line in hits}
    there = (v.rule for v in _all(outcome) if v.is_creation)
    families = dict.fromkeys((*there, *(pattern.family for pattern, _ in hits)))
    estimates = {family: _estimate(family, hits, lines, seen) for family in families}
    return replace(outcome, result=replace(outcome.result, estimates=estimates))


def _all(outcome: Outcome) -> tuple[Violation, ...]:
    """List the violations of a file; a suppressed mock is one that there is."""
    return (*outcome.result.violations, *outcome.result.suppressed)


def _decoded(data: bytes) -> Source:
    try:
        return decode(data)
    except SourceError:
        return Source(data.decode("latin-1"), "latin-1")


class _Lines:
    """One file's lines, and what stands on them."""

    def __init__(self, source: Source, violations: Iterable[Violation], factory: str) -> None:
        self.source = source
        self.factory = factory
        #: Why no hit of this file is a mock, if there is one reason for all.
        self.reason: Reason | None = None
        #: The lines that each mock's creation reaches over, and the mocks on each line.
        self.extents: dict[_Mock, range] = {}
        self.mocks: dict[int, list[_Mock]] = {}
        for one in violations:
            mock = (one.rule, one.line, one.column)
            self.extents[mock] = range(one.line, one.end_line + 1)
        for mock, extent in self.extents.items():
            for line in extent:
                self.mocks.setdefault(line, []).append(mock)

    def holding(self, word: str) -> list[int]:
        """List the lines that hold a word in any case."""
        if word not in self.source.text.lower():
            return []
        return [n for n, line in enumerate(self.source.lines, 1) if word in line.lower()]

    @cached_property
    def prose(self) -> dict[int, list[tuple[int, int]]]:
        """The comments and strings on each line, as columns."""
        found: dict[int, list[tuple[int, int]]] = {}
        try:
            for token in tokenize.generate_tokens(iter(self.source.lines).__next__):
                if token.type in _PROSE:
                    (first, start), (last, end) = token.start, token.end
                    for line in range(first, last + 1):
                        span = (start if line == first else 0, end if line == last else _FAR)
                        found.setdefault(line, []).append(span)
        except (tokenize.TokenError, SyntaxError):
            pass  # What comes before the place that is no Python is known.
        return found

    def why_none(self, line: int, pattern: Pattern) -> Reason:
        """Say why a hit is no mock of its own."""
        mocks = self.mocks.get(line, ())
        if mocks:
            own = any(rule == pattern.family for rule, *_ in mocks)
            return Reason.AGAIN if own else Reason.ELSEWHERE
        text = self.source.lines[line - 1]
        spans = self.prose.get(line, ())
        starts = [match.start() for match in pattern.regex.finditer(text)]
        if all(any(first <= start < end for first, end in spans) for start in starts):
            return Reason.PROSE
        if self.reason or re.search(rf"\b{self.factory}\b", text):
            return self.reason or Reason.FACTORY
        return Reason.PART if _CREATION.search(text) else Reason.NOTHING


def _hits(lines: _Lines, wanted: Sequence[Pattern]) -> Iterator[tuple[Pattern, int]]:
    holding = {word: lines.holding(word) for word in {pattern.word for pattern in wanted}}
    for pattern in wanted:
        for line in holding[pattern.word]:
            if pattern.regex.search(lines.source.lines[line - 1].rstrip("\r\n")):
                yield pattern, line


def _estimate(
    family: str, hits: Iterable[tuple[Pattern, int]], lines: _Lines, seen: set[int]
) -> Estimate:
    """Let each hit of a family stand for one of its mocks; ``seen`` are the lines of all hits."""
    counts: Counter[str] = Counter()
    reasons: Counter[Reason] = Counter()
    missed = {mock for mock in lines.extents if mock[0] == family}
    mocks = len(missed)
    for pattern, line in hits:
        if pattern.family == family:
            counts[pattern.regex.pattern] += 1
            mock = next((mock for mock in lines.mocks.get(line, ()) if mock in missed), None)
            if mock:
                missed.remove(mock)
            else:
                reasons[lines.why_none(line, pattern)] += 1
    return Estimate(
        hits=dict(counts),
        reasons=dict(reasons),
        mocks_hit=mocks - len(missed),
        mocks_missed=len(missed),
        unseen=sum(seen.isdisjoint(lines.extents[mock]) for mock in missed),
    )
