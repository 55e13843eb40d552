"""Find the comments that accept violations: ``# ssot-migrate: ignore[websocket] reason``."""

import contextlib
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ssot_migrate.code.source import Source
from ssot_migrate.model import FileResult, Violation

#: What every such comment holds.
_MARK = "ssot-migrate:"
_START = r"#\s*ssot-migrate:\s*ignore\["
#: A reason ends where the next comment begins; written ones hold no two blanks in a row.
_COMMENT = re.compile(rf"{_START}([^\[\]]*)\](.*?)(?=\s\s+#|{_START}|$)")
_UNKNOWN = "no reason given"


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What the comments of a file accept."""

    #: The reasons by line of code (1-based), and by rule.
    reasons: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def hold(self, line: int, rule: str) -> bool:
        """Say whether a rule's violations on a line are accepted."""
        return rule in self.reasons.get(line, ())

    def among(self, violations: Iterable[Violation]) -> dict[Violation, str]:
        """Give those of some violations that are accepted, with the reasons."""
        return {v: self.reasons[v.line][v.rule] for v in violations if self.hold(v.line, v.rule)}

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
    """Read the comments behind a line's code, and those alone on the lines right above it."""
    reasons: dict[int, dict[str, str]] = {}
    for line, column, comment in _comments(source) if _MARK in source.text else ():
        # What stands alone is handed down; what is nearer to the code counts.
        above, own = reasons.pop(line, {}), dict(_rules(comment))
        is_alone = not source.lines[line - 1][:column].strip()
        reasons[line + is_alone] = above | own
    return Suppressions(reasons)


def _comments(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield the line, the column and the text of every comment."""
    lines = (line.rstrip("\r\n") + "\n" for line in source.lines)
    # What comes before a place that only the compiler understands is known.
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.type == tokenize.COMMENT:
                yield *token.start, token.string


def _rules(comment: str) -> Iterator[tuple[str, str]]:
    """Yield the rules that a comment names, with its reason."""
    for rules, reason in _COMMENT.findall(comment):
        for rule in rules.split(","):
            yield rule.strip(), reason.strip() or _UNKNOWN
