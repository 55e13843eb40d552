"""What a trial asks of whoever runs the user's tests, and what it is told."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ssot_migrate.frozen import Frozen


class Status(StrEnum):
    """How a test ended."""

    PASSED = "passed"
    #: An error in its setup or teardown, or while it was collected, too.
    FAILED = "failed"
    #: An expected failure too.
    SKIPPED = "skipped"


class Seen(Frozen):
    """How one test ended."""

    status: Status
    #: Of a failure: its first line, as the test runner has it.
    message: str = ""


class TestId(Frozen):
    """One test."""

    __test__ = False  # It is no class of tests, whatever pytest makes of its name.

    #: Relative to the root of what was copied, with forward slashes; ``None`` where it is unknown.
    file: str | None
    #: What pytest's node id has after the file: ``TestIt::test_it[1]``.
    name: str


class Observation(Frozen):
    """One execution of the user's command."""

    #: ``None`` where nothing told of single tests: the exit code decides.
    tests: Mapping[TestId, Seen] | None
    exit_code: int
    timed_out: bool
    #: Wall time of the command alone.
    seconds: float
    #: What it printed, stdout and stderr.
    output: Path
    #: Watched files, by original location, that were loaded from where they should be.
    loaded: frozenset[str]
    #: Watched files that were loaded from the original project instead of its copy.
    elsewhere: frozenset[str]
    #: Whether any Python process of the execution could be asked what it loaded.
    probed: bool


class Runner(Protocol):
    """Runs the user's tests, in a copy of the project or in place."""

    def run(
        self, files: Sequence[str], contents: Mapping[str, bytes], watch: Collection[str]
    ) -> Observation:
        """Execute the command once for some test files. Raises UserError where it cannot run.

        All files are named by their absolute location in the original project. ``contents`` says
        what files hold for this execution in place of their original bytes, all others are as at
        the start; ``watch`` names those whose loading is observed.
        """
        ...
