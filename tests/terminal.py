"""A person at a terminal: starts the command line, reads the screen, types keys."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import ROOT

#: Seconds after which a test that waits for the command gives up.
_PATIENCE = 60
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
QUESTION = "[y,n,a,d,e,s,q,?] "


class Terminal:
    """The command line on a pseudo-terminal."""

    def __init__(self, folder: Path, *arguments: str, width: int = 100, **more: str) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **more}
        for name in {"COLUMNS", "LINES", "CI", "NO_COLOR", "VISUAL", "EDITOR"} - more.keys():
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ssot_migrate", "apply", *arguments],
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        #: All that came so far.
        self.raw = ""
        #: How much of it was looked at.
        self.seen = 0

    def __enter__(self) -> Self:
        """Sit down."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def until(self, text: str = QUESTION) -> str:
        """Wait for a text, and for the command to read; give the screen since the last wait."""
        deadline = time.monotonic() + _PATIENCE
        while text not in _plain(self.raw[self.seen :]) or not self._asks(text):
            assert time.monotonic() < deadline, self.raw
            if not self._read(0.05):
                raise AssertionError(f"it ended without {text!r}: {self.raw}")
        shown = _plain(self.raw[self.seen :])
        self.seen = len(self.raw)
        return shown

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def answer(self, *keys: str) -> list[str]:
        """Answer a question with each key; give what was shown before each, and at the end."""
        screens = []
        for key in keys:
            screens.append(self.until())
            self.type(key)
        return [*screens, self.end()]

    def end(self) -> str:
        """Wait for the end; give the screen since the last wait."""
        while self._read(_PATIENCE):
            pass
        self.process.wait(_PATIENCE)
        return _plain(self.raw[self.seen :])

    @property
    def code(self) -> int:
        """The exit code."""
        return self.process.wait(_PATIENCE)

    def _asks(self, text: str) -> bool:
        """Say whether keys are read one by one; what is typed before is not for the question."""
        if text != QUESTION:
            return True
        return not termios.tcgetattr(self.master)[3] & termios.ICANON

    def _read(self, seconds: float) -> bool:
        """Take what comes; False at the end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says it this way.
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


def _plain(text: str) -> str:
    return _ESCAPES.sub("", text).replace("\r\n", "\n")
