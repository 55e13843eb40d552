"""A run that remembers earlier ones tells what one tells that does not."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from ssot_migrate import outcomes, pipeline
from ssot_migrate.caching import digest as digests
from ssot_migrate.caching import record as records
from ssot_migrate.caching.digest import digest
from ssot_migrate.caching.portion import Portion
from ssot_migrate.caching.record import Record, holdings
from ssot_migrate.discover import discover
from ssot_migrate.disk import results
from ssot_migrate.executing import pool
from ssot_migrate.model import Report, Request, SourceFile, Stage
from ssot_migrate.settings.config import Config, Override
from ssot_migrate.settings.resolver import find
from ssot_migrate.worker import process as one_file
from ssot_migrate.worker.settings import Outcome, Settings
from tests.support import FACTORY, ROOT, Project

HEAD = "from unittest.mock import AsyncMock, MagicMock\n"
FIXTURE = HEAD + (
    "import pytest\n\n\n@pytest.fixture\ndef mock_ws():\n    ws = MagicMock()\n"
    "    ws.headers = {}\n    return ws\n"
)
BY_HAND = "\n\ndef test_it(mock_ws):\n    websocket = MagicMock()\n    assert websocket.user_id\n"
REEXPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
HELPER = HEAD + "\n\ndef make_ws():\n    ws = MagicMock()\n    ws.headers = {}\n    return ws\n"
TABLE = "[tool.ssot-migrate]\n"
OWN = (
    'extends = "websocket"\n[evidence]\ncontradicted-by = ["user_id"]\n[[example]]\nname = "x"\n'
    'unchanged = "x = 1"\n'
)
#: What may stand in each file.
TEXTS: dict[str, list[str | bytes]] = {
    "tests/conftest.py": [FIXTURE, FIXTURE.replace("mock_ws", "other_ws"), "x = 1\n"],
    "tests/deep/conftest.py": [FIXTURE, ""],
    "tests/test_a.py": [
        HEAD + "from shared.mocks import SSotMockFactory" + BY_HAND,
        HEAD + BY_HAND.replace("user_id", "app_key"),
        HEAD + BY_HAND + "    assert mock_ws.user_id\n",
        HEAD + BY_HAND.replace("mock_ws", "request") + "    request.getfixturevalue('mock_ws')\n",
        HEAD + BY_HAND.replace("websocket", "mailbox"),
        HEAD + BY_HAND.replace("()\n", "()  # ssot-migrate: ignore[websocket] why\n", 1),
        "def test_it(mock_ws:\n",
        b"# \xff\n",
    ],
    "tests/deep/test_b.py": [
        "def test_it(mock_ws):\n    assert mock_ws.client_state\n",
        "def test_it(mock_ws):\n    assert mock_ws.app\n",
        "from tests.doubles import make_ws\n\nassert make_ws().user_id\n",
    ],
    "tests/doubles.py": [HELPER, HELPER.replace("make_ws", "make_websocket"), "make_ws = None\n"],
    "tests/__init__.py": ["", "from tests.doubles import make_ws\n"],
    "tests/user.py": ["from tests import make_ws\n", "import tests.doubles\n"],
    "shared/mocks.py": [REEXPORT, "class SSotMockFactory: ...\n", "from .more import *\n", "x=\n"],
    "test_framework/ssot/mock_factory.py": [
        FACTORY,
        FACTORY.replace(b"def create_websocket_mock", b"def create_websocket_double"),
        FACTORY.replace(b"user_id", b"person_id"),
    ],
    "pyproject.toml": [
        TABLE,
        TABLE + 'ignore = ["websocket"]\n',
        TABLE + 'codemods = ["own"]\n',
        TABLE + '[[tool.ssot-migrate.overrides]]\npath = "deep/"\nignore = ["websocket"]\n',
        TABLE + 'exclude = ["deep"]\n',
    ],
    "own/websocket_too.toml": [OWN, OWN.replace("user_id", "app_key")],
}
#: Of the files without which there is no project.
NEEDED = {"pyproject.toml", "own/websocket_too.toml", "test_framework/ssot/mock_factory.py"}
CHOICES = [(name, number) for name, texts in TEXTS.items() for number in range(len(texts))]
OTHERS = sorted(TEXTS.keys() - NEEDED)


def start(folder: Path, **request: object) -> Report:
    """Run on a whole project, as a new process would."""
    resolver = find(folder)
    files, failures = discover([folder], resolver)
    report = pipeline.run(files, resolver, Request(**request))  # type: ignore[arg-type]
    return replace(report, failures=(*report.failures, *failures))


@contextmanager
def later(seconds: float = 60) -> Iterator[None]:
    """Let runs begin so much later: nothing was written just before."""
    now = time.time_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records.time, "time_ns", lambda: now() + int(seconds * 1e9))
        yield


@contextmanager
def unread() -> Iterator[None]:
    """Let no run look into a file."""

    def read(file: SourceFile) -> bytes:
        raise AssertionError(f"{file.path} is read")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SourceFile, "read", read)
        yield


def records_of(cache: Path) -> list[Path]:
    """List all records of a cache."""
    return [record for kind in results.kept(cache) for record in results.records(kind)]


def name_of(record: Path) -> str:
    return f"{record.parent.name}/{record.stem}"


class Edits:
    """A project that is edited, and looked at after each edit."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)
        self.folder = folder
        for name, texts in TEXTS.items():
            self.project.write(name, texts[0])

    def write(self, choice: tuple[str, int]) -> None:
        name, number = choice
        self.project.write(name, TEXTS[name][number])

    def keep_time(self, choice: tuple[str, int]) -> None:
        path = self.folder / choice[0]
        status = path.stat() if path.exists() else None
        self.write(choice)
        if status:
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def touch(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.utime(self.folder / name)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def swap(self, names: tuple[str, str]) -> None:
        one, other = (self.folder / name for name in names)
        if one.exists() and other.exists():
            data = one.read_bytes()
            one.write_bytes(other.read_bytes())
            other.write_bytes(data)

    def move(self, names: tuple[str, str]) -> None:
        with suppress(FileNotFoundError):
            (self.folder / names[0]).replace(self.folder / names[1])

    def damage(self, at: int) -> None:
        for record in records_of(self.folder / ".ssot_migrate_cache"):
            data = bytearray(record.read_bytes())
            data[at % len(data)] ^= 255
            record.write_bytes(data)


PAIRS = st.tuples(st.sampled_from(OTHERS), st.sampled_from(OTHERS))
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("write"), st.sampled_from(CHOICES)),
            st.tuples(st.just("keep_time"), st.sampled_from(CHOICES)),
            st.tuples(st.sampled_from(["touch", "remove"]), st.sampled_from(OTHERS)),
            st.tuples(st.sampled_from(["swap", "move"]), PAIRS),
            st.tuples(st.just("damage"), st.integers(0, 10_000)),
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def written(name: str, *numbers: int) -> list[tuple[tuple[str, object], bool]]:
    """Write these texts into a file, one after the other."""
    return [(("write", (name, number)), True) for number in numbers]


