"""``migrate``, with the real pipeline in a real checkout."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app, migrating
from ssot_migrate.cli.carrying import Carried
from ssot_migrate.disk.journal import Journal
from ssot_migrate.migrating.migration import Migration
from ssot_migrate.migrating.unit import Unit
from ssot_migrate.model import UserError
from ssot_migrate.pipeline import Run
from tests.cli.conftest import Result
from tests.support import ROOT, SAMPLES, Project

pytestmark = pytest.mark.usefixtures("unmeasured")

WEBSOCKET = """
    from unittest.mock import AsyncMock, MagicMock


    async def test_it():
        mock_websocket = MagicMock()
        mock_websocket.send_text = AsyncMock()
        await mock_websocket.send_text("x")
"""
AGENT = """
    from unittest.mock import AsyncMock


    async def test_it():
        mock_agent = AsyncMock()
        mock_agent.agent_type = "triage"
        mock_agent.execute.return_value = {"status": "completed"}
        assert await mock_agent.execute() == {"status": "completed"}
"""
UNSAFE = """
    from unittest.mock import AsyncMock, MagicMock


    async def test_it():
        mock_agent = MagicMock()
        mock_agent.execute = AsyncMock()
        await mock_agent.execute()
"""
MANUAL = """
    from unittest.mock import MagicMock


    def test_it():
        thing = MagicMock()
        thing.size = 1
"""


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Give what all of git's files hold."""
    return {name: (folder / name).read_bytes() for name in git(folder, "ls-files").splitlines()}


def migrate(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout with three folders of tests: agents, websockets, and what nothing is done to."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.write("tests/api/conftest.py", "")
    project.write("tests/api/test_socket.py", WEBSOCKET)
    project.write("tests/other/test_manual.py", MANUAL)
    project.write("tests/unit/test_a.py", AGENT)
    project.write("tests/unit/test_b.py", AGENT)
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "x")
    git(tmp_path, "config", "user.email", "x@example.org")
    saved(project)
    return project


def saved(project: Project) -> None:
    git(project.folder, "add", ".")
    git(project.folder, "commit", "-q", "-m", "start")


def configure(project: Project, text: str) -> None:
    project.write("pyproject.toml", f"[tool.ssot-migrate]\n{text}\n")


def subjects(project: Project) -> list[str]:
    """List the commits, the last first."""
    return git(project.folder, "log", "--format=%s").splitlines()


def interfere(
    monkeypatch: pytest.MonkeyPatch, batch: str, how: Callable[[], None], *, after: bool = False
) -> None:
    """Do something in place of carrying out the batch that holds a file, or after it."""
    real = migrating.carry_out

    def fake(run: Run, *arguments: Any) -> Carried:  # noqa: ANN401
        concerned = any(change.path.startswith(batch) for change in run.report.changes)
        if concerned and not after:
            how()
        carried = real(run, *arguments)
        if concerned:
            how()
        return carried

    monkeypatch.setattr(migrating, "carry_out", fake)


def interrupt() -> None:
    raise KeyboardInterrupt


def refuse() -> None:
    raise UserError("the trial's command was not found")


API = "Take the mocks of tests/api from the factory"
UNIT = "Take the mocks of tests/unit from the factory"


def test_the_plan_changes_nothing(suite: Project) -> None:
    before = contents(suite.folder)
    result = migrate("--plan")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "3 batches, 2 of them to be run: 4 mocks, 3 of them to be migrated.\n\n"
        "batch        files  mocks  safe  unsafe  manual  fixes  trial  families\n"
        "tests/unit       2      2     2       0       0      2      -  2 agent\n"
        "tests/api        1      1     1       0       0      1      -  1 websocket\n"
        "tests/other      1      1     0       0       1      0      -  1 generic\n"
        "total            4      4     3       0       1      3      -\n"
    )
    assert contents(suite.folder) == before
    assert git(suite.folder, "status", "--porcelain") == ""


