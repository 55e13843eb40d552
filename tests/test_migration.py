"""What a migration keeps so that another run can go on."""

from pathlib import Path

import pytest

from ssot_migrate.migrating.migration import Account, Migration, Outcome, Status
from ssot_migrate.model import UserError

OUTCOMES = [
    Outcome("directory\ta", "a", Status.MIGRATED, None, 5, 2, 1, {"manual": 3}, "abc1234", 4.5),
    Outcome("b", "b", Status.FAILED, "no"),
]


def test_another_run_knows_the_outcomes(tmp_path: Path) -> None:
    with Migration(tmp_path / "cache").lock("x"):
        Migration(tmp_path / "cache").keep(OUTCOMES)
    assert Migration(tmp_path / "cache").outcomes() == OUTCOMES


def test_without_a_migration(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no migration to go on with"):
        Migration(tmp_path).outcomes()


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"key": 1}]', b"\xff"])
def test_a_file_that_is_not_ours(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "migration/outcomes.json"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        Migration(tmp_path).outcomes()
    assert str(caught.value).startswith(f"{file}: cannot be read (")
    assert str(caught.value).endswith("); remove it")


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"), Migration(tmp_path / "file").lock(""):
        pass


def test_the_time_of_a_trial(tmp_path: Path) -> None:
    migration = Migration(tmp_path)
    assert migration.seconds_per_file("pytest") is None
    with migration.lock("x"):
        migration.add_trial("pytest", 3, 6.0)
        migration.add_trial("make", 1, 100.0)
        migration.add_trial("pytest", 1, 6.0)
    assert migration.seconds_per_file("pytest") == 3.0
    assert migration.seconds_per_file("tox") is None


def test_only_the_last_trials_count(tmp_path: Path) -> None:
    migration = Migration(tmp_path)
    with migration.lock("x"):
        migration.add_trial("pytest", 1, 1000.0)
        for _ in range(50):
            migration.add_trial("pytest", 2, 1.0)
    assert migration.seconds_per_file("pytest") == 0.5


def test_a_batch_that_is_tried_again_counts_once() -> None:
    """With another trial its key is another one; what is left of it is what the last one says."""
    old, new = "file\ta\t/\tpytest\t", "file\ta\t/\ttox\t"
    before = Outcome(old, "a", Status.MIGRATED, None, 5, 2, 1, {"manual": 3}, "abc1234", 4.0)
    again = Outcome(new, "a", Status.UNCHANGED, None, 0, 1, 0, {"manual": 1}, None, 1.0)
    (told,) = Account([again], [before], {new}).outcomes
    assert told == Outcome(new, "a", Status.MIGRATED, None, 5, 3, 0, {"manual": 1}, "abc1234", 5.0)
    assert Account([], [before], {new}).outcomes[0].left == {}


def test_a_failure_that_is_made_good_is_none() -> None:
    failed = Outcome("k", "a", Status.FAILED, "no", left={"their batch failed": 2})
    done = Outcome("k", "a", Status.MIGRATED, migrated=2)
    assert Account([done], [failed], {"k"}).outcomes == [done]


def test_batches_of_one_folder_with_two_trials_are_two() -> None:
    one, two = (Outcome(f"file\ta\t/\t{t}\t", "a", Status.MIGRATED, left={"x": 1}) for t in "pq")
    assert Account([two], [one], {one.key, two.key}).outcomes == [one, two]
