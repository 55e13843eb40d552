"""``config``: the settings that hold, and where each comes from."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

TABLE = """
[tool.ssot-migrate]
ignore = ["generic"]
extend-exclude = ["x"]
[[tool.ssot-migrate.overrides]]
path = "test_a.py"
ignore = ["agent"]
[tool.black]
line-length = 79
"""


@pytest.fixture
def table(project: Path) -> Path:
    file = project / "pyproject.toml"
    file.write_text(TABLE, "utf-8")
    return file


def rows(text: str) -> dict[str, list[str]]:
    """Give the source and value of each setting."""
    _, _, heading, *lines = text.splitlines()
    assert heading.split() == ["setting", "from", "value"]
    places = [heading.index(word) for word in ("setting", "from", "value")]
    table = lines[: lines.index("")]
    return {
        line.split()[0]: [line[places[1] : places[2]].strip(), line[places[2] :]] for line in table
    }


@pytest.mark.usefixtures("table")
def test_a_file(run: Run) -> None:
    result = run("config", "tests/test_a.py", "--select", "agent", "--extend-exclude", "y")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Settings of tests/test_a.py, in the project .\n")
    assert "override" not in result.out.splitlines()[-1]
    shown = rows(result.out)
    assert shown["select"] == ["command line", '["agent"]']
    assert shown["ignore"] == [
        "pyproject.toml [[tool.ssot-migrate.overrides]] 1",
        '["agent"]',
    ]
    assert shown["extend-exclude"] == ["command line", '["x", "y"]']
    assert shown["line-length"] == ["pyproject.toml [tool.black]", "79"]
    assert shown["respect-gitignore"] == ["default", "true"]
    assert shown["factory"][1] == '"test_framework.ssot.mock_factory:SSotMockFactory"'


@pytest.mark.usefixtures("table")
def test_a_folder_has_no_overrides(run: Run) -> None:
    result = run("config")
    assert rows(result.out)["ignore"] == ["pyproject.toml [tool.ssot-migrate]", '["generic"]']
    assert result.out.endswith(
        "1 override may say otherwise for single files; name a file to see it.\n"
    )


@pytest.mark.usefixtures("table")
def test_what_lies_elsewhere_is_named_in_full(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "tests")
    assert f"in the project {project}\n" in run("config").out
    assert rows(run("config").out)["ignore"][0] == f"{project}/pyproject.toml [tool.ssot-migrate]"


@pytest.mark.usefixtures("table")
def test_json(run: Run, project: Path) -> None:
    result = run("config", "tests/test_a.py", "--output-format", "json", "--output-file", "out")
    assert (result.code, result.out) == (0, "")
    document = json.loads((project / "out").read_bytes())
    assert document["path"] == "tests/test_a.py"
    assert (document["root"], document["pythonpath"]) == (".", ["."])
    assert document["settings"]["ignore"] == {
        "value": ["agent"],
        "from": "[[tool.ssot-migrate.overrides]] 1",
        "file": "pyproject.toml",
    }
    assert document["settings"]["select"] == {"value": [], "from": "default", "file": None}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone",), "gone: does not exist; check the spelling and the current folder"),
        (("tests", "tests/test_a.py"), "config shows the settings of one path at a time"),
        (("--select", "agnt"), "unknown rule `agnt`; did you mean `agent`?"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run("config", *arguments)
    assert (result.code, result.out, result.err) == (2, "", f"error: {message}\n")
