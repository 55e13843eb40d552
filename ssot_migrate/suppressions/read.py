"""Find the comments that accept violations: ``# ssot-migrate: ignore[websocket] reason``."""

import contextlib
import re
import string
import tokenize
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from msgspec.structs import replace

from ssot_migrate.code.source import Source
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import FileResult, Violation

#: What every such comment holds, one that is written wrongly too.
MARK: Final = "ssot-migrate"
#: The rules about suppressions: they can be accepted for a whole file only.
UNUSED: Final = "unused-suppression"
UNEXPLAINED: Final = "unexplained-suppression"
ABOUT: Final = frozenset({UNUSED, UNEXPLAINED})

_START = rf"(?<!\S)#\s*{MARK}\b"
_WORDS = r"(?:ignore|disable|suppress|noqa|skip)"
#: All that surely means a suppression. It ends where the next comment begins: reasons that were
#: written by ``suppress`` hold no two blanks in a row.
_MEANT = re.compile(rf"{_START}[\s:=]*{_WORDS}\b.*?(?=\s*$|\s\s+#|\s{_START})", re.IGNORECASE)
_RIGHT = re.compile(rf"#\s*{MARK}:\s*ignore(-file)?\[([^\[\]]*)\](.*)")
_UNKNOWN = "no reason given"


class Suppression(Frozen):
    """A comment, or one of several in a row, that accepts violations or was meant to."""

    #: 1-based line of the comment, and its 0-based columns in characters, the end exclusive.
    line: int
    start: int
    end: int
    #: The line of code that it is for; ``None`` for the whole file.
    target: int | None
    #: The rules that it names, each once; none where it is written wrongly.
    rules: tuple[str, ...] = ()
    #: Empty where none is given.
    reason: str = ""
    #: What is wrong with it; empty where nothing is.
    mistake: str = ""


class Suppressions(Frozen, dict=True):
    """What the comments of a file accept."""

    #: In the order of the text.
    found: tuple[Suppression, ...] = ()

    @cached_property
    def _nearest(self) -> dict[tuple[int | None, str], Suppression]:
        """The comment that counts for a line (``None``: for all others) and a rule."""
        return {
            (one.target, rule): one
            for one in self.found
            for rule in one.rules
            if one.target is None or rule not in ABOUT
        }

    def by(self, line: int, rule: str) -> Suppression | None:
        """Give the comment that accepts a rule's violations on a line, if one does."""
        return self._nearest.get((line, rule)) or self._nearest.get((None, rule))

    def hold(self, line: int, rule: str) -> bool:
        """Say whether a rule's violations on a line are accepted."""
        return self.by(line, rule) is not None

    def among(self, violations: Iterable[Violation]) -> dict[Violation, str]:
        """Give those of some violations that are accepted, with the reasons."""
        found = ((v, self.by(v.line, v.rule)) for v in violations)
        return {violation: one.reason or _UNKNOWN for violation, one in found if one}

    def apart(self, result: FileResult) -> FileResult:
        """Set what is accepted apart from a file's other violations."""
        suppressed = self.among(result.violations)
        if not suppressed:
            return result
        return replace(
            result,
            violations=tuple(v for v in result.violations if v not in suppressed),
            cases=tuple(c for c in result.cases if not self.hold(c.line, c.family)),
            suppressed=result.suppressed | suppressed,
        )


def read(source: Source) -> Suppressions:
    """Read the comments behind a line's code, those alone above it, and those for the file."""
    if MARK not in source.text:
        return Suppressions()
    comments = list(_comments(source))
    alone = {n for n, column, _ in comments if not source.lines[n - 1][:column].strip()}
    found: list[Suppression] = []
    for line, column, comment in comments:
        target = line
        while target in alone:
            target += 1
        for match in _MEANT.finditer(comment):
            place = Suppression(line, column + match.start(), column + match.end(), target)
            found.append(_understood(place, match[0]))
    return Suppressions(tuple(found))


def tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    """Yield a file's tokens, up to a place that only the compiler understands."""
    lines = (line.rstrip("\r\n") + "\n" for line in source.lines)
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        yield from tokenize.generate_tokens(lambda: next(lines, ""))


def _comments(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield the line, the column and the text of every comment."""
    for token in tokens(source):
        if token.type == tokenize.COMMENT:
            yield *token.start, token.string


def _understood(place: Suppression, text: str) -> Suppression:
    """Say what a comment accepts, or what is wrong with it."""
    of_file = "-file" in text.partition("[")[0]
    target = None if of_file else place.target
    right = _RIGHT.fullmatch(text)
    named = (rule.strip() for rule in right[2].split(",")) if right else ()
    rules = tuple(dict.fromkeys(rule for rule in named if rule))
    if not right or not rules:
        return replace(place, target=target, mistake=_correction(of_file=of_file))
    if of_file and place.target == place.line:
        return replace(place, target=None, mistake="`ignore-file` takes a line of its own")
    reason = right[3].strip()
    return replace(place, target=target, rules=rules, reason=reason if explains(reason) else "")


def explains(reason: str) -> bool:
    """Say whether a text gives a reason; a dash or a colon alone does not."""
    return bool(reason.strip(f"{string.whitespace}{string.punctuation}–—"))  # noqa: RUF001 (dashes)


def _correction(*, of_file: bool) -> str:
    word = "ignore-file" if of_file else "ignore"
    return f"this accepts nothing; write `# {MARK}: {word}[RULE] reason`"
