"""Runs of shards, and what joins their results."""

import json
import shutil
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import validate
from typer.testing import CliRunner, Result

from ssot_migrate.cli import app
from ssot_migrate.model import UserError
from ssot_migrate.report.json import schema
from ssot_migrate.sharding import Shard
from tests.killing import BLOCK
from tests.support import Project

#: What files of a run may have to do with each other, by name.
FILES = {
    # Users of a fixture and of a helper decide what their fixes are.
    "tests/conftest.py": """
        import pytest
        from unittest.mock import AsyncMock, MagicMock

        @pytest.fixture
        def mock_ws():
            mock_ws = MagicMock()
            mock_ws.send_text = AsyncMock()
            return mock_ws

        def make_ws():
            mock_ws = MagicMock()
            mock_ws.send_json = AsyncMock()
            return mock_ws
        """,
    "tests/test_uses.py": "def test_it(mock_ws):\n    assert mock_ws.sent == [1]\n",
    "tests/deep/test_uses.py": "from tests.conftest import make_ws\nassert make_ws().x == 1\n",
    # Importers of a second factory are told at that.
    "tests/own.py": "class SSotMockFactory:\n    def create_websocket_mock(self): ...\n",
    "tests/test_own.py": "from tests.own import SSotMockFactory\n",
    "tests/deep/test_own.py": "from tests.own import SSotMockFactory\n",
    "tests/test_new.py": BLOCK.format(name="new"),
    "tests/deep/test_accepted.py": BLOCK.format(name="accepted"),
    "tests/test_suppressed.py": """
        from unittest.mock import MagicMock

        mock_ws = MagicMock()  # ssot-migrate: ignore[websocket] a reason
        """,
    "tests/test_broken.py": "from unittest.mock import Mock\nmock_ws = Mock(\n",
    # What the factory builds counts, too.
    "tests/test_adopted.py": """
        from test_framework.ssot.mock_factory import SSotMockFactory

        ws = SSotMockFactory.create_websocket_mock()
        """,
    # Another project, with a folder on its path that this one has not.
    "other/pyproject.toml": "[tool.ssot-migrate]\n[tool.pytest]\npythonpath = ['src']\n",
    "other/src/factories.py": "class SSotMockFactory:\n    def create_agent_mock(self): ...\n",
    "other/test_more.py": BLOCK.format(name="more") + "from factories import SSotMockFactory\n",
}
COMMANDS = ("scan", "check", "check --no-baseline", "check --fail-on-stale")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[set[str]], None]:
    """Fill the current folder with some of the files, and what the baseline accepts of them."""
    monkeypatch.chdir(tmp_path)

    def fill(names: set[str]) -> None:
        for entry in tmp_path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        project = Project(tmp_path)
        for name in names:
            project.write(name, FILES[name])
        for number in range(4):  # Entries that match nothing: of files that are gone.
            project.write(f"tests/test_gone_{number}.py", BLOCK.format(name=number))
        invoke("baseline", "write", "-q")
        for number in range(4):
            (tmp_path / f"tests/test_gone_{number}.py").unlink()
        if "tests/test_new.py" in names:  # One that is, and changes what is accepted of the file.
            project.write("tests/test_new.py", BLOCK.format(name="other"))

    return fill


