"""Tasks on a Dask cluster: files travel as bytes, so its workers need nothing of this disk."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from typing import Final, Generic, Self

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.executing import disk, remote
from ssot_migrate.executing.cluster import Cluster, connected
from ssot_migrate.executing.executor import Lost, Progress, Result, Task
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import SourceFile

#: A batch is handed out when it holds so many bytes, or files.
_BATCH_BYTES, _BATCH_FILES = 400_000, 64
#: So many full batches are on their way for each thread of the cluster: while one is done, the
#: next is there already.
_AHEAD: Final = 3
#: Some ten batches for each of eighty threads.
_PORTION_FILES: Final = 50_000
#: Seconds after which the cluster is looked at where nothing came back.
_LOOK: Final = 1.0


class _Batch(Frozen):
    files: list[SourceFile]
    #: In bytes.
    size: int


class Dask:
    """Runs tasks on the cluster of a scheduler."""

    def __init__(self, scheduler: str) -> None:
        self.portion = _PORTION_FILES
        self._scheduler = scheduler
        self._connection = ExitStack()

    def __enter__(self) -> Self:
        """Connect. Raises UserError where nobody is there to do the tasks as here."""
        self.cluster = self._connection.enter_context(connected(self._scheduler))
        return self

    def __exit__(self, *error: object) -> None:
        """Disconnect; the scheduler drops what is still on its way."""
        self._connection.close()

    def map(
        self,
        tasks: Mapping[SourceFile, Task[Result]],
        lost: Lost[Result],
        progress: Progress | None = None,
    ) -> dict[SourceFile, Result]:
        """Do each file's task; ``lost`` answers for a file that ends one worker after another."""
        results = _Mapping(self.cluster, tasks, progress).run(lost)
        return {file: results[file] for file in tasks}


class _Mapping(Struct, Generic[Result]):
    """The tasks of a run, on their way and back."""

    cluster: Cluster
    tasks: Mapping[SourceFile, Task[Result]]
    progress: Progress | None
    results: dict[SourceFile, Result] = field(default_factory=dict)
    flying: dict[Future[bytes], _Batch] = field(default_factory=dict)
    #: What workers would guess wrong of this disk.
    known: dict[disk.Query, object] = field(default_factory=dict)
    #: The files of which they did.
    again: list[SourceFile] = field(default_factory=list)

    def run(self, lost: Lost[Result]) -> dict[SourceFile, Result]:
        """Do everything; files of batches that ended workers alone, to see which one it was."""
        suspects: list[SourceFile] = []
        self._all(self.tasks, suspects.extend)
        for file in suspects:
            ended: list[SourceFile] = []
            self._all([file], ended.extend)
            if ended:
                self._keep(file, lost(file, "ended its process"))
        return self.results

    def _all(self, files: Iterable[SourceFile], killed: Callable[[list[SourceFile]], None]) -> None:
        """Do files, those for which something was guessed wrong again."""
        while files:
            waiting = _batches(files)
            batch = next(waiting, None)
            while batch or self.flying:
                while batch and self._may_fly(batch):
                    self._send(batch)
                    batch = next(waiting, None)
                self._receive(killed)
            files, self.again = self.again, []

    def _may_fly(self, batch: _Batch) -> bool:
        """Bound the bytes on their way; a batch of one large file may always fly alone."""
        held = sum(other.size for other in self.flying.values())
        bound = _AHEAD * _BATCH_BYTES * self.cluster.threads
        return not self.flying or held + batch.size <= bound

    def _send(self, batch: _Batch) -> None:
        """Read files and send them; one that cannot be read is no work."""
        items: list[remote.Item] = []
        for file in batch.files:
            try:
                items.append((replace(file, content=file.read()), self.tasks[file]))
            except OSError:
                self._do_here(file)
        if items:
            future = self.cluster.submit(remote.Batch(items, self.known))
            self.flying[future] = _Batch([file for file, _ in items], batch.size)

    def _receive(self, killed: Callable[[list[SourceFile]], None]) -> None:
        """Wait for batches, and take what came of them."""
        done, _ = wait(self.flying, timeout=_LOOK, return_when=FIRST_COMPLETED)
        self.cluster.check()
        for future in done:
            files = self.flying.pop(future).files
            told = self.cluster.told(future)
            if told is None:
                killed(files)
            else:
                for file, (result, guesses) in zip(files, told, strict=True):
                    self._take(file, result, guesses)

    def _take(self, file: SourceFile, result: Result, guesses: Mapping[disk.Query, object]) -> None:
        try:
            wrong = disk.wrong(guesses)
        except (RecursionError, MemoryError):  # As the task has it that looks at this disk itself.
            self._do_here(file)
            return
        if wrong:
            self.known |= wrong
            self.again.append(file)
        else:
            self._keep(file, result)

    def _do_here(self, file: SourceFile) -> None:
        self._keep(file, self.tasks[file](file))

    def _keep(self, file: SourceFile, result: Result) -> None:
        self.results[file] = result
        if self.progress:
            self.progress(1)


def _batches(files: Iterable[SourceFile]) -> Iterator[_Batch]:
    """Yield batches of bounded size, the largest files first."""
    held: list[SourceFile] = []
    total = 0
    for size, file in sorted(((_size(file), file) for file in files), key=lambda each: -each[0]):
        held.append(file)
        total += size
        if total >= _BATCH_BYTES or len(held) >= _BATCH_FILES:
            yield _Batch(held, total)
            held, total = [], 0
    if held:
        yield _Batch(held, total)


def _size(file: SourceFile) -> int:
    if file.content is not None:
        return len(file.content)
    try:
        return os.stat(file.location).st_size  # noqa: PTH116 (this runs for every file of a tree)
    except OSError:
        return 0
