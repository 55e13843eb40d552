"""Sequences whose items are made each time that somebody goes through them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar, overload

Item = TypeVar("Item")
Source = TypeVar("Source")


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

    __slots__ = ("_length", "parts")

    def __init__(self, parts: Sequence[Sequence[Item]]) -> None:
        self.parts = parts
        self._length: int | None = None

    def __len__(self) -> int:
        """Count the items, once; none is made for that."""
        if self._length is None:
            self._length = sum(map(len, self.parts))
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """Go through one sequence after the other."""
        return chain.from_iterable(self.parts)


class Mapped(Lazy[Item], Generic[Source, Item]):
    """What a function makes of each item of a sequence."""

    __slots__ = ("_function", "_items")

    def __init__(self, function: Callable[[Source], Item], items: Sequence[Source]) -> None:
        self._function = function
        self._items = items

    def __len__(self) -> int:
        """Count the items; none is made for that."""
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        """Make one item after the other."""
        return map(self._function, self._items)


class Marked(Lazy[Item]):
    """A lazy sequence that knows, making no item, which of their attributes hold something."""

    __slots__ = ()

    @abstractmethod
    def having(self, name: str) -> Sequence[Item]:
        """Return the items in which an attribute holds something."""


def having(items: Sequence[Item], name: str) -> Sequence[Item]:
    """Return the items in which an attribute holds something; where they are lazy, so is that."""
    if isinstance(items, Marked):
        return items.having(name)
    return [item for item in items if getattr(item, name)]
