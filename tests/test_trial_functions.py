"""Bad fixes in test functions are searched at once, each judged by its own tests."""

import random
from collections.abc import Callable, Collection

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.model import Change, Failure, Violation
from ssot_migrate.trial.runner import Observation, Seen, TestId
from ssot_migrate.trial.trial import TrialResult
from tests.trials import PASSED, World, breaks, change, concerning, failing, only, unmakeable


def names(result: TrialResult) -> set[str | None]:
    return {one.violation.name for one in result.taken_back}


def one_file(*fixes: str, tests: Collection[str], **broken: str) -> World:
    return World([change("test_a.py", *fixes)], {"test_a.py": [*tests]}, breaks(**broken))


def put_back(fixes: frozenset[str], *names: str) -> bool:
    return {f"test_a.py:{name}" for name in names} <= fixes


@pytest.mark.parametrize("bad", ["a", "b", "ab"])
@pytest.mark.parametrize("count", [1, 6, 30])
def test_any_number_of_bad_functions_costs_the_same(count: int, bad: str) -> None:
    """Each has two fixes; the first is bad, the second, or now the one and now the other."""
    tests = [f"test_{number}" for number in range(40)]
    broken = {f"test_{number}": f"{bad[number % len(bad)]}{number}" for number in range(count)}
    fixes = [f"test_{number}/{name}{number}" for number in range(40) for name in "ab"]
    result = one_file(*fixes, "ws/w", tests=tests, **broken).conduct()
    told = {one.violation.name: one.test for one in result.taken_back}
    assert told == {fix: f"test_a.py::{test}" for test, fix in broken.items()}
    # Before, after, both again, all of their fixes taken back, and one of each with the other.
    assert result.runs <= 2 + 2 + 1 + 2


def test_all_parametrisations_judge_a_function() -> None:
    """Each of its fixes breaks another of its tests."""
    world = one_file(
        "test_1/a", "test_1/b", "test_1/c", "test_2/d",
        tests=["test_1[x]", "test_1[y]", "test_2"],
        **{"test_1[x]": "a", "test_1[y]": "b", "test_2": "d"},
    )  # fmt: skip
    result = world.conduct()
    assert names(result) == {"a", "b", "d"}
    assert "confirm" not in world.doings, "the last question is the whole result"


@pytest.mark.parametrize("tests", [("TestB::test_1", "TestC::test_1"),
                                   ("TestA::test_1", "TestB::test_1", "TestC::test_1")])  # fmt: skip
def test_inherited_tests_judge_a_method(tests: tuple[str, ...]) -> None:
    """Whether or not its own class runs as well, a fix may break one of the others alone."""

    def ends(test: str, fixes: frozenset[str]) -> Seen:
        bad = {tests[0]: "a", tests[-1]: "c", "test_2": "d"}.get(test.partition("::")[2], "-")
        return failing() if put_back(fixes, bad) else PASSED

    fixes = ["TestA.test_1/a", "TestA.test_1/b", "TestA.test_1/c", "test_2/d", "test_2/e"]
    world = one_file(*fixes, tests=[*tests, "test_2"])
    world.oracle = ends
    result = world.conduct()
    assert names(result) == {"a", "c", "d"}
    assert result.runs <= 2 + 2 + 1 + 4


def test_a_bad_fixture_is_searched_before_functions() -> None:
    """It breaks tests with good fixes of their own; others have bad ones."""
    broken = {f"test_{number}": f"a{number}" if number % 2 else "w" for number in range(30)}
    fixes = [f"test_{number}/{name}{number}" for number in range(30) for name in "ab"]
    world = one_file(*fixes, "ws/v", "ws/w", tests=broken, **broken)
    result = world.conduct()
    assert names(result) == {"w", *(f"a{number}" for number in range(1, 30, 2))}
    assert result.runs <= 2 + 2 + 1 + 8 + 1 + 3


def test_a_pair_of_a_function_and_a_fixture_costs_the_one_in_the_function() -> None:
    world = one_file("test_1/a", "test_1/b", "test_2/c", "ws/w", tests=["test_1", "test_2"])
    world.oracle = lambda test, fixes: (
        failing() if test.endswith("test_1") and put_back(fixes, "b", "w") else PASSED
    )
    assert names(world.conduct()) == {"b"}


def minimal(world: World, result: TrialResult) -> bool:
    """Tell whether all tests pass with what is kept, and one fails with any more."""
    kept = frozenset(f"{fix.path}:{fix.name}" for one in result.changes for fix in one.fixed)
    taken = {f"{one.violation.path}:{one.violation.name}" for one in result.taken_back}
    tests = [f"{path}::{name}" for path, found in world.tests.items() for name in found]

    def well(fixes: frozenset[str]) -> bool:
        return all(world.oracle(test, fixes) == PASSED for test in tests)

    return well(kept) and not any(well(kept | {one}) for one in taken)


