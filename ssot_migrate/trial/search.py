"""Which fixes break something: group testing, without knowing what a test is."""

from collections.abc import Collection, Generator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

#: What a step of the search asks (whether all is well with these taken back), is told and gives.
_Asking = Generator[frozenset[T], bool, None]


class Search(Generic[T]):
    """Find a 1-minimal set to take back, from answers to one question after another.

    All suspects together are known to break something, none of them to break nothing. In the end
    all is well with what is taken back, and putting any single one of it back breaks something:
    both were asked, whatever the answers depend on. Nothing is asked twice.

    Suspects are put back in groups; a group that breaks something is bisected. One culprit among n
    is found with at most ``ceil(log2(n)) + 1`` questions, one more where a guess does not help.
    """

    def __init__(self, suspects: Sequence[T], guess: Collection[T] = (), expected: int = 1) -> None:
        """Start; ``guess`` are likely culprits, ``expected`` says how many there are if so."""
        self._all = frozenset(suspects)
        self._kept: frozenset[T] = frozenset()
        self._answers = {frozenset[T](): False, self._all: True}
        self._steps = self._find(suspects, guess, expected)
        #: Among how many one is looked for at the moment.
        self.suspected = len(self._all)
        #: What to take back for the next answer, ``None`` where there is nothing more to ask.
        self.question: frozenset[T] | None = next(self._steps, None)

    @property
    def taken_back(self) -> frozenset[T]:
        """What must be taken back as far as is known now: with it all is well."""
        return self._all - self._kept

    def answer(self, *, well: bool) -> None:
        """Say whether all is well with what the question takes back."""
        try:
            self.question = self._steps.send(well)
        except StopIteration:
            self.question = None

    def _find(self, suspects: Sequence[T], guess: Collection[T], expected: int) -> _Asking[T]:
        unlikely = [one for one in suspects if one not in guess]
        likely = [one for one in suspects if one in guess]
        if not suspects:
            return
        if not (likely and unlikely):
            yield from self._put_back(suspects, len(suspects), expected)
        elif (yield from self._keep(unlikely)):
            yield from self._put_back(likely, len(likely), expected)
        else:
            yield from self._put_back([*unlikely, *likely], len(unlikely), 1)
        yield from self._minimize(suspects)

    def _put_back(self, suspects: Sequence[T], bad: int, expected: int) -> _Asking[T]:
        """Put back what breaks nothing, where the first so many are known to break something.

        How far one goes at first follows from how many culprits there were so far, so that many
        cost hardly more than one question each.
        """
        stride, culprits, start = len(suspects) // (expected + 1), 0, 0
        while start < len(suspects):
            rest = suspects[start:]
            if culprits == expected and (yield from self._keep(rest)):
                return
            bad = min(bad, len(rest)) if culprits == 0 or self._breaks(rest) else len(rest) + 1
            start += 1 + (yield from self._bisect(rest, bad, max(1, stride)))
            culprits += 1
            if culprits >= expected:
                stride = start // culprits

    def _bisect(
        self, rest: Sequence[T], bad: int, stride: int
    ) -> Generator[frozenset[T], bool, int]:
        """Put back all before the first that breaks something; return how many these are."""
        good, kept = 0, self._kept
        bad = min(bad, len(rest) + 1)
        while bad - good > 1:
            self.suspected = bad - good
            middle = min(good + stride, (good + bad) // 2)
            if (yield from self._well(kept.union(rest[:middle]))):
                good, stride = middle, stride * 2
                self._kept = kept.union(rest[:good])
            else:
                bad = middle
        return good

    def _minimize(self, suspects: Sequence[T]) -> _Asking[T]:
        """Put back each single one that breaks nothing now, until there is none."""
        before = None
        while before != self._kept:
            before = self._kept
            self.suspected = len(self.taken_back)
            for one in suspects:
                if one not in self._kept:
                    yield from self._keep([one])

    def _keep(self, more: Sequence[T]) -> Generator[frozenset[T], bool, bool]:
        """Put these back for good if that breaks nothing, and say so."""
        kept = self._kept.union(more)
        if (yield from self._well(kept)):
            self._kept = kept
            return True
        return False

    def _well(self, kept: frozenset[T]) -> Generator[frozenset[T], bool, bool]:
        taken_back = self._all - kept
        if taken_back not in self._answers:
            self._answers[taken_back] = yield taken_back
        return self._answers[taken_back]

    def _breaks(self, more: Sequence[T]) -> bool:
        """Tell whether putting these back is known to break something."""
        return self._answers.get(self._all - self._kept.union(more)) is False
