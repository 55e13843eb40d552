"""``scan``, and what all commands share."""

import json
import os
import sys
from pathlib import Path
from typing import Self

import pytest
from jsonschema import validate

from ssot_migrate.cli import running
from ssot_migrate.cli.options import Common
from ssot_migrate.model import Failure, Stage
from ssot_migrate.report.json import schema
from ssot_migrate.settings.config import DEFAULT_EXCLUDE
from tests.cli.conftest import Pipeline, Run, user_error, with_failures


def test_a_scan_exits_with_0(run: Run, pipeline: Pipeline) -> None:
    result = run("scan")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("1 mock built by hand in 1 of 2 files")
    assert pipeline.files == ["tests/test_a.py", "tests/test_b.py"]
    assert pipeline.request is not None
    assert not pipeline.request.fix


def test_json(run: Run) -> None:
    result = run("scan", "--output-format", "json")
    document = json.loads(result.out)
    validate(document, json.loads(schema()))
    assert [violation["path"] for violation in document["violations"]] == ["tests/test_a.py"]


def test_lines(run: Run, pipeline: Pipeline, project: Path) -> None:
    pipeline.adjust = with_failures(Failure("tests/x.py", Stage.PARSE, "line 1: invalid syntax"))
    result = run("scan", "--output-format", "jsonl", "--output-file", "out.jsonl")
    assert (result.code, result.out) == (2, "")
    first, second = map(json.loads, (project / "out.jsonl").read_text("utf-8").splitlines())
    assert (first["rule"], first["path"]) == ("websocket", "tests/test_a.py")
    assert (second["stage"], second["path"]) == ("parse", "tests/x.py")


def test_by_chooses_the_tables(run: Run) -> None:
    headings = ["family", "directory", "worst files", "file  "]
    shown = run("scan", "--by", "file", "--by", "family", "--by", "file").out
    places = [shown.find(f"\n\n{heading}") for heading in headings]
    assert [place > 0 for place in places] == [True, False, False, True]
    assert places[3] < places[0]
    assert run("scan", "--by", "nothing").code == 2
    with_json = run("scan", "--by", "file", "--output-format", "jsonl")
    assert (with_json.code, with_json.out) == (2, "")
    assert with_json.err == "error: --by chooses tables of the text; jsonl has every violation\n"


def test_statistics(run: Run, pipeline: Pipeline) -> None:
    shown = run("scan", "--statistics").out
    assert "\n\nLine regexes count " in shown
    assert pipeline.request is not None
    assert pipeline.request.statistics
    document = json.loads(run("scan", "--statistics", "--output-format", "json").out)
    assert document["statistics"]["total"]["hits"] == 0
    assert "Line regexes" not in run("scan").out
    assert not pipeline.request.statistics
    with_lines = run("scan", "--statistics", "--output-format", "jsonl")
    assert (with_lines.code, with_lines.out) == (2, "")
    assert with_lines.err == "error: --statistics has no place in jsonl; take text or json\n"


def test_markdown(run: Run) -> None:
    result = run("scan", "--output-format", "markdown")
    assert result.code == 0
    assert result.out.startswith("### Mocks built by hand\n\n1 mock built by hand in 1 of 2 files")
    assert "| `tests/test_a.py` | 1 |" in result.out
    chosen = run("scan", "--output-format", "markdown", "--by", "family").out
    assert "| `websocket` | high | 1 |" in chosen
    assert "tests/test_a.py" not in chosen
    refused = run("scan", "--output-format", "markdown", "--statistics")
    assert (refused.code, refused.out) == (2, "")


def test_an_output_file(run: Run, project: Path) -> None:
    result = run("scan", "--output-format", "json", "--output-file", "out.json")
    assert (result.code, result.out) == (0, "")
    assert json.loads((project / "out.json").read_bytes())["version"] == 1


def test_an_output_file_that_cannot_be_written(run: Run) -> None:
    result = run("scan", "--output-file", "gone/out.json")
    assert result.code == 2
    assert result.err == (
        "error: --output-file gone/out.json: cannot be written (No such file or directory)\n"
    )


def test_quiet_and_verbose(run: Run) -> None:
    assert run("scan", "-q").out.count("\n") == 1
    assert run("scan", "-v").out.startswith("tests/test_a.py:1:5: websocket [safe] mock_websocket")
    both = run("scan", "-q", "-v")
    assert (both.code, both.err) == (2, "error: -q and -v exclude each other\n")