@given(
    names=st.sets(st.sampled_from(sorted(FILES)), min_size=3),
    command=st.sampled_from(COMMANDS),
    of=st.integers(1, 5),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shards_joined_are_the_whole(
    names: set[str], command: str, of: int, here: Callable[[set[str]], None]
) -> None:
    here(names)
    line = (*command.split(), ".", "missing.py", "-j1", "--no-cache", "--output-format", "json")
    whole = invoke(*line)
    assert whole.stdout
    results = []
    for number in range(of, 0, -1):
        results.append(f"result {number}.json")
        invoke(*line, "--shard", f"{number}/{of}", "--output-file", results[-1])
    merged = invoke("merge-results", *results)
    assert merged.stdout == whole.stdout
    assert merged.exit_code == whole.exit_code == 2  # Of what is missing.


def test_a_shard_says_what_it_is_a_part_of(here: Callable[[set[str]], None]) -> None:
    here({*FILES} - {"tests/test_broken.py"})
    shards = []
    for number in (1, 2):
        line = ("scan", "--no-cache", "--output-format", "json", "--shard", f"{number}/2")
        document = json.loads(invoke(*line).stdout)
        validate(document, json.loads(schema()))
        shards.append(document)
    whole = json.loads(invoke("scan", "--no-cache", "--output-format", "json").stdout)
    assert [shard["shard"]["number"] for shard in shards] == [1, 2]
    files = whole["summary"]["files"]
    assert [shard["shard"]["files"] for shard in shards] == [files, files]
    assert sum(shard["summary"]["files"] for shard in shards) == files
    paths = [{found["path"] for found in shard["violations"]} for shard in shards]
    assert not paths[0] & paths[1]
    assert all(paths)


def test_shards_change_all_that_there_is_to_change(here: Callable[[set[str]], None]) -> None:
    here({*FILES} - {"tests/test_broken.py"})
    whole = invoke("diff").stdout
    parts = [invoke("diff", "--shard", f"{number}/3").stdout for number in (1, 2, 3)]
    assert sum(map(len, parts)) == len(whole)
    for number in (1, 2, 3):
        assert invoke("apply", "--no-trial", "--shard", f"{number}/3").exit_code == 0
    assert invoke("diff").stdout == ""


@given(st.sets(st.text(st.characters(codec="utf-8")), max_size=50), st.integers(1, 9))
def test_each_path_is_of_one_shard_whatever_others_there_are(paths: set[str], of: int) -> None:
    shards = [Shard(number, of) for number in range(1, of + 1)]
    assert all(sum(shard.holds(path) for shard in shards) == 1 for path in paths)


def test_the_split_is_even_and_stays_as_it_is() -> None:
    paths = [f"tests/{number % 7}/test_{number}.py" for number in range(4000)]
    sizes = [sum(Shard(number, 4).holds(path) for path in paths) for number in range(1, 5)]
    assert min(sizes) > 0.9 * 1000
    # Part of what CI matrices rely on: the first eight bytes of BLAKE2b, as a number.
    assert Shard(1, 2).holds("tests/test_a.py") is not Shard(2, 2).holds("tests/test_a.py")


def test_nobody_splits_a_tree_into_so_many_parts() -> None:
    assert Shard.parse("1/10000") == Shard(1, 10_000)
    with pytest.raises(UserError, match="--shard 1/10001: a tree is split into 10,000 parts at"):
        Shard.parse("1/10001")


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1", "1/0", "a/b", "1/4/2", "-1/4"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UserError, match=f"--shard {text}: is no part; the second of four is 2/4"):
        Shard.parse(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("-", "--shard", "1/2"), "--shard splits a tree", id="stdin"),
        pytest.param(("--shard", "3/2"), "--shard 3/2: is no part", id="no shard"),
        pytest.param(("--statistics", "--shard", "1/2"), "has no place in a shard", id="numbers"),
    ],
)
def test_options_that_do_not_agree(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    given = arguments if "-" in arguments else (*arguments, str(tmp_path))
    done = CliRunner().invoke(app, ["scan", *given], input="x = 1\n")
    assert done.exit_code == 2
    assert said in done.stderr


def _shard_of(folder: Path, *arguments: str) -> tuple[str, str]:
    line = ("scan", "--no-cache", "--output-format", "json", "--shard", "1/2", *arguments)
    with chdir(folder):
        shard = json.loads(invoke(*line).stdout)["shard"]
    return shard["tree"], shard["settings"]


def test_a_shard_says_of_which_tree_and_settings_it_is(tmp_path: Path) -> None:
    for name in ("here", "there"):
        folder = tmp_path / name / "tests"
        folder.mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").write_text("[tool.ssot-migrate]\n", "utf-8")
        (folder / "test_it.py").write_text("from unittest.mock import Mock\nws = Mock()\n", "utf-8")
    here, there = tmp_path / "here", tmp_path / "there"
    assert _shard_of(here) == _shard_of(there)
    tree, settings = _shard_of(here)
    other = _shard_of(there, "--select", "websocket")
    assert other[0] == tree
    assert other[1] != settings
    (there / "tests" / "test_it.py").write_text("from unittest.mock import Mock\n", "utf-8")
    assert _shard_of(there) == (_shard_of(there)[0], settings)
    assert _shard_of(there)[0] != tree


SCAN: dict[str, Any] = {
    "version": 1,
    "shard": {"number": 1, "of": 2, "files": 4, "tree": "t", "settings": "s", "tool": "0.1"},
    "violations": [],
    "failures": [],
    "summary": {"files": 2, "warnings": []},
}


def _shard(number: int, **changes: object) -> dict[str, Any]:
    shard = SCAN["shard"] | {"number": number} | changes
    return SCAN | {"shard": shard}


@pytest.mark.parametrize(
    ("second", "said"),
    [
        pytest.param(_shard(1), "b.json: is shard 1/2, as a.json is", id="twice"),
        pytest.param(None, "2/2: missing; give the results of all 2 shards", id="missing"),
        pytest.param(
            _shard(2, tool="0.2"),
            "b.json is written by ssot-migrate 0.2, and a.json is written by ssot-migrate 0.1;",
            id="another version",
        ),
        pytest.param(_shard(2, tree="u"), "b.json is of another tree than a.json;", id="tree"),
        pytest.param(
            _shard(2, settings="r"),
            "b.json is of a run with other settings than a.json;",
            id="settings",
        ),
        pytest.param(_shard(2, of=3), "b.json is a shard of 3, and a.json is a shard of 2", id="N"),
        pytest.param(_shard(2, files=5), "number of files is 5, and a.json is", id="other files"),
        pytest.param(
            {"new": [], **{k: v for k, v in _shard(2).items() if k != "violations"}},
            "b.json is a result of check, and a.json is a result of scan",
            id="both commands",
        ),
        pytest.param(
            _shard(2) | {"summary": {"files": 1, "warnings": []}},
            "the shards hold 3 files, the tree 4",
            id="a file that came or went",
        ),
        pytest.param(
            {"version": 1, "violations": []}, "b.json: is the result of a whole", id="all"
        ),
        pytest.param({"version": 2, "violations": []}, "b.json: is no result of", id="the format"),
        pytest.param(["violations"], "b.json: is no result of `scan` or", id="something else"),
        pytest.param("{", "b.json: is no JSON", id="no JSON"),
        pytest.param(
            _shard(2, baseline="b"),
            "b.json is of a run with another baseline than a.json;",
            id="baseline",
        ),
        pytest.param(
            '{"kind": "violation"}\n{"kind": "failure"}\n',
            "b.json: is JSON Lines; only what `--output-format json` writes is joined",
            id="JSON Lines",
        ),
        pytest.param({"version": "2.1.0", "runs": []}, "b.json: is SARIF; only", id="SARIF"),
    ],
)
def test_what_cannot_be_joined(
    second: object, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a.json"]
    Path("a.json").write_text(json.dumps(SCAN))
    if second is not None:
        names.append("b.json")
        Path("b.json").write_text(second if isinstance(second, str) else json.dumps(second))
    done = invoke("merge-results", *names)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr.replace("\n", " ")


def test_a_result_that_is_given_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(SCAN))
    done = invoke("merge-results", "a.json", "./a.json")
    assert done.exit_code == 2
    assert "a.json: is given 2 times; give each result once" in done.stderr


def test_of_many_missing_shards_a_few_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(_shard(3, of=1000)))
    done = invoke("merge-results", str(file))
    assert done.exit_code == 2
    named = "1/1000, 2/1000, 4/1000, 5/1000, 6/1000 and 994 more: missing; give the results of all"
    assert f"{named} 1,000 shards" in done.stderr.replace("\n", " ")


