"""How the tasks of a run are handed to a cluster, and what becomes of those that end workers."""

import pickle
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.executing import cluster, dask, disk, remote
from ssot_migrate.executing.executor import Shared
from ssot_migrate.model import SourceFile, UserError

#: Files on the only disk, and what each leads to.
DISK: dict[str, str] = dict.fromkeys("abcdef", "a")


@dataclass(frozen=True)
class Setting(Shared):
    """As those of a run."""

    word: str


def look(name: str) -> str:
    return DISK[name]


def work(setting: Setting, file: SourceFile) -> str:
    """Follow names from one to the next."""
    name = file.read().decode()
    steps = [setting.word]
    while name not in steps and len(steps) < 5:
        steps.append(name)
        name = disk.consult(look, name, guess="a")
    return "".join(steps)


def lost(file: SourceFile, why: str) -> str:
    return f"{file.path} {why}"


@dataclass
class Fake:
    """A cluster in this process, whose worker dies of some files."""

    deadly: frozenset[str] = frozenset()
    threads: int = 1
    sent: list[list[str]] = field(default_factory=list)
    flying: int = 0
    most: int = 0

    def submit(self, batch: remote.Batch) -> "Future[list[remote.Told] | None]":
        shared: dict[str, bytes] = {}

        def name(one: Shared) -> str:
            shared[one.word] = pickle.dumps(one)  # type: ignore[attr-defined]
            return one.word  # type: ignore[attr-defined]

        data = remote.encoded(batch, name)
        assert b"Setting" not in data
        self.sent.append([file.path for file, _ in batch.items])
        self.flying += sum(len(file.content or b"") for file, _ in batch.items)
        self.most = max(self.most, self.flying)
        future: Future[list[remote.Told] | None] = Future()
        dies = any(file.path in self.deadly for file, _ in batch.items)
        told = None if dies else pickle.loads(remote.do(remote.build(), data, shared))  # noqa: S301
        future.set_result(told)
        return future

    def told(self, future: "Future[list[remote.Told] | None]") -> list[remote.Told] | None:
        self.flying = 0  # Whatever came is taken before more is sent.
        return future.result()

    def check(self) -> None:
        pass


def run(fake: Fake, tasks: dict[SourceFile, Any]) -> dict[SourceFile, str]:
    return dask._Mapping(fake, tasks, None).run(lost)  # type: ignore[arg-type]


NAMES = "abcdef"