def test_colours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in run("scan", "--color", "always").out
    assert "\x1b[" not in run("scan").out
    assert run("scan", "--color", "sometimes").code == 2


def test_failures_exit_with_2_and_a_line_each(run: Run, pipeline: Pipeline) -> None:
    pipeline.adjust = with_failures(Failure("tests/x.py", Stage.PARSE, "line 1: invalid syntax"))
    result = run("scan")
    assert result.code == 2
    assert result.err == "error: tests/x.py: line 1: invalid syntax\n"
    assert result.out.startswith("1 mock")


def test_a_missing_path_is_a_failure_and_the_rest_goes_on(run: Run) -> None:
    result = run("scan", "tests", "gone")
    assert result.code == 2
    assert result.err == (
        "error: gone: does not exist; check the spelling and the current folder\n"
    )
    assert result.out.startswith("1 mock")


def test_no_files_is_worth_a_warning(run: Run, project: Path) -> None:
    (project / "empty").mkdir()
    result = run("scan", "empty")
    assert result.code == 0
    assert result.err.startswith("warning: no Python files found in empty;")


def test_a_users_mistake_is_one_line(run: Run, pipeline: Pipeline) -> None:
    pipeline.error = user_error()
    result = run("scan")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: no such factory; set it under [tool.ssot-migrate]\n"


def test_a_wrong_configuration_is_one_line(run: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.ssot-migrate]\nslect = []\n", "utf-8")
    result = run("scan")
    assert result.code == 2
    assert result.err.endswith("unknown key `slect`; did you mean `select`?\n")


@pytest.mark.parametrize(
    "arguments",
    [("scan", "--jobs", "0"), ("scan", "--nonsense"), ("nonsense",), ("scan", "--jobs", "x")],
)
def test_wrong_usage_exits_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_the_options_reach_the_configuration(run: Run, pipeline: Pipeline) -> None:
    run(
        "scan",
        "--select",
        "agent, websocket",
        "--select",
        "database",
        "--ignore",
        "agent",
        "-j",
        "3",
    )
    assert pipeline.config is not None
    assert pipeline.config.select == ("agent", "websocket", "database")
    assert pipeline.config.ignore == ("agent",)
    assert pipeline.config.exclude == DEFAULT_EXCLUDE
    assert pipeline.request is not None
    assert pipeline.request.jobs == 3


def test_the_configuration_holds_where_no_option_is_given(
    run: Run, pipeline: Pipeline, project: Path
) -> None:
    text = '[tool.ssot-migrate]\nselect = ["agent"]\nextend-exclude = ["x"]\nrespect-gitignore = false\n'
    (project / "pyproject.toml").write_text(text, "utf-8")
    run("scan", "--extend-exclude", "y")
    assert pipeline.config is not None
    assert pipeline.config.select == ("agent",)
    assert pipeline.config.extend_exclude == ("x", "y")
    assert pipeline.config.respect_gitignore is False


def test_the_command_line_overrides_the_configuration(
    run: Run, pipeline: Pipeline, project: Path
) -> None:
    text = '[tool.ssot-migrate]\nselect = ["agent"]\nrespect-gitignore = false\n'
    (project / "pyproject.toml").write_text(text, "utf-8")
    run("scan", "--respect-gitignore", "--select", "")
    assert pipeline.config is not None
    assert pipeline.config.respect_gitignore is True
    assert pipeline.config.select == ()


def test_a_given_configuration(run: Run, pipeline: Pipeline, project: Path) -> None:
    (project / "ci.toml").write_text('[tool.ssot-migrate]\nselect = ["agent"]\n', "utf-8")
    run("scan", "--config", "ci.toml")
    assert pipeline.config is not None
    assert pipeline.config.select == ("agent",)


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule(run: Run, option: str) -> None:
    result = run("scan", option, "websockt")
    assert result.code == 2
    assert result.err == "error: unknown rule `websockt`; did you mean `websocket`?\n"


def test_an_unknown_rule_in_the_configuration(run: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.ssot-migrate]\nselect = ["zzz"]\n', "utf-8")
    result = run("scan")
    assert result.code == 2
    assert "unknown rule `zzz`; there are agent, database" in result.err


