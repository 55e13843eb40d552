"""Outcomes of tests, read from what pytest writes; what the real one writes is in test_execution."""

from pathlib import Path

import pytest

from ssot_migrate.trial.outcomes import read
from ssot_migrate.trial.runner import Seen, Status, TestId

PASSED = Seen(Status.PASSED)
SKIPPED = Seen(Status.SKIPPED)


def outcomes(root: Path, cases: str, *roots: Path) -> dict[TestId, Seen] | None:
    report = root / "report.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return read(report, root, [root, *roots])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("tests/test_a.py", "tests/v1.2/test_b.py", "tests/base.py", "sub/t/test_c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def case(classname: str, name: str, file: str = "", inside: str = "") -> str:
    attribute = f'file="{file}"' if file else ""
    return f'<testcase classname="{classname}" name="{name}" {attribute}>{inside}</testcase>'


@pytest.mark.parametrize(
    ("classname", "file", "found"),
    [
        pytest.param("tests.test_a", "tests/test_a.py", "tests/test_a.py t", id="function"),
        pytest.param("tests.test_a.A.B", "tests/test_a.py", "tests/test_a.py A::B::t", id="class"),
        pytest.param(
            "tests.test_a.A", "tests/base.py", "tests/test_a.py A::t", id="inherited from a file"
        ),
        pytest.param(
            "tests.v1.2.test_b",
            "tests/v1.2/test_b.py",
            "tests/v1.2/test_b.py t",
            id="dotted folder",
        ),
        pytest.param("py311.tests.test_a", "tests/test_a.py", "tests/test_a.py t", id="a prefix"),
        pytest.param("tests.test_a.A", "", "tests/test_a.py A::t", id="xunit2"),
    ],
)
def test_a_test_is_named_as_its_node(root: Path, classname: str, file: str, found: str) -> None:
    expected, name = found.split()
    assert outcomes(root, case(classname, "t", file)) == {TestId(expected, name): PASSED}


def test_parameters_stay_as_they_are(root: Path) -> None:
    found = outcomes(root, case("tests.test_a.A", "t[a.b::c/d]", "tests/test_a.py"))
    assert found == {TestId("tests/test_a.py", "A::t[a.b::c/d]"): PASSED}


def test_the_root_is_the_one_whose_files_exist(root: Path) -> None:
    project = root / "sub"
    cases = case("t.test_c", "t", "t/test_c.py")
    assert outcomes(root, cases, root / "tests", project) == {
        TestId("sub/t/test_c.py", "t"): PASSED
    }
    (root / "report.xml").write_text(f"<testsuite>{cases}</testsuite>")
    found = read(root / "report.xml", root / "tests", [root, project])
    assert found == {TestId("../sub/t/test_c.py", "t"): PASSED}


def test_a_test_without_a_file_keeps_its_name(root: Path) -> None:
    error = case("pytest", "internal", "", '<error message="boom"/>')
    found = outcomes(root, error + case("tests.test_a", "t", "tests/test_a.py"))
    assert found is not None
    assert found[TestId(None, "pytest::internal")] == Seen(Status.FAILED, "boom")


def test_of_several_ends_of_a_test_the_worst_holds(root: Path) -> None:
    ends = {
        "passed": "",
        "skipped": '<skipped message="no"/>',
        "failed": '<failure message="one&#10;two"/>',
        "error": '<error message="failed on teardown"/>',
    }

    def together(*names: str) -> Seen:
        cases = [case("tests.test_a", "t", "tests/test_a.py", ends[name]) for name in names]
        found = outcomes(root, "".join(cases))
        assert found is not None
        (seen,) = found.values()
        return seen

    assert together("skipped") == SKIPPED
    assert together("skipped", "passed") == together("passed", "skipped") == PASSED
    assert together("passed", "error") == Seen(Status.FAILED, "failed on teardown")
    assert together("failed", "passed") == Seen(Status.FAILED, "one")


def test_a_file_that_cannot_be_collected_says_why(root: Path) -> None:
    text = "traceback\nE   ImportError: first\nE   ModuleNotFoundError: No module named 'x'\n"
    inside = f'<error message="collection failure">{text}</error>'
    found = outcomes(root, case("", "tests.test_a", "tests/test_a.py", inside))
    message = "ModuleNotFoundError: No module named 'x'"
    assert found == {TestId("tests/test_a.py", ""): Seen(Status.FAILED, message)}


def test_what_tells_of_no_test_of_the_project_is_none(root: Path) -> None:
    assert outcomes(root, case("test_else", "t", "test_else.py")) is None
    assert outcomes(root, "") == {}


@pytest.mark.parametrize("text", ["", "<testsuite><testcase name=", "no XML", "\x00"])
def test_a_report_that_is_cut_off_is_none(root: Path, text: str) -> None:
    (root / "report.xml").write_text(text)
    assert read(root / "report.xml", root, [root]) is None
    assert read(root / "missing.xml", root, [root]) is None
