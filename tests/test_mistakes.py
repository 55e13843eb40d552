"""What a codemod can say that makes no sense."""

import pytest

from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example, Family, Signs
from ssot_migrate.families.mistakes import mistakes
from ssot_migrate.model import Severity
from ssot_migrate.settings.typed_toml import Keys

PATTERN = "is no name; patterns are not supported"
FORMS = "an example has `before` and `after`, or `reported`, or `unchanged`"


def family(**changes: object) -> Family:
    given = {"id": "queue", "summary": "s", "severity": Severity.LOW, "why": "w"}
    return Family(**{**given, "evidence": Signs(names=("queue",)), **changes})  # type: ignore[arg-type]


def test_the_shipped_codemods_have_none() -> None:
    assert [found for one in load_families() for found in mistakes(one)] == []


@pytest.mark.parametrize(
    ("changes", "keys", "message"),
    [
        ({"id": "a,b"}, ("id",), "must be of lower-case words joined by `-`"),
        ({"summary": " "}, ("summary",), "must not be empty"),
        ({"why": ""}, ("why",), "must not be empty"),
        ({"summary": "a\nb"}, ("summary",), "must be one line"),
        ({"factory_method": "create()"}, ("factory-method",), "must be the name of a method"),
        (
            {"evidence": Signs()},
            ("evidence",),
            "nothing would tell such a mock; give `specs`, `names` or `keywords`",
        ),
        (
            {"id": "generic"},
            ("evidence",),
            "generic is what no evidence speaks for; name a family of your own",
        ),
    ],
)
def test_a_mistake(changes: dict[str, object], keys: Keys, message: str) -> None:
    assert list(mistakes(family(**changes))) == [(keys, message)]


@pytest.mark.parametrize(
    ("signs", "key", "message"),
    [
        ({"names": ("ws.*",)}, "names", f"`ws.*` {PATTERN}"),
        ({"specs": ("a.B", "a B")}, "specs", f"`a B` {PATTERN}"),
        ({"keywords": ("ws=",)}, "keywords", f"`ws=` {PATTERN}"),
        (
            {"names": ("mock",)},
            "names",
            "no name ends with `mock`: it says only that it is a mock",
        ),
        (
            {"names": ("queue",), "weak_names": ("queue_manager",), "not_names": ("manager",)},
            "weak-names",
            "`queue_manager` holds `manager`, which is in `not-names`",
        ),
        (
            {"attributes": ("put", "get"), "contradicted_by": ("get",)},
            "contradicted-by",
            "`get` is in `attributes` too; take it out of one",
        ),
        (
            {"telling_attributes": ("put",)},
            "telling-attributes",
            "`put` must be in `attributes` too",
        ),
        (
            {"attributes": ("put",), "attributes_alone": 2},
            "attributes-alone",
            "is more than there are `attributes`",
        ),
    ],
)
def test_a_mistake_in_the_evidence(signs: dict[str, object], key: str, message: str) -> None:
    found = [m for m in mistakes(family(evidence=Signs(**signs))) if m[1] != PATTERN]  # type: ignore[arg-type]
    assert (("evidence", key), message) in found


def test_a_verb_may_begin_a_name() -> None:
    assert list(mistakes(family(evidence=Signs(names=("run_queue", "Queue2Client"))))) == []


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (Example("n"), FORMS),
        (Example("n", before="x"), FORMS),
        (Example("n", after="x"), FORMS),
        (Example("n", before="x", after="y", unchanged="z"), FORMS),
        (Example("n", reported="x", unchanged="z"), FORMS),
        (
            Example("n", before="x", after="x"),
            "`before` and `after` are the same; say `unchanged`",
        ),
        (Example("n", before="x", after="y"), None),
        (Example("n", reported="x"), None),
        (Example("n", unchanged="x"), None),
    ],
)
def test_an_example(example: Example, message: str | None) -> None:
    good = Example("n", unchanged="x")
    found = list(mistakes(family(example=(good, example))))
    assert found == ([(("example", 1), message)] if message else [])