def test_the_plan_as_a_checklist(suite: Project) -> None:
    configure(suite, '[[tool.ssot-migrate.overrides]]\npath = "tests/api"\nskip = "frozen"')
    result = migrate("--plan", "--output-format", "markdown")
    assert result.out == (
        "3 batches, 1 of them to be run: 4 mocks, 2 of them to be migrated.\n\n"
        "- [ ] `tests/unit` — 2 mocks in 2 files (2 agent): 2 safe, 0 unsafe, 0 manual\n"
        "- [ ] `tests/api` — 1 mock in 1 file (1 websocket): 1 safe, 0 unsafe, 0 manual;"
        " skipped: frozen\n"
        "- [ ] `tests/other` — 1 mock in 1 file (1 generic): 0 safe, 0 unsafe, 1 manual\n"
    )


def test_the_plan_for_programs(suite: Project) -> None:
    suite.write("tests/unit/test_c.py", UNSAFE)
    plan = json.loads(migrate("--plan", "--by", "family", "--output-format", "json").out)
    assert plan["batches"][0] == {
        "batch": "agent",
        "files": ["tests/unit/test_a.py", "tests/unit/test_b.py", "tests/unit/test_c.py"],
        "violations": 3,
        "by_family": {"agent": 3},
        "by_applicability": {"safe": 2, "unsafe": 1, "manual": 0},
        "fixes": 2,
        "trial": None,
        "trial_seconds": None,
        "skip": None,
    }
    assert [(one["batch"], one["fixes"]) for one in plan["batches"]] == [
        ("agent", 2),
        ("websocket", 1),
        ("generic", 0),
    ]


def test_a_commit_for_each_batch(suite: Project) -> None:
    configure(
        suite,
        'commit-message = "{batch}: {fixes} in {files}\\n\\nAll {families}, not {taken_back}."',
    )
    saved(suite)
    result = migrate("--commit")
    assert (result.code, result.err) == (0, "")
    log = git(suite.folder, "log", "--format=%B", "--name-only", "-2").split()
    assert " ".join(log) == (
        "tests/api: 1 in 1 All 1 websocket, not 0. tests/api/test_socket.py"
        " tests/unit: 2 in 2 All 2 agent, not 0. tests/unit/test_a.py tests/unit/test_b.py"
    )
    assert git(suite.folder, "status", "--porcelain") == ""
    assert b"SSotMockFactory" in contents(suite.folder)["tests/unit/test_b.py"]


def test_what_is_told(suite: Project) -> None:
    suite.write("tests/unit/test_c.py", UNSAFE)
    saved(suite)
    lines = migrate("--commit").out.splitlines()
    api, unit = git(suite.folder, "log", "--format=%h", "-2").split()
    assert lines[:6] == [
        "[1/2] tests/unit: 2 mocks",
        "tests/unit/test_a.py: 1 agent",
        "tests/unit/test_b.py: 1 agent",
        "[2/2] tests/api: 1 mock",
        "tests/api/test_socket.py: 1 websocket",
        "",
    ]
    assert [line.rsplit("  ", 1)[0].split() for line in lines[6:11]] == [
        ["batch", "migrated", "confirmed", "taken", "back", "left", "commit"],
        ["tests/unit", "2", *"--1", unit],
        ["tests/api", "1", *"--0", api],
        ["without", "fixes", "0", *"--1"],
        ["total", "3", *"--2"],
    ]
    assert lines[11:] == [
        "",
        "Migrated 3 mocks in 2 batches.",
        "Left 2 mocks:",
        "  1  nothing tells what it is; a name or a spec= that says its family would",
        "  1  the fix would leave a difference (-v lists it)",
        f"`git revert {unit}^..{api}` takes these commits back.",
    ]


@pytest.mark.usefixtures("suite")
def test_a_quiet_migration() -> None:
    assert migrate("-q").out == "Migrated 3 mocks in 2 batches.\n"


