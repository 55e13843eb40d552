"""``check``, in real projects."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ssot_migrate import pipeline
from ssot_migrate.cli import app
from ssot_migrate.discover import discover
from ssot_migrate.gate.check import Terms, check
from ssot_migrate.gate.selected import ON_REQUEST
from ssot_migrate.model import Request
from tests.gating import Checkout, gate, project
from tests.support import SAMPLES

__all__ = ["project"]

MOCK = "tests/test_a.py:5:15: websocket [*]: `mock_ws` is built by hand"
USE = "use SSotMockFactory.create_websocket_mock"


@pytest.mark.usefixtures("project")
def test_without_violations() -> None:
    ended = gate()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "No new violations in 3 files.\n"
    assert gate("-q").out == ""


def test_one_violation(project: Checkout) -> None:
    project.test("a")
    ended = gate()
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == (
        f"{MOCK}; {USE}\n"
        "Found 1 new violation in 1 file.\n"
        "`ssot-migrate apply tests/test_a.py` fixes it.\n"
    )
    assert gate("-q").out == "Found 1 new violation in 1 file.\n"


def ssot_migrate(*arguments: str) -> None:
    """Run another command, which ends well."""
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0


def test_what_apply_fixes_is_gone(project: Checkout) -> None:
    project.test("a")
    command = next(line for line in gate().out.splitlines() if line.startswith("`")).split("`")[1]
    ssot_migrate(*command.split()[1:])
    assert gate().out == "No new violations in 4 files.\n"


def test_the_rules_of_the_gate(project: Checkout) -> None:
    """Three rules are for those who select them, in whatever way."""
    project.write(
        "tests/test_a.py",
        """
        from unittest.mock import MagicMock, patch


        class MockWebSocket:
            async def send_text(self, text):
                pass


        def test_a():
            thing = MagicMock()
            with patch("app.thing"):
                use(thing, Mock())
        """,
    )

    def rules(*arguments: str) -> set[str]:
        lines = gate(*arguments).out.splitlines()
        return {line.split()[1].rstrip(":") for line in lines if line.startswith("tests/")}

    assert rules() == {"unimported"}
    assert rules("--select", "generic,patch,mock-class") == ON_REQUEST
    assert rules("--ignore", "unimported") == set()
    (project.folder / "pyproject.toml").write_text('[tool.ssot-migrate]\nselect = ["generic"]\n')
    assert rules() == {"generic"}
    assert rules("--select", "unimported") == {"unimported"}
    project.write("tests/pyproject.toml", "[tool.ssot-migrate]\nselect = ['patch']\n")
    assert rules() == {"patch"}


@pytest.mark.usefixtures("project")
def test_an_unknown_rule() -> None:
    ended = gate("--select", "websockets")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: unknown rule `websockets`; did you mean `websocket`?\n"


def test_own_rules_give_their_reason(project: Checkout) -> None:
    project.write("tests/test_a.py", "def test_a():\n    use(Mock())\n")
    first = gate().out.splitlines()[0]
    assert first.startswith("tests/test_a.py:2:9: unimported: ")
    assert "Mock is never imported" in first


def test_what_the_factory_lacks(project: Checkout) -> None:
    project.write("test_framework/ssot/mock_factory.py", "class SSotMockFactory:\n    pass\n")
    project.test("a")
    ended = gate()
    assert ended.code == 1
    assert ended.out.splitlines() == [
        f"{MOCK.replace(' [*]', '')}; the factory has no create_websocket_mock; add it",
        "Found 1 new violation in 1 file.",
        "`ssot-migrate explain tests/test_a.py:5` says what is in the way of it.",
    ]
    assert ended.err.startswith("warning: the factory has no create_websocket_mock,")


def test_without_a_factory_the_shipped_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = Checkout(tmp_path, factory=None)
    assert gate("-").err == ""
    project.test("a")
    ended = gate()
    assert ended.out.startswith(f"{MOCK}; {USE}\n")
    assert ended.err.startswith(
        "warning: no factory found, so SSotMockFactory is the shipped one, of ssot_migrate.factory;"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ssot-migrate]\nfactory = "ssot_migrate.factory:SSotMockFactory"\n'
    )
    assert gate().err == ""


def test_several_violations(project: Checkout) -> None:
    for name in ("a", "b", "c", "d e"):
        project.test(name.replace(" ", "_"), f"tests/test_{name}.py")
    project.write(
        "tests/test_spec.py",
        """
        from unittest.mock import MagicMock

        mock_ws = MagicMock(spec=["send_text"])
        """,
    )
    *_, found, fixes, explains = gate().out.splitlines()
    assert found == "Found 5 new violations in 5 files."
    explain = "`ssot-migrate explain tests/test_spec.py:3` says what is in the way of"
    assert fixes == "`ssot-migrate apply` fixes 4 of them ([*])."
    assert explains == f"{explain} the others."
    assert gate("tests/test_d e.py").out.splitlines()[-1] == (
        "`ssot-migrate apply 'tests/test_d e.py'` fixes it."
    )
    assert gate("tests/test_spec.py").out.splitlines()[-1] == f"{explain} it."


def test_verbose_gives_the_evidence_and_the_fix(project: Checkout) -> None:
    project.test("a")
    project.write("tests/test_b.py", "from unittest.mock import Mock\nws = Mock(spec=['a'])\n")
    project.write("tests/test_c.py", "def test_a():\n    use(Mock())\n")
    lines = gate("-v").out.splitlines()
    assert lines[1:3] == ["    name mock_ws, attribute send_text", "    the fix is safe"]
    assert lines[4] == "    name ws"
    assert lines[5].startswith("    no fix: spec=[…] forbids every other attribute")
    assert lines[6].startswith("tests/test_c.py:2:9: unimported")
    assert lines[7] == "Found 3 new violations in 3 files."


def test_verbose_tells_the_differences_of_an_unsafe_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES)
    assert "\n    the fix is unsafe:\n      its spec is dropped: " in gate("-v").out


def test_configured_unsafe_and_skipped_fixes(project: Checkout) -> None:
    project.write(
        "tests/test_a.py",
        """
        from fastapi import WebSocket
        from unittest.mock import MagicMock


        def test_a():
            mock_ws = MagicMock(spec=WebSocket)
            use(mock_ws)
        """,
    )
    table = project.folder / "pyproject.toml"
    fixes = "`ssot-migrate apply tests/test_a.py` fixes it."
    assert fixes not in gate().out
    table.write_text("[tool.ssot-migrate]\nunsafe-fixes = true\n")
    assert fixes in gate().out
    table.write_text(
        "[[tool.ssot-migrate.overrides]]\npath = 'tests'\nskip = 'later'\nunsafe-fixes = true\n"
    )
    assert fixes not in gate().out


def test_calls_that_drifted_from_the_factory(project: Checkout) -> None:
    project.write(
        "tests/test_a.py",
        """
        from test_framework.ssot.mock_factory import SSotMockFactory


        def test_a():
            use(SSotMockFactory.create_socket_mock())
            use(SSotMockFactory.create_websocket_mock(colour=1))
        """,
    )
    assert (
        'Was it renamed? `create_socket_mock = "…"` below `[tool.ssot-migrate.renamed]` lets `apply`'
        " rename its calls."
    ) in gate().out.splitlines()
    with (project.folder / "pyproject.toml").open("a") as table:
        table.write("[tool.ssot-migrate.renamed]\ncreate_socket_mock = 'create_websocket_mock'\n")
    ended = gate("-v")
    assert ended.code == 1
    assert "Was it renamed?" not in ended.out
    renamed = "SSotMockFactory has no create_socket_mock; it is create_websocket_mock now"
    assert ended.out.splitlines() == [
        f"tests/test_a.py:5:9: unknown-method [*]: {renamed}",
        "    the fix is safe",
        "tests/test_a.py:6:9: wrong-arguments: create_websocket_mock has no parameter colour",
        "Found 2 new violations in 1 file.",
        "`ssot-migrate apply tests/test_a.py` fixes 1 of them ([*]).",
    ]
    ssot_migrate("apply", "tests/test_a.py")
    assert "Found 1 new violation in 1 file.\n" in gate().out


def test_suppressed_violations_pass(project: Checkout) -> None:
    path = project.test("a")
    comment = "MagicMock()  # ssot-migrate: ignore[websocket] the connection is what is tested"
    path.write_text(path.read_text().replace("MagicMock()", comment))
    ended = gate()
    assert (ended.code, ended.out) == (0, "No new violations in 4 files (1 suppressed).\n")


def test_statistics(project: Checkout) -> None:
    project.test("a")
    path = project.test("b")
    comment = "MagicMock()  # ssot-migrate: ignore[websocket] the connection is what is tested"
    path.write_text(path.read_text().replace("MagicMock()", comment))
    project.write("tests/test_c.py", "def test_a():\n    use(Mock())\n")
    assert gate("--statistics").out.partition("\n\n")[2].splitlines() == [
        "rule        new  accepted  suppressed",
        "websocket     1         0           1",
        "unimported    1         0           0",
        "total         2         0           1",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"ws = MagicMock(\n", "tests/x.py: ", id="does not parse"),
        pytest.param(b"ws = MagicMock('\xff')\n", "tests/x.py: ", id="is not UTF-8"),
    ],
)
def test_what_cannot_be_checked_is_no_pass(project: Checkout, content: bytes, told: str) -> None:
    project.write("tests/x.py", content)
    ended = gate()
    assert ended.code == 2
    assert ended.err.startswith(f"error: {told}")
    assert ended.out == "No new violations in 4 files, but 1 error.\n"
    # A violation beside it does not hide it.
    project.test("a")
    ended = gate()
    assert ended.code == 2
    assert "Found 1 new violation in 1 file, but 1 error.\n" in ended.out
    assert gate("-q").err.startswith(f"error: {told}")


@pytest.mark.usefixtures("project")
def test_a_missing_path_is_no_pass() -> None:
    ended = gate("gone")
    assert ended.code == 2
    assert ended.err.startswith("error: gone: does not exist;")


def test_no_files_is_worth_a_warning(project: Checkout) -> None:
    (project.folder / "empty").mkdir()
    ended = gate("empty")
    assert ended.code == 0
    assert ended.err.startswith("warning: no Python files found in empty;")


def test_standard_input(project: Checkout) -> None:
    code = project.test("a").read_text()
    ended = gate("-", "--stdin-filename", "tests/test_new.py", stdin=code)
    assert ended.code == 1
    assert ended.out.startswith(
        "tests/test_new.py:5:15: websocket [*]: `mock_ws` is built by hand;"
    )
    assert "apply" not in ended.out
    assert gate("-", "--changed-since", "HEAD", stdin=code).err == (
        "error: --changed-since compares files; give files or folders in place of `-`\n"
    )


def test_an_output_file(project: Checkout) -> None:
    project.test("a")
    told = gate().out
    ended = gate("--output-file", "out.txt")
    assert (ended.code, ended.out) == (1, "")
    assert (project.folder / "out.txt").read_text() == told
    assert told.endswith(ended.err)
    assert ended.err.startswith("Found 1 new violation in 1 file.\n")
    ended = gate("--output-file", "gone/out.txt")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("output_format", "told"),
    [
        pytest.param("json", '{\n"version": 1,\n', id="json"),
        pytest.param("jsonl", '{"kind": "violation", "rule": "websocket", ', id="jsonl"),
        pytest.param("sarif", '{\n "$schema": ', id="sarif"),
        pytest.param("github", "::error ", id="github"),
        pytest.param("junit", "<?xml ", id="junit"),
        pytest.param("markdown", "### ssot-migrate: 1 new violation in 1 file\n", id="markdown"),
    ],
)
def test_formats(project: Checkout, output_format: str, told: str) -> None:
    project.test("a")
    ended = gate("--output-format", output_format)
    assert ended.code == 1
    assert ended.out.startswith(told)
    assert ended.err.startswith("Found 1 new violation in 1 file.\n")
    with_statistics = gate("--output-format", output_format, "--statistics")
    assert (with_statistics.code, with_statistics.out) == (2, "")
    assert (
        with_statistics.err == f"error: --statistics has no place in {output_format}; take text\n"
    )


def test_sarif_has_the_fixes(project: Checkout) -> None:
    project.test("a")
    gate("--output-format", "sarif", "--output-file", "out.sarif")
    (result,) = json.loads((project.folder / "out.sarif").read_bytes())["runs"][0]["results"]
    assert len(result["fixes"]) == 1


# the baseline


def test_what_is_accepted_passes(project: Checkout) -> None:
    path = project.test("a")
    ssot_migrate("baseline", "write")
    ended = gate()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "No new violations in 4 files (1 in the baseline).\n"
    assert gate("--no-baseline").code == 1
    project.test("b")
    path.write_text("x = 1\n\n" + path.read_text())
    ended = gate()
    assert ended.code == 1
    assert ended.out.startswith("tests/test_b.py:5:15: websocket [*]: `mock_ws` is built by hand;")
    assert "Found 1 new violation in 1 file (1 in the baseline).\n" in ended.out
    assert gate("--statistics", "-q").out.splitlines()[-1].split() == ["total", "1", "1", "0"]
    path.write_text(path.read_text() + path.read_text().replace("test_a", "test_c"))
    ended = gate("tests/test_a.py")
    assert ended.out.splitlines()[-1] == (
        "`ssot-migrate apply tests/test_a.py` fixes it, and 1 other there."
    )


def test_an_accepted_block_that_changed_is_new_and_says_so(project: Checkout) -> None:
    path = project.test("a")
    ssot_migrate("baseline", "write")
    path.write_text(path.read_text().replace("AsyncMock()", "AsyncMock(return_value=1)"))
    ended = gate()
    assert ended.code == 1
    first, *_, stale = ended.out.splitlines()
    assert first == f"{MOCK}; {USE}; the baseline accepts what stood here before"
    assert stale == (
        "1 entry of the baseline matches nothing any more; `ssot-migrate baseline prune` drops it."
    )


def test_a_block_of_a_renamed_function_is_new_and_says_where_it_was(project: Checkout) -> None:
    path = project.test("a")
    ssot_migrate("baseline", "write")
    [entry] = [
        line
        for line in Path("ssot-migrate-baseline.txt").read_text().splitlines()
        if line.startswith("tests/")
    ]
    scope = entry.split()[2]
    path.write_text(path.read_text().replace(f"def {scope}(", "def test_by_another_name("))
    ended = gate()
    assert ended.code == 1
    assert ended.out.startswith(f"{MOCK}; {USE}; the baseline accepts it in {scope}\n")


def test_what_a_wrong_suppression_may_be_meant_for_is_not_counted_as_fixable(
    project: Checkout,
) -> None:
    path = project.test("a")
    path.write_text(
        path.read_text().replace("MagicMock()", "MagicMock()  # ssot-migrate: ignore[websoket] x")
    )
    told = gate("-v")
    assert "[*]" not in told.out
    assert "apply" not in told.out
    assert (
        "    the fix is left: the suppression on line 5 may be meant for it; correct it" in told.out
    )


#: What says in each format that stale entries fail the gate.
FAILING = {
    "github": (
        "::error file=ssot-migrate-baseline.txt,title=ssot-migrate::"
        "2 entries of the baseline match nothing any more, which"
    ),
    "json": '"fails_on_stale": true',
    "junit": 'failures="2"',
    "markdown": "### ssot-migrate: no new violations, 2 stale entries in the baseline",
    "sarif": "2 entries of the baseline match nothing any more, which fails with --fail-on-stale",
}


def test_stale_entries(project: Checkout) -> None:
    for name in ("a", "b"):
        project.test(name).write_text(project.test(name).read_text() * 2)
    ssot_migrate("baseline", "write")
    for name in ("a", "b"):
        project.write(f"tests/test_{name}.py", "x = 1\n")
    ended = gate()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "No new violations in 5 files.\n2 entries of the baseline match nothing any more;"
        " `ssot-migrate baseline prune` drops them.\n"
    )
    assert gate("-v").out.splitlines()[2:] == [
        "    tests/test_a.py: websocket in test_a (2 of them)",
        "    tests/test_b.py: websocket in test_b (2 of them)",
    ]
    ended = gate("--fail-on-stale")
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "No new violations in 5 files.",
        f"{FAILING['sarif']}; `ssot-migrate baseline prune` drops them.",
        "    tests/test_a.py: websocket in test_a (2 of them)",
        "    tests/test_b.py: websocket in test_b (2 of them)",
    ]
    assert gate("--fail-on-stale", "-q").out.splitlines() == ended.out.splitlines()[:2]
    assert gate("-q").out == ""
    for form, told in FAILING.items():
        assert told in gate("--fail-on-stale", "--output-format", form).out
        assert told not in gate("--output-format", form).out
    # What was not looked at is not stale.
    assert gate("--fail-on-stale", "test_framework").code == 0
    assert gate("--fail-on-stale", "--select", "agent").code == 0
    assert gate("--fail-on-stale", "--changed-since", "HEAD", "test_framework").code == 0
    ended = gate("--fail-on-stale", "--no-baseline")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: --no-baseline and --fail-on-stale exclude each other\n"
    ssot_migrate("baseline", "prune")
    assert gate("--fail-on-stale").code == 0


def test_a_broken_baseline_is_no_pass(project: Checkout) -> None:
    project.write("ssot-migrate-baseline.txt", "what is this\n")
    ended = gate()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ssot-migrate-baseline.txt:1: ")


def test_the_baseline_holds_beside_changed_lines(project: Checkout) -> None:
    """A line that is written anew and means the same is accepted still."""
    code = project.test("a").read_text()
    project.test("b")
    ssot_migrate("baseline", "write")
    project.commit()
    project.write("tests/test_a.py", code.replace(" MagicMock()", " MagicMock()  # laid out anew"))
    assert gate("--changed-since", "HEAD").code == 0
    assert gate("--changed-since", "HEAD", "--no-baseline").code == 1
    project.test("c")
    ended = gate("--changed-since", "HEAD")
    assert "Found 1 new violation in 1 file (1 in the baseline).\n" in ended.out


def test_each_project_has_its_baseline(project: Checkout) -> None:
    project.write("sub/pyproject.toml", "[tool.ssot-migrate]\nbaseline = 'accepted.txt'\n")
    project.test("a")
    project.test("b", "sub/test_b.py")
    ssot_migrate("baseline", "write")
    assert (project.folder / "sub/accepted.txt").exists()
    assert gate().out == "No new violations in 5 files (2 in the baseline).\n"
    (project.folder / "sub/accepted.txt").unlink()
    assert gate().out.startswith("sub/test_b.py:5:15: websocket [*]: ")


def test_who_begins_is_told_of_the_baseline(project: Checkout) -> None:
    told = "`ssot-migrate baseline write` accepts what there is, so that only new ones fail."
    for number in range(10):
        project.test(f"n{number}")
    assert told not in gate().out
    project.test("one_more")
    assert gate().out.splitlines()[-1] == told
    assert told not in gate("--no-baseline").out
    assert told not in gate("--changed-since", "HEAD").out
    ssot_migrate("baseline", "write", "tests/test_n1.py")
    assert told not in gate().out


# --changed-since


def test_only_changed_blocks_count(project: Checkout) -> None:
    first, second = project.test("a"), project.test("b")
    project.commit()
    assert gate("--changed-since", "HEAD").out == (
        "No new violations: no Python file here has changed since HEAD.\n"
    )
    first.write_text(first.read_text() + "    assert True\n")
    ended = gate("--changed-since", "HEAD")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "No new violations in 1 file changed since HEAD (1 on lines that did not change).\n"
    )
    second.write_text(second.read_text().replace("AsyncMock()", "AsyncMock(return_value=1)"))
    project.test("c")
    ended = gate("--changed-since", "HEAD")
    assert ended.code == 1
    assert [line.split(":")[0] for line in ended.out.splitlines()[:2]] == [
        "tests/test_b.py",
        "tests/test_c.py",
    ]
    assert "Found 2 new violations in 2 files (1 on lines that did not change)." in ended.out


def test_changes_below_paths_and_from_subfolders(
    project: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.test("a", "tests/unit/test_a.py")
    project.test("b", "tests/é/test_b.py")
    project.test("c", "venv/test_c.py")

    def files(*arguments: str) -> list[str]:
        lines = gate("--changed-since", "HEAD", *arguments).out.splitlines()
        return [line.split(":")[0] for line in lines if ": websocket [*]: " in line]

    assert files() == ["tests/unit/test_a.py", "tests/é/test_b.py"]
    assert files("tests/unit") == ["tests/unit/test_a.py"]
    assert files("tests/é/test_b.py", "test_framework") == ["tests/é/test_b.py"]
    assert files("--extend-exclude", "unit") == ["tests/é/test_b.py"]
    assert files("venv/test_c.py") == ["venv/test_c.py"]
    assert files("--force-exclude", "venv/test_c.py") == []
    Path("linked").symlink_to("tests/unit")
    assert files("linked") == ["linked/test_a.py"]
    monkeypatch.chdir("tests/unit")
    assert files() == ["test_a.py"]
    assert files("../é") == [f"{project.folder}/tests/é/test_b.py"]


def test_a_file_given_by_name_is_asked_about_whatever_its_name(project: Checkout) -> None:
    project.write("tests/script[1]", "#!/usr/bin/env python\n" + project.test("a").read_text())
    Path("tests/test_a.py").unlink()
    told = gate("--changed-since", "HEAD", "tests/script[1]")
    assert (told.code, told.out.partition(":")[0]) == (1, "tests/script[1]")


def test_a_repository_that_git_does_not_know_is_new_as_a_whole(project: Checkout) -> None:
    inner = project.test("a", "more/nested/test_a.py").parent
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    told = gate("--changed-since", "HEAD")
    assert (told.code, told.out.partition(":")[0]) == (1, "more/nested/test_a.py")


def test_a_changed_factory_is_worth_a_warning(project: Checkout) -> None:
    """Calls in files that did not change may be wrong now."""
    project.write("tests/test_a.py", "x = 1\n")
    assert gate("--changed-since", "HEAD").err == ""
    factory = project.folder / "test_framework/ssot/mock_factory.py"
    factory.write_text(factory.read_text() + "\n# more\n")
    ended = gate("--changed-since", "HEAD")
    assert ended.code == 0
    assert ended.err == (
        "warning: the factory has changed since HEAD, and its callers that have not are not looked"
        " at; run check without --changed-since, too\n"
    )


def test_a_changed_file_that_cannot_be_parsed(project: Checkout) -> None:
    project.write("tests/a.py", "ws = MagicMock(\n")
    project.commit()
    project.write("tests/b.py", "ws = MagicMock(\n")
    ended = gate("--changed-since", "HEAD")
    assert ended.code == 2
    assert ended.err.count("error: ") == 1
    assert ended.err.startswith("error: tests/b.py: ")


@pytest.mark.usefixtures("project")
def test_errors_of_git_are_one_line() -> None:
    ended = gate("--changed-since", "nope")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: --changed-since `nope`: no such revision here;")
    assert ended.err.count("\n") == 1


def test_ignored_files_are_new_where_they_are_taken(project: Checkout) -> None:
    project.write(".gitignore", "tests/\n")
    project.commit()
    project.test("a")
    assert gate("--changed-since", "HEAD").code == 0
    assert gate("--changed-since", "HEAD", "--no-respect-gitignore").code == 1


def test_other_files_are_not_looked_at(project: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixture's users need not be known to say that it is new."""
    for name in ("a", "b"):
        project.write(f"{name}/test_{name}.py", "def test_it(mock_ws):\n    use(mock_ws)\n")
    project.write("conftest.py", "x = 1\n")
    project.commit()
    conftest = """
        import pytest
        from unittest.mock import MagicMock


        @pytest.fixture
        def mock_ws():
            ws = MagicMock()
            return ws
    """
    project.write("conftest.py", conftest)
    seen = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path=".": (seen.append(str(path)), scandir(path))[1])
    assert gate("--changed-since", "HEAD").code == 1
    below = {Path(path).name for path in seen} & {"a", "b", "test_framework"}
    assert not below


