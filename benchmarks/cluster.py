"""Measure what it costs to do a tree in one process, in a pool, in shards and on a Dask cluster.

The cluster is one of this machine: its scheduler and workers take their share of the same cores, so
that processor seconds count here, not those on the wall. ``docs/scale.md`` says what follows.
Linux only: the seconds are those of /proc.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Seconds that a process of the cluster may take to begin.
_BEGINS: Final = 30
#: Fields of /proc/PID/stat: ticks in user mode and in the kernel.
_USER, _SYSTEM = 13, 14


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run of a command costs."""

    wall: float
    #: Processor seconds of the command and its processes.
    here: float
    #: Those of the scheduler, and of the workers.
    scheduler: float = 0.0
    workers: float = 0.0

    @property
    def total(self) -> float:
        """Return all processor seconds."""
        return self.here + self.scheduler + self.workers


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of this machine."""

    address: str
    scheduler: int
    workers: tuple[int, ...]


def run(tree: Path, *arguments: str, cluster: Cluster | None = None) -> Cost:
    """Run a command on a tree without its cache, and return what it costs."""
    there = ("--executor", "dask", "--scheduler", cluster.address) if cluster else ()
    command = [sys.executable, "-m", "ssot_migrate", *arguments, *there]
    before = _spent(cluster)
    start, used = time.perf_counter(), _children()
    done = subprocess.run(command, cwd=tree, stdout=subprocess.DEVNULL, check=False)
    wall, here = time.perf_counter() - start, _children() - used
    if done.returncode not in {0, 1, 2}:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    after = _spent(cluster)
    return Cost(wall, here, after[0] - before[0], after[1] - before[1])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _spent(cluster: Cluster | None) -> tuple[float, float]:
    if cluster is None:
        return 0.0, 0.0
    return _of(cluster.scheduler), sum(map(_of, cluster.workers))


def _of(process: int) -> float:
    """Return the processor seconds of a process that runs."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_USER - 2]) + int(fields[_SYSTEM - 2])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def local(workers: int) -> Iterator[Cluster]:
    """Start a scheduler and workers with one thread each; end them."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        log = ending.enter_context((folder / "log").open("wb"))

        def start(kind: str, *arguments: str) -> int:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--no-dashboard"], stdout=log, stderr=log
            )
            ending.callback(process.wait)
            ending.callback(process.terminate)
            return process.pid

        file = folder / "scheduler.json"
        scheduler = start("scheduler", "--port", "0", "--scheduler-file", str(file))
        given = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny")
        pids = [start("worker", *given, "--local-directory", str(folder)) for _ in range(workers)]
        address = _address(file, workers)
        yield Cluster(address, scheduler, tuple(pids))


def _address(file: Path, workers: int) -> str:
    """Wait for a cluster, and return its address."""
    from distributed import Client

    end = time.monotonic() + _BEGINS
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.1)
    client = Client(scheduler_file=str(file), set_as_default=False)  # type: ignore[no-untyped-call]
    client.wait_for_workers(workers, timeout=_BEGINS)
    address = str(client.scheduler_info()["address"])
    client.close()  # type: ignore[no-untyped-call]
    return address


def _show(name: str, cost: Cost, start: float, files: int, size: int) -> None:
    """Print a row: what is beyond the start, per file and per megabyte."""
    work = max(cost.total - start, 0.001)
    print(
        f"{name:<22}{cost.wall:>7.1f}{cost.here:>8.1f}{cost.scheduler:>8.1f}{cost.workers:>8.1f}"
        f"{cost.total:>8.1f}{work / files * 1e6:>10.0f}{size / work / 1e6:>8.1f}"
    )


def main() -> None:
    """Print a table for a tree, and what it says of larger ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=Path(__file__).parent / "tree")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    sizes = [path.stat().st_size for path in given.tree.rglob("*.py")]
    files, size = len(sizes), sum(sizes)
    print(f"{files} files, {size / 1e6:.1f} MB, {given.workers} workers of a cluster")
    print(f"{'':22}{'wall':>7}{'here':>8}{'sched.':>8}{'workers':>8}{'total':>8}", end="")
    print(f"{'us a file':>10}{'MB/s':>8}")
    scan, diff = ("scan", "-q", "--no-cache"), ("diff", "-q", "--unsafe-fixes")
    with tempfile.TemporaryDirectory() as folder, local(given.workers) as cluster:
        one = Path(folder)
        (one / "test_one.py").write_text("from unittest.mock import Mock\nx = Mock()\n")
        run(one, *scan, cluster=cluster)  # Workers load us with the first batch.
        starts = {None: run(one, *scan), cluster: run(one, *scan, cluster=cluster)}
        for name, where in ((", one file", None), (", one file, dask", cluster)):
            _show(f"scan{name}", starts[where], 0.0, 1, 0)
        for kind, command in (("scan", scan), ("diff", diff)):
            start = starts[None].total
            _show(f"{kind}, one process", run(given.tree, *command, "-j1"), start, files, size)
            _show(f"{kind}, pool", run(given.tree, *command), start, files, size)
            _show(
                f"{kind}, 1 of 8 shards",
                run(given.tree, *command, "-j1", "--shard", "1/8"),
                start,
                files // 8,
                size // 8,
            )
            there = run(given.tree, *command, cluster=cluster)
            _show(f"{kind}, dask", there, starts[cluster].total, files, size)
            idle = starts[cluster]
            beside = there.here + there.scheduler - idle.here - idle.scheduler
            print(f"  beside the workers {beside / files * 1e6:.0f} us a file,", end="")
            print(f" {size / beside / 1e6:.0f} MB/s")


if __name__ == "__main__":
    main()