def test_reverting_the_commits_gives_the_start(suite: Project) -> None:
    before = contents(suite.folder)
    assert migrate("--commit", "--by", "file").code == 0
    changed = contents(suite.folder)
    assert [name for name in before if changed[name] != before[name]] == [
        *("tests/api/test_socket.py", "tests/unit/test_a.py", "tests/unit/test_b.py")
    ]
    git(suite.folder, "revert", "--no-edit", "HEAD~3..HEAD")
    assert contents(suite.folder) == before


def test_families_are_migrated_one_by_one(suite: Project) -> None:
    both = AGENT + WEBSOCKET.replace("test_it", "test_that").replace("\n    from", "\n    from", 1)
    suite.write("tests/unit/test_both.py", both)
    saved(suite)
    whole = suite.rewrite("tests/unit/test_both.py")
    assert migrate("--commit", "--by", "family", "--max-batches", "1").code == 0
    once = contents(suite.folder)["tests/unit/test_both.py"]
    assert b"create_agent_mock(" in once
    assert b"create_websocket_mock(" not in once
    result = migrate("--commit", "--by", "family", "--resume")
    assert result.code == 0
    assert contents(suite.folder)["tests/unit/test_both.py"] == whole
    assert len(subjects(suite)) == 4


def test_a_batch_at_a_time(suite: Project) -> None:
    result = migrate("--commit", "--max-batches", "1")
    assert result.out.splitlines()[-1] == "1 batch is waiting; `--resume` goes on with them."
    assert subjects(suite) == [UNIT, "start"]
    result = migrate("--commit", "--resume", "--max-batches", "1")
    assert subjects(suite) == [API, UNIT, "start"]
    assert "waiting" not in result.out
    told = [line.split()[:2] for line in result.out.splitlines() if line.startswith("tests/")]
    assert told == [["tests/api/test_socket.py:", "1"], ["tests/unit", "2"], ["tests/api", "1"]]


