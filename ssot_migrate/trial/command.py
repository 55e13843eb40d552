"""The user's command: read without a shell, run with a time limit, ended with all it started."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError

_FILES: Final = "{files}"
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
#: What only a shell understands; inside of a longer word it may mean anything.
_OPERATOR: Final = re.compile(r"&&?|\|[|&]?|\d?>{1,2}(&\d)?|&>{1,2}|<{1,3}|\(|\)|\S*;")
#: The user's own place for the outcomes, which wins over ours.
_JUNIT: Final = re.compile(r"--junit-?xml(?:=|\s+)(\S+)")
#: Characters that all arguments may have where the system does not say; Windows has 32767.
_SHORT: Final = 30_000
#: Characters of a single argument: Linux takes 128 KiB.
_LONGEST_ARGUMENT: Final = 100_000
#: Seconds that a command has to end by itself before it is killed.
_GRACE: Final = 5.0
_GRACE_INTERRUPTED: Final = 0.5


class CommandError(UserError):
    """A command that cannot be run, for whatever files."""


class Command(Frozen):
    """A command line with a place for the files to test."""

    #: As the user wrote it.
    text: str
    #: What it sets in its environment.
    environment: Mapping[str, str]
    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split a command line as a shell would. Raises CommandError where a shell alone can.

        On Windows a backslash is a part of the path that it stands in.
        """
        lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.commenters = True, ""
        if sys.platform == "win32":
            lexer.escape = ""
        try:
            words = [*lexer]
        except ValueError as error:
            raise CommandError(f"trial command {text!r}: {str(error).lower()}") from None
        environment = {}
        if len(words) > 1 and words[0] == "env" and _ASSIGNMENT.match(words[1]):
            del words[0]  # Of a shell that knows no assignments: what it sets is to be added to.
        while words and _ASSIGNMENT.match(words[0]):
            name, _, environment[name] = words.pop(0).partition("=")
        if not words:
            raise CommandError(
                f"trial command {text!r}: names no program; give one, such as pytest"
            )
        if operator := next((word for word in words if _OPERATOR.fullmatch(word)), None):
            raise CommandError(
                f"trial command: {operator!r} needs a shell, and none is used; give"
                " sh -c '…', or put the command into a script"
            )
        strange = (word for word in words if _PLACEHOLDER.fullmatch(word) and word != _FILES)
        if word := next(strange, None):
            raise CommandError(
                f"trial command: {word!r} stands for nothing; did you mean {_FILES}?"
            )
        return cls(text, environment, tuple(words))

    @property
    def own_outcomes(self) -> str | None:
        """Where the command itself has pytest write the outcomes of the tests."""
        found = _JUNIT.search(" ".join(self.words))
        return found[1].strip("'\"") if found else None

    def arguments(self, files: Sequence[str], size: int = 0) -> Iterator[list[str]]:
        """Yield the arguments of each execution: several where the files are too many for one.

        ``size`` says how much of what the system permits the environment takes.
        """
        if not any(_FILES in word for word in self.words):
            yield [*self.words]
            return
        inside = any(_FILES in word and word != _FILES for word in self.words)
        room = _room(size, inside=inside) - sum(map(len, self.words))
        yield from ([*self._filled(part)] for part in _parts(files, room))

    def _filled(self, files: Sequence[str]) -> Iterator[str]:
        for word in self.words:
            if word == _FILES:
                yield from files
            else:
                yield word.replace(_FILES, shlex.join(files)) if _FILES in word else word


def _room(size: int, *, inside: bool) -> int:
    if sys.platform == "win32":
        return _SHORT
    if inside:
        return _LONGEST_ARGUMENT
    # Half, since each argument also costs a pointer, and wrappers add arguments of their own.
    return max(int(os.sysconf("SC_ARG_MAX")) // 2 - size, _SHORT)


def _parts(files: Sequence[str], room: int) -> Iterator[Sequence[str]]:
    start = used = 0
    for index, file in enumerate(files):
        needed = len(os.fsencode(file)) + 16  # A pointer and quotes.
        if used + needed > room and index > start:
            yield files[start:index]
            start, used = index, 0
        used += needed
    if files:
        yield files[start:]


def program(word: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Find the program behind a command's first word. Raises CommandError where there is none."""
    word = os.path.expanduser(word)  # noqa: PTH111 - the word of a command is no path yet
    name = str(folder / word) if os.path.dirname(word) else word  # noqa: PTH120
    found = shutil.which(name, path=environment.get("PATH"))
    if found is None:
        raise CommandError(
            f"trial command: {word} is not found or cannot be run; give its path below the"
            " project's root, such as .venv/bin/pytest, or activate its environment"
        )
    # Below a link to a virtual environment, so that it is the one that its files name. Its python
    # itself is a link, too, by whose place it knows where it belongs.
    path = Path(found)
    return str(Path(os.path.realpath(path.parent)) / path.name)


class Ended(Frozen):
    """How an execution of a command ended."""

    exit_code: int
    timed_out: bool
    #: Wall time.
    seconds: float


def execute(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    output: Path,
    timeout: float | None,
) -> Ended:
    """Run a program in a folder and append what it prints to a file.

    Whatever ends it, nothing that it started goes on. Raises CommandError where it cannot be run.
    """
    started = time.perf_counter()
    with output.open("ab") as printed:
        try:
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            why = f"cannot be run ({error.strerror})"
            raise CommandError(f"trial command: {arguments[0]} {why}") from None
    timed_out = False
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        _end(process, _GRACE)
    except BaseException:
        _end(process, _GRACE_INTERRUPTED)
        raise
    finally:
        _kill(process)
    return Ended(process.returncode, timed_out, time.perf_counter() - started)


def _end(process: "subprocess.Popen[bytes]", grace: float) -> None:
    """Ask a process and all below it to end, and kill what does not."""
    if sys.platform != "win32":
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _kill(process)
    process.wait()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a process and of all below it."""
    if sys.platform != "win32":
        _signal(process, signal.SIGKILL)
    elif process.poll() is None:
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    # The group bears the number of its first process, and outlives it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
