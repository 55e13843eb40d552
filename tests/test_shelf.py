"""What is put aside is what is taken back."""

import errno
import gc
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.shelf import Shelf, Shelved


def taken(put: bytes | Shelved) -> bytes:
    return put if isinstance(put, bytes) else put.read()


@given(st.lists(st.binary(max_size=20)), st.integers(0, 60), st.randoms())
def test_whatever_is_put_aside(data: list[bytes], most: int, random: Random) -> None:
    shelf = Shelf(most)
    put: list[tuple[bytes, bytes | Shelved]] = []
    for each in data:
        put.append((each, shelf.put(each)))
        before, place = random.choice(put)
        assert taken(place) == before
    del shelf
    gc.collect()
    assert all(taken(place) == before for before, place in put)
    assert sum(len(place) for _, place in put if isinstance(place, bytes)) <= most


def test_bytes_are_compared_wherever_they_lie() -> None:
    one, same, other = Shelf(0).put(b"some"), Shelf(0).put(b"some"), Shelf(0).put(b"more")
    assert one == same == b"some" == one
    assert hash(one) == hash(same)
    assert one not in {other, b"more"}


def test_its_file_is_closed_with_the_last_that_lies_on_it() -> None:
    place = Shelf(0).put(b"some")
    assert isinstance(place, Shelved)
    assert place.read() == b"some"
    file = place.file
    del place
    gc.collect()
    assert file.closed


def test_where_there_is_no_disk_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", denied)
    assert Shelf(0).put(b"some") == b"some"


def test_on_a_disk_that_is_full_it_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Disk:
        """Has room for so many bytes; of what is more it takes a part, and then nothing."""

        def __init__(self, room: int) -> None:
            self.file = (tmp_path / "file").open("w+b", buffering=0)
            self.seek, self.read, self.close = self.file.seek, self.file.read, self.file.close
            self.room = room

        def write(self, data: bytes) -> int:
            if self.file.tell() == self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(data[: self.room - self.file.tell()])

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Disk(6))
    shelf = Shelf(0)
    data = [b"1234", b"5678", b"90", b"x"]
    put = [shelf.put(each) for each in data]
    assert [isinstance(place, Shelved) for place in put] == [True, False, True, False]
    assert [taken(place) for place in put] == data
