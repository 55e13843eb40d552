"""The verdict as tests: XML that satisfies the schema of Jenkins' xUnit plugin."""

import io
import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from msgspec.structs import replace
from xmlschema import XMLSchema

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Failure, Report, Stage
from ssot_migrate.report.junit import write
from ssot_migrate.report.message import message
from tests.report.reports import violation
from tests.report.verdicts import clean, hostile, of, verdict

SCHEMA = XMLSchema(Path(__file__).with_name("junit-10.xsd"))


def written(found: Verdict) -> str:
    stream = io.StringIO()
    write(found, stream)
    return stream.getvalue()


def suite(found: Verdict) -> Element:
    """Parse the output, and return its one suite; it has to satisfy the schema."""
    # What a file holds; a name that is no text is written as the stream writes it.
    data = written(found).encode("utf-8", "backslashreplace")
    SCHEMA.validate(data.decode("utf-8").partition("?>")[2].strip())
    (only,) = fromstring(data)  # noqa: S314 (our own output)
    return only


def test_the_schema_refuses() -> None:
    assert not SCHEMA.is_valid(written(clean()).replace("testcase ", "testing ").partition("?>")[2])


def test_a_test_for_each_file() -> None:
    found = suite(verdict())
    cases = [(c.get("classname"), c.get("name"), c[0].tag, c[0].get("message")) for c in found[:-1]]
    assert cases == [
        (
            "ssot-migrate.gate",
            "ssot-migrate check",
            "failure",
            "6 new violations in 3 files, but 2 errors",
        ),
        ("ssot-migrate.violations", "tests/sub/test_b.py", "failure", "4 violations"),
        ("ssot-migrate.violations", "tests/test_a.py", "failure", "1 violation"),
        ("ssot-migrate.violations", "tests/test_own.py", "failure", "1 violation"),
        ("ssot-migrate.errors", "tests/broken.py", "error", "line 3: invalid syntax"),
        ("ssot-migrate.errors", "gone", "error", "does not exist"),
    ]
    counts = {key: found.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
    assert counts == {
        "name": "ssot-migrate",
        "tests": "6",
        "failures": "4",
        "errors": "2",
        "skipped": "0",
    }


def test_each_place_is_in_the_text() -> None:
    whole = verdict()
    found = suite(whole)
    lines = (found[1][0].text or "").splitlines()
    assert lines == [
        f"tests/sub/test_b.py:{v.line}:5: {v.rule}: {message(whole, v)}" for v in whole.new[:4]
    ]
    assert found[-2][0].text == "gone: does not exist"
    notes = (found[-1].text or "").splitlines()
    assert notes[0] == "the factory lacks create_agent_mock"
    assert "baseline prune" in notes[1]


def test_the_gate_is_a_test_that_is_always_there() -> None:
    """A service follows a test by its names: it passed, it fails since, it passes again."""
    stale = verdict().stale
    unread = Report((), 1, failures=(Failure("x.py", Stage.PARSE, "line 1: bad"),))
    runs = {
        "passed": clean(),
        "passed, stale": replace(clean(), stale=stale),
        "failure": of(violation()),
        "failure, stale": replace(clean(), stale=stale, fails_on_stale=True),
        "failure, error": replace(of(violation()), report=unread),
        "error": replace(clean(), report=unread),
    }
    for told, found in runs.items():
        first, *others = (case for case in suite(found) if case.tag == "testcase")
        names = first.get("classname"), first.get("name")
        assert names == ("ssot-migrate.gate", "ssot-migrate check")
        assert (first[0].tag if len(first) else "passed") == told.partition(",")[0], told
        # It only says what the others show.
        assert bool(others) is (len(first) > 0), told


def test_stale_entries_that_fail_are_named() -> None:
    found = suite(replace(clean(), stale=verdict().stale, fails_on_stale=True))
    gate, stale = (case for case in found if case.tag == "testcase")
    assert gate[0].get("message") == "no new violations, 1 stale entry in the baseline"
    assert "fails with --fail-on-stale" in (stale[0].get("message") or "")
    assert stale[0].text == "tests/test_a.py: agent in test_gone (2 of them)"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x00b", r"a\x00b"),
        ("a\x1bb", r"a\x1bb"),
        ("a\rb", r"a\rb"),
        ("a\ufffeb", r"a\ufffeb"),
        ("caf\udce9.py", r"caf\udce9.py"),
        ('<&"\n\t>', '<&"\n\t>'),
        ("漢🦊\x85", "漢🦊\x85"),
    ],
)
def test_what_xml_forbids_is_made_visible(name: str, shown: str) -> None:
    _, case = suite(of(violation(name)))
    assert case.get("name") == shown
    assert (case[0].text or "").startswith(f"{shown}:1:5: websocket: ")


@given(hostile())
def test_any_text_can_be_written(found: Verdict) -> None:
    cases = [case for case in suite(found) if case.tag == "testcase"]
    assert len(cases) == 1 + len({v.path for v in found.new}) + 1
    forbidden = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    assert not forbidden.search(written(found))
