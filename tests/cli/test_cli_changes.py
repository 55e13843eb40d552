"""``diff`` and ``apply``."""

import os
import subprocess
from pathlib import Path

import pytest

from ssot_migrate.model import Applicability, Failure, FileResult, Report, Stage
from tests.cli.conftest import AFTER, BEFORE, Pipeline, Run, with_failures
from tests.report.reports import SEVERITIES, violation


def test_diff_writes_nothing_and_exits_with_1(run: Run, project: Path, pipeline: Pipeline) -> None:
    result = run("diff")
    assert result.code == 1
    assert result.out == (
        "--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1 +1 @@\n-mock = Mock()\n+mock = create()\n"
    )
    assert result.err == "Would change 1 file, 1 mock.\n"
    assert (project / "tests/test_a.py").read_bytes() == BEFORE
    assert pipeline.request is not None
    assert pipeline.request.fix


def test_diff_is_what_apply_does(run: Run, project: Path) -> None:
    patch = run("diff").out
    run("apply")
    applied = (project / "tests/test_a.py").read_bytes()
    subprocess.run(
        ["git", "apply", "--reverse", "-"], cwd=project, input=patch.encode(), check=True
    )
    assert (project / "tests/test_a.py").read_bytes() == BEFORE
    subprocess.run(["git", "apply", "-"], cwd=project, input=patch.encode(), check=True)
    assert (project / "tests/test_a.py").read_bytes() == applied == AFTER


def test_files_outside_the_current_folder(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    result = run("diff", str(project / "tests"))
    assert result.code == 1
    assert "warning: 1 of the files lie outside the current folder" in result.err


def test_nothing_to_change(run: Run) -> None:
    result = run("diff", "tests/test_b.py")
    assert (result.code, result.out, result.err) == (0, "", "Nothing to change.\n")


def test_a_patch_in_a_file_keeps_its_bytes(run: Run, project: Path) -> None:
    (project / "tests/test_a.py").write_bytes(b"# caf\xe9\r\nmock = Mock()")
    result = run("diff", "--output-file", "out.patch")
    assert result.out == ""
    assert (project / "out.patch").read_bytes() == (
        b"--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1,2 +1,2 @@\n # caf\xe9\r\n"
        b"-mock = Mock()\n\\ No newline at end of file\n"
        b"+mock = create()\n\\ No newline at end of file\n"
    )


def test_a_coloured_diff(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    result = run("diff", "--color", "always")
    assert "\x1b[32m+mock = create()\x1b[0m" in result.out


def test_forced_colours_do_not_spoil_a_patch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in run("diff").out


def test_unsafe_fixes(run: Run, pipeline: Pipeline) -> None:
    run("diff", "--unsafe-fixes")
    assert pipeline.config is not None
    assert pipeline.config.unsafe_fixes
    left = violation(applicability=Applicability.UNSAFE)
    pipeline.adjust = lambda _: Report((FileResult("a.py", (left,)),), 1, severities=SEVERITIES)
    assert "1 more fix with `--unsafe-fixes`.\n" in run("apply").out


@pytest.mark.parametrize("command", ["diff", "apply"])
def test_failures_outweigh_changes(run: Run, pipeline: Pipeline, command: str) -> None:
    pipeline.adjust = with_failures(Failure("x.py", Stage.VERIFY, "left as it was"))
    result = run(command)
    assert result.code == 2
    assert result.err.endswith("error: x.py: left as it was\n")


def test_apply_writes(run: Run, project: Path) -> None:
    result = run("apply")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "tests/test_a.py: 1 websocket\nChanged 1 file, 1 mock.\n"
        "`ssot-migrate undo` brings the files back as they were.\n"
    )
    assert (project / "tests/test_a.py").read_bytes() == AFTER
    assert run("apply").out == "Nothing was changed.\n"


def test_apply_can_exit_with_1(run: Run) -> None:
    assert run("apply", "--exit-non-zero-on-change").code == 1
    assert run("apply", "--exit-non-zero-on-change").code == 0


def test_a_quiet_apply(run: Run) -> None:
    assert run("apply", "-q").out == "Changed 1 file, 1 mock.\n"


def test_a_file_that_changed_meanwhile(run: Run, project: Path, pipeline: Pipeline) -> None:
    file = project / "tests/test_a.py"

    def meddle(report: Report) -> Report:
        file.write_bytes(b"newer\n")
        return report

    pipeline.adjust = meddle
    result = run("apply", "--exit-non-zero-on-change")
    assert result.code == 2
    assert result.out.startswith("Nothing was changed.\nLeft 1 mock:\n")
    assert "error: tests/test_a.py: changed on disk since it was read" in result.err
    assert file.read_bytes() == b"newer\n"


@pytest.mark.usefixtures("checkout")
def test_a_clean_tree_is_no_news(run: Run) -> None:
    assert run("apply").err == ""


def test_a_dirty_tree_is(run: Run, checkout: Path) -> None:
    (checkout / "tests/test_b.py").write_text("x = 2\n", "utf-8")
    (checkout / "new.txt").touch()
    result = run("apply")
    assert result.code == 0
    assert result.err == "warning: the git tree has uncommitted changes in 2 files\n"


def test_without_git(run: Run, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "new.txt").touch()
    monkeypatch.setenv("PATH", os.devnull)
    assert run("apply").err == ""


def test_outside_a_checkout(run: Run, project: Path) -> None:
    (project / "new.txt").touch()
    assert run("apply").err == ""
