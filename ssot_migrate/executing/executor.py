"""What does the tasks of files."""

from collections.abc import Callable, Mapping
from typing import Protocol, Self, TypeVar

from ssot_migrate.model import SourceFile

Result = TypeVar("Result")
Task = Callable[[SourceFile], Result]
#: Answers for a file whose task came to no end; the text says what became of it: "ended its
#: process", "took more than 60 s", "stood still for 60 s".
Lost = Callable[[SourceFile, str], Result]
#: Is told how many more files are done.
Progress = Callable[[int], None]


class Shared:
    """What is large and the same for many tasks: other machines are sent it once."""


class Executor(Protocol):
    """Does tasks in some place: in this process, in others, on other machines."""

    #: So many files are worth a call: what does them is busy until nearly its end.
    portion: int

    def __enter__(self) -> Self:
        """Make ready."""

    def __exit__(self, *error: object) -> None:
        """End all that was started; at once where the run was broken off."""

    def map(
        self,
        tasks: Mapping[SourceFile, Task[Result]],
        lost: Lost[Result],
        progress: Progress | None = None,
    ) -> dict[SourceFile, Result]:
        """Do each file's task; the results are in the order of the files."""
