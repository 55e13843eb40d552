"""``factory check``, with real factories in real processes; and the same as a suite of tests."""

import ast
import json
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from ssot_migrate.checking import conformance
from ssot_migrate.cli import app
from ssot_migrate.cli.factory_check import _counter
from ssot_migrate.contracts.shipped import SHIPPED
from ssot_migrate.report import Color
from ssot_migrate.report.conformance import schema
from ssot_migrate.settings.load import load
from tests.cli.conftest import Result
from tests.support import ROOT

FACTORY = """\
from unittest.mock import AsyncMock, MagicMock

class Factory:
    @staticmethod
    def create_tool_mock(tool_name="test_tool", execution_result=None):
        tool = AsyncMock()
        tool.name = tool_name
        return tool

    @classmethod
    def create_mock_suite(cls, mock_types):
        return {"tool": cls.create_tool_mock()}
"""
SETTINGS = '[tool.ssot-migrate]\nfactory = "mocks:Factory"\n'
#: A check of the factory above that passes, one that cannot apply, and one more that passes.
PASSING, SKIPPED = "consistency-suite-tool", "consistency-suite-agent"

#: Longer than a process takes to start on a busy machine.
HANGING = ("--timeout", "9")

Check = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "mocks.py").write_text(FACTORY, "utf-8")
    return tmp_path


@pytest.fixture
def check(project: Path) -> Check:
    def invoke(*arguments: str) -> Result:
        assert project == Path.cwd()
        result = CliRunner().invoke(app, ["factory", "check", *arguments], catch_exceptions=False)
        return Result(result.exit_code, result.stdout, result.stderr)

    return invoke


def document(check: Check, *arguments: str) -> dict[str, Any]:
    result = check("--output-format", "json", *arguments)
    found = json.loads(result.out)
    Draft202012Validator(json.loads(schema())).validate(found)
    assert result.code == (1 if found["summary"]["failed"] else 0)
    return found  # type: ignore[no-any-return]


def outcomes(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["status"], one["reason"]) for one in found["checks"]}


def change(project: Path, old: str, new: str) -> None:
    file = project / "mocks.py"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_it_says_what_it_does_before_the_outcome(check: Check, project: Path) -> None:
    result = check("--select", f"{PASSING},{SKIPPED}")
    assert result.code == 0
    assert result.err == f"Importing and running mocks:Factory with {sys.executable}\n"
    assert result.out == (
        "consistency  1 passed, 1 skipped\n"
        "1 skipped: the factory has no create_agent_mock\n"
        "2 checks: 1 passed, 1 skipped.\n"
    )
    assert {path.name for path in project.iterdir()} == {"mocks.py", "pyproject.toml"}


def test_a_failed_check(check: Check, project: Path) -> None:
    change(project, '{"tool": cls.create_tool_mock()}', '{"tool": MagicMock()}')
    result = check("-q", "--select", "consistency")
    assert (result.code, result.err) == (1, "")
    first, second, *_, last = result.out.splitlines()
    assert first == f"failed: {PASSING}"
    assert second == '    create_tool_mock() and create_mock_suite(["tool"]) differ:'
    assert last == "15 checks: 1 passed, 1 failed, 13 skipped."


def test_each_check_with_its_figures(check: Check) -> None:
    lines = check("-v", "--select", f"consistency-one-factory,{PASSING},{SKIPPED}").out.splitlines()
    assert [line.split() for line in lines] == [
        ["consistency", "parts", "files"],
        [SKIPPED, "skipped"],
        ["the", "factory", "has", "no", "create_agent_mock"],
        [PASSING, "passed", "2"],
        ["consistency-one-factory", "passed", "1"],
        ["3", "checks:", "2", "passed,", "1", "skipped."],
    ]


def test_json(check: Check) -> None:
    found = document(check, "--select", f"{PASSING},{SKIPPED}")
    assert found["factory"] == "mocks:Factory"
    assert outcomes(found) == {
        SKIPPED: ("skipped", "the factory has no create_agent_mock"),
        PASSING: ("passed", ""),
    }
    assert found["summary"] == {"passed": 1, "failed": 0, "skipped": 1}


def test_into_a_file(check: Check, project: Path) -> None:
    result = check("--select", PASSING, "--output-file", "out.txt")
    assert result.out == ""
    assert (project / "out.txt").read_text("utf-8").endswith("1 check: 1 passed.\n")


