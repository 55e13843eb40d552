"""A rule's page."""

import io

import pytest

from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example, Family, Rule, Signs
from ssot_migrate.model import Severity
from ssot_migrate.report import Color
from ssot_migrate.report.console import console
from ssot_migrate.report.page import index, page, show

OWN = Rule(
    "unimported",
    "Mock classes that are never imported",
    Severity.HIGH,
    "They fail.",
    example=(
        Example("a mock without an import", reported="m = Mock()"),
        Example("a local class", unchanged="class Mock: ..."),
    ),
)
FAMILY = Family(
    "queue",
    "Queues built by hand",
    Severity.LOW,
    "They drift.",
    fix_safety="Order matters.",
    factory_method="create_queue",
    evidence=Signs(names=("queue", "jobs"), attributes=("put",), attributes_alone=1),
    example=(
        Example("near", unchanged="a = 1"),
        Example("first", before="b = 1\n", after="b = 2\n"),
        Example("second", before="c = 1\n", after="c = 2\n", unsafe_fixes=True),
        Example("third", before="d = 1\n", after="d = 2\n"),
    ),
)


def sections(text: str) -> dict[str, str]:
    """Split a page at its headings."""
    _, *parts = text.split("\n## ")
    return {(lines := part.split("\n", 1))[0]: lines[1] for part in parts}


def test_a_family() -> None:
    text = page(FAMILY)
    assert text.startswith("# queue\n\nSeverity: low\n\n## What it does\n\nQueues built by hand.\n")
    found = sections(text)
    assert list(found) == [
        "What it does",
        "Why is this bad?",
        "Example",
        "Use instead",
        "Fix safety",
        "How it is recognised",
        "More examples",
    ]
    assert "`create_queue`" in found["What it does"]
    assert found["Example"].strip() == "```python\nb = 1\n```"
    assert found["Use instead"].strip() == "```python\nb = 2\n```"
    assert found["Fix safety"].rstrip().endswith("a scan says why.\n\nOrder matters.")
    assert "- `names`: `queue`, `jobs`. Words with which" in found["How it is recognised"]
    assert "- `attributes-alone`: `1`. " in found["How it is recognised"]
    assert "keywords" not in found["How it is recognised"]
    more = found["More examples"]
    assert "### Near\n\nNot one of these:\n\n```python\na = 1\n```" in more
    assert "c = 1\n```\n\nBecomes, with `--unsafe-fixes`:\n\n```python\nc = 2" in more
    assert "d = 1\n```\n\nBecomes:\n\n```python\nd = 2" in more
    assert "b = 1" not in more


def test_a_rule_without_a_fix() -> None:
    found = sections(page(OWN))
    assert list(found) == [
        "What it does",
        "Why is this bad?",
        "Example",
        "Fix safety",
        "More examples",
    ]
    assert found["Example"].strip() == "```python\nm = Mock()\n```"
    assert found["Fix safety"].startswith("\nThere is no fix")


def test_a_rule_without_examples() -> None:
    bare = Rule("x", "s", Severity.LOW, "w")
    assert list(sections(page(bare))) == ["What it does", "Why is this bad?", "Fix safety"]


def test_the_index_leads_to_every_page() -> None:
    text = index([OWN, FAMILY])
    assert (
        "| [unimported](unimported.md) | high | Mock classes that are never imported | - |" in text
    )
    assert "| [queue](queue.md) | low | Queues built by hand | `create_queue` |" in text


@pytest.mark.parametrize("family", load_families(), ids=lambda family: family.id)
def test_a_page_is_shown_as_it_is_or_rendered(family: Family) -> None:
    plain, rendered = io.StringIO(), io.StringIO()
    show(page(family), console(plain, Color.NEVER))
    assert plain.getvalue() == page(family)
    show(page(family), console(rendered, Color.ALWAYS))
    assert "\x1b[" in rendered.getvalue()
    assert "##" not in rendered.getvalue()
