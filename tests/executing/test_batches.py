"""What is handed out at a time."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.executing.batches import batches, size
from ssot_migrate.model import SourceFile

SIZES = st.lists(st.integers(0, 50))


@given(SIZES, st.integers(1, 100), st.integers(1, 5))
def test_batches_are_bounded_and_hold_everything(
    sizes: list[int], most_bytes: int, most_files: int
) -> None:
    found = list(batches([(each, each) for each in sizes], most_bytes, most_files))
    assert [each for batch in found for each in batch] == sorted(sizes, reverse=True)
    assert all(1 <= len(batch) <= most_files for batch in found)
    assert all(len(batch) == 1 or sum(batch) <= most_bytes for batch in found)


@given(SIZES, st.integers(1, 100), st.integers(1, 5))
def test_no_batch_could_take_the_next_file_too(
    sizes: list[int], most_bytes: int, most_files: int
) -> None:
    found = list(batches([(each, each) for each in sizes], most_bytes, most_files))
    for batch, following in pairwise(found):
        assert len(batch) == most_files or sum(batch) + following[0] > most_bytes


def test_files_of_one_size_keep_their_order() -> None:
    assert list(batches([(1, "b"), (1, "a"), (2, "c")], 3, 9)) == [["c", "b"], ["a"]]


def test_the_size_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"12345")
    assert size(SourceFile.of(str(path), "a.py")) == 5
    assert size(SourceFile.of(str(path), "a.py", b"ab")) == 2
    assert size(SourceFile.of(str(tmp_path / "gone.py"), "gone.py")) == 0
