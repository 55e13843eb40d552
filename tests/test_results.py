"""The files with results: written whole, bounded, and worth nothing when they are damaged."""

import errno
import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.disk import results


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def only_file(cache: Path) -> Path:
    (one,) = results.kept(cache)
    return one.path


def test_what_is_written_is_read(cache: Path) -> None:
    assert results.read(cache, "a") == b""
    assert results.version(cache, "a") is None
    assert results.write(cache, "a", b"one")
    assert results.write(cache, "b", b"two")
    assert (results.read(cache, "a"), results.read(cache, "b")) == (b"one", b"two")
    assert (cache / ".gitignore").read_text() == "*\n"
    first = results.version(cache, "a")
    results.write(cache, "a", b"three")
    assert results.read(cache, "a") == b"three"
    assert results.version(cache, "a") != first


@given(data=st.binary(min_size=1, max_size=40), at=st.integers(0), bit=st.integers(0, 7))
@settings(deadline=None)
def test_a_damaged_file_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int, bit: int
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    results.write(cache, "a", data)
    path = only_file(cache)
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(whole[:at])
    assert results.read(cache, "a") == b""
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    assert results.read(cache, "a") == b""
    path.write_bytes(whole + b"x")
    assert results.read(cache, "a") == b""
    assert results.write(cache, "a", data)
    assert results.read(cache, "a") == data


def test_the_files_used_last_stay(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_FILES", 2)
    for age, name in enumerate("abc"):
        results.write(cache, name, name.encode())
        os.utime(cache / f"results/{name}.results", (1000 + age, 1000 + age))
    assert results.read(cache, "b") == b"b"  # It is used now.
    results.write(cache, "d", b"d")
    assert {one.path.stem for one in results.kept(cache)} == {"b", "d"}


def test_the_bytes_are_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_BYTES", 100)
    results.write(cache, "a", bytes(50))
    os.utime(only_file(cache), (1000, 1000))
    assert not results.write(cache, "b", bytes(101))
    assert results.read(cache, "a") == bytes(50)
    results.write(cache, "b", bytes(60))
    assert [one.path.stem for one in results.kept(cache)] == ["b"]


def test_nothing_can_be_written(cache: Path) -> None:
    cache.write_text("a file stands in the folder's place")
    assert not results.write(cache, "a", b"one")
    assert results.read(cache, "a") == b""
    assert results.kept(cache) == results.clear(cache) == []


class Full(BytesIO):
    """A file on a disk without room."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.write(cache, "a", b"one")
    monkeypatch.setattr(results.os, "fdopen", lambda number, _: os.close(number) or Full())
    assert not results.write(cache, "a", b"two")
    assert results.read(cache, "a") == b"one"
    assert [path.name for path in (cache / "results").iterdir()] == ["a.results"]


def test_what_a_killed_run_left_is_removed_after_a_while(cache: Path) -> None:
    results.write(cache, "a", b"one")
    old, new = (cache / f"results/{name}.half-written" for name in ("old", "new"))
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1000, 1000))
    results.write(cache, "a", b"two")
    assert not old.exists()
    assert new.exists()  # Another run may be writing it.


def test_clearing_leaves_the_rest_of_the_folder(cache: Path) -> None:
    results.write(cache, "a", b"one")
    (cache / "results/x.half-written").write_bytes(b"x")
    journal = cache / "journal/entry"
    journal.parent.mkdir()
    journal.write_text("what undo needs")
    assert [one.size for one in results.clear(cache)] == [16 + 3]
    assert not (cache / "results").exists()
    assert journal.read_text() == "what undo needs"
    assert results.clear(cache) == []
