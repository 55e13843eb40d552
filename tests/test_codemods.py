"""Every example of every codemod is run: what it shows is what happens."""

from pathlib import Path

import msgspec
import pytest

from ssot_migrate.contracts import shipped
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example, Family, Signs
from ssot_migrate.model import GENERIC
from tests.support import FACTORY, ROOT, check_rewritten, check_unchanged, violations

FAMILIES = load_families()
EXAMPLES = [(family, example) for family in FAMILIES for example in family.example]


@pytest.mark.parametrize("factory", [FACTORY, shipped.source()], ids=["sample's", "written"])
@pytest.mark.parametrize(
    ("family", "example"), EXAMPLES, ids=[f"{f.id}: {e.name}" for f, e in EXAMPLES]
)
def test_example(family: Family, example: Example, factory: bytes, tmp_path: Path) -> None:
    if example.unchanged is not None:
        report = check_unchanged(tmp_path, example.unchanged, unsafe=True, factory=factory)
        assert violations(report, family.id) == []
    elif example.reported is not None:
        report = check_unchanged(tmp_path, example.reported, unsafe=True, factory=factory)
        assert violations(report, family.id) != []
    else:
        assert example.before is not None
        assert example.after is not None
        before, after, unsafe = example.before, example.after, example.unsafe_fixes
        report = check_rewritten(tmp_path, before, after, unsafe=unsafe, factory=factory)
        assert violations(report, family.id) != []


@pytest.mark.parametrize("struct", [Family, Signs, Example])
def test_every_key_is_described(struct: type) -> None:
    text = (ROOT / "codemods/README.md").read_text("utf-8")
    for field in msgspec.structs.fields(struct):
        key = field.encode_name
        forms = (f"`{key}`", f"`[{key}]`", f"`[[{key}]]`", f"`{key} =")
        assert any(form in text for form in forms), key


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_codemod_shows_what_it_does_and_what_it_leaves(family: Family) -> None:
    assert family.why.strip()
    assert any(example.after or example.reported for example in family.example)
    assert any(example.after for example in family.example) is (family.factory_method is not None)
    assert family.id == GENERIC or any(example.unchanged for example in family.example)