def test_functions_that_are_not_apart_are_searched_together() -> None:
    """What looked like a fault of two functions is that of one: the other's fix is given back."""
    world = one_file("test_1/a", "test_1/b", "test_2/c", "<module>/m", tests=["test_1", "test_2"])
    world.oracle = lambda test, fixes: (
        failing() if put_back(fixes, "b" if test.endswith("1") else "a") else PASSED
    )
    result = world.conduct()
    assert names(result) == {"a", "b"}


def test_a_test_that_needs_the_fix_of_another_shows_that_functions_are_not_apart() -> None:
    """Without ``b``, which breaks its own test, the other test fails."""
    world = one_file("test_1/b", "test_2/c", "test_3/d", tests=["test_1", "test_2", "test_3"])
    world.oracle = lambda test, fixes: (
        failing()
        if (test.endswith("1") and put_back(fixes, "b"))
        or (test.endswith("2") and put_back(fixes, "c") and not put_back(fixes, "b"))
        else PASSED
    )
    result = world.conduct()
    assert names(result) == {"b", "c"}
    assert minimal(world, result)


@pytest.mark.parametrize("dies", [True, False])
def test_what_takes_others_with_it_is_asked_alone(*, dies: bool) -> None:
    """``a`` without ``b`` ends the process, or the file's tests; the others are not to blame."""
    world = one_file(
        "test_1/a", "test_1/b", "test_2/c", "test_2/d", "test_3/e", "test_3/f",
        tests=["test_1", "test_2", "test_3"], test_1="b", test_2="d", test_3="f",
    )  # fmt: skip

    def adapt(_: int, seen: Observation, fixes: frozenset[str]) -> Observation:
        if not put_back(fixes, "a") or put_back(fixes, "b"):
            return seen
        return replace(seen, tests=None if dies else {TestId("test_a.py", ""): failing()})

    world.adapt = adapt
    assert names(world.conduct()) == {"a", "b", "d", "f"}


def together(*fixes: str) -> Callable[[Change, Collection[Violation]], Change | Failure | None]:
    """Let some fixes be made together or not at all, as soon as another one is left out."""

    def partly(changed: Change, kept: Collection[Violation]) -> Change | Failure | None:
        found = {fix.name for fix in kept} & {*fixes}
        return unmakeable(changed, kept) if 0 < len(found) < len(fixes) else only(changed, kept)

    return partly


def test_fixes_of_two_functions_that_need_each_other_are_taken_back_together() -> None:
    world = one_file(
        "test_1/a", "test_1/b", "test_2/c", "test_2/d", "test_3/e",
        tests=["test_1", "test_2", "test_3"], test_1="a", test_2="d",
    )  # fmt: skip
    world.only = together("a", "c")
    result = world.conduct()
    assert names(result) == {"a", "c", "d"}
    assert [fix.name for one in result.changes for fix in one.fixed] == ["b", "e"]


def test_fixes_that_cannot_be_left_at_once_are_asked_about_alone() -> None:
    world = one_file(
        "test_1/a", "test_1/b", "test_2/c", "test_2/d",
        tests=["test_1", "test_2"], test_1="a", test_2="c",
    )  # fmt: skip

    def partly(changed: Change, kept: Collection[Violation]) -> Change | Failure | None:
        is_odd = {fix.name for fix in kept} == {"a", "c"}
        return unmakeable(changed, kept) if is_odd else only(changed, kept)

    world.only = partly
    result = world.conduct()
    assert names(result) == {"a", "c"}


@pytest.mark.parametrize("is_monotone", [True, False])
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
@example(seed=18)
@example(seed=296)
def test_the_result_is_minimal_whatever_breaks_a_test(seed: int, *, is_monotone: bool) -> None:
    """Fixes of its function, its file and the fixtures, alone or together, or lacking others."""
    dice, paths = random.Random(seed), ["test_a.py", "test_b.py"]  # noqa: S311
    changes = []
    for path in [*paths, "conftest.py"]:
        scopes = ["test_1", "test_2", "<module>", "ws"]
        if path in paths:
            scopes.insert(2, "test_3")
        found = [dice.choice(scopes) for _ in range(dice.randint(path in paths, 6))]
        if found:
            fixes = (f"{scope}/{path[5]}{number}" for number, scope in enumerate(found))
            changes.append(change(path, *fixes))
    often = dice.choice([0.1, 0.3, 0.6])

    def ends(test: str, fixes: frozenset[str]) -> Seen:
        near = tuple(sorted(concerning(changes, test) & fixes))
        pairs = [f"{one}{other}" for one in near for other in near if one <= other]
        keys = pairs if is_monotone else [str(near)] * bool(near)
        fell = (random.Random(f"{seed}{test}{key}").random() for key in keys)  # noqa: S311
        return failing() if any(one < often for one in fell) else PASSED

    tests = dict.fromkeys(paths, ("test_1", "test_2", "test_3"))
    world = World(changes, tests, ends, users={"conftest.py": paths})
    assert minimal(world, world.conduct())
