"""The verdict as workflow commands: GitHub annotates a pull request's files with them.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Failure, Severity, Violation
from ssot_migrate.report.check import stale_text
from ssot_migrate.report.message import by_severity, message
from ssot_migrate.report.repository import inside, root

#: How each severity is shown.
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}
#: GitHub shows so many of each level in a step.
_SHOWN = 10
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_DATA = str.maketrans(_DATA)
_IN_PROPERTY = str.maketrans(_DATA | {":": "%3A", ",": "%2C"})


def write(verdict: Verdict, stream: TextIO) -> None:
    """Write a command for each failure and each new violation, the most severe first."""
    top = root()
    commands: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for failure in verdict.report.all_failures:
        commands["error"].append(_failure(top, failure))
    for violation in by_severity(verdict.new):
        level = _LEVELS[violation.severity]
        commands[level].append(_violation(top, violation, level, message(verdict, violation)))
    if verdict.stale:
        level = "error" if verdict.is_stale else "notice"
        commands[level].append(_stale(top, verdict, level))
    if any(len(lines) > _SHOWN for lines in commands.values()):
        # The first of its level, so that it is shown itself.
        commands["notice"].insert(0, _hidden(commands))
    for lines in commands.values():
        stream.writelines(lines)


def _violation(top: Path, violation: Violation, level: str, text: str) -> str:
    places = {"line": violation.line, "endLine": violation.end_line}
    if violation.line == violation.end_line:  # GitHub takes no columns over several lines.
        places |= {"col": violation.column, "endColumn": violation.end_column}
    return _command(
        level,
        text,
        file=inside(top, violation.path).as_posix(),
        **places,
        title=f"ssot-migrate ({violation.rule})",
    )


def _failure(top: Path, failure: Failure) -> str:
    return _command(
        "error",
        failure.message,
        file=inside(top, failure.path).as_posix(),
        title="ssot-migrate",
    )


def _stale(top: Path, verdict: Verdict, level: str) -> str:
    """Count the stale entries of all baselines; only a single one can be the place."""
    files = [inside(top, path).as_posix() for path in verdict.baselines]
    place = {"file": files[0]} if len(files) == 1 else {}
    return _command(level, stale_text(verdict), **place, title="ssot-migrate")


def _hidden(commands: Mapping[str, Sequence[str]]) -> str:
    """Count what is not shown because it comes too late, this command being one more notice."""
    numbers = {level: len(lines) for level, lines in commands.items()}
    numbers["notice"] += 1
    hidden = sum(max(0, number - _SHOWN) for number in numbers.values())
    text = f"{hidden} more: GitHub shows {_SHOWN} of a level, the log of this step has them all"
    return _command("notice", text, title="ssot-migrate")


def _command(level: str, text: str, **properties: str | int) -> str:
    texts = {key: str(value).translate(_IN_PROPERTY) for key, value in properties.items()}
    shown = ",".join(f"{key}={text}" for key, text in texts.items())
    return f"::{level} {shown}::{text.translate(_IN_DATA)}\n"
