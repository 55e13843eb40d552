"""Sequences whose items are made each time that somebody goes through them."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar, overload

Item = TypeVar("Item")


class Lazy(Sequence[Item]):
    """A sequence that holds none of its items; whoever takes one out of it makes all."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[Item]:
        """Make the items."""

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        """Make all of them for one, or some."""
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        """Compare with any sequence of the same items."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class Joined(Lazy[Item]):
    """Several sequences, one after the other."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Sequence[Item]]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        """Count the items; none is made for that."""
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Item]:
        """Go through one sequence after the other."""
        return chain.from_iterable(self.parts)
