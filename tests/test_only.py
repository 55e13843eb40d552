"""Some of a file's fixes: each choice is carried out alone, and verified."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_migrate.discover import discover
from ssot_migrate.model import Change, Failure, Request
from ssot_migrate.pipeline import Run, start
from tests.support import Project

FILE = """
    from unittest.mock import AsyncMock, MagicMock


    def test_first():
        ws = MagicMock()
        ws.send_text = AsyncMock()
        assert ws


    def test_second():
        ws = MagicMock()
        ws.user_id = "u2"
        other = MagicMock()  # stays: nothing says what it is
        assert ws.user_id == "u2" and other


    class TestThird:
        def test_third(self):
            db_session = AsyncMock()
            ws = MagicMock()
            ws.user_id = "u3"
            assert ws.user_id == "u3"
            assert db_session
"""


def found(folder: Path, text: str = FILE) -> tuple[Run, Change]:
    project = Project(folder)
    project.write("tests/test_it.py", text)
    resolver = project.resolver(unsafe_fixes=True)
    run = start(discover([folder / "tests"], resolver)[0], resolver, Request(fix=True))
    (change,) = run.report.changes
    return run, change


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Change]:
    run, change = found(tmp_path_factory.mktemp("three"))
    assert [fix.scope for fix in change.fixed] == [
        "test_first",
        "test_second",
        "TestThird.test_third",
        "TestThird.test_third",
    ]
    return run, change


def test_all_fixes_are_the_change_and_none_is_none(three: tuple[Run, Change]) -> None:
    run, change = three
    assert run.only(change, change.fixed) == change
    assert run.only(change, ()) is None


@given(st.sets(st.integers(0, 3), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_each_choice_calls_the_factory_once_a_fix(
    three: tuple[Run, Change], numbers: set[int]
) -> None:
    run, change = three
    chosen = [change.fixed[number] for number in numbers]
    part = run.only(change, chosen)
    assert isinstance(part, Change)
    assert set(part.fixed) == set(chosen)
    assert part.before == change.before
    assert part.after.count(b"SSotMockFactory.create") == len(numbers)
    assert part.after.count(b"import SSotMockFactory") == 1
    was = change.before.decode().splitlines()
    left = [was[fix.line - 1] for fix in change.fixed if fix not in chosen]
    assert all(line in part.after.decode().splitlines() for line in left)


def test_an_import_goes_with_the_last_fix_that_ends_its_use(three: tuple[Run, Change]) -> None:
    run, change = three
    first = run.only(change, change.fixed[:1])
    assert isinstance(first, Change)
    assert b"from unittest.mock import AsyncMock, MagicMock" in first.after
    assert b"from unittest.mock import MagicMock\n" in change.after


def test_a_fix_that_cannot_be_carried_out_is_a_failure(
    three: tuple[Run, Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ssot_migrate.rewriting import verify

    def refuse(*_: object) -> None:
        raise verify.VerifyError("this is only a test")

    monkeypatch.setattr(verify, "verify", refuse)
    run, change = three
    part = run.only(change, change.fixed[:1])
    assert isinstance(part, Failure)
    assert part.message == "left as it was: this is only a test"


FIXTURE = """
    from unittest.mock import MagicMock
    import pytest


    @pytest.fixture
    def ws():
        ws = MagicMock()
        ws.user_id = "u1"
        return ws
"""
USER = "def test_it(ws):\n    assert ws.user_id == 'u1'\n"


@pytest.mark.parametrize("with_user", [False, True])
def test_files_around_say_what_they_do_with_a_fixture(tmp_path: Path, with_user: bool) -> None:  # noqa: FBT001
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write("tests/test_user.py", USER)
    resolver = project.resolver()
    files = discover([tmp_path], resolver)[0]
    conftest = [file for file in files if file.path.endswith("conftest.py")]
    around = files if with_user else ()
    report = start(conftest, resolver, Request(fix=True), around=around).report
    assert report.files == 1
    # Without the users in the run nobody knows what they do with the mock: that is unsafe.
    assert bool(report.changes) == with_user


def test_what_is_skipped_is_left_with_its_reason(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", FILE)
    report = project.run(skip="is deleted soon")
    assert report.changes == ()
    (result,) = [result for result in report.results if result.left]
    assert set(result.left.values()) == {"skipped: is deleted soon"}
    assert len(result.left) == len(project.run().changes[0].fixed)
