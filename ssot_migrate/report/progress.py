"""A progress bar for runs that take a while, on a terminal only."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from ssot_migrate.report import Color

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

#: Seconds before a bar appears, and between two drawings of it.
_PATIENCE = 0.5
_INTERVAL = 0.1


class Progress:
    """Count what is done, files or others; show a bar once that takes long, and take it away."""

    def __init__(
        self, total: int, stream: TextIO, color: Color, *, visible: bool, what: str = "files"
    ) -> None:
        self._what = what
        self._total = total
        self._stream = stream
        self._color = color
        self._visible = visible
        self._done = 0
        self._bar: tuple[Bar, TaskID] | None = None
        self._next = time.monotonic() + _PATIENCE

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int) -> None:
        """Say that so many more are done."""
        self._done += done
        if self._visible and time.monotonic() >= self._next:
            self._draw()
            self._next = time.monotonic() + _INTERVAL

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar[0].stop()

    def _draw(self) -> None:
        self._bar = self._bar or self._started()
        bar, task = self._bar
        bar.update(task, completed=self._done, refresh=True)

    def _started(self) -> "tuple[Bar, TaskID]":
        """Start a bar without a thread: the pipeline forks, and the thread's locks with it."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        from ssot_migrate.report.console import console

        columns = (TextColumn(self._what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = RichProgress(
            *columns, console=console(self._stream, self._color), transient=True, auto_refresh=False
        )
        bar.start()
        return bar, bar.add_task(self._what, total=self._total)