def test_the_schema_is_one_and_describes_all() -> None:
    found = json.loads(schema())
    Draft202012Validator.check_schema(found)
    assert found["$defs"]["check"]["required"] == [*found["$defs"]["check"]["properties"]]


# What a factory does must not break the report.


def test_a_factory_that_prints(check: Check, project: Path) -> None:
    change(project, "class Factory:", 'print("noise")\n\nclass Factory:')
    change(
        project, "        tool = AsyncMock()", '        print("noise")\n        tool = AsyncMock()'
    )
    assert document(check, "--select", PASSING)["summary"]["passed"] == 1


def test_a_factory_that_reads_standard_input(check: Check, project: Path) -> None:
    change(project, "class Factory:", "import sys\nassert not sys.stdin.read()\n\nclass Factory:")
    assert document(check, "--select", PASSING)["summary"]["passed"] == 1


def test_a_factory_that_leaves_a_thread(check: Check, project: Path) -> None:
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    change(project, "class Factory:", f"{thread}\n\nclass Factory:")
    assert document(check, "--select", PASSING)["summary"]["passed"] == 1


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("import os; os._exit(3)", "it ended the process with exit code 3"),
        (
            "import os, sys; print('gone', file=sys.stderr, flush=True); os._exit(4)",
            "it ended the process with exit code 4: gone",
        ),
        ("raise SystemExit(5)", "it ended the process with exit code"),
        ("import time; time.sleep(60)", "it took longer than 9 seconds (--timeout)"),
    ],
    ids=["exit", "last words", "SystemExit", "hang"],
)
def test_a_check_that_never_ends_has_failed_and_the_others_go_on(
    check: Check, project: Path, statement: str, reason: str
) -> None:
    change(project, "        return {", f"        {statement}\n        return {{")
    names = f"{PASSING},{SKIPPED},interface,compatibility"
    found = outcomes(document(check, "--select", names, *HANGING))
    assert found[PASSING][0] == "failed"
    assert found[PASSING][1].startswith(reason)
    assert [status for status, _ in found.values()].count("skipped") == 4


def test_after_three_that_never_end_the_rest_is_given_up(check: Check, project: Path) -> None:
    (project / "mocks.py").write_text(
        "import os\nclass Factory:\n    @staticmethod\n    def create_mock(kind):\n"
        "        os._exit(3)\n    @staticmethod\n    def create_a_mock(): ...\n",
        "utf-8",
    )
    change(project, "def create_a_mock(): ...", "def create_database_session_mock(): os._exit(3)")
    found = document(check, "--select", "performance")
    assert found["summary"]["failed"] == 3
    given_up = [reason for _, reason in outcomes(found).values() if reason.startswith("not run")]
    assert given_up
    assert {*given_up} == {"not run: 3 checks before it ended their process or hung"}


# What stops the command.


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero ("),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module' ("),
        ("raise SystemExit('bye')", "SystemExit: bye ("),
        ("x = 1", "cannot be imported: mocks has no class Factory; "),
        ("def Factory(): ...", "cannot be imported: mocks has no class Factory; "),
        ("import os; os._exit(3)", "ended the process with exit code 3"),
        ("import time; time.sleep(60)", "took longer than 9 seconds (--timeout)"),
    ],
)
def test_a_factory_that_cannot_be_imported(
    check: Check, project: Path, code: str, told: str
) -> None:
    (project / "mocks.py").write_text(f"\n{code}\n", "utf-8")
    result = check("--select", "interface", *HANGING)
    assert (result.code, result.out) == (2, "")
    _, error = result.err.splitlines()
    assert error.startswith("error: factory mocks:Factory")
    assert told in error
    if told.endswith("("):
        assert "mocks.py:2); fix that, or name the project's own interpreter with --python" in error


