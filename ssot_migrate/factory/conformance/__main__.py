"""Check a factory in a process of its own: a request as JSON on stdin, messages as JSON on stdout.

What the factory itself prints goes to stderr, and it finds an empty stdin. A message ``started``
comes before each check, so that whoever reads knows which one ended the process or hangs.
"""

import json
import os
import sys
from dataclasses import asdict
from typing import IO, Any

from ssot_migrate.factory.conformance import compatibility
from ssot_migrate.factory.conformance.check import Skipped, Subject
from ssot_migrate.factory.conformance.registry import (
    checks,
    nothing_known,
    outcome,
    selected,
)
from ssot_migrate.factory.conformance.subject import FactoryImportError, add_to_path, subject


def main() -> None:
    """Answer one request; never returns, since a factory may have left threads behind."""
    request = json.load(sys.stdin)
    messages = _taken_over()
    try:
        add_to_path(request["path"])
        _answer(subject(request["factory"], request["settings"]), request, messages)
    except FactoryImportError as error:
        _send(messages, kind="error", text=str(error))
    except LookupError as error:
        _send(messages, kind="wrong", text=error.args[0])
    messages.flush()
    sys.stdout.flush()
    os._exit(0)


def _taken_over() -> IO[str]:
    """Keep stdout for the messages; whoever prints from now on prints to stderr."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return messages


def _answer(one: Subject, request: dict[str, Any], messages: IO[str]) -> None:
    if request["record"]:
        try:
            _send(messages, kind="record", **_record(one))
        except Skipped as skip:
            _send(messages, kind="wrong", text=str(skip))
        return
    if reason := nothing_known(one):
        _send(messages, kind="wrong", text=reason)
        return
    chosen = selected(checks(one), request["select"], request["ignore"])
    told = [{"id": c.id, "group": c.group, "summary": c.summary} for c in chosen]
    _send(messages, kind="checks", checks=told)
    done = {*request["done"]}
    for check in chosen:
        if check.id not in done:
            _send(messages, kind="started", id=check.id)
            _send(messages, kind="ended", id=check.id, **asdict(outcome(check, one)))


def _record(one: Subject) -> dict[str, str]:
    return {"file": str(compatibility.recorded_in(one)), "text": compatibility.record(one)}


def _send(messages: IO[str], **message: object) -> None:
    messages.write(json.dumps(message) + "\n")
    messages.flush()


if __name__ == "__main__":
    main()
