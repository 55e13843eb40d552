"""A codemod that is written as TOML."""

import tomllib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example, Family, Rule, Signs
from ssot_migrate.families.toml_text import to_toml
from ssot_migrate.model import Severity

FAMILIES = load_families()


def read(text: str) -> Family:
    return msgspec.convert(tomllib.loads(text), Family)


def field_values(struct: type) -> st.SearchStrategy[Any]:
    """Make structs from their fields' types: every key, new ones too."""
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        str | None: st.none() | texts,
        bool: st.booleans(),
        Severity: st.sampled_from(Severity),
        tuple[str, ...]: st.lists(texts).map(tuple),
        tuple[Example, ...]: st.lists(st.deferred(lambda: field_values(Example)), max_size=2).map(
            tuple
        ),
        Signs: st.deferred(lambda: field_values(Signs)),
    }
    fields = msgspec.structs.fields(struct)
    return st.builds(struct, **{f.name: kinds.get(f.type, st.integers(0, 9)) for f in fields})


texts = st.text() | st.text(st.sampled_from("'\"\\\n\r\t a#"))


@given(field_values(Family))
def test_what_is_written_is_read_again(family: Family) -> None:
    assert read(to_toml(family)) == read(to_toml(family, explained=True)) == family


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_only_what_says_something_is_written(family: Family) -> None:
    text = to_toml(family)
    assert read(text) == family
    assert "attributes-alone = 0" not in text
    assert "#" not in text.partition("[[example]]")[0]
    assert all(f"'''\n{e.before}'''" in text for e in family.example if e.before)


def test_every_key_is_explained() -> None:
    family = Family("queue", "s", Severity.LOW, "w", evidence=Signs(names=("queue",)))
    lines = to_toml(family, explained=True).splitlines()
    for field in (*msgspec.structs.fields(Rule), *msgspec.structs.fields(Signs)):
        if field.name not in {"example", "evidence"}:
            (place,) = [
                n
                for n, line in enumerate(lines)
                if line.lstrip("# ").startswith(f"{field.encode_name} = ")
            ]
            assert lines[place - 1].startswith("# ")
    assert 'names = ["queue"]' in lines
    assert "# weak-names = []" in lines
