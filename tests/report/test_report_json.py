"""The report for programs."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields, replace

from ssot_migrate.model import (
    Applicability,
    Difference,
    Evidence,
    EvidenceKind,
    Failure,
    Severity,
    Stage,
    Violation,
)
from ssot_migrate.report.json import lines, schema
from tests.report.reports import empty, render, report, with_own

SCHEMA = json.loads(schema())


def errors(document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_an_output_satisfies_the_schema() -> None:
    assert errors(json.loads(render(report()))) == []
    assert errors(json.loads(render(empty()))) == []


def properties(node: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield every property that the schema describes."""
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for value in node.values():
            yield from properties(value)


def test_every_field_is_described() -> None:
    undescribed = [
        name for name, field in properties(SCHEMA) if not field.keys() & {"description", "$ref"}
    ]
    assert undescribed == []
    assert all("description" in definition for definition in SCHEMA["$defs"].values())


@pytest.mark.parametrize(
    ("definition", "model"),
    [
        ("violation", Violation),
        ("evidence", Evidence),
        ("difference", Difference),
        ("failure", Failure),
    ],
)
def test_the_fields_are_the_models(definition: str, model: type) -> None:
    assert list(SCHEMA["$defs"][definition]["properties"]) == [
        field.name for field in fields(model)
    ]


def test_the_enums_are_the_models() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["severity"]["enum"] == list(Severity)
    assert definitions["applicability"]["enum"] == list(Applicability)
    assert definitions["failure"]["properties"]["stage"]["enum"] == list(Stage)
    assert definitions["evidence"]["properties"]["kind"]["enum"] == list(EvidenceKind)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("violations", 0, "severity"), "urgent"),
        (("violations", 0, "line"), 0),
        (("violations", 0, "column"), "5"),
        (("violations", 0, "evidence"), ["name"]),
        (("violations", 0, "surplus"), 1),
        (("failures", 0, "stage"), "lunch"),
        (("summary", "adoption", "share"), 2),
        (("summary", "by_family", 0, "adoption"), 1),
    ],
)
def test_a_broken_output_does_not(path: tuple[str | int, ...], value: object) -> None:
    document = json.loads(render(report()))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    assert errors(document) != []


@pytest.mark.parametrize("key", ["version", "violations", "failures", "summary"])
def test_a_key_may_not_be_missing(key: str) -> None:
    document = json.loads(render(report()))
    del document[key]
    assert errors(document) != []


def test_a_violation_in_full() -> None:
    document = json.loads(render(report()))
    (unsafe,) = [
        v for v in document["violations"] if (v["path"], v["line"]) == ("tests/test_a.py", 4)
    ]
    assert unsafe == {
        "rule": "agent",
        "family": "agent",
        "severity": "critical",
        "path": "tests/test_a.py",
        "line": 4,
        "column": 5,
        "end_line": 4,
        "end_column": 16,
        "name": "mock_agent",
        "scope": "test_it",
        "evidence": [{"kind": "name", "detail": "mock_agent"}],
        "applicability": "unsafe",
        "reason": None,
        "differences": [
            {"path": "execute()", "message": "was 1 and will be 2", "line": 9, "remedy": None}
        ],
        "lines": [[4, 4], [6, 6]],
        "fingerprint": "0123456789abcdef",
    }


def test_the_summary_in_full() -> None:
    summary = json.loads(render(report()))["summary"]
    assert summary["files"] == 12
    assert summary["violations"] == 7
    assert summary["adoption"] == {"from_factory": 4, "by_hand": 5, "share": 0.4444}
    assert summary["by_severity"] == {"critical": 2, "high": 3, "medium": 2, "low": 0}
    assert summary["by_applicability"] == {"safe": 2, "unsafe": 2, "manual": 3}
    assert summary["by_directory"] == [
        {"path": "tests/sub", "files": 1, "violations": 4},
        {"path": "tests", "files": 1, "violations": 3},
    ]
    assert summary["by_file"][0] == {"path": "tests/sub/test_b.py", "violations": 4}
    assert summary["warnings"] == ["the factory lacks create_agent_mock"]
    assert [family["family"] for family in summary["by_family"]] == [
        "agent",
        "database",
        "websocket",
        "generic",
    ]
    assert summary["by_family"][3]["adoption"] is None
    assert summary["by_family"][0] == {
        "family": "agent",
        "severity": "critical",
        "violations": 2,
        "by_applicability": {"safe": 0, "unsafe": 2, "manual": 0},
        "adoption": {"from_factory": 1, "by_hand": 2, "share": 0.3333},
    }


def test_a_family_without_a_method_has_no_adoption() -> None:
    counted = replace(report(), without_method=frozenset({"generic", "agent"}))
    summary = json.loads(render(counted))["summary"]
    assert summary["by_family"][0]["adoption"] is None
    assert summary["adoption"] == {"from_factory": 3, "by_hand": 3, "share": 0.5}


def test_the_engines_own_rules_are_counted_apart() -> None:
    document, alone = json.loads(render(with_own())), json.loads(render(report()))
    assert errors(document) == []
    assert len(document["violations"]) == len(alone["violations"]) + 5
    assert document["summary"].pop("by_rule") == [
        {"rule": "unimported", "severity": "high", "violations": 0, "by_family": {}},
        {
            "rule": "mock-class",
            "severity": "low",
            "violations": 4,
            "by_family": {"agent": 1, "websocket": 2},
        },
        {"rule": "patch", "severity": "low", "violations": 1, "by_family": {}},
    ]
    assert alone["summary"].pop("by_rule") == []
    assert document["summary"] == alone["summary"]


def test_the_failures_come_with_their_stage() -> None:
    failures = json.loads(render(report()))["failures"]
    assert failures == [
        {"path": "tests/broken.py", "stage": "parse", "message": "line 3: invalid syntax"},
        {"path": "gone", "stage": "discover", "message": "does not exist"},
    ]


def test_the_same_run_gives_the_same_bytes() -> None:
    assert render(report()) == render(report())


def test_any_name_can_be_written_anywhere() -> None:
    odd = Failure("tests/caf\udce9.py", Stage.READ, "nö")
    text = render(type(report())((), 1, failures=(odd,)))
    assert text.isascii()
    assert json.loads(text)["failures"][0]["path"] == odd.path


def test_lines_are_the_same_objects_and_say_what_they_are() -> None:
    document = json.loads(render(report()))
    read = [json.loads(line) for line in lines(report())]
    kinds = [line.pop("kind") for line in read]
    assert kinds == [
        *["violation"] * len(document["violations"]),
        *["failure"] * len(document["failures"]),
    ]
    assert read == [*document["violations"], *document["failures"]]
    assert list(lines(empty())) == []


def test_a_line_satisfies_its_schema() -> None:
    validator = Draft202012Validator({**SCHEMA["$defs"]["line"], "$defs": SCHEMA["$defs"]})
    for line in lines(report()):
        assert line.endswith("}\n")
        assert line.isascii()
        assert list(validator.iter_errors(json.loads(line))) == []
        assert not validator.is_valid(json.loads(line) | {"kind": "stale"})
        assert not validator.is_valid(json.loads(line) | {"surplus": 1})
        assert errors({**json.loads(render(empty())), "violations": [json.loads(line)]}) != []
    assert not validator.is_valid({"path": "x"})
    assert not validator.is_valid(json.loads(render(report())))
