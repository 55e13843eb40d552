"""The process pool: what it gives, and what a file costs whose task comes to no end."""

import os
import signal
import time
from pathlib import Path

import pytest

from ssot_migrate.executing import pool as pools
from ssot_migrate.executing import worker_process
from ssot_migrate.executing.pool import Pool
from ssot_migrate.executing.worker_process import ProcessError
from ssot_migrate.model import SourceFile

resource = pytest.importorskip("resource", reason="the system bounds no process")


def shouted(file: SourceFile) -> str:
    return file.path.upper()


def where(_: SourceFile) -> str:
    return str(os.getpid())


def as_named(file: SourceFile) -> str:
    """Do what the file's name says."""
    if "exits" in file.path:
        os._exit(0)
    if "dies" in file.path:
        signal.raise_signal(signal.SIGKILL)
    if "grows" in file.path:
        return str(bytearray(8 << 30))
    if "hangs" in file.path:  # In C, which no thread and no handler of a signal interrupts.
        return str(sum(range(1 << 40)))
    if "waits" in file.path:  # For somebody who writes, as for a disk that does not answer.
        there, _ = os.pipe()
        os.read(there, 1)
    return shouted(file)


def breaks(file: SourceFile) -> str:
    raise ValueError(f"a defect at {file.path}")


def lost(file: SourceFile, why: str) -> str:
    return f"{file.path} {why}"


@pytest.fixture(autouse=True)
def _processes_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_POOL_BYTES", 10)
    monkeypatch.setattr(pools, "_BATCH_BYTES", 50)
    monkeypatch.setattr(pools, "_BATCH_FILES", 5)


def written(folder: Path, *names: str) -> list[SourceFile]:
    """Write files of several sizes: a batch holds between one and five of them."""
    for number, name in enumerate(names):
        (folder / name).write_text("x" * (number % 6) * 8)
    return [SourceFile.of(str(folder / name), name) for name in names]


@pytest.fixture
def files(tmp_path: Path) -> list[SourceFile]:
    return written(tmp_path, *(f"file{number}.py" for number in range(30)))


def test_few_bytes_are_done_without_processes(
    files: list[SourceFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {str(os.getpid())}
    with Pool(2) as pool:
        assert set(pool.map(dict.fromkeys(files[:2], where), lost).values()) == here
        assert not here & set(pool.map(dict.fromkeys(files, where), lost).values())
    monkeypatch.setattr(pools, "_POOL_BYTES", 1_000_000)
    with Pool(2) as pool:
        assert set(pool.map(dict.fromkeys(files, where), lost).values()) == here


def test_one_job_is_done_without_processes(files: list[SourceFile]) -> None:
    with Pool(1) as pool:
        assert set(pool.map(dict.fromkeys(files, where), lost).values()) == {str(os.getpid())}


@pytest.mark.parametrize("jobs", [1, 2, 5, 40])
def test_results_come_in_the_order_of_the_files(files: list[SourceFile], jobs: int) -> None:
    seen: list[int] = []
    with Pool(jobs) as pool:
        found = pool.map(dict.fromkeys(reversed(files), shouted), lost, seen.append)
    assert list(found.items()) == [(file, file.path.upper()) for file in reversed(files)]
    assert sum(seen) == len(files)


def test_processes_are_started_once_and_no_more_than_there_is_to_do(
    files: list[SourceFile],
) -> None:
    with Pool(2) as pool:
        pool.map(dict.fromkeys(files, shouted), lost)
        started = [*pool.workers]
        pool.map(dict.fromkeys(files, shouted), lost)
        assert pool.workers == started
        assert len(started) == 2
    with Pool(40) as pool:
        pool.map(dict.fromkeys(files[:4], shouted), lost)  # 0 + 8 + 16 + 24 bytes: one batch
        assert len(pool.workers) == 1


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_need_nothing_of_their_parents_memory(
    files: list[SourceFile], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_START_METHOD", method)
    with Pool(2) as pool:
        found = pool.map(dict.fromkeys(files, shouted), lost)
    assert list(found.items()) == [(file, file.path.upper()) for file in files]


@pytest.mark.parametrize("jobs", [2, 5])
def test_files_that_end_their_process_cost_themselves_alone(tmp_path: Path, jobs: int) -> None:
    deeds = {3: "dies", 4: "dies", 5: "exits", 17: "dies", 29: "exits"}
    files = written(tmp_path, *(f"{n}_{deeds.get(n, 'works')}.py" for n in range(30)))
    seen: list[int] = []
    with Pool(jobs) as pool:
        found = pool.map(dict.fromkeys(files, as_named), lost, seen.append)
        assert len(pool.map(dict.fromkeys(files, shouted), lost)) == 30
    assert list(found.values()) == [
        f"{file.path} ended its process" if number in deeds else file.path.upper()
        for number, file in enumerate(files)
    ]
    assert sum(seen) == 30


def test_a_file_that_hangs_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "SECONDS", 1)
    files = written(tmp_path, "a.py", "b.py", "c_hangs.py", "d.py", "e.py")
    with Pool(2) as pool:
        found = pool.map(dict.fromkeys(files, as_named), lost)
    assert list(found.values()) == ["A.PY", "B.PY", "c_hangs.py took more than 1 s", "D.PY", "E.PY"]


def test_a_file_that_waits_for_ever_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "SECONDS", 1)
    files = written(tmp_path, "a.py", "b.py", "c_waits.py", "d.py", "e.py")
    with Pool(2) as pool:
        found = pool.map(dict.fromkeys(files, as_named), lost)
        assert found[files[2]] == "c_waits.py stood still for 1 s"
        assert [*found.values()][3:] == ["D.PY", "E.PY"]
        # Processes that have nothing to do wait, too.
        workers = [*pool.workers]
        time.sleep(3)
        assert pool.map(dict.fromkeys(files[:2], as_named), lost) == {
            file: file.path.upper() for file in files[:2]
        }
        assert pool.workers[: len(workers)] == workers


def test_the_time_of_a_file_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "SECONDS", 0.4)
    files = written(tmp_path, "a.py", "b.py", "c.py", "d.py")  # 0 + 8 + 16 + 24 bytes: one batch
    with Pool(2) as pool:
        assert list(pool.map(dict.fromkeys(files, busy), lost).values()) == ["busy"] * 4


