"""One process of the pool: what its parent knows of it, and what it does."""

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from threading import Event, Thread, main_thread
from typing import Any, TypeVar

from ssot_migrate.executing.executor import STOOD_STILL, Task
from ssot_migrate.model import SourceFile, UserError

Result = TypeVar("Result")
#: Files, each with what is to be done with it.
Batch = list[tuple[SourceFile, Task[Result]]]

#: Seconds of processor time that a file may take, and for which it may stand still without any:
#: what other programs take does not count, nor does the time after Ctrl-Z.
SECONDS = 60
#: Seconds after which a process looks whether it stands still.
_LOOK = 1.0
#: Bytes of data that a process may have: twenty times what it has when all is well.
_BYTES = 4 << 30
#: Batches between two runs of the cycle collector.
_COLLECTED = 32
#: Exit codes: of a process that had no more memory, and of one that stood still.
_NO_MEMORY, _STOOD_STILL = 77, 78
#: Seconds that a process has to end in when it is told to.
_GRACE = 0.2
#: What the system ends a process with when its time is up; Windows has no such timer.
_TIME_IS_UP = getattr(signal, "SIGPROF", None)


class ProcessError(UserError):
    """Processes that cannot be used."""


class WorkerProcess:
    """A process that does batches, one after the other."""

    def __init__(self, start_method: str | None = None) -> None:
        context: Any = get_context(start_method)
        #: Becomes ready when there are results, or the process has ended.
        self.connection, there = context.Pipe()
        # The file of the batch that it does, where its end cannot lose it.
        self._place = context.RawValue("i", -1)
        arguments = (there, self._place, SECONDS)
        self._process = context.Process(target=_work, args=arguments, daemon=True)
        with _undisturbed(context.get_start_method()):
            self._process.start()
        there.close()
        self._batch: Batch[Any] = []
        self._has_worked = False

    @property
    def is_busy(self) -> bool:
        """Whether it has a batch."""
        return bool(self._batch)

    def begin(self, batch: Batch[Any]) -> None:
        """Give it a batch."""
        self._batch = batch
        self._place.value = -1
        with suppress(OSError):  # Where it has ended, its results will tell.
            self.connection.send(batch)

    def results(self) -> dict[SourceFile, Any]:
        """Give the results of its batch. Raises EOFError where it ended before."""
        try:
            told = self.connection.recv()
        except OSError as error:
            raise EOFError from error
        if isinstance(told, Exception):
            raise told
        files = [file for file, _ in self._batch]
        self._batch = []
        self._has_worked = True
        return dict(zip(files, told, strict=True))

    def post_mortem(self) -> tuple[Batch[Any], int | None, str]:
        """Give its batch, the place of the file that ended it, if one did, and how.

        Raises ProcessError where it ended before it could do anything.
        """
        self.end()
        code, place = self._process.exitcode, self._place.value
        if place < 0 and not self._has_worked:
            what = f"a process ended as soon as it was started (exit code {code})"
            raise ProcessError(f"{what}; `--jobs 1` does without processes")
        return self._batch, place if place >= 0 else None, _reason(code)

    def terminate(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    def end(self) -> None:
        """Wait until it has ended; it does, whatever it is at."""
        self._process.join(_GRACE)
        self._process.kill()
        self._process.join()
        self.connection.close()


def _reason(code: int) -> str:
    """Say what became of a file, by the exit code of its process."""
    if _TIME_IS_UP is not None and code == -_TIME_IS_UP:
        return f"took more than {SECONDS} s"
    if code == _NO_MEMORY:
        return f"took more than {_BYTES >> 30} GB of memory"
    if code == _STOOD_STILL:
        return f"{STOOD_STILL} for {SECONDS} s"
    return "ended its process"


@contextmanager
def _undisturbed(start_method: str) -> Iterator[None]:
    """Keep Ctrl-C, which is for the parent, from a process that starts; it inherits that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if start_method != "fork":
        resource_tracker.ensure_running()  # When it is started, it lets Ctrl-C through.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, place: Any, seconds: float) -> None:  # noqa: ANN401 (ctypes)
    """Do batch after batch until the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Where it could not be kept away.
    is_busy = Event()
    Thread(target=_look_on, args=(is_busy, seconds), daemon=True).start()
    _bound_memory()
    # Trees need no cycle collector, and what else there is of cycles is little.
    gc.freeze()
    gc.disable()
    with suppress(EOFError, OSError):
        for number in count(1):
            batch: Batch[Any] = connection.recv()
            is_busy.set()
            told = _done(batch, place, seconds)
            is_busy.clear()
            connection.send(told)
            del batch, told
            if number % _COLLECTED == 0:
                gc.collect()


def _done(batch: Batch[Result], place: Any, seconds: float) -> list[Result] | Exception:  # noqa: ANN401
    results = []
    try:
        for place.value, (file, task) in enumerate(batch):
            _time(seconds)
            results.append(task(file))
    except MemoryError:
        os._exit(_NO_MEMORY)  # The parent knows which file it was.
    except Exception as error:  # noqa: BLE001 - a defect: the parent raises it
        error.add_note("".join(traceback.format_exception(error)))
        return error
    return results


def _time(seconds: float) -> None:
    """Let the system end this process after so many more seconds of processor time."""
    if _TIME_IS_UP is not None:
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _look_on(is_busy: Event, seconds: float) -> None:
    """End this process with its parent, and where its work gets no further without taking time.

    What waits for a disk or for somebody else takes none; what others keep from running takes
    some, or keeps this thread from looking, too.
    """
    parent = parent_process()
    before, still = 0.0, 0.0
    while parent and not wait([parent.sentinel], _LOOK):
        now = _time_taken()
        still = still + _LOOK if is_busy.is_set() and now == before else 0.0
        before = now
        if still >= seconds:
            os._exit(_STOOD_STILL)
    os._exit(1)


def _time_taken() -> float:
    """Return the processor time of what does the work; some systems tell that of no thread."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic()
    return time.clock_gettime(time.pthread_getcpuclockid(main_thread().ident or 0))


def _bound_memory() -> None:
    """Let what takes too much memory be an error of this process, not the end of others."""
    if sys.platform != "win32":
        import resource

        bound, most = resource.getrlimit(resource.RLIMIT_DATA)
        if bound == resource.RLIM_INFINITY or bound > _BYTES:
            resource.setrlimit(resource.RLIMIT_DATA, (_BYTES, most))
