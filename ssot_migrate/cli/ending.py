"""How a command ends: its exit code, and one line for what went wrong."""

import _thread
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from ssot_migrate.model import Report, UserError
from ssot_migrate.report import Color

#: A diff that is not empty, or changes where ``--exit-non-zero-on-change`` was given.
CHANGES = 1
#: What the gate fails on.
NEW = 1
#: An example of a codemod that shows something else than what happens.
FAILED = 1
#: A violation that cannot be suppressed.
LEFT = 1
#: Wrong usage or configuration, or a file that could not be processed.
ERROR = 2
#: As a shell reports a command that Ctrl-C ended.
INTERRUPTED = 130
#: As a shell reports a command whose reader went away.
BROKEN_PIPE = 141


def exit_code(report: Report, otherwise: int = 0) -> int:
    """Return the exit code of a run: failures outweigh everything else."""
    return ERROR if report.all_failures else otherwise


def ended(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; tell in one line what stopped it."""
    try:
        with _interruptible():
            code = command()
            sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout, sys.stderr)
        return BROKEN_PIPE
    except KeyboardInterrupt:
        _tell("Interrupted.")
        return INTERRUPTED
    except UserError as error:
        _tell(f"error: {error}")
        return ERROR
    except OSError as error:
        # Such as a full disk behind stdout.
        _discard(sys.stdout)
        _tell(f"error: {error}")
        return ERROR
    return code


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C, where it would end the process at once, be an exception that cleans up."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        yield
        return
    hook = sys.unraisablehook
    sys.unraisablehook = _interrupted_again
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.unraisablehook = hook


def _interrupted_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Interrupt again where Python ignores that: in a callback of its import system, say."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        threading.Timer(0.01, _thread.interrupt_main).start()  # When this has returned.
    else:
        sys.__unraisablehook__(ignored)


def _tell(line: str) -> None:
    from ssot_migrate.report.console import console, say

    say(console(sys.stderr, Color.AUTO), line, "red")


def _discard(*streams: object) -> None:
    """Let what is buffered go nowhere: Python flushes at exit, and would complain a second time."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(io.UnsupportedOperation):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
