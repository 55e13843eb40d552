"""Every example of every codemod is run: what it shows is what happens."""

from pathlib import Path

import pytest

from ssot_migrate.family import Example, Family, load_all
from ssot_migrate.model import GENERIC
from tests.support import check_rewritten, check_unchanged, violations

FAMILIES = load_all()
EXAMPLES = [(family, example) for family in FAMILIES for example in family.example]


@pytest.mark.parametrize(
    ("family", "example"), EXAMPLES, ids=[f"{f.id}: {e.name}" for f, e in EXAMPLES]
)
def test_example(family: Family, example: Example, tmp_path: Path) -> None:
    if example.unchanged is not None:
        report = check_unchanged(tmp_path, example.unchanged, unsafe=True)
        assert violations(report, family.id) == []
    elif example.reported is not None:
        report = check_unchanged(tmp_path, example.reported, unsafe=True)
        assert violations(report, family.id) != []
    else:
        assert example.before is not None
        assert example.after is not None
        report = check_rewritten(
            tmp_path, example.before, example.after, unsafe=example.unsafe_fixes
        )
        assert violations(report, family.id) != []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_codemod_shows_what_it_does_and_what_it_leaves(family: Family) -> None:
    assert family.why.strip()
    assert any(example.after or example.reported for example in family.example)
    assert any(example.after for example in family.example) is (family.factory_method is not None)
    assert family.id == GENERIC or any(example.unchanged for example in family.example)
