"""What other files of a run, and later runs, have to know of a file.

No more is loaded by a run that knows all of its files from an earlier one.
"""

from collections.abc import Sequence
from enum import Enum

from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Violation

#: How many of the files that import it, and of the functions that build a family, are named.
_SHOWN = 3


class Operation(Enum):
    """What is done at the end of a touch's path."""

    READ = "read"
    #: Called, the result not used.
    CALL = "called"
    #: A test's question that any mock answers: ``assert_called_once()``, ``call_count``.
    RECORDED = "recorded"
    #: One that only an AsyncMock answers: ``assert_awaited_once()``.
    RECORDED_ASYNC = "recorded awaits"
    #: ``mock_calls`` and ``method_calls``: what all children recorded.
    RECORDS = "records"
    #: Asked for with ``hasattr``.
    HAS = "asked for"
    CONFIGURE = "configured"
    ISINSTANCE = "isinstance"
    #: The mock's own make is looked at: ``type()``, ``vars()``, ``weakref``.
    INSIDE = "looked inside"
    #: Passed on, compared with ``is``, printed: any mock does.
    PASS = "passed on"  # noqa: S105 - no password
    #: Returned or yielded by the function.
    RETURN = "returned"


class Touch(Frozen):
    """One thing that code in reach does with a mock."""

    steps: tuple[str, ...]
    operation: Operation
    #: 1-based line.
    line: int
    #: For ``isinstance``: the classes asked for; else what was called, or ``DELETES``.
    detail: tuple[str, ...] = ()
    #: The file, where it is another one.
    path: str | None = None


class What(Enum):
    """What an expression is to the mock that is being followed."""

    MOCK = "the mock"
    #: A list, dict, lambda: what is taken out of it is the mock.
    HOLDER = "holds it"
    #: An object that was given the mock, and may have it as an attribute.
    KEEPER = "may keep it"


class Export(Frozen):
    """Something of a file that other files use to get at its mocks."""

    #: The file that offers it.
    path: str
    name: str
    is_fixture: bool
    #: What is given: the mock, or something that holds it.
    what: What = What.MOCK


class Users(Frozen):
    """What other files do with what one file exports."""

    touches: tuple[Touch, ...] = ()
    lost: tuple[tuple[int, str], ...] = ()
    repeated: bool = False

    @classmethod
    def joined(cls, parts: Sequence["Users"]) -> "Users":
        """Give what several files do together."""
        return cls(
            tuple(touch for part in parts for touch in part.touches),
            tuple(place for part in parts for place in part.lost),
            repeated=any(part.repeated for part in parts),
        )


class Offer(Frozen):
    """What a file builds for others; who imports it is not known yet."""

    violation: Violation
    #: The names at the module's top by which it can be imported.
    names: tuple[str, ...]
    #: A copy of the factory counts even where nobody imports it.
    is_copy: bool

    def imported_by(self, paths: Sequence[str]) -> Violation | None:
        """Say what is reported when these files import it, ``None`` for nothing."""
        if not paths:
            told = "no file of this run imports it"
            return self._telling(told) if self.is_copy else None
        files = "1 file imports it" if len(paths) == 1 else f"{len(paths)} files import it"
        return self._telling(f"{files}: {some(paths)}")

    def _telling(self, text: str) -> Violation:
        return replace(self.violation, reason=f"{self.violation.reason}; {text}")


def some(items: Sequence[str]) -> str:
    """List the first of several."""
    return ", ".join(items[:_SHOWN]) + (", …" if len(items) > _SHOWN else "")