@pytest.mark.no_cover
@given(steps=STEPS)
@example(steps=written("shared/mocks.py", 1, 0, 2, 3, 0))
@example(steps=written("tests/deep/test_b.py", 1, 2, 0))
@example(steps=written("tests/conftest.py", 1, 2, 0))
@example(steps=written("tests/doubles.py", 1, 2, 0))
@example(steps=written("pyproject.toml", 2, 3, 4, 0))
@example(steps=[*written("pyproject.toml", 2), *written("own/websocket_too.toml", 1, 0)])
@example(steps=written("test_framework/ssot/mock_factory.py", 1, 2, 0))
@settings(max_examples=25)
def test_any_edits(steps: list[tuple[tuple[str, object], bool]]) -> None:
    # In all the portions and sections that there are for this many files.
    with (
        tempfile.TemporaryDirectory() as folder,
        later(),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(pool, "_PORTION_FILES", 2)
        patch.setattr(pool, "_PORTION_OF_PROCESS", 0)
        edits = Edits(Path(folder).resolve())
        start(edits.folder, cache=True)
        for number, ((edit, what), is_later) in enumerate(steps):
            getattr(edits, edit)(what)
            with later(100.0 * number if is_later else 0):
                assert start(edits.folder, cache=True) == start(edits.folder)


@pytest.fixture
def edits(tmp_path: Path) -> Edits:
    return Edits(tmp_path)


def test_the_texts_matter(edits: Edits) -> None:
    """Each text changes what a run tells, or the property above would show nothing."""
    first = start(edits.folder)
    for name, number in CHOICES:
        if number and (name, number) != ("own/websocket_too.toml", 1):
            edits.write((name, number))
            assert start(edits.folder) != first, (name, number)
            edits.write((name, 0))


def test_a_file_is_read_when_it_changes(edits: Edits) -> None:
    with later():
        first = start(edits.folder, cache=True)
        with unread():
            assert start(edits.folder, cache=True) == first
            assert start(edits.folder, cache=True, jobs=2) == first
        edits.touch("tests/test_a.py")
        with unread(), pytest.raises(AssertionError, match=r"tests/test_a\.py is read"):
            start(edits.folder, cache=True)


def test_what_has_another_time_and_the_same_content_is_only_read(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    with later():
        first = start(edits.folder, cache=True)
        for path in edits.folder.rglob("*.py"):
            os.utime(path)
        with monkeypatch.context() as patch:
            patch.setattr(one_file, "prepared", None)
            assert start(edits.folder, cache=True) == first
        with unread():
            assert start(edits.folder, cache=True) == first


def test_what_was_written_just_before_is_read_again(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coarse clock gives two contents of one size the same times."""
    now = time.time_ns()
    constant = records.Signature(1, now, now)
    monkeypatch.setattr("ssot_migrate.caching.portion.signature", lambda _: constant)
    first = start(edits.folder, cache=True)
    edits.write(("tests/test_a.py", 1))
    assert start(edits.folder, cache=True) == start(edits.folder) != first
    with later():
        start(edits.folder, cache=True)
        edits.write(("tests/test_a.py", 0))
        # Nobody could know: such a file system would have to stand still for a minute.
        assert start(edits.folder, cache=True) != first


def test_what_could_not_be_read_is_tried_again(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = SourceFile.read

    def denied(file: SourceFile) -> bytes:
        if file.path.endswith("test_b.py"):
            raise PermissionError(13, "Permission denied")
        return read(file)

    with later():
        with monkeypatch.context() as patch:
            patch.setattr(SourceFile, "read", denied)
            report = start(edits.folder, cache=True)
            assert [failure.stage for failure in report.all_failures] == [Stage.READ]
        assert start(edits.folder, cache=True) == start(edits.folder) != report


def test_a_file_that_changes_during_the_run(edits: Edits, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_users = pipeline.ask_users

    def edited(*given: object) -> object:
        edits.write(("tests/deep/test_b.py", 1))
        return ask_users(*given)  # type: ignore[arg-type]

    with later():
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "ask_users", edited)
            start(edits.folder, cache=True)
        assert start(edits.folder, cache=True) == start(edits.folder)


def test_a_run_of_some_files_leaves_what_is_known_of_others(edits: Edits) -> None:
    with later():
        first = start(edits.folder, cache=True)
        resolver = find(edits.folder)
        (edits.folder / "tests/test_a.py").write_text(HEAD + "\n# more\n")
        some, _ = discover([edits.folder / "tests/test_a.py"], resolver)
        pipeline.run(some, resolver, Request(cache=True))
        edits.write(("tests/test_a.py", 0))
        read = SourceFile.read
        seen: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SourceFile, "read", lambda f: seen.append(f.path) or read(f))
            assert start(edits.folder, cache=True) == first
    assert {Path(path).name for path in seen} == {"test_a.py"}


def test_portions_are_of_no_account(edits: Edits, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = start(edits.folder)
    monkeypatch.setattr(pool, "_PORTION_OF_PROCESS", 0)
    asked: list[int] = []
    ask = Portion.ask
    monkeypatch.setattr(Portion, "ask", lambda p, e, i, _: asked.append(len(i)) or ask(p, e, i, _))
    for files in (1, 3, 6):
        monkeypatch.setattr(pool, "_PORTION_FILES", files)
        assert start(edits.folder) == whole
    assert len({*asked}) > 1


def test_what_an_interrupted_run_found_out_is_kept(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_PORTION_OF_PROCESS", 0)
    monkeypatch.setattr(pool, "_PORTION_FILES", 1)
    done: list[str] = []
    process = one_file.process

    def interrupted(settings: Settings, file: SourceFile) -> Outcome:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(file.location)
        return process(settings, file)

    with later():
        with monkeypatch.context() as patch:
            patch.setattr(one_file, "process", interrupted)
            with pytest.raises(KeyboardInterrupt):
                start(edits.folder, cache=True)
        before, done = [*done], []
        with monkeypatch.context() as patch:
            patch.setattr(
                one_file, "process", lambda s, f, **u: done.append(f.location) or process(s, f, **u)
            )
            report = start(edits.folder, cache=True)
    assert report == start(edits.folder)
    # The portion that was broken off is lost.
    assert 1 < len({*before} - {*done}) < 5


def test_files_that_are_gone_are_forgotten(edits: Edits) -> None:
    start(edits.folder, cache=True)
    cache = edits.folder / ".ssot_migrate_cache"
    (before,) = holdings(cache)
    edits.remove("tests/deep/test_b.py")
    edits.write(("tests/deep/conftest.py", 1))  # What is known of a folder is written as a whole.
    start(edits.folder, cache=True)
    (after,) = holdings(cache)
    assert after.files == before.files - 1


def test_two_runs_at_once_keep_what_both_found_out(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text("x = 1\n")
    one, other = Record.read(tmp_path, "kind/record"), Record.read(tmp_path, "kind/record")
    sign = records.Signature(1, 2, 3)
    asked = frozenset({b"?"})
    one.write([records.News(str(tmp_path / "a"), sign, b"1", asked, {b"?": "yes"})])
    other.write([records.News(str(tmp_path / "b"), sign, b"2", asked, {})])
    found = Record.read(tmp_path, "kind/record")
    assert {Path(location).name: entry.digest for location, entry in found.files.items()} == {
        "a": b"1",
        "b": b"2",
    }
    assert [found.asked[entry.asked] for entry in found.files.values()] == [asked, asked]


@pytest.mark.parametrize(
    "content",
    {
        "nothing": b"",
        "no msgpack": b"\xc1",
        "something else": msgspec.msgpack.encode(["x"]),
        "no list of questions": msgspec.msgpack.encode(
            [[], {"a": [[1, 2, 3], b"x", 5, {}]}],
        ),
    }.values(),
)
def test_a_record_of_another_kind_is_rebuilt(edits: Edits, content: bytes) -> None:
    with later():
        first = start(edits.folder, cache=True)
        cache = edits.folder / ".ssot_migrate_cache"
        for record in records_of(cache):
            results.write(cache, name_of(record), content)
        assert [holding.files for holding in holdings(cache)] == [0]
        assert start(edits.folder, cache=True) == first
        with unread():
            assert start(edits.folder, cache=True) == first


def test_answers_of_another_kind_are_asked_for_again(edits: Edits) -> None:
    with later():
        first = start(edits.folder, cache=True)
        cache = edits.folder / ".ssot_migrate_cache"
        for name in map(name_of, records_of(cache)):
            asked, files, _ = msgspec.msgpack.decode(results.read(cache, name))
            for entry in files.values():
                entry[3] = dict.fromkeys(entry[3], "odd")
            results.write(cache, name, msgspec.msgpack.encode([asked, files]))
        assert start(edits.folder, cache=True) == first


def test_another_version_has_its_own_results(edits: Edits, monkeypatch: pytest.MonkeyPatch) -> None:
    with later():
        first = start(edits.folder, cache=True)
        monkeypatch.setattr(digests, "__version__", "another")
        monkeypatch.setattr(outcomes, "tool", digests.tool.__wrapped__)
        with unread(), pytest.raises(AssertionError, match="is read"):
            start(edits.folder, cache=True)
        assert start(edits.folder, cache=True) == first
    assert len(holdings(edits.folder / ".ssot_migrate_cache")) == 2


def test_paths_are_told_from_where_a_run_is_started(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    with later():
        for folder in (edits.folder, edits.folder / "tests", edits.folder):
            monkeypatch.chdir(folder)
            assert start(edits.folder, cache=True) == start(edits.folder)


@pytest.mark.parametrize("request_", [Request(fix=True, cache=True), Request()])
def test_what_is_written_comes_from_the_files_alone(edits: Edits, request_: Request) -> None:
    resolver = find(edits.folder)
    files, _ = discover([edits.folder], resolver)
    pipeline.run(files, resolver, request_)
    assert not (edits.folder / ".ssot_migrate_cache").exists()


def test_standard_input_is_not_remembered(edits: Edits) -> None:
    resolver = find(edits.folder)
    file = SourceFile.of(str(edits.folder / "tests/test_a.py"), "tests/test_a.py", HELPER.encode())
    for _ in range(2):
        report = pipeline.run([file], resolver, Request(cache=True))
        assert [violation.scope for violation in report.violations] == ["make_ws"]
        assert start(edits.folder, cache=True) == start(edits.folder)


def test_a_path_that_is_no_text(tmp_path: Path) -> None:
    Edits(tmp_path)
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/tests/test_\xff.py")).write_text(HELPER)
    except OSError:
        pytest.skip("this file system takes characters only")
    with later():
        first = start(tmp_path, cache=True)
        assert start(tmp_path, cache=True) == first == start(tmp_path)
    (holding,) = holdings(tmp_path / ".ssot_migrate_cache")
    assert holding.files == first.files - 1


def test_processes_at_once(edits: Edits) -> None:
    """Several processes, on parts of the project and on all of it, while files change."""
    command = [sys.executable, "-m", "ssot_migrate", "scan", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [*command, *some], cwd=edits.folder, env=environment, stderr=subprocess.PIPE
        )
        for some in (["."], ["tests"], ["tests/deep"], ["."])
    ]
    edits.write(("tests/test_a.py", 2))
    edits.write(("tests/deep/test_b.py", 1))
    for process in running:
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
    assert start(edits.folder, cache=True) == start(edits.folder)


CHANGES: dict[type, Callable[[object], object]] = {
    Path: lambda path: path / "x",  # type: ignore[operator]
    str: lambda text: f"{text}x",
    bool: lambda flag: not flag,
    int: lambda number: number + 1,  # type: ignore[operator]
    tuple: lambda items: (*items, "x"),  # type: ignore[misc]
    type(None): lambda _: "x",
}


@pytest.mark.parametrize("name", [field.name for field in fields(Config)])
def test_every_setting_counts(name: str) -> None:
    config = Config(Path("/p"))
    value = getattr(config, name)
    if name == "overrides":
        changed: object = (Override(("x",), (), None),)  # type: ignore[arg-type]
    elif type(value) in CHANGES:
        changed = CHANGES[type(value)](value)
    else:
        changed = {"x": "y"}
    assert digest(replace(config, **{name: changed})) != digest(config)  # type: ignore[arg-type]
    assert digest(replace(config)) == digest(config)


def test_the_order_of_what_has_none_does_not_count() -> None:
    words = [str(number) for number in range(50)]
    assert digest(frozenset(words)) == digest(frozenset(reversed(words)))
    assert digest(dict.fromkeys(words)) == digest(dict.fromkeys(reversed(words)))
    assert digest(words) != digest([*reversed(words)])


def test_what_cannot_be_told_apart_has_no_digest() -> None:
    with pytest.raises(TypeError, match="object has no digest"):
        digest(object())
