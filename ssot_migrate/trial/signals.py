"""End in order when told to, and not in the middle of what must be finished."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

#: What ends a process, besides Ctrl-C; a closed terminal is one. Windows has fewer.
_ENDING = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """Turn a signal that ends the process into SystemExit, so that everything is cleaned up."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handled(dict.fromkeys(_ENDING, leave)):
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put off every signal that would end the process until the block is done."""
    came: list[int] = []
    numbers = [signal.SIGINT, *_ENDING]
    with _handled(dict.fromkeys(numbers, lambda number, _: came.append(number))):
        yield
    for number in came[:1]:
        signal.raise_signal(number)


@contextlib.contextmanager
def _handled(handlers: dict[signal.Signals, "signal._HANDLER"]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread is told of signals.
        return
    # Who ignores a signal, such as nohup, wants it ignored.
    before = {
        number: known
        for number in handlers
        if (known := signal.getsignal(number)) not in (signal.SIG_IGN, None)
    }
    for number in before:
        signal.signal(number, handlers[number])
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