@given(
    leads=st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(NAMES))),
    contents=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6),
    deadly=st.frozensets(st.integers(0, 5).map(str)),
    per_batch=st.integers(1, 4),
)
def test_what_comes_is_what_comes_here(
    leads: dict[str, str], contents: list[str], deadly: frozenset[str], per_batch: int
) -> None:
    """Whatever workers guess, whichever files end them, and however files share batches."""
    DISK.update(leads)
    disk.forget()
    files = [
        SourceFile.of(f"/p/{number}", str(number), name.encode())
        for number, name in enumerate(contents)
    ]
    tasks = {file: partial(work, Setting("!?"[index % 2])) for index, file in enumerate(files)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask, "_BATCH_FILES", per_batch)
        found = run(Fake(deadly), tasks)
    disk.forget()
    assert found == {
        file: f"{file.path} ended its process" if file.path in deadly else task(file)
        for file, task in tasks.items()
    }


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 3))
def test_the_bytes_on_their_way_are_bounded(sizes: list[int], threads: int) -> None:
    fake = Fake(threads=threads)
    files = [SourceFile.of(f"/{n}", str(n), b"a" * size) for n, size in enumerate(sizes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask, "_BATCH_BYTES", 10)
        run(fake, dict.fromkeys(files, SourceFile.read))
    assert fake.most <= max(dask._AHEAD * 10 * threads, *sizes, 0)
    order = [sizes[int(path)] for paths in fake.sent for path in paths]
    assert order == sorted(order, reverse=True)


def test_a_file_that_is_gone_is_no_work_for_a_cluster(tmp_path: Path) -> None:
    files = [SourceFile.of(str(tmp_path / name), name) for name in ("a", "b")]
    (tmp_path / "a").write_bytes(b"content")
    fake = Fake()
    moved: list[int] = []
    mapping = dask._Mapping(fake, dict.fromkeys(files, _size), moved.append)  # type: ignore[arg-type, var-annotated]
    assert mapping.run(lost) == {files[0]: 7, files[1]: -1}
    assert (fake.sent, moved) == ([["a"]], [1, 1])


def _size(file: SourceFile) -> int:
    try:
        return len(file.read())
    except OSError:
        return -1


def _too_deep(_: str) -> bool:
    raise RecursionError


def _guarded(file: SourceFile) -> str:
    try:
        return str(disk.consult(_too_deep, file.path, guess=True))
    except RecursionError:
        return "too deep"


def test_what_cannot_be_looked_up_is_told_as_here() -> None:
    file = SourceFile.of("/a", "a", b"")
    assert run(Fake(), {file: _guarded}) == {file: "too deep"}


def test_workers_keep_few_of_what_tasks_share() -> None:
    file = SourceFile.of("/a", "a", b"a")
    for number in range(remote._KEPT + 5):
        run(Fake(), {file: partial(work, Setting(str(number)))})
    assert len(remote._kept) == remote._KEPT


class Came:
    """A future that came to an end."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self) -> bytes:
        raise self.error


@pytest.fixture
def local() -> Iterator[Any]:
    """A scheduler without workers."""
    given = {"n_workers": 0, "protocol": "tcp", "threads_per_worker": 1}
    with LocalCluster(
        processes=False, silence_logs=50, dashboard_address="127.0.0.1:0", **given
    ) as local:
        yield local


def test_a_cluster_without_workers_is_told(local: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with pytest.raises(UserError, match="has had no workers for 0 s; start some: `dask worker tcp"):
        cluster.connected(local.scheduler_address).__enter__()


def test_what_becomes_of_a_cluster_is_told(local: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    local.scale(1)
    monkeypatch.setattr(cluster, "_COUNT", -1)
    monkeypatch.setattr(cluster, "ANSWER", 2.0)
    with cluster.connected(local.scheduler_address) as there:
        assert there.threads == 1
        killed = KilledWorker("batch", type("Worker", (), {"address": "x"})(), 3)
        assert there.told(Came(killed)) is None  # type: ignore[arg-type]
        for error, said in (
            (CancelledError(), "the scheduler is gone; start it, and run again"),
            (ModuleNotFoundError(name="libcst"), "has no module libcst; install ssot-migrate"),
        ):
            with pytest.raises(UserError, match=said):
                there.told(Came(error))  # type: ignore[arg-type]
        local.scale(0)
        monkeypatch.setattr(cluster, "PATIENCE", 0.0)
        with pytest.raises(UserError, match="has had no workers"):
            _check_until_it_fails(there)
        local.close()
        with pytest.raises(UserError, match="the scheduler is gone"):
            there.check()


def _check_until_it_fails(there: cluster.Cluster) -> None:
    while True:
        there.check()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_a_scheduler_that_does_not_answer_is_told(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.2)
    with pytest.raises(UserError, match=f"--scheduler {address}: nobody answers"):
        cluster.connected(address).__enter__()


def test_the_extra_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(UserError, match=r'pip install "ssot-migrate\[dask\]"'):
        cluster.connected("tcp://127.0.0.1:9").__enter__()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--executor", "dask"], "needs a cluster; give `--scheduler", id="none"),
        pytest.param(["--scheduler", "tcp://x:1"], "give `--executor dask`, too", id="pool"),
        pytest.param(["--executor", "dask", "-j", "2"], "counts processes of this", id="jobs"),
    ],
)
def test_options_that_do_not_agree(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    done = CliRunner().invoke(app, ["scan", *arguments])
    assert done.exit_code == 2
    assert said in done.stderr


def test_the_environment_may_name_the_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER", 0.2)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:9")
    done = CliRunner().invoke(app, ["scan", "--executor", "dask", "--no-cache", __file__])
    assert done.exit_code == 2
    assert "--scheduler tcp://127.0.0.1:9: nobody answers" in done.stderr
