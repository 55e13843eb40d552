"""Advice for people and for programs."""

import json
from io import StringIO

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields

from ssot_migrate.growing.advice import Advice, Advised, Edit, Method
from ssot_migrate.model import Failure, Need, NeedKind, Report, Stage
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.advice import as_json, schema, show
from ssot_migrate.report.console import console
from ssot_migrate.shapes.shape import CALL

SCHEMA = json.loads(schema())


def advice(*edits: Edit, **changes: object) -> Advice:
    values: dict[str, object] = {
        "method": "create_bus_mock",
        "edits": edits,
        "families": ("bus",),
        "concerns": 9,
        "unlocks": 7,
        "loses": 0,
        "callers": 0,
        "example": ("tests/test_it.py", 12),
    }
    return Advice(**(values | changes))  # type: ignore[arg-type]


def edit(kind: NeedKind, path: tuple[str, ...] = (), value: str | None = None) -> Edit:
    return Edit("create_bus_mock", Need(kind, path, value))


def advised(*pieces: Advice, more: int = 0) -> Advised:
    failure = Failure("bad.py", Stage.PARSE, "line 1: no Python")
    report = Report((), 3, warnings=("a codemod is odd",), failures=(failure,))
    return Advised("factory.py", pieces, 40, 5, more, None, report)


def shown(*found: Advised, verbosity: Verbosity = Verbosity.NORMAL) -> list[str]:
    stream = StringIO()
    show(found, console(stream, Color.NEVER), verbosity)
    return stream.getvalue().splitlines()


BASE = edit(NeedKind.BASE, (), "AsyncMock")
NEW = Edit(
    "create_bus_mock",
    Need(NeedKind.METHOD),
    Method(
        "bus",
        "MagicMock",
        (Need(NeedKind.ATTRIBUTE, ("send",), "AsyncMock"),),
        (Need(NeedKind.PARAMETER, ("send", CALL), "None"),),
        spec=True,
    ),
)


def test_a_piece_says_what_it_is_worth() -> None:
    assert shown(advised(advice(BASE), advice(edit(NeedKind.SPEC), unlocks=2))) == [
        "factory.py: 5 of 40 mocks can be migrated safely, 14 with this advice.",
        "",
        "  1. create_bus_mock: build on AsyncMock",
        "     unlocks 7, then 12 are safe; concerns 9, as in tests/test_it.py:12",
        "",
        "  2. create_bus_mock: take a spec",
        "     unlocks 2, then 14 are safe; concerns 9, as in tests/test_it.py:12",
    ]


def test_a_piece_says_what_it_costs() -> None:
    lines = shown(advised(advice(BASE, loses=1, callers=2)))
    assert lines[4:] == [
        "     1 mock that is safe now would differ",
        "     2 calls of it would get something else; look at them first",
    ]


def test_a_piece_says_what_comes_next() -> None:
    (*_, title, _, then) = shown(advised(advice(NEW, codemod="bus")))
    assert title.endswith("add it, building on MagicMock, with send; takes send_result, spec")
    assert then == "     then: ssot-migrate codemods new bus --from tests/test_it.py:12"


def test_a_piece_says_why_it_is_no_patch() -> None:
    lines = shown(advised(advice(BASE, unlocks=0, obstacle="it is not there")))
    assert lines[0] == (
        "factory.py: 5 of 40 mocks can be migrated safely; nothing to add would make it more."
    )
    assert lines[3:] == [
        "     concerns 9 mocks, as in tests/test_it.py:12",
        "     no patch: it is not there",
    ]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (edit(NeedKind.ATTRIBUTE, ("a", CALL), "AsyncMock"), "make a.return_value an AsyncMock"),
        (edit(NeedKind.ATTRIBUTE, ("a",), "MagicMock"), "make a a MagicMock"),
        (edit(NeedKind.PRESET, ("a",), "True"), "set a to True"),
        (edit(NeedKind.PARAMETER, ("a",)), "take a as a="),
        (edit(NeedKind.KEYWORDS), "configure the product by further keyword arguments"),
    ],
)
def test_every_edit_has_a_title(change: Edit, title: str) -> None:
    assert shown(advised(advice(change)))[2] == f"  1. create_bus_mock: {title}"
    both = shown(advised(advice(change, edit(NeedKind.SPEC))))[2]
    assert both == f"  1. create_bus_mock: {title} and take a spec"


def test_little_is_the_totals_only() -> None:
    found = advised(advice(BASE), more=1)
    assert (
        shown(found, found, verbosity=Verbosity.QUIET)
        == [
            "factory.py: 5 of 40 mocks can be migrated safely, 12 with this advice.",
            "1 more piece of advice with a higher `--limit`.",
        ]
        * 2
    )
    assert shown(found, found).count("") == 3


def test_the_document_satisfies_the_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = [advised(advice(BASE), advice(NEW, codemod="bus")), advised(advice(BASE, obstacle="x"))]
    document = json.loads(as_json(found))
    Draft202012Validator(SCHEMA).validate(document)
    first, second = document["factories"]
    assert [one["safe"] for one in first["advice"]] == [12, 19]
    assert first["safe_after"] == 19
    assert first["advice"][1]["edits"][0]["new"]["parameters"][0]["path"] == "send.return_value"
    assert second["advice"][0]["obstacle"] == "x"
    assert document["warnings"] == ["a codemod is odd"]
    assert [failure["path"] for failure in document["failures"]] == ["bad.py"] * 2


def test_the_schema_is_that_of_the_models() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["kind"]["enum"] == list(NeedKind)
    assert definitions["failure"]["properties"]["stage"]["enum"] == list(Stage)
    assert {field.name for field in fields(Advice)} | {"safe"} == {
        *definitions["advice"]["properties"]
    }
    assert [field.name for field in fields(Need)] == [*definitions["need"]["properties"]]


def test_every_field_is_described() -> None:
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        assert "description" in part
        for field in part.get("properties", {}).values():
            assert field.keys() & {"description", "$ref"}
