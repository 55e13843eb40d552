"""Signals that end a process: in order, later where it matters, and not where they are ignored."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ssot_migrate.trial.signals import orderly, undisturbed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


@contextmanager
def handled(number: int, handler: "signal._HANDLER") -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def test_a_signal_that_ends_the_process_is_an_exit() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as error, orderly():
        os.kill(os.getpid(), signal.SIGTERM)
    assert error.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_must_be_finished_is_finished_first() -> None:
    done = []

    def finish(number: int) -> None:
        with orderly(), undisturbed():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            done.append(number)

    with pytest.raises(KeyboardInterrupt):
        finish(signal.SIGINT)
    with pytest.raises(SystemExit):
        finish(signal.SIGTERM)
    assert done == [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("context", [orderly, undisturbed])
def test_an_ignored_signal_stays_ignored(context: object) -> None:
    with handled(signal.SIGHUP, signal.SIG_IGN):
        with context():  # type: ignore[operator]
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_another_thread_goes_without() -> None:
    errors: list[BaseException] = []

    def body() -> None:
        try:
            with orderly(), undisturbed():
                pass
        except BaseException as error:  # noqa: BLE001 - an assertion in the main thread tells
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert errors == []
