"""Count what line regexes hit, as people estimate a migration, and hold it against what there is.

A pattern counts a line once, in any case. Each hit either stands for one mock of its family, or has
a reason why it does not; so the hits, less those with a reason, plus the mocks that were missed,
are the mocks.
"""

import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ssot_migrate.config import Config
from ssot_migrate.family import Family, split_name
from ssot_migrate.model import GENERIC, Estimate, Reason, SourceFile, Violation
from ssot_migrate.source import Source, SourceError, decode
from ssot_migrate.worker import Outcome, Settings, process

_GENERIC = (r"\bMock\(\)", r"\bMagicMock\(\)", r"\bAsyncMock\(\)", r"@patch\(")
#: A creation, wherever it belongs.
_CREATION = re.compile(r"(?:Mock|mock_open|create_autospec)\s*\(")
_TEXT = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


@dataclass(frozen=True, slots=True)
class Pattern:
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
    settings: Settings, all_rules: Settings, wanted: Sequence[Pattern], file: SourceFile
) -> Outcome:
    """Take a file through all stages, and hold what the patterns hit against what is found.

    ``all_rules`` are the same settings with nothing left out: a hit may be a mock of a family that
    was not asked for.
    """
    outcome = process(settings, file)
    whole = outcome if all_rules is settings else process(all_rules, file)
    try:
        data = Path(file.location).read_bytes()
    except OSError:
        return outcome
    try:
        source = decode(data)
    except SourceError:
        source = Source(data.decode("latin-1"), "latin-1")
    lines = _Lines(source, whole.result.violations, settings.factory and settings.factory[1])
    if whole.result.failures:
        lines.reason = Reason.UNPARSED
    elif file.location in settings.factories:
        lines.reason = Reason.FACTORY
    shown = {violation.family or violation.rule for violation in outcome.result.violations}
    estimates = estimate(lines, wanted, shown)
    return replace(outcome, result=replace(outcome.result, estimates=estimates))


class _Lines:
    """One file's lines, and what stands on them."""

    def __init__(
        self, source: Source, violations: Iterable[Violation], factory: str | None
    ) -> None:
        self.source = source
        self.factory = factory
        #: Why no hit of this file is a mock, if there is one reason for all.
        self.reason: Reason | None = None
        #: By line, the mocks whose creation reaches over it, each by its family and its place.
        self.mocks: dict[int, list[tuple[str, tuple[int, int]]]] = {}
        for one in violations:
            mock = (one.family or one.rule, (one.line, one.column))
            for line in range(one.line, one.end_line + 1):
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
                if token.type in _TEXT:
                    (first, start), (last, end) = token.start, token.end
                    for line in range(first, last + 1):
                        span = (start if line == first else 0, end if line == last else 1 << 30)
                        found.setdefault(line, []).append(span)
        except (tokenize.TokenError, SyntaxError):
            pass  # What comes before the place that is no Python is known.
        return found

    def why_none(self, line: int, family: str, regex: re.Pattern[str]) -> Reason:
        """Say why a hit is no mock that is counted here."""
        text = self.source.lines[line - 1]
        if any(mock[0] == family for mock in self.mocks.get(line, ())):
            return Reason.AGAIN
        if line in self.mocks:
            return Reason.ELSEWHERE
        spans = self.prose.get(line, ())
        starts = [match.start() for match in regex.finditer(text)]
        if all(any(first <= start < end for first, end in spans) for start in starts):
            return Reason.PROSE
        if self.reason or (self.factory and re.search(rf"\b{self.factory}\b", text)):
            return self.reason or Reason.FACTORY
        return Reason.PART if _CREATION.search(text) else Reason.NOTHING


def estimate(
    lines: _Lines, wanted: Sequence[Pattern], shown: Iterable[str] = ()
) -> dict[str, Estimate]:
    """Hold what patterns hit in a file against its mocks, by family; ``shown`` have mocks here."""
    holding = {word: lines.holding(word) for word in {pattern.word for pattern in wanted}}
    hits: dict[str, Counter[str]] = {family: Counter() for family in shown}
    reasons: dict[str, Counter[Reason]] = {}
    claimed: set[tuple[str, tuple[int, int]]] = set()
    seen: set[int] = set()
    for pattern in wanted:
        for line in holding[pattern.word]:
            if not pattern.regex.search(lines.source.lines[line - 1].rstrip("\r\n")):
                continue
            seen.add(line)
            hits.setdefault(pattern.family, Counter())[pattern.regex.pattern] += 1
            mocks = (mock for mock in lines.mocks.get(line, ()) if mock[0] == pattern.family)
            mock = next((mock for mock in mocks if mock not in claimed), None)
            if mock:
                claimed.add(mock)
            else:
                why = lines.why_none(line, pattern.family, pattern.regex)
                reasons.setdefault(pattern.family, Counter())[why] += 1
    return {
        family: _estimate(family, hits[family], reasons.get(family, {}), lines, (claimed, seen))
        for family in hits
    }


def _estimate(
    family: str,
    hits: Mapping[str, int],
    reasons: Mapping[Reason, int],
    lines: _Lines,
    known: tuple[set[tuple[str, tuple[int, int]]], set[int]],
) -> Estimate:
    claimed, seen = known
    covered: dict[tuple[str, tuple[int, int]], list[int]] = {}
    for line, mocks in lines.mocks.items():
        for mock in mocks:
            covered.setdefault(mock, []).append(line)
    missed = [mock for mock in covered if mock[0] == family and mock not in claimed]
    return Estimate(
        hits=dict(hits),
        reasons=dict(reasons),
        mocks_hit=sum(mock[0] == family for mock in claimed),
        mocks_missed=len(missed),
        unseen=sum(seen.isdisjoint(covered[mock]) for mock in missed),
    )
