"""What the files of a run told: put aside until it is reported."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, SupportsIndex, TypeVar, overload

import msgspec
from msgspec.structs import replace

from ssot_migrate.files import Files
from ssot_migrate.lazy import Marked
from ssot_migrate.model import Change, FileResult, Violation
from ssot_migrate.packed import Packed, Violations, pack
from ssot_migrate.shelf import Records, Shelf, Shelved
from ssot_migrate.suppressions.read import Suppressions
from ssot_migrate.worker.settings import Outcome

if TYPE_CHECKING:
    from ssot_migrate.known import Export, Offer

Items = TypeVar("Items")
_NOTHING: Final = Suppressions()
_FIELDS: Final = tuple(name for name in FileResult.__struct_fields__ if name != "path")


class Told(msgspec.Struct, array_like=True, frozen=True):
    """An outcome as it travels and is kept."""

    #: Without the violations.
    rest: Outcome
    packed: Packed

    @classmethod
    def of(cls, outcome: Outcome) -> "Told":
        """Pack the violations of an outcome."""
        result = replace(outcome.result, violations=())
        return cls(replace(outcome, result=result), pack(outcome.result.violations))

    @property
    def outcome(self) -> Outcome:
        """The outcome with its violations."""
        result = replace(self.rest.result, violations=Violations(self.packed))
        return replace(self.rest, result=result)


class Sign(NamedTuple):
    """What is known of an outcome without reading it; many have the same."""

    lacking: frozenset[str]
    #: The fields of the result that hold something.
    has: frozenset[str]

    @property
    def has_mocks(self) -> bool:
        """Say whether there are violations."""
        return "violations" in self.has

    @property
    def tells(self) -> bool:
        """Say whether a report has anything to say of the file."""
        return not self.has <= {"left", "cases"}


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """A file's result as it is put aside."""

    #: Without the violations, and those that its change ends.
    result: FileResult
    packed: Packed
    #: Only of files that offer something, which may have more violations in the end.
    suppressions: Suppressions
    fixed: Packed = Packed()
    #: Place and size of the change's texts.
    texts: tuple[int, int] = (0, 0)


class Outcomes:
    """The outcomes of a run's files, by their numbers."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._records = Records(_Kept)
        self._texts = Shelf()
        #: The number of each file's record, from 1 on; 0 where there is none.
        self._of = array("I", bytes(4 * len(files)))
        #: The sign of each record.
        self._signs = array("I")
        self._numbers: dict[Sign, int] = {}
        #: What files export and offer; few do.
        self.exports: dict[int, tuple[Export, ...]] = {}
        self.offers: dict[int, tuple[Offer, ...]] = {}

    def put(self, number: int, told: Told) -> None:
        """Put aside what a file told, in place of what it told before."""
        rest, result = told.rest, told.rest.result
        has = [name for name in _FIELDS if getattr(result, name)]
        sign = Sign(rest.lacking, frozenset(has + ["violations"] * bool(told.packed.number)))
        self._signs.append(self._numbers.setdefault(sign, len(self._numbers)))
        self._of[number] = self._records.append(self._kept(told)) + 1
        _set(self.exports, number, rest.exports)
        _set(self.offers, number, rest.offers)

    def _kept(self, told: Told) -> _Kept:
        suppressions = told.rest.suppressions if told.rest.offers else _NOTHING
        result = told.rest.result
        change = result.change
        if change is None:
            return _Kept(result, told.packed, suppressions)
        texts = change.texts if isinstance(change.texts, bytes) else change.texts.read()
        place = self._texts.put(texts), len(texts)
        result = replace(result, change=replace(change, texts=b"", fixed=()))
        return _Kept(result, told.packed, suppressions, pack(change.fixed), place)

    def join(self, number: int, violations: Iterable[Violation]) -> None:
        """Add violations that only the whole run could find."""
        outcome = Outcome(
            self.result(number),
            lacking=self.signs[self.sign(number)].lacking,
            suppressions=self._records[self._of[number] - 1].suppressions,
        )
        self.put(number, Told.of(outcome.joined(violations)))

    def result(self, number: int) -> FileResult:
        """Return what a file's outcome reports."""
        kept = self._records[self._of[number] - 1]
        violations = Violations(kept.packed) if kept.packed.number else ()
        change = kept.result.change and self._change(kept.result.change, kept)
        return replace(kept.result, violations=violations, change=change)

    def _change(self, change: Change, kept: _Kept) -> Change:
        texts = Shelved(self._texts, *kept.texts)
        return replace(change, texts=texts, fixed=Violations(kept.fixed))

    def sign(self, number: int) -> int:
        """Return which of the signs a file's outcome has."""
        return self._signs[self._of[number] - 1]

    @property
    def signs(self) -> list[Sign]:
        """All signs, by their numbers."""
        return [*self._numbers]

    def __iter__(self) -> Iterator[int]:
        """Go through the files that have told something."""
        return (number for number, record in enumerate(self._of) if record)

    @property
    def results(self) -> "Results":
        """What a report has to say, by path."""
        signs = self.signs
        telling = (number for number in self if signs[self.sign(number)].tells)
        return Results(self, self._files.in_order(telling))


def _set(known: dict[int, Items], number: int, items: Items) -> None:
    known.pop(number, None)
    if items:
        known[number] = items


class Results(Marked[FileResult]):
    """The results of files, read whenever somebody goes through them."""

    def __init__(self, outcomes: Outcomes, numbers: "array[int]") -> None:
        self._outcomes = outcomes
        self._numbers = numbers

    def __len__(self) -> int:
        """Count the files; nothing is read for that."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[FileResult]:
        """Read one after the other."""
        return map(self._outcomes.result, self._numbers)

    @overload
    def __getitem__(self, index: SupportsIndex) -> FileResult: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileResult]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> FileResult | Sequence[FileResult]:
        """Read one, or none yet of some."""
        if isinstance(index, slice):
            return Results(self._outcomes, self._numbers[index])
        return self._outcomes.result(self._numbers[index])

    def __reduce__(self) -> tuple[type[tuple[FileResult, ...]], tuple[tuple[FileResult, ...]]]:
        """Let the results travel in place of where they lie."""
        return tuple, (tuple(self),)

    def having(self, name: str) -> "Results":
        """Return those in which a field holds something."""
        has = [name in sign.has for sign in self._outcomes.signs]
        sign = self._outcomes.sign
        chosen = (number for number in self._numbers if has[sign(number)])
        return Results(self._outcomes, array("I", chosen))
