"""Changes as a person decided them: each is what the fixes alone give, and what was added."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.discover import discover
from ssot_migrate.model import Change, Failure, Request, Stage, Violation
from ssot_migrate.pipeline import Run, start
from ssot_migrate.reviewing.amend import Amended
from ssot_migrate.reviewing.edit import EditError
from ssot_migrate.reviewing.review import Edited, Suppressed, Verdict
from ssot_migrate.suppressions.suppress import comment
from tests.support import Project

FILE = """
    from unittest.mock import AsyncMock, MagicMock


    def test_first():
        ws = MagicMock()
        ws.send_text = AsyncMock()
        assert ws


    def test_second():
        ws, db_session = MagicMock(), AsyncMock()
        ws.user_id = "u2"
        other = MagicMock()  # stays: nothing says what it is
        assert ws.user_id == "u2" and other and db_session


    class TestThird:
        def test_third(self):
            ws = MagicMock()
            ws = MagicMock()
            handle(websocket=MagicMock(), session=AsyncMock())
            assert ws


    def test_first():
        ws = MagicMock()
        ws.send_text = AsyncMock()
        assert ws
"""
REASON, ADDED = "as it is", "# edited"


def found(folder: Path, text: str = FILE) -> tuple[Amended, Change]:
    project = Project(folder)
    project.write("tests/test_it.py", text)
    resolver = project.resolver(unsafe_fixes=True)
    run = start(discover([folder / "tests"], resolver)[0], resolver, Request(fix=True))
    (change,) = run.report.changes
    return Amended.of(run), change


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Amended, Change]:
    amended, change = found(tmp_path_factory.mktemp("many"))
    assert len(change.fixed) == 5
    return amended, change


def fresh(amended: Amended) -> Amended:
    return Amended.of(Run(amended.report, amended.settings))


def with_comment(amended: Amended, change: Change, fix: Violation) -> Edited:
    """Edit a fix: a comment below its lines."""
    _, new = amended.proposed(change, fix)
    indent = new[0][: len(new[0]) - len(new[0].lstrip())]
    return Edited(new, (*new, indent + ADDED))


def without_comments(data: bytes) -> list[str]:
    lines = [line for line in data.decode().splitlines() if line.strip() != ADDED]
    for rule in ("websocket", "database"):
        text = comment(rule, REASON)
        lines = [line.replace(text, "").rstrip() for line in lines if line.strip() != text]
    return lines


@given(st.lists(st.sampled_from("ynse"), min_size=5, max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_change_is_its_fixes_and_what_was_added(
    many: tuple[Amended, Change], keys: list[str]
) -> None:
    amended, change = fresh(many[0]), many[1]
    review = amended.review
    for fix, key in zip(change.fixed, keys, strict=True):
        match key:
            case "y":
                review.decide([fix], Verdict.TAKEN)
            case "s":
                review.decide([fix], Suppressed(REASON))
            case "e":
                review.decide([fix], with_comment(amended, change, fix))
            case _:
                review.decide([fix], Verdict.LEFT)
    taken = review.taken(change)
    plain, now = Run.only(amended, change, taken), amended.now(change)
    assert not isinstance(plain, Failure)
    if set(keys) == {"n"}:
        assert now is None
        return
    assert isinstance(now, Change)
    assert without_comments(now.after) == without_comments(plain.after if plain else change.before)
    assert now.after.count(ADDED.encode()) == keys.count("e")
    assert now.after.count(REASON.encode()) == keys.count("s")
    assert set(now.fixed) == set(taken)


def test_what_a_trial_takes_back_keeps_the_rest(many: tuple[Amended, Change]) -> None:
    amended, change = fresh(many[0]), many[1]
    first, second, third, *_ = change.fixed
    amended.review.decide([first, third], Verdict.TAKEN)
    amended.review.decide([second], Suppressed(REASON))
    edited = with_comment(amended, change, change.fixed[-1])
    amended.review.decide([change.fixed[-1]], edited)
    decided = amended.decided()
    (change,) = decided.report.changes
    less = decided.only(change, [third, change.fixed[-1]])
    assert isinstance(less, Change)
    assert less.fixed == (third, change.fixed[-1])
    assert REASON.encode() in less.after
    assert ADDED.encode() in less.after
    # Without its fix an edit is nothing; a suppression is none's.
    least = decided.only(change, [])
    assert isinstance(least, Change)
    assert ADDED.encode() not in least.after
    assert least.after == change.before.replace(
        b"        ws = MagicMock()\n",
        b"        ws = MagicMock()  # ssot-migrate: ignore[websocket] as it is\n",
        1,
    )


def test_the_report_says_what_became_of_each(many: tuple[Amended, Change]) -> None:
    amended, change = fresh(many[0]), many[1]
    first, second, third, fourth, _ = change.fixed
    amended.review.decide([first], Verdict.TAKEN)
    amended.review.decide([second], Verdict.LEFT)
    amended.review.decide([third], Suppressed(REASON))
    amended.review.decide([fourth], Verdict.BARRED)
    (result,) = amended.decided().report.results
    assert result.change
    assert result.change.fixed == (first,)
    assert list(result.left.values()) == [
        "you left it",
        f"suppressed: {REASON}",
        "it cannot be rewritten beside what you decided before",
        "you did not come to it",
    ]


SHARED = """
    from unittest.mock import AsyncMock, MagicMock


    def test_it():
        handle(websocket=MagicMock(), agent=MagicMock())
