"""The gate within pytest: tests of files with new violations, and nothing where it is off."""

import re

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from tests.support import Project

pytest_plugins = ["pytester"]

#: Builds a websocket by hand, which a safe fix ends.
DIRTY = """
    from unittest.mock import AsyncMock, MagicMock

    def test_it():
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock()
        assert mock_ws
"""
CLEAN = "def test_it():\n    pass\n"
#: Without it pytest-asyncio warns in each run.
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """A project where pytest runs, the gate switched on, with two files: one has a violation."""
    made = Project(pytester.path)
    made.write("pytest.ini", f"{INI}ssot_migrate_check = true\n")
    made.write("tests/test_dirty.py", DIRTY)
    made.write("tests/test_clean.py", CLEAN)
    return made


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """Give how each test ended, by its id."""
    return dict(re.findall(r"^(\S+::\S+) (\w+)", result.stdout.str(), re.MULTILINE))


@pytest.mark.usefixtures("project")
def test_a_file_with_a_violation_has_a_failing_test(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("-v")
    assert outcomes(result) == {
        "tests/test_clean.py::test_it": "PASSED",
        "tests/test_dirty.py::test_it": "PASSED",
        "tests/test_dirty.py::ssot-migrate": "FAILED",
    }
    result.stdout.fnmatch_lines(
        [
            "ssot-migrate: new violations in 1 of 5 files",
            "*_ ssot-migrate tests/test_dirty.py _*",
            "Found 1 new violation in 1 file.",
            "`ssot-migrate apply tests/test_dirty.py` fixes it.",
            "tests/test_dirty.py:4:15: websocket *: `mock_ws` is built by hand; use *.create_websocket_mock",
            "FAILED tests/test_dirty.py::ssot-migrate - *Found 1 new violation in*",
        ],
        consecutive=False,
    )
    assert "Traceback" not in result.stdout.str()
    assert "pytest_gate.py" not in result.stdout.str()


def test_a_clean_suite_has_no_further_test(pytester: pytest.Pytester, project: Project) -> None:
    project.write("tests/test_dirty.py", CLEAN)
    result = pytester.runpytest()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["ssot-migrate: new violations in 0 of 5 files"])


