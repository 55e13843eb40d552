"""The process pool."""

import gc
import multiprocessing
import signal
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Self

from ssot_migrate.executing.batches import batches, size
from ssot_migrate.executing.executor import Lost, Progress, Result, Task
from ssot_migrate.model import SourceFile

#: Fewer bytes than this are done without a pool.
_POOL_BYTES = 2_000_000
#: Seconds that a process has to end when it is told to.
_GRACE = 0.2
#: A batch holds at most so many bytes, and files.
_BATCH_BYTES, _BATCH_FILES = 400_000, 64

#: Files, each with what is to be done with it.
_Batch = list[tuple[SourceFile, Task[Result]]]


class Pool:
    """Runs tasks here, or in processes where that pays."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.sizes: dict[str, int] = {}
        self.executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Start nothing yet: that is done when there is enough to do."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes; at once where the run was broken off."""
        if self.executor:
            self.executor.shutdown(wait=not any(error), cancel_futures=True)
        if any(error):
            children = multiprocessing.active_children()
            for process in children:
                process.terminate()
            for process in children:
                process.join(_GRACE)
                process.kill()

    def map(
        self,
        tasks: Mapping[SourceFile, Task[Result]],
        lost: Lost[Result],
        progress: Progress | None = None,
    ) -> dict[SourceFile, Result]:
        """Do each file's task; ``lost`` answers for a file that ends its process."""
        pairs = list(tasks.items())
        if not self._pays(tasks):
            return dict(_inline(pairs, progress))
        self.executor = self.executor or ProcessPoolExecutor(self.jobs, initializer=_start)
        results = dict(self._shared(self.executor, pairs, progress))
        missing = [pair for pair in pairs if pair[0] not in results]
        if missing:
            self.executor = None
            results |= dict(_alone(missing, lost, progress))
        return {file: results[file] for file in tasks}

    def _pays(self, files: Collection[SourceFile]) -> bool:
        """Say whether processes are worth their start for these files."""
        if self.jobs == 1:
            return False
        self.sizes |= {f.location: size(f) for f in files if f.location not in self.sizes}
        return sum(self.sizes[file.location] for file in files) > _POOL_BYTES

    def _shared(
        self,
        executor: ProcessPoolExecutor,
        pairs: _Batch[Result],
        progress: Progress | None,
    ) -> Iterator[tuple[SourceFile, Result]]:
        """Hand out batches, the largest files first; ends early where a process died."""
        futures = [executor.submit(_batch, batch) for batch in self._batches(pairs)]
        try:
            for future in as_completed(futures):
                done = future.result()
                if progress:
                    progress(len(done))
                yield from done
        except BrokenProcessPool:
            executor.shutdown(wait=True, cancel_futures=True)
            yield from (pair for future in futures for pair in _finished(future))

    def _batches(self, pairs: _Batch[Result]) -> Iterator[_Batch[Result]]:
        sized = [(self.sizes[pair[0].location], pair) for pair in pairs]
        return batches(sized, _BATCH_BYTES, _BATCH_FILES)


def _start() -> None:
    """Prepare a process: Ctrl-C is for the parent, and trees need no cycle collector."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()


def _batch(batch: _Batch[Result]) -> list[tuple[SourceFile, Result]]:
    results = [(file, task(file)) for file, task in batch]
    gc.collect()
    return results


def _finished(
    future: Future[list[tuple[SourceFile, Result]]],
) -> list[tuple[SourceFile, Result]]:
    """Give what a batch brought before another one ended its process."""
    whole = future.done() and not future.cancelled() and future.exception() is None
    return future.result() if whole else []


def _inline(
    pairs: _Batch[Result], progress: Progress | None
) -> Iterator[tuple[SourceFile, Result]]:
    with _seldom_collected():
        for file, task in pairs:
            yield file, task(file)
            if progress:
                progress(1)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Keep the cycle collector from walking each file's tree; there are few cycles in one."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 200_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _alone(
    pairs: _Batch[Result], lost: Lost[Result], progress: Progress | None
) -> Iterator[tuple[SourceFile, Result]]:
    """Do files one by one after a process died, so that it costs only the file that ends it."""
    executor = ProcessPoolExecutor(1, initializer=_start)
    for pair in pairs:
        try:
            yield from executor.submit(_batch, [pair]).result()
        except BrokenProcessPool:
            executor = ProcessPoolExecutor(1, initializer=_start)
            yield pair[0], lost(pair[0], "ended its process")
        if progress:
            progress(1)
    executor.shutdown()
