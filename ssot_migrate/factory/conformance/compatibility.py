"""Group ``compatibility``: the factory still takes every call that it took when it was recorded.

The record is a file of signatures, one method a line, so that a change of the public interface is
seen in a review. What is new is fine; what is gone, renamed, moved or has another default is not.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ssot_migrate.factory.conformance.check import Check, Failed, Figures, Skipped, Subject
from ssot_migrate.factory.conformance.signatures import problems, public_methods, text_of

GROUP: Final = "compatibility"
VERSION: Final = 1


def recorded_in(subject: Subject) -> Path:
    """Return the file of the recorded signatures: the configured, or the one beside the factory."""
    if subject.snapshot is not None:
        return subject.snapshot
    file = getattr(sys.modules.get(subject.factory.__module__), "__file__", None)
    if file is None:
        raise Skipped(f"{subject.name} comes from no file, so there is no record beside it")
    return Path(file).with_suffix(".signatures.json")


def record(subject: Subject) -> str:
    """Return the text of the file."""
    document = {"version": VERSION, "factory": subject.name, "methods": _signatures(subject)}
    return json.dumps(document, indent=2) + "\n"


def _signatures(subject: Subject) -> dict[str, str]:
    return {name: text_of(method) for name, method in public_methods(subject.factory).items()}


def _run(subject: Subject) -> Figures:
    before = _read(recorded_in(subject))
    found = [*_changes(before, _signatures(subject))]
    if found:
        lines = "".join(f"\n  {line}" for line in found)
        advice = "to accept this, run `ssot-migrate factory check --record`"
        raise Failed(f"callers of {subject.name} break:{lines}\n{advice}")
    return {"methods": len(before)}


def _read(file: Path) -> Mapping[str, str]:
    try:
        document: Any = json.loads(file.read_text("utf-8"))
        methods = document["methods"]
        if document["version"] == VERSION:
            return {str(name): str(text) for name, text in methods.items()}
    except FileNotFoundError:
        raise Skipped(
            f"there is no {file.name}; `ssot-migrate factory check --record` writes it"
        ) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Failed(f"{file} is no record of signatures: {error}; record them again") from None
    raise Failed(f"{file} is a record of another version; record the signatures again")


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, old in before.items():
        if name not in after:
            yield f"{name} is gone"
            continue
        try:
            yield from (f"{name}: {text}" for text in problems(old, after[name]))
        except ValueError as error:
            yield f"{name}: {error}; record the signatures again"


CHECKS: Final = (
    Check(
        f"{GROUP}-signatures",
        GROUP,
        "the factory takes every call that it took when its signatures were recorded",
        _run,
    ),
)
