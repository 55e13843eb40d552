"""Every example of every rule of the engine is run, as those of the codemods are."""

from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.families.family import Example, Rule
from ssot_migrate.model import Applicability, UserError
from ssot_migrate.pipeline import known_rules
from ssot_migrate.rules import load_own
from tests.support import Project, violations

RULES = load_own()
EXAMPLES = [(rule, example) for rule in RULES for example in rule.example]


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{r.id}: {e.name}" for r, e in EXAMPLES]
)
def test_example(rule: Rule, example: Example, tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.write(
        "tests/test_it.py", example.before or example.reported or example.unchanged or ""
    )
    report = project.run(fix=False)
    found = violations(report, rule.id)
    assert report.all_failures == ()
    assert bool(found) is (example.unchanged is None)
    assert {v.severity for v in found} <= {rule.severity}
    if example.before is None:
        assert {v.applicability for v in found} <= {Applicability.MANUAL}
        return
    after = dedent(example.after or "").lstrip("\n").encode()
    assert project.rewrite("tests/test_it.py", unsafe=example.unsafe_fixes) == after
    path.write_bytes(after)
    assert violations(project.run(fix=False), rule.id) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_finds_and_what_not(rule: Rule) -> None:
    assert rule.summary
    assert rule.why.strip()
    assert rule.fix_safety.strip()
    assert {bool(example.unchanged) for example in rule.example} == {True, False}
    for one in rule.example:
        assert [*map(bool, (one.before, one.reported, one.unchanged))].count(True) == 1
        assert bool(one.before) is bool(one.after)


def test_rules_can_be_chosen_like_families(tmp_path: Path) -> None:
    config = Project(tmp_path).config()
    assert {rule.id: rule.severity for rule in RULES}.items() <= known_rules(config).items()
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
    assert {"mock-class", "patch", "second-factory", "unimported"} < {rule.id for rule in RULES}


def test_a_codemod_with_the_id_of_a_rule(tmp_path: Path) -> None:
    project = Project(tmp_path)
    codemod = (
        'id = "patch"\nsummary = "x"\nseverity = "low"\nwhy = "x"\n[evidence]\nnames = ["x"]\n'
    )
    project.write("tools/patch.toml", codemod)
    with pytest.raises(UserError, match=r"patch\.toml: `patch` is one of the engine's own rules"):
        project.run(codemods=("tools",))
