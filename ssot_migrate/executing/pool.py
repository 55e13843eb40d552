"""The process pool; what starts processes is loaded when one is started."""

import gc
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ssot_migrate.executing.batches import batches, size
from ssot_migrate.executing.executor import Lost, Progress, Result, Task
from ssot_migrate.model import SourceFile

if TYPE_CHECKING:
    from ssot_migrate.executing.worker_process import Batch, WorkerProcess

#: Fewer bytes than this are done without a pool: they take half a second, of which two processes
#: save a fifth where they are forked, and nothing where each has to import everything first.
_POOL_BYTES = 2_000_000
#: A batch holds at most so many bytes, and files.
_BATCH_BYTES, _BATCH_FILES = 400_000, 64
#: At the end of a portion some processes wait for others: a batch's time, of 40 or at least 10.
_PORTION_FILES, _PORTION_OF_PROCESS = 5_000, 10 * _BATCH_FILES
#: How processes are started; ``None`` as the system does it.
_START_METHOD: str | None = None


class Pool:
    """Runs tasks here, or in processes where that pays."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.portion = max(_PORTION_FILES, jobs * _PORTION_OF_PROCESS)
        self.workers: list[WorkerProcess] = []

    def __enter__(self) -> Self:
        """Start nothing yet: that is done when there is enough to do."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes; nothing that they do is needed any more."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.end()
        self.workers = []

    def map(
        self,
        tasks: Mapping[SourceFile, Task[Result]],
        lost: Lost[Result],
        progress: Progress | None = None,
    ) -> dict[SourceFile, Result]:
        """Do each file's task; ``lost`` answers for a file that ends its process."""
        results: dict[SourceFile, Result] = {}
        for done in self._shared(tasks, lost) if self._pays(tasks) else _inline(tasks):
            results |= done
            if progress:
                progress(len(done))
        return {file: results[file] for file in tasks}

    def _pays(self, files: Collection[SourceFile]) -> bool:
        """Say whether processes are worth their start for these files."""
        if self.jobs == 1:
            return False
        return sum(map(size, files)) > _POOL_BYTES

    def _shared(
        self, tasks: Mapping[SourceFile, Task[Result]], lost: Lost[Result]
    ) -> Iterator[dict[SourceFile, Result]]:
        """Hand out batches, the largest files first, to each process one at a time."""
        from multiprocessing.connection import wait

        sized = [(size(file), (file, task)) for file, task in tasks.items()]
        waiting = deque(batches(sized, _BATCH_BYTES, _BATCH_FILES))
        while busy := self._busy(waiting):
            ready = wait([worker.connection for worker in busy])
            for worker in busy:
                if worker.connection in ready:
                    try:
                        yield worker.results()
                    except EOFError:
                        self.workers.remove(worker)
                        yield _given_up(worker, waiting, lost)

    def _busy(self, waiting: "deque[Batch[Result]]") -> "list[WorkerProcess]":
        """Give every process a batch, while there are any; return those that have one."""
        from ssot_migrate.executing.worker_process import WorkerProcess

        idle = [worker for worker in self.workers if not worker.is_busy]
        missing = min(self.jobs - len(self.workers), len(waiting) - len(idle))
        started = [WorkerProcess(_START_METHOD) for _ in range(missing)]
        self.workers += started
        for worker in (*idle, *started):
            if waiting:
                worker.begin(waiting.popleft())
        return [worker for worker in self.workers if worker.is_busy]


def _given_up(
    worker: "WorkerProcess", waiting: "deque[Batch[Result]]", lost: Lost[Result]
) -> dict[SourceFile, Result]:
    """Give up the file that ended a process; the others of its batch are done elsewhere."""
    batch, place, why = worker.post_mortem()
    culprit = [batch.pop(place)] if place is not None else []
    if batch:
        waiting.appendleft(batch)
    return {file: lost(file, why) for file, _ in culprit}


def _inline(tasks: Mapping[SourceFile, Task[Result]]) -> Iterator[dict[SourceFile, Result]]:
    with _seldom_collected():
        for file, task in tasks.items():
            yield {file: task(file)}


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Keep the cycle collector from walking each file's tree; there are few cycles in one."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 200_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