# fixes


def test_each_fix_is_carried_out_alone(project: Checkout) -> None:
    project.write(
        "tests/test_a.py",
        """
        from unittest.mock import MagicMock


        def test_a():
            mock_ws = MagicMock()
            use(mock_ws)


        def test_b():
            other_ws = MagicMock()
            odd_ws = MagicMock(spec=["a"])
            use(other_ws, odd_ws)
        """,
    )
    resolver = project.resolver()
    files, _ = discover([project.folder], resolver)
    verdict = check(files, resolver, Request(), terms=Terms(fixes=True))
    texts = {v.name: change.after.decode() for v, change in verdict.fixes.items()}
    assert texts.keys() == {"mock_ws", "other_ws"}
    for name, text in texts.items():
        assert text.count("SSotMockFactory.create_") == 1
        assert f"    {name} = SSotMockFactory.create_" in text
    assert {change.fixed for change in verdict.fixes.values()} == {
        (violation,) for violation in verdict.fixes
    }
    assert check(files, resolver, Request()).fixes == {}


def test_a_file_that_goes_meanwhile_has_no_fix(
    project: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.test("a")
    files, _ = discover([project.folder], project.resolver())
    start = pipeline.start

    def removing(*arguments: Any, **given: Any) -> pipeline.Run:  # noqa: ANN401
        run = start(*arguments, **given)
        path.unlink()
        return run

    monkeypatch.setattr(pipeline, "start", removing)
    verdict = check(files, project.resolver(), Request(), terms=Terms(fixes=True))
    assert (len(verdict.new), verdict.fixes) == (1, {})
