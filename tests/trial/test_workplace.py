"""Trees that the tests run in: what files hold for one execution, and that the start comes back."""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.model import UserError
from ssot_migrate.trial.workplace import Copy, InPlace

links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
contents = st.dictionaries(st.sampled_from("abc"), st.binary(max_size=2))


def trees(folder: Path) -> tuple[Path, Copy]:
    """Make a project of three files, and its copy."""
    original, top = folder / "original", folder / "copy"
    for tree in (original, top):
        tree.mkdir()
        for name in "abc":
            (tree / name).write_bytes(name.encode())
    return original, Copy(original, original, top)


@given(st.lists(contents, max_size=6))
@settings(max_examples=40)
def test_files_hold_what_they_should_and_all_others_their_own(
    tmp_path_factory: pytest.TempPathFactory, executions: list[dict[str, bytes]]
) -> None:
    original, copy = trees(tmp_path_factory.mktemp("trees"))
    seen: dict[tuple[str, int], bytes] = {}
    for given_ in executions:
        with copy.holding({str(original / name): held for name, held in given_.items()}):
            for name in "abc":
                file = copy.root / name
                held = file.read_bytes()
                assert held == given_.get(name, name.encode())
                # What Python knows a compiled file by is never the same for other contents.
                key = (name, int(file.stat().st_mtime))
                assert seen.setdefault(key, held) == held
    assert [(original / name).read_bytes() for name in "abc"] == [b"a", b"b", b"c"]


@given(st.lists(contents, max_size=3))
@settings(max_examples=15)
def test_in_place_everything_comes_back_after_each_execution(
    tmp_path_factory: pytest.TempPathFactory, executions: list[dict[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("place")
    for name in "abc":
        (folder / name).write_bytes(name.encode())
        os.utime(folder / name, ns=(7, 1_500_000_000_000_000_001))
    place = InPlace(folder)
    for given_ in executions:
        with place.holding({str(folder / name): held for name, held in given_.items()}):
            for name in "abc":
                assert (folder / name).read_bytes() == given_.get(name, name.encode())
        for name in "abc":
            assert (folder / name).read_bytes() == name.encode()
            assert (folder / name).stat().st_mtime_ns == 1_500_000_000_000_000_001


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_in_place_everything_comes_back_whatever_happens(
    tmp_path: Path, error: type[BaseException]
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with contextlib.suppress(error), InPlace(tmp_path).holding({str(tmp_path / "a"): b"other"}):
        assert (tmp_path / "a").read_bytes() == b"other"
        raise error
    assert (tmp_path / "a").read_bytes() == b"a"


def test_in_place_what_somebody_wrote_meanwhile_is_left_and_named(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    changes = {str(tmp_path / name): b"other" for name in "ab"}
    with (
        pytest.raises(
            UserError, match=r"a: could not be given its bytes again, for it was changed"
        ),
        InPlace(tmp_path).holding(changes),
    ):
        (tmp_path / "a").write_bytes(b"by hand")
    assert (tmp_path / "a").read_bytes() == b"by hand"
    assert (tmp_path / "b").read_bytes() == b"b"


def test_in_place_a_file_that_cannot_be_written_takes_back_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.setattr(os, "access", lambda path, _: not str(path).endswith("b"))
    with (
        pytest.raises(UserError, match="b: no permission"),
        InPlace(tmp_path).holding({str(tmp_path / name): b"other" for name in "ab"}),
    ):
        pytest.fail("it is not to be entered")
    assert (tmp_path / "a").read_bytes() == b"a"


def make_copy(folder: Path) -> tuple[Path, Copy]:
    return trees(folder)


def make_place(folder: Path) -> tuple[Path, InPlace]:
    folder.joinpath("original").mkdir()
    return folder / "original", InPlace(folder / "original")


@pytest.mark.parametrize("make", [make_copy, make_place])
def test_a_file_that_is_not_there_is_an_error(
    tmp_path: Path, make: Callable[[Path], tuple[Path, Copy | InPlace]]
) -> None:
    original, workplace = make(tmp_path)
    with (
        pytest.raises(UserError, match=r"gone\.py: cannot be read"),
        workplace.holding({str(original / "gone.py"): b""}),
    ):
        pytest.fail("it is not to be entered")


def test_a_file_outside_of_the_project_has_no_place_in_the_copy(tmp_path: Path) -> None:
    _, copy = trees(tmp_path)
    with pytest.raises(UserError, match="lies outside of"):
        copy.place(str(tmp_path / "else.py"))


@links
def test_a_file_is_known_by_any_name_of_its(tmp_path: Path) -> None:
    original, copy = trees(tmp_path)
    (tmp_path / "link").symlink_to(original)
    assert copy.place(str(tmp_path / "link" / "a")) == str(copy.top / "a")


@links
def test_a_link_out_of_the_copy_is_not_written_through(tmp_path: Path) -> None:
    original, copy = trees(tmp_path)
    (tmp_path / "outside").write_bytes(b"outside")
    for tree in (original, copy.top):
        (tree / "link").symlink_to(tmp_path / "outside")
        (tree / "folder").symlink_to(tmp_path)
    with copy.holding({str(original / "link"): b"other"}):
        assert (copy.top / "link").read_bytes() == b"other"
    with copy.holding({}):
        assert (copy.top / "link").read_bytes() == b"outside"
    assert (tmp_path / "outside").read_bytes() == b"outside"
    with (
        pytest.raises(UserError, match="link out of the project"),
        copy.holding({str(original / "folder" / "outside"): b"other"}),
    ):
        pytest.fail("it is not to be entered")
    assert (tmp_path / "outside").read_bytes() == b"outside"
