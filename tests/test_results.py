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
    (kind,) = results.kept(cache)
    (path,) = results.records(kind)
    return path


def test_what_is_written_is_read(cache: Path) -> None:
    assert results.read(cache, "a/x") == b""
    assert results.version(cache, "a/x") is None
    assert results.write(cache, "a/x", b"one")
    assert results.write(cache, "b/x", b"two")
    assert (results.read(cache, "a/x"), results.read(cache, "b/x")) == (b"one", b"two")
    assert (cache / ".gitignore").read_text() == "*\n"
    first = results.version(cache, "a/x")
    results.write(cache, "a/x", b"three")
    assert results.read(cache, "a/x") == b"three"
    assert results.version(cache, "a/x") != first


@given(data=st.binary(min_size=1, max_size=40), at=st.integers(0), bit=st.integers(0, 7))
@settings(deadline=None)
def test_a_damaged_file_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int, bit: int
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    results.write(cache, "a/x", data)
    path = only_file(cache)
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(whole[:at])
    assert results.read(cache, "a/x") == b""
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    assert results.read(cache, "a/x") == b""
    path.write_bytes(whole + b"x")
    assert results.read(cache, "a/x") == b""
    assert results.write(cache, "a/x", data)
    assert results.read(cache, "a/x") == data


def test_the_kinds_of_run_used_last_stay(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_KINDS", 2)
    for age, name in enumerate("abc"):
        results.write(cache, f"{name}/x", b"1")
        results.write(cache, f"{name}/y", b"2")
        os.utime(cache / "results" / name, (1000 + age, 1000 + age))
    assert results.read(cache, "b/x") == b"1"  # It is used now.
    results.write(cache, "d/x", b"d")
    assert results.forget(cache) == {"a", "c"}
    assert {one.path.name for one in results.kept(cache)} == {"b", "d"}
    assert results.read(cache, "b/y") == b"2"
    assert not (cache / "results/a").exists()


def test_the_bytes_are_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_BYTES", 150)
    results.write(cache, "a/x", bytes(50))
    os.utime(cache / "results/a", (1000, 1000))
    results.write(cache, "b/x", bytes(40))
    assert results.forget(cache) == set()
    results.write(cache, "b/y", bytes(20))
    assert results.forget(cache) == {"a"}
    results.write(cache, "b/z", bytes(50))
    assert results.forget(cache) == {"b"}
    assert results.kept(cache) == []


def test_nothing_can_be_written(cache: Path) -> None:
    cache.write_text("a file stands in the folder's place")
    assert not results.write(cache, "a/x", b"one")
    assert results.read(cache, "a/x") == b""
    assert results.kept(cache) == results.clear(cache) == []


class Full(BytesIO):
    """A file on a disk without room."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.write(cache, "a/x", b"one")
    monkeypatch.setattr(results.os, "fdopen", lambda number, _: os.close(number) or Full())
    assert not results.write(cache, "a/x", b"two")
    assert results.read(cache, "a/x") == b"one"
    assert [path.name for path in (cache / "results/a").iterdir()] == ["x.results"]


def test_what_a_killed_run_left_is_removed_after_a_while(cache: Path) -> None:
    results.write(cache, "a/x", b"one")
    old, new = (cache / f"results/a/{name}.half-written" for name in ("old", "new"))
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1000, 1000))
    results.forget(cache)
    assert not old.exists()
    assert new.exists()  # Another run may be writing it.


def test_clearing_leaves_the_rest_of_the_folder(cache: Path) -> None:
    results.write(cache, "a/x", b"one")
    (cache / "results/a/x.half-written").write_bytes(b"x")
    journal = cache / "journal/entry"
    journal.parent.mkdir()
    journal.write_text("what undo needs")
    assert [one.size for one in results.clear(cache)] == [16 + 3]
    assert not (cache / "results").exists()
    assert journal.read_text() == "what undo needs"
    assert results.clear(cache) == []
