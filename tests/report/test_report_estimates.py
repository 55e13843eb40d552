"""What line regexes count, beside what there is."""

import json
from io import StringIO

import pytest
from jsonschema import Draft202012Validator

from ssot_migrate.model import Reason, Report
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.console import console
from ssot_migrate.report.estimates import TITLES, by_family, show, total
from ssot_migrate.report.json import schema
from tests.report.reports import empty, estimated, render, report

SCHEMA = json.loads(schema())
VALIDATOR = Draft202012Validator(SCHEMA)


def shown(found: Report, verbosity: Verbosity = Verbosity.NORMAL) -> str:
    stream = StringIO()
    show(found, console(stream, Color.NEVER), verbosity)
    return stream.getvalue()


def test_the_tables() -> None:
    assert shown(estimated()) == (
        "\n"
        "Line regexes count 8 mocks where there are 7: 4 of the hits are mocks, 4 are not; no pattern"
        " of its family counts 3 mocks, 2 of which no pattern hits.\n"
        "\n"
        "family     regex hits  - not a mock of it  = mocks hit  + missed  = mocks\n"
        "agent               7                   3            4         1        5\n"
        "websocket           1                   1            0         2        2\n"
        "total               8                   4            4         3        7\n"
        "\n"
        "not a mock of it  counted twice  comment, string  no mock\n"
        "agent                         1                1        1\n"
        "websocket                     0                1        0\n"
        "total                         1                2        1\n"
        "\n"
        "family     hits  line regex, in any case\n"
        "agent         5  b\n"
        "agent         2  a\n"
        "websocket     1  w\n"
    )


def test_no_hits_and_no_mocks() -> None:
    assert shown(empty()).splitlines()[1:] == [
        (
            "Line regexes count 0 mocks where there are 0: 0 of the hits are mocks, 0 are not;"
            " no pattern of its family counts 0 mocks, 0 of which no pattern hits."
        ),
        "",
        "family  regex hits  - not a mock of it  = mocks hit  + missed  = mocks",
        "total            0                   0            0         0        0",
    ]


def test_quietly_it_is_a_sentence() -> None:
    assert shown(estimated(), Verbosity.QUIET) == shown(estimated()).splitlines()[1] + "\n"


def test_every_reason_has_a_title() -> None:
    assert list(TITLES) == list(Reason)


def test_the_families_are_added_up() -> None:
    families = by_family(estimated())
    assert list(families) == ["agent", "websocket"]
    assert families["agent"].hits == {"a": 2, "b": 5}
    assert total(families.values()).reasons == {
        Reason.AGAIN: 1,
        Reason.PROSE: 2,
        Reason.NOTHING: 1,
    }


@pytest.mark.parametrize("found", [estimated(), report(), empty()])
def test_json(found: Report) -> None:
    document = json.loads(render(found, statistics=True))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert "statistics" not in json.loads(render(found))


def test_a_family_in_json() -> None:
    statistics = json.loads(render(estimated(), statistics=True))["statistics"]
    assert statistics["by_family"][0] == {
        "family": "agent",
        "hits": 7,
        "no_mocks": 3,
        "reasons": {
            "again": 1,
            "part": 0,
            "elsewhere": 0,
            "factory": 0,
            "prose": 1,
            "nothing": 1,
            "unparsed": 0,
        },
        "mocks_hit": 4,
        "mocks_missed": 1,
        "mocks_missed_by_all": 1,
        "mocks": 5,
        "patterns": [{"pattern": "b", "hits": 5}, {"pattern": "a", "hits": 2}],
    }
    assert statistics["total"]["hits"] == 8


@pytest.mark.parametrize(
    ("place", "value"), [("family", 1), ("hits", "1"), ("reasons", {}), ("surplus", 1)]
)
def test_broken_statistics_do_not_satisfy_the_schema(place: str, value: object) -> None:
    document = json.loads(render(estimated(), statistics=True))
    document["statistics"]["by_family"][0][place] = value
    assert not VALIDATOR.is_valid(document)


def test_the_reasons_are_the_models() -> None:
    reasons = SCHEMA["$defs"]["estimate"]["properties"]["reasons"]
    assert list(reasons["properties"]) == reasons["required"] == list(Reason)
