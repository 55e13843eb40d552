"""The verdict as JUnit's XML, which services show as tests: a file with violations has failed.

Written by hand: libraries for it make and merge reports of tests, and this is six tags.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TextIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Failure, Violation
from ssot_migrate.report.check import entry_text, stale_text
from ssot_migrate.report.console import count
from ssot_migrate.report.message import message, place, title

_NAME = "ssot-migrate"
#: What XML 1.0 has no way to write; a carriage return it has, and parsers make a line end of it.
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(verdict: Verdict, stream: TextIO) -> None:
    """Write a suite: a test for the gate, and one for each file with something new or an error."""
    broken = map(_broken, verdict.report.all_failures)
    suite = _suite([_gate(verdict), *_failed(verdict), *_stale(verdict), *broken])
    notes = [*verdict.report.warnings, *([stale_text(verdict)] if verdict.stale else [])]
    if notes:
        SubElement(suite, "system-out").text = _clean("\n".join(notes))
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    ElementTree(suites).write(stream, encoding="unicode")
    stream.write("\n")


def _suite(cases: list[Element]) -> Element:
    numbers = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": 0,
    }
    texts = {key: str(number) for key, number in numbers.items()}
    suite = Element("testsuite", {"name": _NAME, **texts, "time": "0"})
    suite.extend(cases)
    return suite


def _gate(verdict: Verdict) -> Element:
    """Give the test that every run has, so that services can tell since when it fails."""
    case = _case("gate", f"{_NAME} check")
    if verdict.fails or verdict.report.all_failures:
        _problem(case, "failure" if verdict.fails else "error", title(verdict), "")
    return case


def _failed(verdict: Verdict) -> Iterator[Element]:
    for path, found in groupby(verdict.new, key=lambda violation: violation.path):
        violations = list(found)
        lines = [_line(verdict, violation) for violation in violations]
        case = _case("violations", path)
        _problem(case, "failure", count(len(violations), "violation"), "\n".join(lines))
        yield case


def _stale(verdict: Verdict) -> Iterator[Element]:
    if verdict.is_stale:
        case = _case("baseline", "stale entries")
        _problem(case, "failure", stale_text(verdict), "\n".join(map(entry_text, verdict.stale)))
        yield case


def _line(verdict: Verdict, violation: Violation) -> str:
    return f"{place(violation)}: {violation.rule}: {message(verdict, violation)}"


def _broken(failure: Failure) -> Element:
    case = _case("errors", failure.path)
    _problem(case, "error", failure.message, failure.text)
    return case


def _case(group: str, name: str) -> Element:
    attributes = {"classname": f"{_NAME}.{group}", "name": _clean(name), "time": "0"}
    return Element("testcase", attributes)


def _problem(case: Element, tag: str, what: str, text: str) -> None:
    element = SubElement(case, tag, {"message": _clean(what), "type": tag})
    element.text = _clean(text)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)
