"""``factory advise``, with the real engine."""

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.report.advice import schema
from tests.cli.conftest import Result
from tests.support import Project

TEST = """\
from unittest.mock import MagicMock


def test_one():
    agent = MagicMock()
    agent.run.return_value = 1
    use(agent)


def test_two():
    agent = MagicMock()
    agent.run.return_value = 2
    use(agent)
"""


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["factory", "advise", *arguments], catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Be in a project whose agents are of another class than the factory's."""
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    monkeypatch.chdir(tmp_path)
    return project


@pytest.mark.usefixtures("agents")
def test_advice_is_printed() -> None:
    result = invoke()
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "test_framework/ssot/mock_factory.py: 0 of 2 mocks can be migrated safely, 2 with this"
        " advice.\n\n"
        "  1. create_agent_mock: build on MagicMock\n"
        "     unlocks 2, then 2 are safe; concerns 2, as in tests/test_it.py:5\n"
    )


def test_the_patch_is_one_that_git_takes(agents: Project) -> None:
    result = invoke("--diff", "--output-file", "grow.patch")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("test_framework/ssot/mock_factory.py: 0 of 2 mocks")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "apply", "grow.patch"], check=True)
    violations = agents.run(fix=False).violations
    assert [violation.applicability for violation in violations] == ["safe", "safe"]
    assert invoke("--diff").out == ""


@pytest.mark.usefixtures("agents")
def test_the_patch_has_colours_on_request() -> None:
    result = invoke("--diff", "--color", "always")
    assert "\x1b[32m+        agent = MagicMock()" in result.out


@pytest.mark.usefixtures("agents")
def test_the_json_is_that_of_the_schema() -> None:
    result = invoke("--output-format", "json", "--limit", "1")
    document = json.loads(result.out)
    Draft202012Validator(json.loads(schema())).validate(document)
    (one,) = document["factories"][0]["advice"]
    assert (one["method"], one["unlocks"]) == ("create_agent_mock", 2)


@pytest.mark.usefixtures("agents")
def test_a_patch_is_no_json() -> None:
    result = invoke("--diff", "--output-format", "json")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: --diff is a patch; it has no place in json\n"


def test_a_file_that_fails_is_told(agents: Project) -> None:
    agents.write("tests/test_bad.py", "from unittest.mock import Mock\nMock(\n")
    result = invoke("tests", "gone")
    assert result.code == 2
    assert "tests/test_bad.py" in result.err
    assert "gone" in result.err
    assert "create_agent_mock: build on MagicMock" in result.out


@pytest.mark.usefixtures("agents")
def test_rules_can_be_left_out() -> None:
    assert "0 of 0 mocks" in invoke("--ignore", "agent").out
    assert "unknown rule `agnt`" in invoke("--select", "agnt").err


def test_without_a_factory_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project(tmp_path, None).write("tests/test_it.py", TEST)
    monkeypatch.chdir(tmp_path)
    result = invoke()
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        'error: no factory of the project\'s own: set factory = "package.module:Class" under'
        " [tool.ssot-migrate] in pyproject.toml, or let `ssot-migrate factory init` write one\n"
    )


@pytest.mark.usefixtures("agents")
def test_a_path_that_does_not_exist_is_told() -> None:
    result = invoke("nosuch")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: nosuch: does not exist; check the spelling and the current folder\n"
    )


def test_a_folder_without_python_is_told(agents: Project) -> None:
    (agents.folder / "empty").mkdir()
    result = invoke("empty")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: no Python files found in empty; ")


def test_a_patch_that_reaches_others_names_its_pieces(agents: Project) -> None:
    assert "create_agent_mock: build on MagicMock: look at its callers elsewhere first\n" in (
        invoke("--diff").err
    )
    agents.write(
        "tests/test_more.py",
        """
        from unittest.mock import AsyncMock

        def test_three():
            agent = AsyncMock()
            use(agent)
        """,
    )
    assert "create_agent_mock: build on MagicMock: 1 mock that is safe now would differ\n" in (
        invoke("--diff").err
    )
