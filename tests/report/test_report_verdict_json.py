"""The gate's verdict for programs."""

import json
from io import StringIO

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from msgspec.structs import fields
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ssot_migrate.gate.baseline import Entry
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Severity
from ssot_migrate.report import json as scan_json
from ssot_migrate.report.verdict_json import lines, schema, write
from tests.report import reports
from tests.report.test_report_json import properties
from tests.report.verdicts import clean, hostile, verdict

SCHEMA = json.loads(schema())
#: The two schemas lie beside one another: one names the other by its file.
REGISTRY: Registry = Registry().with_resource(
    "scan.schema.json", DRAFT202012.create_resource(json.loads(scan_json.schema()))
)
VALIDATOR = Draft202012Validator(SCHEMA, registry=REGISTRY)
LINES = Draft202012Validator(
    {"$defs": SCHEMA["$defs"], **SCHEMA["$defs"]["line"]}, registry=REGISTRY
)


def render(found: Verdict) -> str:
    stream = StringIO()
    write(found, stream)
    return stream.getvalue()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_is_described() -> None:
    undescribed = [
        name for name, field in properties(SCHEMA) if not field.keys() & {"description", "$ref"}
    ]
    assert undescribed == []


def test_the_fields_and_names_are_the_models() -> None:
    definitions = SCHEMA["$defs"]
    assert list(definitions["entry"]["properties"]) == [field.name for field in fields(Entry)]
    severities = definitions["summary"]["properties"]["by_severity"]["properties"]
    assert list(severities) == list(Severity)


@pytest.mark.parametrize("found", [verdict(), clean()], ids=["all", "nothing"])
def test_an_output_satisfies_the_schema(found: Verdict) -> None:
    VALIDATOR.validate(json.loads(render(found)))
    for line in lines(found):
        LINES.validate(json.loads(line))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("new", 0, "severity"), "urgent"),
        (("changed", 0, "surplus"), 1),
        (("stale", 0, "count"), 0),
        (("suppressed", 0, "reason"), ""),
        (("failures", 0, "stage"), "lunch"),
        (("summary", "accepted"), -1),
    ],
)
def test_a_broken_output_does_not(path: tuple[str | int, ...], value: object) -> None:
    document = json.loads(render(verdict()))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_a_key_may_not_be_missing(key: str) -> None:
    document = json.loads(render(verdict()))
    del document[key]
    assert not VALIDATOR.is_valid(document)


def test_what_it_says() -> None:
    found, document = verdict(), json.loads(render(verdict()))
    scanned = json.loads(reports.render(found.report))
    assert [one for one in scanned["violations"] if one in document["new"]] == document["new"]
    assert len(document["new"]) == 6
    assert [(one["path"], one["line"]) for one in document["changed"]] == [
        ("tests/sub/test_b.py", 7)
    ]
    assert document["stale"] == [
        {
            "path": "tests/test_a.py",
            "rule": "agent",
            "scope": "test_gone",
            "fingerprint": "0123456789abcdef",
            "count": 2,
        }
    ]
    assert document["suppressed"] == scanned["suppressed"]
    assert document["failures"] == scanned["failures"]
    assert document["summary"] == {
        "files": 12,
        "new": 6,
        "changed": 1,
        "accepted": 1,
        "unchanged": 1,
        "suppressed": 1,
        "stale": 1,
        "fails_on_stale": False,
        "failures": 2,
        "by_rule": {
            "agent": {"new": 1, "accepted": 1},
            "database": {"new": 0, "accepted": 0},
            "generic": {"new": 2, "accepted": 0},
            "mock-class": {"new": 1, "accepted": 0},
            "websocket": {"new": 2, "accepted": 0},
        },
        "by_severity": {"critical": 1, "high": 2, "medium": 2, "low": 1},
        "warnings": ["the factory lacks create_agent_mock"],
    }


def test_lines_are_the_same_objects_and_say_what_they_are() -> None:
    document = json.loads(render(verdict()))
    read = [json.loads(line) for line in lines(verdict())]
    kinds = [line.pop("kind") for line in read]
    assert read == [*document["new"], *document["stale"], *document["failures"]]
    assert kinds == [*["violation"] * 6, "stale", *["failure"] * 2]
    assert list(lines(clean())) == []


@pytest.mark.parametrize("wrong", [None, "violation", "failure", "surplus"])
def test_a_line_of_another_kind_breaks_the_schema(wrong: str | None) -> None:
    (stale,) = (one for line in lines(verdict()) if (one := json.loads(line))["kind"] == "stale")
    assert LINES.is_valid(stale)
    assert not LINES.is_valid(stale | {"kind": wrong})
    assert not LINES.is_valid({key: stale[key] for key in stale.keys() - {"kind"}})


@pytest.mark.parametrize("part", ["new", "changed", "stale", "failures"])
def test_only_lines_have_a_kind(part: str) -> None:
    document = json.loads(render(verdict()))
    document[part][0]["kind"] = "violation"
    assert not VALIDATOR.is_valid(document)


@given(hostile())
def test_any_text_can_be_written(found: Verdict) -> None:
    text = render(found)
    document = json.loads(text)
    assert text.isascii()
    assert [one["path"] for one in document["new"]] == [one.path for one in found.new]
    read = [json.loads(line) for line in lines(found)]
    kinds = [line.pop("kind") for line in read]
    assert read == [*document["new"], *document["failures"]]
    assert kinds == [*["violation"] * len(document["new"]), "failure"]
