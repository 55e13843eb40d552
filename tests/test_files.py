"""The files of a run are those that were found."""

import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.files import Files
from ssot_migrate.model import SourceFile

#: Also what no encoding of text has: some systems have such names.
NAMES = st.text(st.characters(exclude_characters=f"\0{os.sep}/"), min_size=1, max_size=4) | (
    st.sampled_from(["a.py", "b.py", "caf\udce9.py"])
)
LOCATIONS = st.lists(NAMES, min_size=1, max_size=3).map(
    lambda parts: "".join(os.sep + part for part in parts)
)
FILES = st.lists(
    st.builds(SourceFile, LOCATIONS, st.integers(0, 2), st.none() | st.binary(max_size=3)),
    unique_by=(lambda file: file.location, lambda file: file.path),
)


@given(FILES)
def test_they_are_the_same_again(found: list[SourceFile]) -> None:
    files = Files(found)
    fields = [(file.location, file.path, file.content) for file in found]
    assert [(file.location, file.path, file.content) for file in files] == fields
    assert [files[number] for number in range(len(found))] == found
    assert files == found
    assert files[1:] == tuple(found[1:])
    assert files[::-1] == tuple(found[::-1])
    assert {*files.given} == {file for file in found if file.content is not None}
    for number, file in enumerate(found):
        folder = files.folders[files.folder(number)]
        assert folder == file.location[: len(folder)]
        assert os.sep not in file.location[len(folder) :]


@pytest.mark.parametrize("is_sorted", [False, True])
@given(FILES, FILES)
def test_what_is_among_them(
    is_sorted: bool,  # noqa: FBT001 (a parameter of the test)
    found: list[SourceFile],
    others: list[SourceFile],
) -> None:
    files = Files(sorted(found, key=lambda file: file.path) if is_sorted else found)
    assert all(file in files for file in found)
    known = {file.location: file.path for file in found}
    others = [file for file in others if known.get(file.location, file.path) == file.path]
    assert [file in files for file in others] == [file.location in known for file in others]
    assert "a.py" not in files


@given(FILES, st.randoms())
def test_numbers_are_put_in_the_order_of_the_paths(found: list[SourceFile], random: Random) -> None:
    files = Files(found)
    numbers = [*range(len(found))]
    random.shuffle(numbers)
    paths = [files[number].path for number in files.in_order(numbers)]
    assert paths == sorted(file.path for file in found)


def test_what_is_held_as_files_is_not_held_again() -> None:
    files = Files([SourceFile("/a.py")])
    assert Files.of(files) is files
    assert Files.of([*files]) == files