@pytest.mark.parametrize(
    ("settings", "options", "is_on"),
    [
        pytest.param("", (), False, id="off by default"),
        pytest.param("", ("--ssot-migrate-check",), True, id="option"),
        pytest.param("ssot_migrate_check = true", ("--no-ssot-migrate-check",), False, id="no"),
        pytest.param("addopts = --ssot-migrate-check", (), True, id="option in the settings"),
        pytest.param("ssot_migrate_check = false", (), False, id="set to false"),
        pytest.param("", ("-p", "no:ssot-migrate"), False, id="no plugin"),
    ],
)
def test_the_option_stands_over_the_setting(
    pytester: pytest.Pytester,
    project: Project,
    settings: str,
    options: tuple[str, ...],
    is_on: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    project.write("pytest.ini", f"{INI}{settings}\n")
    pytester.runpytest(*options).assert_outcomes(passed=2, failed=int(is_on))


def test_nothing_is_imported_where_it_is_off(pytester: pytest.Pytester) -> None:
    script = pytester.makepyfile(
        """
        import sys, pytest
        pytest.main(["--co", "-q", "-p", "no:asyncio"])
        print(sorted(name for name in sys.modules if name.partition(".")[0] == "ssot_migrate"))
        """
    )
    told = pytester.runpython(script).outlines[-1]
    assert told == "['ssot_migrate', 'ssot_migrate.pytest_plugin']"


@pytest.mark.parametrize(
    ("options", "collected"),
    [
        pytest.param(("tests/test_dirty.py",), {"test_it", "ssot-migrate"}, id="a file"),
        pytest.param(("tests/test_dirty.py::test_it",), {"test_it"}, id="a test"),
        pytest.param(("tests/test_dirty.py::ssot-migrate",), {"ssot-migrate"}, id="the gate's"),
        pytest.param(("-k", "ssot-migrate"), {"ssot-migrate"}, id="by name"),
        pytest.param(("-k", "not ssot-migrate", "tests/test_dirty.py"), {"test_it"}, id="without"),
        pytest.param(("--pyargs", "json.tool"), set(), id="a package"),
        pytest.param(("--ignore=tests/test_dirty.py",), {"test_it"}, id="ignored by pytest"),
    ],
)
@pytest.mark.usefixtures("project")
def test_pytest_chooses_as_among_all_tests(
    pytester: pytest.Pytester, options: tuple[str, ...], collected: set[str]
) -> None:
    result = pytester.runpytest("--collect-only", "-q", *options)
    lines = result.stdout.lines
    assert {line.partition("::")[2] for line in lines if "::" in line} == collected
    assert not result.errlines


def test_the_settings_of_pytest_say_where_it_looks(
    pytester: pytest.Pytester, project: Project
) -> None:
    project.write("pytest.ini", f"{INI}ssot_migrate_check = true\ntestpaths = unit\n")
    project.write("unit/test_it.py", CLEAN)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ssot-migrate: new violations in 0 of 1 files"])


def test_a_conftest_and_a_helper_are_looked_at_once(
    pytester: pytest.Pytester, project: Project
) -> None:
    fixture = DIRTY.replace("def test_it", "def make")
    project.write("tests/conftest.py", fixture)
    project.write("tests/helper.py", fixture)
    result = pytester.runpytest("-v", "-k", "ssot-migrate")
    assert outcomes(result) == {
        f"tests/{name}.py::ssot-migrate": "FAILED" for name in ("conftest", "helper", "test_dirty")
    }


def test_what_failed_last_is_run_again(pytester: pytest.Pytester, project: Project) -> None:
    pytester.runpytest().assert_outcomes(passed=2, failed=1)
    pytester.runpytest("--lf").assert_outcomes(failed=1)
    project.write("tests/test_dirty.py", CLEAN)
    pytester.runpytest("--lf").assert_outcomes(passed=2)


def test_processes_of_xdist_are_told_what_one_has_found(
    pytester: pytest.Pytester, project: Project
) -> None:
    project.write(
        "conftest.py",
        """
        import ssot_migrate.pytest_gate as gate

        def look(paths, root, real=gate.look):
            print("looked", file=open("looks.txt", "a"))
            return real(paths, root)

        gate.look = look
        """,
    )
    result = pytester.runpytest("-n2")
    result.assert_outcomes(passed=2, failed=1)
    assert (pytester.path / "looks.txt").read_text() == "looked\n"


def test_what_the_baseline_accepts_has_no_test(
    pytester: pytest.Pytester, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CliRunner().invoke(app, ["baseline", "write"])
    assert done.exit_code == 0, done.output
    pytester.runpytest().assert_outcomes(passed=2)
    # The baseline is the project's, wherever pytest is started.
    monkeypatch.chdir(project.folder / "tests")
    pytester.runpytest("test_dirty.py").assert_outcomes(passed=1)
    project.write("tests/test_dirty.py", f"{DIRTY}        assert mock_ws.send_text is not None\n")
    pytester.runpytest("test_dirty.py").assert_outcomes(passed=1)
    project.write("tests/test_dirty.py", DIRTY.replace("send_text", "send_json"))
    result = pytester.runpytest("test_dirty.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["test_dirty.py:4:15: websocket *: *; the baseline accepts *"])


def test_a_baseline_that_cannot_be_read_is_one_line(
    pytester: pytest.Pytester, project: Project
) -> None:
    project.write("ssot-migrate-baseline.txt", "<<<<<<< ours\n")
    result = pytester.runpytest()
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert line.startswith("ERROR: ssot-migrate: ssot-migrate-baseline.txt")


def test_a_file_that_cannot_be_read_is_an_error(
    pytester: pytest.Pytester, project: Project
) -> None:
    project.write("tests/helper.py", "mock = Mock(\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["tests/helper.py: *", "ERROR tests/helper.py::ssot-migrate*"])


def test_a_path_that_leads_nowhere_is_an_error(pytester: pytest.Pytester, project: Project) -> None:
    (project.folder / "tests/gone.py").symlink_to("nowhere.py")
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["tests/gone.py: is a symbolic link that leads nowhere*"])


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param("slect = []", "*unknown key `slect`*", id="key"),
        pytest.param('select = ["websockt"]', "*unknown rule `websockt`*", id="rule"),
        pytest.param('factory = "tests.none:None_"', "*factory tests.none:None_*", id="factory"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(
    pytester: pytest.Pytester, project: Project, table: str, told: str
) -> None:
    (project.folder / "pyproject.toml").write_text(f"[tool.ssot-migrate]\n{table}\n")
    result = pytester.runpytest()
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert line.startswith("ERROR: ssot-migrate: ")
    assert re.search(told.strip("*"), line)
