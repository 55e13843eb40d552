"""Violations that are packed are the violations."""

import copy
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.model import (
    Applicability,
    Difference,
    Evidence,
    EvidenceKind,
    FileResult,
    Report,
    Severity,
    Violation,
)
from ssot_migrate.packed import Packed, Violations, kinds, lines, pack
from ssot_migrate.report import json as scan_json
from ssot_migrate.report.summary import summarize
from tests.report.reports import render, violation

TEXTS = st.text(max_size=12)
EACH = st.builds(
    Violation,
    rule=st.sampled_from(["agent", "patch"]),
    family=st.sampled_from(["agent", None]),
    severity=st.sampled_from(Severity),
    path=TEXTS | st.just("tests/\udcff.py"),
    line=st.integers(1, 99),
    column=st.integers(1, 99),
    end_line=st.integers(1, 99),
    end_column=st.integers(1, 99),
    name=st.none() | TEXTS,
    scope=TEXTS,
    evidence=st.lists(st.builds(Evidence, st.sampled_from(EvidenceKind), TEXTS), max_size=2).map(
        tuple
    ),
    applicability=st.sampled_from(Applicability),
    reason=st.none() | TEXTS,
    differences=st.lists(
        st.builds(Difference, TEXTS, TEXTS, st.none() | st.just(3)), max_size=2
    ).map(tuple),
    lines=st.just(((1, 2), (4, 4))),
    fingerprint=st.just("0123456789abcdef"),
)


@given(EACH)
@example(replace(violation(), path="\udcff.py"))
@example(replace(violation(), name="é"))
@example(replace(violation(), reason="".join(map(chr, range(129)))))
def test_a_line_is_what_json_writes(one: Violation) -> None:
    assert lines([one]) == json.dumps(msgspec.to_builtins(one))


@given(st.lists(EACH, max_size=4))
@example([replace(violation(), path="\udcff.py")])
def test_what_is_unpacked_is_what_was_packed(found: list[Violation]) -> None:
    packed = pack(found)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(packed), type=Packed)
    again = Violations(copy.copy(kept))
    assert list(again) == found
    assert again == tuple(found)
    assert len(again) == len(found)
    assert pack(again) == packed


@given(st.lists(EACH, max_size=4))
def test_reports_say_the_same(found: list[Violation]) -> None:
    plain = Report((FileResult("a.py", tuple(found)), FileResult("b.py")), 2)
    packed = Report((FileResult("a.py", Violations(pack(found))), FileResult("b.py")), 2)
    assert render(packed) == render(plain)
    assert [*scan_json.lines(packed)] == [*scan_json.lines(plain)]
    assert summarize(packed) == summarize(plain)
    told = json.loads(json.dumps([*map(scan_json.violation, found)]))
    assert json.loads(render(packed))["violations"] == told


def test_a_report_for_programs_unpacks_no_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Violations(pack([violation()] * 3))
    monkeypatch.delattr(Violations, "__iter__")
    assert len(json.loads(render(Report((FileResult("a.py", found),), 1)))["violations"]) == 3


def test_some_of_them() -> None:
    found = [violation(line=number) for number in (1, 2, 3)]
    packed = Violations(pack(found))
    assert packed[1] == found[1]
    assert packed[1:] == tuple(found[1:])
    assert packed != found[:2]
    assert packed != 3


def test_nothing_is_packed_as_nothing() -> None:
    assert Violations(pack(())) == ()
    assert pack(()).data == b""
    assert not kinds(())
    assert not lines(())


def test_violations_that_are_alike_take_little_room() -> None:
    """What holds the results of a large tree in memory is a tenth of the report, or less."""
    found = [violation(line=number) for number in range(1, 201)]
    assert len(pack(found).data) < len(lines(found)) / 10
