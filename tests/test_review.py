"""What was decided of each fix."""

import pytest
from msgspec.structs import replace

from ssot_migrate.model import Change
from ssot_migrate.reviewing.review import Decision, Edited, Review, Suppressed, Verdict
from tests.report.reports import violation


def change(path: str, *places: tuple[int, int]) -> Change:
    fixed = tuple(replace(violation(path, line), column=column) for line, column in places)
    return Change.of(f"/{path}", path, b"", b"", fixed)


@pytest.fixture
def review() -> Review:
    return Review.of([change("b.py", (9, 5), (2, 8), (2, 5)), change("a.py", (7, 1))])


def test_files_and_lines_are_in_order(review: Review) -> None:
    places = [(o.number, o.violation.path, o.violation.line) for o in review.offers]
    assert places == [(1, "a.py", 7), (2, "b.py", 2), (3, "b.py", 2), (4, "b.py", 9)]
    assert review.offers[1].violation.column < review.offers[2].violation.column


def test_what_is_decided_is_not_offered_again(review: Review) -> None:
    first, second, third, fourth = review.offers
    assert review.next is first
    review.decide([first.violation], Verdict.LEFT)
    review.decide([second.violation, fourth.violation], Verdict.TAKEN)
    assert review.next is third
    assert review.rest_of_file(third) == [third.violation]
    review.reopen([first.violation])
    assert review.next is first


def test_nothing_is_left_to_ask(review: Review) -> None:
    for offer in review.offers:
        review.decide([offer.violation], Verdict.BARRED)
    assert review.next is None


@pytest.mark.parametrize(
    ("decision", "taken", "why"),
    [
        (Verdict.TAKEN, True, "taken"),
        (Edited(("a",), ("b",)), True, "edited"),
        (Verdict.LEFT, False, "you left it"),
        (Suppressed("kept on purpose"), False, "suppressed: kept on purpose"),
        (None, False, "you did not come to it"),
    ],
)
def test_what_is_taken(*, review: Review, decision: Decision | None, taken: bool, why: str) -> None:
    offer = review.offers[0]
    if decision:
        review.decide([offer.violation], decision)
    assert review.taken(offer.change) == ([offer.violation] if taken else [])
    assert review.why(offer.violation) == why