def test_an_unknown_rule_names_the_table(run: Run, project: Path) -> None:
    text = '[[tool.ssot-migrate.overrides]]\npath = "x"\nignore = ["websockt"]\n'
    file = project / "tests/pyproject.toml"
    file.write_text(text, "utf-8")
    result = run("scan")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"error: {file}: [[tool.ssot-migrate.overrides]] 1 unknown rule `websockt`;"
        " did you mean `websocket`?\n"
    )


def test_an_unknown_rule_where_a_file_is_given(run: Run, project: Path) -> None:
    (project / "tests/pyproject.toml").write_text("[tool.ssot-migrate]\nignore = ['x']", "utf-8")
    assert "unknown rule `x`" in run("scan", "tests/test_a.py").err
    (project / "empty").mkdir()
    assert "unknown rule `y`" in run("scan", "--select", "y", "empty").err


def test_a_broken_table_below_is_one_line(run: Run, project: Path) -> None:
    file = project / "tests/pyproject.toml"
    file.write_text("[tool.ssot-migrate]\nselect = [", "utf-8")
    result = run("scan")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {file}: is not valid TOML")
    assert result.err.count("\n") == 1


def test_exclusions(run: Run, pipeline: Pipeline) -> None:
    run("scan", "--exclude", "test_b.py")
    assert pipeline.files == ["tests/test_a.py"]
    run("scan", "--extend-exclude", "tests/test_a.py")
    assert pipeline.files == ["tests/test_b.py"]
    run("scan", "--exclude", "test_b.py", "tests/test_b.py")
    assert pipeline.files == ["tests/test_b.py"]
    run("scan", "--force-exclude", "--exclude", "test_b.py", "tests/test_b.py")
    assert pipeline.files == []


@pytest.mark.parametrize(
    "pattern",
    [
        "deep/test_c.py",
        "./deep/test_c.py",
        "/deep/test_c.py",
        "{tests}/deep",
        "deep/",
        "../tests/deep",
    ],
)
def test_patterns_are_relative_to_the_current_folder(
    run: Run, pipeline: Pipeline, project: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    (project / ".git").mkdir()
    (project / "tests/deep").mkdir()
    (project / "tests/deep/test_c.py").touch()
    monkeypatch.chdir(project / "tests")
    run("scan", "--extend-exclude", pattern.replace("{tests}", str(project / "tests")))
    assert pipeline.files == ["test_a.py", "test_b.py"]


def test_the_project_is_that_of_the_paths(run: Run, pipeline: Pipeline, project: Path) -> None:
    inner = project / "inner"
    (inner / "tests").mkdir(parents=True)
    (inner / "tests/a.py").touch()
    (inner / "b.py").touch()
    (inner / "pyproject.toml").write_text("[tool.ssot-migrate]\n", "utf-8")
    run("scan", "inner/tests", "inner/b.py")
    assert pipeline.config is not None
    assert pipeline.config.root == inner
    run("scan", "inner/b.py")
    assert pipeline.config.root == inner
    run("scan", "inner", "tests")
    roots = {path: config.root for path, config in pipeline.configs.items()}
    assert roots == {
        "inner/b.py": inner,
        "inner/tests/a.py": inner,
        "tests/test_a.py": project,
        "tests/test_b.py": project,
    }


def test_paths_on_several_drives(
    run: Run, pipeline: Pipeline, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_common_path(_: object) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr(os.path, "commonpath", no_common_path)
    run("scan", "tests")
    assert pipeline.config is not None
    assert pipeline.config.root == project


def test_one_process_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert running.cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert running.cores() == 1


def test_a_bar_on_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    class Spy:
        def __init__(self, *_: object, visible: bool) -> None:
            shown.append(visible)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def __call__(self, done: int) -> None:
            assert done

    monkeypatch.setattr("ssot_migrate.report.progress.Progress", Spy)
    run("scan")
    monkeypatch.setattr(
        running, "sys", type("Sys", (), {"stderr": Terminal(), "stdout": sys.stdout})
    )
    run("scan", "--output-file", "x")
    run("scan", "-q", "--output-file", "x")
    assert shown == [False, True, False]


class Terminal:
    def isatty(self) -> bool:
        return True


def test_nobody_starts_thousands_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "cores", lambda: 3)
    asked = {None: 3, 1: 1, 5: 5, 24: 24, 25: 24, 100_000: 24}
    assert {jobs: running.processes(Common(jobs=jobs)) for jobs in asked} == asked