"""


def test_suppressions_share_a_line(tmp_path: Path) -> None:
    amended, change = found(tmp_path, SHARED)
    assert len(change.fixed) == 2
    amended.review.decide(change.fixed, Suppressed(REASON))
    now = amended.now(change)
    assert isinstance(now, Change)
    both = sorted(comment(fix.rule, REASON).encode() for fix in change.fixed)
    assert sorted(line.strip() for line in now.after.splitlines() if b"#" in line) == both
    long, reason = found(tmp_path, SHARED)[1], "so " * 30
    amended.review.decide(long.fixed, Suppressed(reason))
    now = amended.now(long)
    assert isinstance(now, Change)
    *_, one, two, last = now.after.decode().splitlines()
    assert {one.strip(), two.strip()} == {comment(fix.rule, reason) for fix in long.fixed}
    assert last == SHARED.splitlines()[-1].removeprefix("    ")


def test_fixes_of_one_statement_are_not_edited_apart(tmp_path: Path) -> None:
    amended, change = found(tmp_path, SHARED)
    first, second = change.fixed
    amended.review.decide([first], with_comment(amended, change, first))
    amended.review.decide([second], Verdict.TAKEN)
    failure = amended.now(change)
    assert isinstance(failure, Failure)
    assert failure.message == "line 5: beside the other fixes the edit no longer fits"
    (result,) = amended.decided().report.results
    assert result.change is None
    assert result.failures == (failure,)


def test_what_an_edit_took_away_is_not_found_again(tmp_path: Path) -> None:
    code = """
        from unittest.mock import MagicMock


        def test_it():
            ws = MagicMock()
            websocket = MagicMock()
            ws.user_id = "u"
            websocket = MagicMock()
            assert ws.user_id, websocket
    """
    amended, change = found(tmp_path, code)
    first, _, last = change.fixed
    _, new = amended.proposed(change, first)
    lines = tuple(line for line in new if "websocket = " not in line)
    assert len(lines) < len(new)
    amended.review.decide([first], Edited(new, lines))
    assert isinstance(amended.now(change), Change)
    amended.review.decide([last], Suppressed(REASON))
    failure = amended.now(change)
    assert isinstance(failure, Failure)
    assert "an edit changed what is built there" in failure.message


def test_what_cannot_be_edited(
    many: tuple[Amended, Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    amended, change = fresh(many[0]), many[1]
    fix = change.fixed[0]
    failure = Failure(change.path, Stage.VERIFY, "not what was planned")
    whole = Run.only(amended, change, [fix])

    def gives(answer: object) -> None:
        amended.known.clear()
        monkeypatch.setattr(Run, "only", answer)

    gives(lambda *_: None)
    with pytest.raises(EditError, match="there is nothing to edit"):
        amended.proposed(change, fix)
    gives(lambda *_: failure)
    assert amended.now(change) is failure
    with pytest.raises(EditError, match="not what was planned"):
        amended.proposed(change, fix)
    gives(lambda _, __, fixes: whole if fixes else failure)
    with pytest.raises(EditError, match="not what was planned"):
        amended.proposed(change, fix)
    gives(lambda *_: whole)
    with pytest.raises(EditError, match="nothing but imports"):
        amended.proposed(change, fix)
