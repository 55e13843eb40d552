"""Why a violation is what it is: everything that led to its fix, or to the lack of one."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from ssot_migrate.model import Applicability, Explanation, Note
from ssot_migrate.report import diff
from ssot_migrate.report.console import say

_STYLES = {
    Applicability.SAFE: "green",
    Applicability.UNSAFE: "yellow",
    Applicability.MANUAL: "red",
}
#: Columns of the headings at the left.
_LEFT = 12


def show(explanation: Explanation, console: Console) -> None:
    """Print an explanation, a heading for each part that has something to say."""
    violation = explanation.violation
    place = f"{violation.path}:{violation.line}:{violation.column}"
    head = Text(f"{place}: {violation.rule} ")
    head.append(f"[{violation.applicability}]", _STYLES[violation.applicability])
    head.append(f" {violation.name}" if violation.name else "")
    console.print(head, soft_wrap=True)
    _part("evidence", _evidence(explanation), console)
    _part("not taken", [f"{family}: {why}" for family, why in explanation.doubts], console)
    _part("shape", _paths(explanation.shape), console)
    _part("contract", [explanation.method] if explanation.method else [], console)
    _part("gives", _paths(explanation.contract), console)
    _part("arguments", _notes(explanation.arguments), console)
    _part("dropped", _notes(explanation.dropped), console)
    _part("stays", _notes(explanation.stays), console)
    _part("differences", _differences(explanation), console)
    _part("no edit", [violation.reason] if violation.reason else [], console)
    _part("left open", _left_open(explanation), console)
    _part("would help", explanation.remedies, console)
    if explanation.change:
        say(console, "")
        diff.show(explanation.change, console)


def _part(heading: str, lines: Iterable[str], console: Console) -> None:
    """Print lines beside a heading; nothing where there are none."""
    for number, line in enumerate(line for line in lines if line):
        say(console, f"  {'' if number else heading:{_LEFT}} {line}")


def _evidence(explanation: Explanation) -> list[str]:
    violation = explanation.violation
    if not violation.evidence:
        return ["none: nothing tells what it is"] if violation.is_creation else []
    first, *others = violation.evidence
    return [
        f"{first.kind} {first.detail} (decides)",
        *(f"{piece.kind} {piece.detail} (supports)" for piece in others),
    ]


def _paths(paths: Sequence[tuple[str, str]]) -> list[str]:
    widest = max((len(path) for path, _ in paths), default=0)
    return [f"{path:{widest}}  {what}" if path else what for path, what in paths]


def _notes(notes: Sequence[Note]) -> list[str]:
    return [f"line {note.line}: {note.text}" for note in notes]


def _left_open(explanation: Explanation) -> list[str]:
    paths = ", ".join(explanation.open_paths)
    return [f"the factory decides what these are: {paths}"] if paths else []


def _differences(explanation: Explanation) -> list[str]:
    return [
        (f"line {difference.line}: " if difference.line else "") + difference.message
        for difference in explanation.violation.differences
    ]