def test_a_batch_that_fails_is_left_out(suite: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(suite.folder)
    interfere(monkeypatch, "tests/unit", refuse)
    result = migrate("--commit")
    assert result.code == 2
    assert result.err == "error: tests/unit: the trial's command was not found\n"
    assert "failed: the trial's command was not found\n" in result.out
    assert "Migrated 1 mock in 1 batch, 1 failed.\n" in result.out
    assert subjects(suite) == [API, "start"]
    assert contents(suite.folder)["tests/unit/test_a.py"] == before["tests/unit/test_a.py"]


def test_what_failed_is_tried_again_by_a_new_migration_only(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write("tests/unit/test_manual.py", MANUAL)
    saved(suite)
    with monkeypatch.context() as patched:
        interfere(patched, "tests/unit", refuse)
        migrate("--commit")
    again = migrate("--resume")
    assert (again.code, subjects(suite)[:-1]) == (2, [API, "start"])
    assert again.out.splitlines() == [
        "Going on with --commit",
        "Nothing is waiting; migrated earlier: 1 mock in 1 batch, 1 failed.",
        "tests/unit: failed: the trial's command was not found",
        "Left 4 mocks:",
        "  2  nothing tells what it is; a name or a spec= that says its family would",
        "  2  their batch failed",
    ]
    assert migrate("--commit").code == 0
    assert subjects(suite)[:-1] == [UNIT, API, "start"]


def test_a_failure_after_writing_is_taken_back(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(suite.folder)
    interfere(monkeypatch, "tests/unit", refuse, after=True)
    assert migrate().code == 2
    after = contents(suite.folder)
    assert [name for name in before if after[name] != before[name]] == ["tests/api/test_socket.py"]


def test_a_file_that_cannot_be_written_fails_its_batch(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(suite.folder)
    b = suite.folder / "tests/unit/test_b.py"
    interfere(monkeypatch, "tests/unit", lambda: (b.write_text("newer", "utf-8"), None)[1])
    result = migrate()
    assert result.code == 2
    said = "tests/unit/test_b.py: changed on disk since it was read; it was left alone, run again"
    assert result.err == f"error: tests/unit: {said}\n"
    assert contents(suite.folder)["tests/unit/test_a.py"] == before["tests/unit/test_a.py"]
    assert b.read_text("utf-8") == "newer"


def hook(project: Project, script: str) -> None:
    """Run a script in each commit of the units."""
    place = project.folder / ".git/hooks/pre-commit"
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\ngit diff --cached --quiet -- tests/unit || {{ {script}; }}\n")
    place.chmod(0o755)


@pytest.mark.parametrize("modifies", [False, True])
def test_a_commit_that_fails_takes_the_batch_back(suite: Project, *, modifies: bool) -> None:
    before = contents(suite.folder)
    write = "echo mine >> tests/unit/test_a.py; " if modifies else ""
    hook(suite, f"{write}echo no >&2; exit 1")
    result = migrate("--commit")
    assert result.code == 2
    *warnings, error = result.err.splitlines()
    assert error == "error: tests/unit: git commit: no"
    assert subjects(suite) == [API, "start"]
    assert git(suite.folder, "status", "--porcelain") == ""
    assert contents(suite.folder)["tests/unit/test_a.py"] == before["tests/unit/test_a.py"]
    if modifies:
        path, why, back = (part.strip() for part in re.split("[;`]", warnings.pop())[:3])
        assert path == "warning: tests/unit/test_a.py was changed while git commit ran"
        undo = CliRunner().invoke(app, shlex.split(f"{why}{back}")[1:])
        assert undo.exit_code == 0
        assert contents(suite.folder)["tests/unit/test_a.py"].endswith(b"mine\nmine\n")
    assert warnings == []


def test_what_a_hook_made_of_a_file_is_told(suite: Project) -> None:
    file = "tests/unit/test_a.py"
    hook(suite, f"grep -q '# done' {file} || {{ echo '# done' >> {file}; exit 1; }}")
    result = migrate("--commit")
    assert result.err == (
        f"note: the commit's hook changed {file}; it is committed as the hook left it\n"
    )
    assert git(suite.folder, "show", f"HEAD:{file}").endswith("# done\n")
    assert git(suite.folder, "status", "--porcelain") == ""


def test_a_link_is_migrated_where_it_leads_to(suite: Project) -> None:
    suite.write("shared/test_real.py", WEBSOCKET)
    (suite.folder / "tests/unit/test_link.py").symlink_to("../../shared/test_real.py")
    saved(suite)
    result = migrate("tests/unit", "--commit")
    assert (result.code, result.err) == (0, "")
    named = git(suite.folder, "show", "--format=", "--name-only", "HEAD").splitlines()
    assert named == ["shared/test_real.py", "tests/unit/test_a.py", "tests/unit/test_b.py"]
    assert git(suite.folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("after", [False, True])
def test_an_interruption(suite: Project, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    before = contents(suite.folder)
    with monkeypatch.context() as patched:
        interfere(patched, "tests/api", interrupt, after=after)
        result = migrate("--commit")
    assert result.code == 130
    assert result.err == "Interrupted.\n"
    assert "Migrated 2 mocks in 1 batch.\n" in result.out
    assert result.out.endswith("1 batch is waiting; `--resume` goes on with them.\n")
    assert subjects(suite) == [UNIT, "start"]
    assert git(suite.folder, "status", "--porcelain") == ""
    assert contents(suite.folder)["tests/api/test_socket.py"] == before["tests/api/test_socket.py"]
    assert migrate("--commit", "--resume").code == 0
    assert subjects(suite) == [API, UNIT, "start"]


def test_a_commit_that_was_made_while_it_was_interrupted_stays(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = migrating.checkout.commit

    def late(*arguments: Any) -> str:  # noqa: ANN401
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrating.checkout, "commit", late)
    assert migrate("--commit").code == 130
    assert subjects(suite) == [UNIT, "start"]
    assert git(suite.folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("where", ["hook", "trial"])
def test_ctrl_c(suite: Project, where: str) -> None:
    """A real signal, to all that runs in the terminal."""
    before = contents(suite.folder)
    mark = suite.folder / ".git/waiting"
    script = f"#!/bin/sh\ntest -e '{mark}' && exit 1; touch '{mark}'; sleep 60\n"
    place = suite.folder / (".git/hooks/pre-commit" if where == "hook" else ".git/trial")
    place.parent.mkdir(exist_ok=True)
    place.write_text(script)
    place.chmod(0o755)
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " from ssot_migrate.cli import main; main()"
    )
    trial = ["--trial", f"{place} {{files}}"] if where == "trial" else []
    process = subprocess.Popen(
        [sys.executable, "-c", program, "migrate", "--commit", *trial],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    until = time.monotonic() + 30
    while not mark.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "Interrupted.\n")
    assert "Nothing was migrated.\n" in out
    assert subjects(suite) == ["start"]
    assert git(suite.folder, "status", "--porcelain") == ""
    assert not (suite.folder / ".git/index.lock").exists()
    assert contents(suite.folder) == before
    again = migrate("--commit", "--no-trial", "--resume", "--max-batches", "1")
    assert again.code == (2 if where == "hook" else 0)


def test_a_folder_that_is_left_out(suite: Project) -> None:
    configure(suite, '[[tool.ssot-migrate.overrides]]\npath = "tests/api"\nskip = "until May"')
    result = migrate()
    assert result.code == 0
    assert "  skipped: until May\n" in result.out
    assert "Migrated 2 mocks in 1 batch, 1 skipped.\n" in result.out
    assert b"MagicMock()" in contents(suite.folder)["tests/api/test_socket.py"]


def test_a_folder_takes_unsafe_fixes(suite: Project) -> None:
    suite.write("tests/unit/test_c.py", UNSAFE)
    suite.write("tests/api/test_c.py", UNSAFE)
    configure(suite, '[[tool.ssot-migrate.overrides]]\npath = "tests/api"\nunsafe-fixes = true')
    assert "Migrated 4 mocks in 2 batches.\n" in migrate().out


def test_a_dirty_tree_is_refused(suite: Project) -> None:
    suite.write("tests/other/test_manual.py", "x = 1")
    before = contents(suite.folder)
    result = migrate("--commit")
    assert result.code == 2
    assert result.err == (
        "error: `--commit` needs a clean git tree; commit or stash tests/other/test_manual.py\n"
    )
    assert contents(suite.folder) == before
    assert migrate().code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "migrate works on files; give files or folders in place of `-`"),
        (
            ["--plan", "--commit"],
            "--plan does nothing; leave out --commit, --resume and --max-batches",
        ),
        (["--output-format", "json"], "--output-format json is for --plan"),
        (["--resume"], "there is no migration to go on with; leave out --resume"),
    ],
)
def test_options_that_do_not_fit(suite: Project, arguments: list[str], said: str) -> None:
    result = migrate(*arguments)
    assert (result.code, result.err) == (2, f"error: {said}\n")
    assert git(suite.folder, "status", "--porcelain") == ""


@pytest.mark.usefixtures("suite")
def test_nothing_to_migrate() -> None:
    result = migrate("tests/api/conftest.py")
    assert (result.code, result.out, result.err) == (0, "Nothing was migrated.\n", "")


def test_a_file_that_cannot_be_parsed(suite: Project) -> None:
    suite.write("tests/unit/test_c.py", "mock = Mock(")
    result = migrate()
    assert result.code == 2
    assert "Migrated 3 mocks in 2 batches.\n" in result.out
    assert result.err.count("error: tests/unit/test_c.py: ") == 1


def test_verbose_tells_what_is_left(suite: Project) -> None:
    suite.write("tests/unit/test_c.py", UNSAFE)
    out = migrate("-v", "tests/unit").out
    (entry,) = Journal(suite.folder / ".ssot_migrate_cache", suite.folder).entries()
    assert f"run {entry.id}, for `undo`\n" in out
    assert "tests/unit/test_c.py:5:18: agent [unsafe] mock_agent — " in out


def test_undo_takes_the_whole_migration_back(suite: Project) -> None:
    before = contents(suite.folder)
    result = migrate("--by", "file")
    assert "`ssot-migrate undo` brings the files back as they were.\n" in result.out
    assert contents(suite.folder) != before
    assert CliRunner().invoke(app, ["undo"]).exit_code == 0
    assert contents(suite.folder) == before


def _total_row(result: Result) -> list[str]:
    """Give the numbers of the last row, without the time."""
    (row,) = (line for line in result.out.splitlines() if line.startswith("total "))
    return row.split()[:5]


@pytest.mark.parametrize("which", [None, 0])
def test_what_was_undone_is_migrated_again(suite: Project, which: int | None) -> None:
    start = contents(suite.folder)
    whole = migrate()
    after = contents(suite.folder)
    entries = Journal(suite.folder / ".ssot_migrate_cache", suite.folder).entries()
    run = [] if which is None else [entries[which].id]
    assert CliRunner().invoke(app, ["undo", *run]).exit_code == 0
    assert (contents(suite.folder) == start) is (which is None)
    again = migrate("--resume")
    assert again.code == whole.code
    assert contents(suite.folder) == after
    assert totals(again).splitlines()[1:] == totals(whole).splitlines()[1:]
    assert _total_row(again) == _total_row(whole)


def totals(result: Result) -> str:
    """Give what stands below the table."""
    return result.out[result.out.index("\nMigrated ") :].partition("\n`")[0].strip()


def test_one_migration_at_a_time(suite: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssot_migrate.disk.lock.PATIENCE", 0.01)
    with Migration(suite.folder / ".ssot_migrate_cache").lock("ssot-migrate migrate tests"):
        result = migrate()
    assert result.code == 2
    assert "`ssot-migrate migrate tests`" in result.err
    assert git(suite.folder, "status", "--porcelain") == ""


def test_new_files_that_nothing_is_done_to_do_not_matter(suite: Project) -> None:
    suite.write("tests/unit/test_new.py", MANUAL)
    assert migrate("--commit").code == 0
    suite.write("tests/unit/test_new.py", AGENT)
    result = migrate("--commit")
    assert result.err == (
        "error: `--commit` needs a clean git tree; commit or stash tests/unit/test_new.py\n"
    )


def test_batches_do_what_apply_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    for command in (["apply"], *(["migrate", "--by", unit] for unit in Unit)):
        folder = tmp_path / command[-1]
        shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(app, [*command, "--unsafe-fixes"], catch_exceptions=False)
        assert result.exit_code == 0
        files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.py")}
        done.append(files)
    applied, *migrated = done
    assert migrated == [applied] * len(Unit)
    assert b"SSotMockFactory" in applied[Path("tests/conftest.py")]


def test_a_migration_goes_on_as_it_began(suite: Project) -> None:
    migrate("--by", "file", "--max-batches", "1")
    before = contents(suite.folder)
    result = migrate("--by", "directory", "--resume")
    assert (result.code, result.err) == (
        2,
        "error: the migration to go on with was made --by file; give the same\n",
    )
    assert contents(suite.folder) == before


def test_a_settings_key_holds_for_one_family(suite: Project) -> None:
    """A family's batch takes in no file that has left the family out."""
    configure(suite, '[[tool.ssot-migrate.overrides]]\npath = "test_b.py"\nignore = ["agent"]')
    assert migrate("--by", "family").code == 0
    found = contents(suite.folder)
    assert b"SSotMockFactory" in found["tests/unit/test_a.py"]
    assert b"SSotMockFactory" not in found["tests/unit/test_b.py"]


BROKEN = """
    from unittest.mock import AsyncMock, MagicMock


    def test_it():
        mock_agent = MagicMock()
        mock_agent.execute = AsyncMock()
        assert not isinstance(mock_agent, AsyncMock)
"""
RUNS = """
    from unittest.mock import AsyncMock, MagicMock


    def test_it():
        mock_agent = MagicMock()
        mock_agent.execute = AsyncMock()
        assert mock_agent.execute.await_count == 0
"""


def test_the_tests_decide(suite: Project) -> None:
    """Of three unsafe fixes in two batches one breaks its test."""
    configure(
        suite,
        f'trial = "{sys.executable} -m pytest -q -p no:cacheprovider {{files}}"\n'
        'unsafe-fixes = true\ncommit-message = "{batch}: {fixes}, but {taken_back}"\n'
        '[[tool.ssot-migrate.overrides]]\npath = "tests/api"\nskip = "needs a network"\n',
    )
    for folder, code in (("one", RUNS), ("one", BROKEN), ("two", RUNS)):
        suite.write(f"tests/{folder}/test_{folder}_{code is BROKEN}.py", code)
    saved(suite)
    before = contents(suite.folder)
    result = migrate("tests/one", "tests/two", "tests/api", "--commit")
    assert (result.code, result.err) == (0, "")
    assert subjects(suite)[:2] == ["tests/two: 1, but 0", "tests/one: 1, but 1"]
    after = contents(suite.folder)
    assert [name for name in before if before[name] != after[name]] == [
        *("tests/one/test_one_False.py", "tests/two/test_two_False.py")
    ]
    rows = {line.split()[0]: line.split()[1:5] for line in result.out.splitlines()[-9:] if line}
    assert rows["tests/one"] == ["1", "1", "1", "0"]
    assert rows["tests/two"] == ["1", "1", "0", "0"]
    assert rows["total"] == ["2", "2", "1", "1"]
    again = migrate("tests/one", "tests/two", "--commit", "--resume")
    assert again.code == 0
    assert "[1/" not in again.out
    assert "trial about" in migrate("tests/one", "--plan", "--output-format", "markdown").out


def test_the_time_of_a_trial_is_that_of_its_test_files(suite: Project) -> None:
    configure(suite, 'trial = "tox"')
    suite.write("tests/unit/test_c.py", "from tests.unit.test_a import test_it")
    assert (
        json.loads(migrate("--plan", "--output-format", "json").out)["batches"][0]["trial_seconds"]
        is None
    )
    migration = Migration(suite.folder / ".ssot_migrate_cache")
    with migration.lock("x"):
        migration.add_trial("tox", 4, 10.0)
    batches = json.loads(migrate("--plan", "--output-format", "json").out)["batches"]
    assert {one["batch"]: one["trial_seconds"] for one in batches} == {
        "tests/unit": 7.5,
        "tests/api": 2.5,
        "tests/other": None,
    }


def test_a_file_that_is_broken_meanwhile(suite: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = suite.folder / "tests/api/test_socket.py"
    interfere(monkeypatch, "tests/unit", lambda: (socket.write_text("m = Mock(", "utf-8"), None)[1])
    result = migrate()
    assert result.code == 2
    assert "failed: tests/api/test_socket.py: line 1" in result.out
    assert result.err.count("error: ") == 1
    assert "Migrated 2 mocks in 1 batch, 1 failed.\n" in result.out


def test_what_somebody_else_wrote_is_not_taken_back(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = suite.folder / "tests/api/test_socket.py"

    def meddle() -> None:
        if b"SSotMockFactory" in socket.read_bytes():
            socket.write_text("newer", "utf-8")
            interrupt()

    interfere(monkeypatch, "tests/api", meddle, after=True)
    result = migrate()
    assert result.code == 130
    said = "error: tests/api/test_socket.py: was changed since; it was not taken back"
    assert result.err == f"{said}\nInterrupted.\n"
    assert socket.read_text("utf-8") == "newer"


def test_a_migration_goes_on_with_what_it_was_given(suite: Project) -> None:
    """Neither the trial nor the unsafe fixes are forgotten; a broken one is not committed."""
    for name in ("one", "two"):
        suite.write(f"tests/{name}/test_{name}_runs.py", RUNS)
        suite.write(f"tests/{name}/test_{name}_broken.py", BROKEN)
    saved(suite)
    trial = f"{sys.executable} -m pytest -q -p no:cacheprovider {{files}}"
    given = ["--by", "directory", "--trial", trial, "--unsafe-fixes", "--commit"]
    assert migrate("tests/one", "tests/two", *given, "--max-batches", "1").code == 0
    result = migrate("--resume")
    assert result.code == 0
    words = shlex.join(["tests/one", "tests/two", *given])
    assert result.out.startswith(f"Going on with {words}\n[1/1] tests/two: 2 mocks\n")
    assert subjects(suite)[0] == "Take the mocks of tests/two from the factory"
    found = contents(suite.folder)
    assert b"SSotMockFactory" in found["tests/two/test_two_runs.py"]
    assert b"SSotMockFactory" not in found["tests/two/test_two_broken.py"]


def test_what_is_given_anew_holds(suite: Project) -> None:
    trial = ["--trial", "false", "--trial-timeout", "9"]
    migrate("tests/unit", "--commit", "--select", "agent", *trial, "--max-batches", "1", "-q")
    result = migrate("tests", "--resume", "--no-trial", "--no-commit", "--select", "websocket")
    assert result.out.startswith("Going on with --trial-timeout 9.0\n")
    assert subjects(suite) == ["start"]
    assert b"SSotMockFactory" in contents(suite.folder)["tests/api/test_socket.py"]
    again = migrate("--resume")
    assert again.out.startswith(
        "Going on with tests --select websocket --no-trial --trial-timeout 9.0 --no-commit\n"
    )
    assert "Going on" not in migrate("--resume", "-q").out


def test_a_migration_goes_on_from_another_folder(
    suite: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(suite, "")
    migrate("tests/unit", "--by", "file", "--max-batches", "1")
    monkeypatch.chdir(suite.folder / "tests/unit")
    assert migrate("--resume").out.startswith("Going on with . --by file\n[1/1] test_b.py: 1 mock")


def test_what_undo_says_of_batches(suite: Project) -> None:
    migrate("--commit")
    api, unit = git(suite.folder, "log", "--format=%h", "-2").split()
    runner = CliRunner()
    rows = [line.split() for line in runner.invoke(app, ["undo", "--list"]).stdout.splitlines()]
    assert [row[-1] for row in rows[2:]] == ["tests/api", "tests/unit"]
    one = runner.invoke(app, ["undo", rows[2][0]])
    assert f"Undid batch {rows[2][0]} of run {rows[1][0]} (" in one.stdout
    assert one.stderr == (
        f"warning: what was undone is committed; `git revert {api}` takes the commit back, too\n"
    )
    rest = runner.invoke(app, ["undo"])
    assert f"Undid run {rows[1][0]} (" in rest.stdout
    assert f"`git revert {unit}` takes the commit back" in rest.stderr


def test_the_help_offers_nothing_that_is_refused() -> None:
    told = migrate("--help").out
    assert "stdin" not in told
    assert "standard input" not in told


@pytest.mark.usefixtures("suite")
def test_a_quiet_migration_says_that_batches_are_waiting() -> None:
    out = migrate("-q", "--max-batches", "1").out
    assert out.splitlines()[1:] == ["1 batch is waiting; `--resume` goes on with them."]