def test_what_cannot_be_imported_is_not_recorded(check: Check, project: Path) -> None:
    (project / "mocks.py").write_text("import os; os._exit(3)", "utf-8")
    result = check("--record")
    assert result.code == 2
    assert "ended the process with exit code 3" in result.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-q", "-v"], "-q and -v exclude each other"),
        (["--factory", "mocks"], '`mocks` must look like "package.module:Class"'),
        (
            ["--select", "consistancy"],
            "no check or group `consistancy`; did you mean `consistency`?",
        ),
        (["--ignore", "consistancy"], "did you mean `consistency`?"),
        (["--select", "consistency", "--ignore", "consist*"], "no check is left to run"),
        (["--python", "no/such/python"], "--python no/such/python: there is no such program"),
    ],
)
def test_wrong_usage(check: Check, arguments: list[str], told: str) -> None:
    result = check(*arguments)
    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_a_program_that_cannot_be_run(check: Check, project: Path) -> None:
    program = project / "python"
    program.write_text("", "utf-8")
    program.chmod(0o700)
    result = check("--python", str(program), "--select", "interface")
    assert result.code == 2
    assert "cannot be run" in result.err


NOT_ONE = "mocks:Factory has no method that is known (create_agent_mock, "


def test_a_class_that_is_no_factory(check: Check, project: Path) -> None:
    (project / "mocks.py").write_text("class Factory:\n    create_nothing = 3\n", "utf-8")
    result = check()
    assert (result.code, result.out) == (2, "")
    assert NOT_ONE in result.err
    code, out = pytest_run(project, *SUITE[:2])
    assert code == 1
    assert NOT_ONE in out
    assert out.splitlines()[-1].startswith("1 failed in ")


def test_one_method_that_is_known_makes_a_factory(check: Check, project: Path) -> None:
    made = "class Factory:\n    @staticmethod\n    def make_tool(): ...\n"
    (project / "mocks.py").write_text(made, "utf-8")
    assert check("--select", "interface").code == 2
    known = '[tool.ssot-migrate.interfaces]\nmake_tool = "json:JSONDecoder"\n'
    (project / "pyproject.toml").write_text(SETTINGS + known, "utf-8")
    assert check("--select", "interface").code == 1


def test_checks_are_left_out(check: Check, project: Path) -> None:
    table = (
        '[tool.ssot-migrate.conformance]\nignore = ["consistency-create_mock-*", "*-suite-t*"]\n'
    )
    (project / "pyproject.toml").write_text(SETTINGS + table, "utf-8")
    left = {*outcomes(document(check, "--select", "consistency"))}
    assert {PASSING, "consistency-create_mock-LLMManager"}.isdisjoint(left)
    assert {SKIPPED, "consistency-one-factory"} <= left
    on_the_command_line = document(check, "--select", "consistency", "--ignore", "*-one-factory")
    assert PASSING in outcomes(on_the_command_line)
    assert "consistency-one-factory" not in outcomes(on_the_command_line)
    assert [*outcomes(document(check, "--select", "*-one-*"))] == ["consistency-one-factory"]
    _, out = pytest_run(project, *SUITE, "-vv")
    assert f"[{SKIPPED}]" in out
    assert f"[{PASSING}]" not in out


def test_the_suite_tells_what_cannot_be_left_out(project: Path) -> None:
    table = '[tool.ssot-migrate.conformance]\nignore = ["consistancy"]\n'
    (project / "pyproject.toml").write_text(SETTINGS + table, "utf-8")
    code, out = pytest_run(project, *SUITE)
    assert code != 0
    assert "no check or group `consistancy`; did you mean `consistency`?" in out


# Another interpreter.


def test_the_projects_own_interpreter_needs_no_ssot_migrate(check: Check, project: Path) -> None:
    venv.create(project / "env", symlinks=os.name != "nt")
    python = project / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    own = "import sys\nassert 'env' in sys.prefix\n"
    absent = (
        "try:\n    import typer\nexcept ModuleNotFoundError:\n    pass\nelse:\n    raise OSError\n"
    )
    change(project, "from unittest", f"{own}{absent}from unittest")
    found = document(check, "--python", str(python), "--select", PASSING)
    assert (found["python"], found["summary"]["passed"]) == (str(python), 1)


# The signatures.


def test_signatures_are_recorded_and_held_against(check: Check, project: Path) -> None:
    recorded = check("--record")
    assert (recorded.code, recorded.out) == (0, "")
    assert "Wrote mocks.signatures.json." in recorded.err
    assert check("--select", "compatibility").code == 0
    change(project, "execution_result=None", "result=None")
    result = check("--select", "compatibility")
    assert result.code == 1
    assert "create_tool_mock: execution_result is gone" in result.out
    assert check("--record").code == 0
    assert check("--select", "compatibility").code == 0


