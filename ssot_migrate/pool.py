"""The process pool."""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from ssot_migrate.model import SourceFile

#: Fewer bytes than this are done without a pool.
_POOL_BYTES = 2_000_000
#: A batch is handed out when it holds so many bytes, or files.
_BATCH_BYTES, _BATCH_FILES = 400_000, 64

Result = TypeVar("Result")
#: The position of a file in the caller's list, and the file.
_Batch = list[tuple[int, SourceFile]]


class Pool:
    """Runs tasks here, or in processes where that pays."""

    def __init__(self, jobs: int, files: Sequence[SourceFile]) -> None:
        self.sizes = {file.location: _size(file) for file in files}
        self.jobs = jobs if sum(self.sizes.values()) > _POOL_BYTES else 1
        self.executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Start the processes, if there is enough to do for them."""
        if self.jobs > 1:
            self.executor = ProcessPoolExecutor(self.jobs, initializer=_start)
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes; at once where the run was broken off."""
        if self.executor:
            self.executor.shutdown(wait=not any(error), cancel_futures=True)
        if any(error):
            for process in multiprocessing.active_children():
                process.terminate()

    def map(
        self,
        task: Callable[[SourceFile], Result],
        files: Sequence[SourceFile],
        lost: Callable[[SourceFile], Result],
        progress: Callable[[int], None] | None = None,
    ) -> list[Result]:
        """Do a task for each file, in order; ``lost`` answers for one that ends its process."""
        numbered = list(enumerate(files))
        if self.executor is None:
            return [result for _, result in _inline(task, numbered, progress)]
        results = dict(self._shared(self.executor, task, numbered, progress))
        missing = [(n, file) for n, file in numbered if n not in results]
        if missing:
            self.executor = None
            results |= dict(_alone(task, missing, lost, progress))
        return [results[n] for n, _ in numbered]

    def _shared(
        self,
        executor: ProcessPoolExecutor,
        task: Callable[[SourceFile], Result],
        numbered: _Batch,
        progress: Callable[[int], None] | None,
    ) -> Iterator[tuple[int, Result]]:
        """Hand out batches, the largest files first; ends early where a process died."""
        futures = [executor.submit(_batch, task, batch) for batch in self._batches(numbered)]
        try:
            for future in as_completed(futures):
                done = future.result()
                if progress:
                    progress(len(done))
                yield from done
        except BrokenProcessPool:
            executor.shutdown(wait=True, cancel_futures=True)
            yield from (pair for future in futures for pair in _finished(future))

    def _batches(self, numbered: _Batch) -> Iterator[_Batch]:
        batch: _Batch = []
        held = 0
        for number, file in sorted(numbered, key=lambda n: (-self.sizes.get(n[1].location, 0), n)):
            batch.append((number, file))
            held += self.sizes.get(file.location, 0)
            if held >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch


def _size(file: SourceFile) -> int:
    try:
        return Path(file.location).stat().st_size
    except OSError:
        return 0


def _start() -> None:
    """Prepare a process: Ctrl-C is for the parent, and trees need no cycle collector."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()


def _batch(task: Callable[[SourceFile], Result], batch: _Batch) -> list[tuple[int, Result]]:
    results = [(number, task(file)) for number, file in batch]
    gc.collect()
    return results


def _finished(
    future: Future[list[tuple[int, Result]]],
) -> list[tuple[int, Result]]:
    """Give what a batch brought before another one ended its process."""
    whole = future.done() and not future.cancelled() and future.exception() is None
    return future.result() if whole else []


def _inline(
    task: Callable[[SourceFile], Result],
    numbered: _Batch,
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[int, Result]]:
    with _seldom_collected():
        for number, file in numbered:
            yield number, task(file)
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
    task: Callable[[SourceFile], Result],
    numbered: _Batch,
    lost: Callable[[SourceFile], Result],
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[int, Result]]:
    """Do files one by one after a process died, so that it costs only the file that ends it."""
    executor = ProcessPoolExecutor(1, initializer=_start)
    for number, file in numbered:
        try:
            [result] = executor.submit(_batch, task, [(number, file)]).result()
            yield result
        except BrokenProcessPool:
            executor = ProcessPoolExecutor(1, initializer=_start)
            yield number, lost(file)
        if progress:
            progress(1)
    executor.shutdown()