def test_shards_of_runs_with_other_baselines_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Project(tmp_path).write("tests/test_it.py", BLOCK.format(name="it"))

    def check(number: int, *arguments: str) -> None:
        shard = ("--shard", f"{number}/2", "--output-file", f"{number}.json")
        invoke("check", "--no-cache", "--output-format", "json", *shard, *arguments)

    check(1)
    check(2)
    assert invoke("merge-results", "1.json", "2.json").exit_code == 1
    invoke("baseline", "write", "-q")
    check(2)
    done = invoke("merge-results", "1.json", "2.json")
    assert done.exit_code == 2
    assert "2.json is of a run with another baseline than 1.json" in done.stderr
    check(1)
    assert invoke("merge-results", "1.json", "2.json").exit_code == 0
    check(2, "--no-baseline")
    assert invoke("merge-results", "1.json", "2.json").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param("scan", "Shard 1 of 1: 12 mocks built by hand in 12 of ", id="scan"),
        pytest.param("scan -q", "Shard 1 of 1: 12 mocks built by hand in 12 of ", id="quiet"),
        pytest.param(
            "scan --output-format markdown",
            "### Mocks built by hand\n\nShard 1 of 1: 12 mocks",
            id="scan, markdown",
        ),
        pytest.param("check", "Shard 1 of 1: Found 12 new violations in 12 files.", id="check"),
        pytest.param(
            "check --output-format markdown",
            "### ssot-migrate: shard 1 of 1: 12 new violations in 12 files\n",
            id="check, markdown",
        ),
        pytest.param("check", "`ssot-migrate apply --shard 1/1` fixes them", id="what to do"),
        pytest.param(
            "check --output-format markdown",
            "`ssot-migrate apply --shard 1/1`",
            id="what to do, markdown",
        ),
        pytest.param(
            "check",
            "`ssot-migrate baseline write` accepts what there is in all shards, so that only new",
            id="the baseline is that of the whole",
        ),
    ],
)
def test_reports_for_people_say_that_they_are_of_a_shard(
    arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    for number in range(12):
        project.write(f"tests/test_{number}.py", BLOCK.format(name=f"n{number}"))
    command = (*arguments.split(), "--no-cache")
    assert said in invoke(*command, "--shard", "1/1").stdout
    assert "hard 1 of 1" not in invoke(*command).stdout


def test_more_shards_than_files_leave_some_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.ssot-migrate]\n")
    (tmp_path / "test_it.py").write_text("x = 1\n")
    (number,) = (n for n in range(1, 10_001) if Shard(n, 10_000).holds("test_it.py"))
    for other, files in ((number, "1 file"), (number % 10_000 + 1, "0 files")):
        done = invoke("check", "--no-cache", "--shard", f"{other}/10000")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == f"Shard {other} of 10000: No new violations in {files}.\n"


def test_a_result_that_is_not_there() -> None:
    done = invoke("merge-results", "no such.json")
    assert done.exit_code == 2
    assert "no such.json: cannot be read (No such file" in done.stderr
