"""What tasks ask of the project's disk beside what their own file holds."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar, TypeVarTuple

from msgspec import field

from ssot_migrate.frozen import Frozen

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")
#: A function that looks at the disk, and its arguments: all that its answer depends on beside.
Query = tuple[Callable[..., Any], tuple[Any, ...]]


class _Disk(Protocol):
    def ask(self, query: Query, guess: object) -> object: ...


class _Own(Frozen):
    """The disk of this machine; looks at each thing once."""

    answers: dict[Query, Any] = field(default_factory=dict)

    def ask(self, query: Query, guess: object) -> object:  # noqa: ARG002 (others need it)
        if query not in self.answers:
            function, arguments = query
            self.answers[query] = function(*arguments)
        return self.answers[query]


class Remote(Frozen):
    """A disk that only another machine has, which corrects what was guessed wrong."""

    #: What that machine said.
    known: Mapping[Query, Any]
    #: What it has to be asked.
    guesses: dict[Query, Any] = field(default_factory=dict)

    def ask(self, query: Query, guess: object) -> object:
        """Return what is known, else the guess."""
        if query in self.known:
            return self.known[query]
        self.guesses[query] = guess
        return guess


_OWN = _Own()
_DISK: ContextVar[_Disk] = ContextVar("disk", default=_OWN)


def consult(
    function: Callable[[*Arguments], Answer], *arguments: *Arguments, guess: Answer
) -> Answer:
    """Return what a function finds on the project's disk, wherever that is.

    The function is one of a module, and its arguments are hashable: both may travel. ``guess`` is
    mostly the answer.
    """
    return _DISK.get().ask((function, arguments), guess)  # type: ignore[return-value]


def wrong(guesses: Mapping[Query, object]) -> dict[Query, object]:
    """Look at this machine's disk; return the right answers where the guesses are not."""
    found = {query: _OWN.ask(query, guess) for query, guess in guesses.items()}
    return {query: answer for query, answer in found.items() if answer != guesses[query]}


@contextmanager
def remote(known: Mapping[Query, object]) -> Iterator[Remote]:
    """Do what follows without this machine's disk."""
    disk = Remote(known)
    token = _DISK.set(disk)
    try:
        yield disk
    finally:
        _DISK.reset(token)


def forget() -> None:
    """Look at everything anew: files may have changed."""
    _OWN.answers.clear()
