"""What a check of a factory is, and what it may say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What a check measured, by name.
Figures = Mapping[str, float | str]
#: So many users stand for many: two who take turns, each beside one who does not fail.
MANY = 4
#: So many problems of one check are told.
_SHOWN = 3


class Skipped(Exception):  # noqa: N818 (an outcome, no error)
    """A check does not apply; the message is the reason."""


class Failed(AssertionError):  # noqa: N818 (an outcome, as pytest's)
    """A check failed; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is checked."""

    #: The imported class.
    factory: type
    #: ``module:Class``.
    name: str
    #: The production classes that are configured, as ``module:Class``, by the factory's method.
    interfaces: Mapping[str, str]
    #: What a product may cost, as a ratio to its direct equivalent.
    limit: float = 1.10
    #: The file of recorded signatures; ``None`` for the one beside the factory.
    snapshot: Path | None = None

    def method(self, name: str) -> Callable[..., Any]:
        """Return a method of the factory; raise Skipped where it has none of that name."""
        found = getattr(self.factory, name, None)
        if not callable(found):
            raise Skipped(f"the factory has no {name}")
        return found  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a factory has to do right."""

    #: Begins with the group: ``isolation-threads``.
    id: str
    #: What ``--select`` takes to run it with its neighbours: ``isolation``.
    group: str
    #: What must hold, in one sentence.
    summary: str
    #: Raises Failed or Skipped; returns what it measured, if anything.
    run: Callable[[Subject], Figures | None]


def none_wrong(problems: Sequence[str]) -> None:
    """Raise Failed with what is wrong, a line each, where anything is."""
    if problems:
        told = [*dict.fromkeys(problems)]
        more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        raise Failed("\n".join([*told[:_SHOWN], *more]))
