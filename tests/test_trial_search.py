"""The search for what breaks: minimal against any oracle, and sparing."""

import math
from collections.abc import Callable, Collection
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.trial.search import Search

Oracle = Callable[[frozenset[int]], bool]


def searched(
    count: int, well: Oracle, guess: Collection[int] = (), expected: int = 1
) -> tuple[frozenset[int], int]:
    """Search with an oracle that tells whether all is well with what is kept; count the questions."""
    search = Search(range(count), guess, expected)
    everything, asked = frozenset(range(count)), set[frozenset[int]]()
    while search.question is not None:
        assert search.question not in asked
        asked.add(search.question)
        assert 0 < search.suspected <= count
        search.answer(well=well(everything - search.question))
        assert search.taken_back == everything or search.taken_back in asked
    return search.taken_back, len(asked)


def bad(*culprits: int) -> Oracle:
    """Make an oracle for fixes that each break something on their own."""
    return lambda kept: not kept.intersection(culprits)


def assert_minimal(count: int, taken_back: frozenset[int], well: Oracle) -> None:
    kept = frozenset(range(count)) - taken_back
    assert not kept or well(kept)
    assert all(not well(kept | {one}) for one in taken_back)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 20, 33, 100, 500])
def test_one_culprit_is_bisected(count: int) -> None:
    for culprit in range(count):
        found, questions = searched(count, bad(culprit))
        assert found == {culprit}
        assert questions <= math.ceil(math.log2(count)) + 1


@given(st.data())
def test_a_guess_costs_one_question_at_most(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 500))
    culprit = data.draw(st.integers(0, count - 1))
    guess = data.draw(st.sets(st.integers(0, count - 1)))
    found, questions = searched(count, bad(culprit), guess)
    assert found == {culprit}
    assert questions <= math.ceil(math.log2(count)) + 2


def test_a_guess_of_the_culprit_alone_is_one_question() -> None:
    assert searched(500, bad(321), guess={321}) == ({321}, 1)


def test_many_culprits_in_a_guess_are_a_question_each() -> None:
    culprits = range(0, 300, 10)
    found, questions = searched(300, bad(*culprits), culprits, expected=30)
    assert found == frozenset(culprits)
    assert questions <= 1 + 30


def test_where_all_are_bad_each_costs_hardly_more_than_one_question() -> None:
    found, questions = searched(200, lambda kept: not kept)
    assert found == frozenset(range(200))
    assert questions <= 200 + 2 * math.log2(200)


@given(st.integers(1, 400), st.data())
def test_several_culprits_are_found(count: int, data: st.DataObject) -> None:
    culprits = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=6))
    guess = data.draw(st.sets(st.integers(0, count - 1), max_size=20))
    found, questions = searched(count, bad(*culprits), guess, data.draw(st.integers(1, 10)))
    assert found == culprits
    assert questions <= 4 * len(culprits) * (math.log2(count) + 2)


@given(st.integers(2, 200), st.data())
def test_monotone_oracles(count: int, data: st.DataObject) -> None:
    """Some break alone, some only together with others."""
    one = st.frozensets(st.integers(0, count - 1), min_size=1, max_size=3)
    breaking = data.draw(st.sets(one, min_size=1, max_size=5))

    def well(kept: frozenset[int]) -> bool:
        return not any(together <= kept for together in breaking)

    found, _ = searched(count, well, data.draw(st.sets(st.integers(0, count - 1))))
    assert_minimal(count, found, well)


@given(st.integers(1, 6), st.data())
def test_any_oracle(count: int, data: st.DataObject) -> None:
    """Fixes may repair what others break, in any way at all."""
    subsets = chain.from_iterable(combinations(range(count), size) for size in range(1, count))
    wells = {frozenset(one) for one in subsets if data.draw(st.booleans())}
    guess = data.draw(st.sets(st.integers(0, count - 1)))
    found, _ = searched(count, wells.__contains__, guess, data.draw(st.integers(1, 4)))
    assert_minimal(count, found, wells.__contains__)


def test_two_that_only_break_together_cost_one_of_them() -> None:
    found, _ = searched(50, lambda kept: not {7, 31} <= kept)
    assert found in ({7}, {31})


def test_one_that_repairs_another_is_kept_with_it() -> None:
    """3 breaks unless 40 is there; 20 breaks in any case."""
    found, _ = searched(50, lambda kept: 20 not in kept and (3 not in kept or 40 in kept))
    assert found == {20}


def test_whatever_is_taken_back_at_any_time_is_well() -> None:
    search = Search(range(8))
    assert search.taken_back == frozenset(range(8))
    search.answer(well=True)
    assert search.taken_back == {4, 5, 6, 7}


def test_nothing_is_asked_of_nothing_or_of_one() -> None:
    assert searched(0, bad()) == (frozenset(), 0)
    assert searched(1, bad(0)) == ({0}, 0)
