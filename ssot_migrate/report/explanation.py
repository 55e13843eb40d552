"""Why a violation is what it is: everything that led to its fix, or to the lack of one."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ssot_migrate.explanation import Explanation, Note
from ssot_migrate.model import Applicability
from ssot_migrate.report import diff
from ssot_migrate.report.console import beside, part, say

_STYLES = {
    Applicability.SAFE: "green",
    Applicability.UNSAFE: "yellow",
    Applicability.MANUAL: "red",
}


def show(explanation: Explanation, console: Console) -> None:
    """Print an explanation, a heading for each part that has something to say."""
    violation = explanation.violation
    place = f"{violation.path}:{violation.line}:{violation.column}"
    head = Text(f"{place}: {violation.rule} ")
    head.append(f"[{violation.applicability}]", _STYLES[violation.applicability])
    head.append(f" {violation.name}" if violation.name else "")
    console.print(head, soft_wrap=True)
    part(console, "evidence", _evidence(explanation))
    part(console, "not taken", [f"{family}: {why}" for family, why in explanation.doubts])
    part(console, "shape", beside(explanation.shape))
    part(console, "contract", [explanation.method] if explanation.method else [])
    part(console, "gives", beside(explanation.contract))
    part(console, "arguments", _notes(explanation.arguments))
    part(console, "dropped", _notes(explanation.dropped))
    part(console, "stays", _notes(explanation.stays))
    part(console, "differences", _differences(explanation))
    why = "no edit" if violation.applicability is Applicability.MANUAL else "reason"
    part(console, why, [violation.reason] if violation.reason else [])
    part(console, "left open", _left_open(explanation))
    part(console, "would help", explanation.remedies)
    if explanation.change:
        say(console, "")
        diff.show(explanation.change, console)


def _evidence(explanation: Explanation) -> list[str]:
    violation = explanation.violation
    if not violation.evidence:
        return ["none: nothing tells what it is"] if violation.is_creation else []
    first, *others = violation.evidence
    return [
        f"{first.kind} {first.detail} (decides)",
        *(f"{piece.kind} {piece.detail} (supports)" for piece in others),
    ]


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
