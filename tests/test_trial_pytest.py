"""Trials with a real pytest in a real copy of a project."""

import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from ssot_migrate.model import Change, UserError, Violation
from ssot_migrate.trial.execution import in_copy
from ssot_migrate.trial.trial import TrialResult, conduct
from tests.trials import change

pytestmark = pytest.mark.usefixtures("unmeasured")

COMMAND = f"{sys.executable} -m pytest -q -p no:cacheprovider {{files}}"


def file_with(fixes: Collection[str]) -> bytes:
    """Write twenty tests; each fix sets the value of its own, that of the last one kills."""
    lines = ["import os", "import pytest", ""]
    for number in range(20):
        value = 2 if f"f{number}" in fixes else 1
        lines += [
            f"def test_{number}():",
            f"    value = {value}",
            "    if value == 2: os._exit(3)" if number == 19 else "",
            "    assert value == 1, 'the first line\\nand another'" if number == 13 else "",
        ]
    return "\n".join(lines).encode()


def rewritten(one: Change, fixes: Collection[Violation]) -> Change:
    kept = tuple(fix for fix in one.fixed if fix in fixes)
    return Change.of(
        one.location, one.path, one.before, file_with([fix.name or "" for fix in kept]), kept
    )


def tried(folder: Path, numbers: Collection[int], command: str = COMMAND) -> TrialResult:
    root = folder / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    file = root / "tests" / "test_twenty.py"
    file.write_bytes(file_with([]))
    (root / "tests" / "test_other.py").write_text("def test_it(): raise AssertionError\n")
    made = change("tests/test_twenty.py", *(f"test_{number}/f{number}" for number in numbers))
    made = rewritten(
        Change.of(str(file), made.path, file_with([]), made.after, made.fixed), made.fixed
    )
    with in_copy(command, root, folder / "output") as runner:
        result = conduct([made], rewritten, {str(file): (str(file),)}, runner, lambda _: None)
    assert file.read_bytes() == file_with([])
    return result


def test_a_planted_fault_among_twenty_fixes(tmp_path: Path) -> None:
    result = tried(tmp_path, range(19))
    (taken,) = result.taken_back
    assert taken.violation.name == "f13"
    assert taken.test == "tests/test_twenty.py::test_13"
    assert taken.message.startswith("AssertionError: the first line")
    assert "the first line" in taken.output.read_text()
    assert (result.passed, len(result.confirmed), result.unconfirmed) == (20, 18, ())
    assert result.runs == 5
    (made,) = result.changes
    assert made.after == file_with([f"f{number}" for number in range(19) if number != 13])


@pytest.mark.slow
def test_a_fix_that_kills_pytest_is_found_beside_one_that_fails(tmp_path: Path) -> None:
    result = tried(tmp_path, range(20))
    assert [one.violation.name for one in result.taken_back] == ["f13", "f19"]
    assert [one.message[:14] for one in result.taken_back] == ["AssertionError", "it did not run"]
    assert result.passed == 20


@pytest.mark.slow
def test_any_command_is_judged_by_its_exit_code(tmp_path: Path) -> None:
    code = (
        "import runpy,sys; [f() for n,f in runpy.run_path(sys.argv[1]).items() if n[:5]=='test_']"
    )
    result = tried(tmp_path, range(19), f'{sys.executable} -c "{code}" {{files}}')
    (taken,) = result.taken_back
    assert (taken.violation.name, taken.test) == ("f13", "the command")


def test_a_command_that_fails_from_the_start_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exit code 7 before any change"):
        tried(tmp_path, [1], f"{sys.executable} -c 'raise SystemExit(7)'")