def busy(_: SourceFile) -> str:
    """Take some, but not all, of the time that a file has."""
    end = time.process_time() + 0.15
    while time.process_time() < end:
        pass
    return "busy"


def test_a_file_that_takes_too_much_memory_costs_itself_alone(tmp_path: Path) -> None:
    files = written(tmp_path, "a.py", "b.py", "c_grows.py", "d.py", "e.py")
    with Pool(2) as pool:
        found = pool.map(dict.fromkeys(files, as_named), lost)
    assert list(found.values()) == [
        "A.PY",
        "B.PY",
        "c_grows.py took more than 4 GB of memory",
        "D.PY",
        "E.PY",
    ]


def test_memory_is_bounded_and_a_lower_bound_stays(files: list[SourceFile]) -> None:
    def bounds() -> set[str]:
        with Pool(2) as pool:
            return set(pool.map(dict.fromkeys(files, bound), lost).values())

    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    assert bounds() == {str(4 << 30)}
    resource.setrlimit(resource.RLIMIT_DATA, (3 << 30, most))
    try:
        assert bounds() == {str(3 << 30)}
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def bound(_: SourceFile) -> str:
    return str(resource.getrlimit(resource.RLIMIT_DATA)[0])


def test_a_defect_is_raised_with_the_line_that_it_came_from(files: list[SourceFile]) -> None:
    with pytest.raises(ValueError, match="a defect at") as error, Pool(2) as pool:
        pool.map(dict.fromkeys(files, breaks), lost)
    assert "in breaks" in error.value.__notes__[0]
    assert pool.workers == []


def test_processes_that_end_at_once_are_an_error(
    files: list[SourceFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "_look_on", lambda *_: os._exit(3))
    monkeypatch.setattr(worker_process.gc, "freeze", lambda: time.sleep(10))
    with pytest.raises(ProcessError, match=r"exit code 3\); `--jobs 1`"), Pool(2) as pool:
        pool.map(dict.fromkeys(files, shouted), lost)


def test_a_process_that_ended_between_two_batches_costs_nothing(files: list[SourceFile]) -> None:
    with Pool(2) as pool:
        pool.map(dict.fromkeys(files, shouted), lost)
        victim = pool.workers[0]
        victim.terminate()
        victim._process.join()
        found = pool.map(dict.fromkeys(files, shouted), lost)
        assert victim not in pool.workers
    assert list(found.values()) == [file.path.upper() for file in files]


def test_an_error_ends_the_processes_whatever_they_do(tmp_path: Path) -> None:
    files = written(tmp_path, *(f"{n}_{'hangs' if n == 11 else 'works'}.py" for n in range(12)))

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    pool = Pool(2)
    with pytest.raises(KeyboardInterrupt), pool:
        pool.map(dict.fromkeys(files, as_named), lost, interrupted)
    assert pool.workers == []