def test_the_file_of_the_signatures_is_configured(check: Check, project: Path) -> None:
    table = '[tool.ssot-migrate.conformance]\nsnapshot = "tests/api.json"\n'
    (project / "pyproject.toml").write_text(SETTINGS + table, "utf-8")
    check("--record")
    methods = json.loads((project / "tests/api.json").read_bytes())["methods"]
    assert methods["create_mock_suite"] == "(mock_types)"
    (project / "tests/api.json").chmod(0o400)
    assert document(check, "--select", "compatibility")["summary"]["passed"] == 1


def test_signatures_that_cannot_be_written(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    check("--record")
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = check("--record")
    assert result.code == 2
    assert "mocks.signatures.json: no permission" in result.err


def test_an_installed_factory_needs_a_configured_file(check: Check, project: Path) -> None:
    folder = project / "site-packages"
    folder.mkdir()
    (project / "mocks.py").rename(folder / "mocks.py")
    pythonpath = '[tool.pytest.ini_options]\npythonpath = ["site-packages"]\n'
    (project / "pyproject.toml").write_text(SETTINGS + pythonpath, "utf-8")
    result = check("--record")
    assert result.code == 2
    assert "name a file for its signatures" in result.err
    assert not [*folder.glob("*.json")]


def test_the_shipped_factory_is_checked_where_there_is_no_other(
    check: Check, project: Path
) -> None:
    (project / "pyproject.toml").write_text("", "utf-8")
    (project / "mocks.py").unlink()
    result = check("--select", PASSING)
    assert result.code == 0
    assert result.err.startswith(f"Importing and running {SHIPPED} with ")
    assert "name a file for its signatures" in check("--record").err


def test_a_factory_of_no_file_is_not_recorded(check: Check, project: Path) -> None:
    change(project, "    @staticmethod", '    __module__ = "nowhere"\n\n    @staticmethod')
    result = check("--record")
    assert result.code == 2
    assert "comes from no file" in result.err


# One factory for all.

TEST = "from mocks import Factory\n\ndef test_it():\n    tool = Factory.create_tool_mock()\n"
COPY = FACTORY.replace("import AsyncMock", "import Mock, AsyncMock").replace(
    "tool = AsyncMock()", "tool = Mock()"
)


def test_a_copy_of_the_factory_is_found_without_running_any(check: Check, project: Path) -> None:
    (project / "mocks.py").write_text(f"{FACTORY}\n1 / 0\n", "utf-8")
    (project / "other").mkdir()
    (project / "other/mocks.py").write_text(COPY, "utf-8")
    result = check("--select", "consistency-one-factory")
    assert (result.code, result.err) == (1, "")
    assert "other/mocks.py:3: Factory is a copy of Factory: 2 of its 2 methods" in result.out


def test_settings_that_name_several_factories(check: Check, project: Path) -> None:
    (project / "service").mkdir()
    (project / "service/pyproject.toml").write_text(SETTINGS, "utf-8")
    (project / "service/mocks.py").write_text("class Factory: ...\n", "utf-8")
    result = check("--select", "consistency-one-factory")
    assert result.code == 1
    assert "mocks.py: that of mocks.py" in result.out
    assert "service/mocks.py: that of service/mocks.py" in result.out


# The same as tests.


def pytest_run(project: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest without the other plugins of this environment, which take their time."""
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    given = ["-p", "no:cacheprovider", "-p", "ssot_migrate.pytest_plugin", "-q", *arguments]
    return done(subprocess.run([*PYTEST, *given], cwd=project, env=alone, check=False, **CAPTURED))


def done(process: "subprocess.CompletedProcess[str]") -> tuple[int, str]:
    return process.returncode, process.stdout + process.stderr


PYTEST = (sys.executable, "-m", "pytest")
CAPTURED: Any = {"capture_output": True, "text": True}
SUITE = ("--pyargs", "ssot_migrate.factory.conformance", "-k", "consistency")


def test_the_suite(project: Path) -> None:
    (project / "pyproject.toml").write_text("", "utf-8")
    code, out = pytest_run(project, *SUITE, "--ssot-factory=mocks:Factory")
    assert (code, out.splitlines()[-1].startswith("1 passed, 13 skipped, ")) == (0, True)


def test_the_suite_takes_the_configured_factory_and_fails_with_the_reason(project: Path) -> None:
    change(project, '{"tool": cls.create_tool_mock()}', '{"tool": MagicMock()}')
    code, out = pytest_run(project, *SUITE)
    assert code == 1
    assert 'create_tool_mock() and create_mock_suite(["tool"]) differ:' in out.splitlines()
    assert f"FAILED test_conformance.py::test_factory[{PASSING}]" in out


def test_the_suite_takes_the_configured_snapshot(project: Path) -> None:
    table = '[tool.ssot-migrate.conformance]\nsnapshot = "no.json"\nlimit = 2\n'
    (project / "pyproject.toml").write_text(SETTINGS + table, "utf-8")
    _, out = pytest_run(project, *SUITE[:2], "-k", "compatibility", "-rs")
    assert "there is no no.json;" in out


@pytest.mark.parametrize(
    ("settings", "arguments", "told"),
    [
        ("", [], "name the factory: --ssot-factory=package.module:Class"),
        ("no toml", [], "name the factory: --ssot-factory=package.module:Class"),
        ("tool.ssot-migrate = 3", [], "name the factory: --ssot-factory=package.module:Class"),
        ("", ["--ssot-factory=no:Class"], "ModuleNotFoundError: No module named 'no'"),
    ],
)
def test_the_suite_without_a_factory(
    project: Path, settings: str, arguments: list[str], told: str
) -> None:
    (project / "setup.cfg").write_text("[tool:pytest]\n", "utf-8")
    (project / "pyproject.toml").write_text(settings, "utf-8")
    code, out = pytest_run(project, *SUITE, "-c", "setup.cfg", *arguments)
    assert code != 0
    assert told in out


def test_the_plugin_loads_nothing_else(project: Path) -> None:
    """It is loaded in every run of pytest where this package is installed."""
    (project / "test_it.py").write_text(
        "import sys\n\ndef test_it(pytestconfig):\n"
        "    assert pytestconfig.getoption('--ssot-factory') is None\n"
        "    ours = {name for name in sys.modules if name.startswith('ssot_migrate')}\n"
        "    assert ours == {'ssot_migrate', 'ssot_migrate.pytest_plugin'}\n",
        "utf-8",
    )
    code, out = done(subprocess.run([*PYTEST, "test_it.py"], cwd=project, check=False, **CAPTURED))
    assert code == 0, out


# What the package of the checks may import.


def conformance_modules() -> list[Path]:
    return sorted((ROOT / "ssot_migrate/factory/conformance").glob("*.py"))


@pytest.mark.parametrize("path", conformance_modules(), ids=lambda path: path.stem)
def test_the_checks_need_the_standard_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    allowed = {"ssot_migrate", "pytest"} if path.stem == "test_conformance" else {"ssot_migrate"}
    assert imported - sys.stdlib_module_names <= allowed


def test_nothing_of_the_engine_imports_the_checks() -> None:
    others = (ROOT / "ssot_migrate").rglob("*.py")
    users = {
        path.relative_to(ROOT).as_posix()
        for path in others
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        if (node.module or "").startswith("ssot_migrate.factory.conformance")
    }
    assert {name for name in users if "factory/conformance/" not in name} == set()


def test_the_entry_point_is_the_plugin() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert document["project"]["entry-points"]["pytest11"] == {
        "ssot-migrate": "ssot_migrate.pytest_plugin"
    }


def test_the_checks_that_have_ended_are_counted(project: Path) -> None:
    counted: list[tuple[int, int]] = []
    wanted = conformance.Wanted(factory="mocks:Factory", select=("consistency",))
    found = conformance.check(load(project), wanted, lambda *ended: counted.append(ended))
    assert counted == [(done, len(found)) for done in range(1, len(found) + 1)]
    assert len(found) > 1


def test_a_terminal_gets_a_bar(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr("ssot_migrate.report.progress._PATIENCE", 0)
    monkeypatch.setattr(
        "ssot_migrate.report.progress.Progress._draw", lambda bar: drawn.append(bar._done)
    )
    with ExitStack() as stack:
        told = _counter(stack, Color.NEVER, visible=True)
        told(1, 2)
        told(2, 2)
    assert project
    assert drawn[0] == 1
