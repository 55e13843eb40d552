"""What is put aside is what is taken back."""

import errno
import gc
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.frozen import Frozen
from ssot_migrate.shelf import Records, Shelf, Shelved


class Named(Frozen):
    name: str
    number: int | None = None


@given(st.lists(st.binary(max_size=20)), st.integers(0, 60), st.randoms())
def test_whatever_is_put_aside(data: list[bytes], most: int, random: Random) -> None:
    shelf = Shelf(most)
    put: list[tuple[bytes, int]] = []
    for each in data:
        put.append((each, shelf.put(each)))
        before, place = random.choice(put)
        assert shelf.read(place, len(before)) == before
    assert all(shelf.read(place, len(before)) == before for before, place in put)
    assert sum(len(before) for before, place in put if place >= 0) <= most


@given(st.lists(st.builds(Named, st.text(), st.none() | st.integers(0, 99))), st.integers(0, 60))
def test_whatever_is_made_anew(values: list[Named], most: int) -> None:
    records = Records(Named, most)
    assert [records.append(value) for value in values] == [*range(len(values))]
    assert [records[number] for number in range(len(records))] == values


def test_what_is_no_text_is_made_anew_too() -> None:
    values = [Named("plain"), Named("caf\udce9.py"), Named("")]
    records = Records(Named, 0)
    for value in values:
        records.append(value)
    assert [records[number] for number in range(len(records))] == values


def test_bytes_are_compared_wherever_they_lie() -> None:
    def shelved(data: bytes, most: int) -> Shelved:
        shelf = Shelf(most)
        return Shelved(shelf, shelf.put(data), len(data))

    one, same, other = shelved(b"some", 0), shelved(b"some", 9), shelved(b"more", 0)
    assert one == same == b"some" == one
    assert hash(one) == hash(same)
    assert one not in {other, b"more"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The temporary files that were opened."""
    from tempfile import TemporaryFile

    files: list[IO[bytes]] = []

    def open_one(**given: Any) -> IO[bytes]:  # noqa: ANN401 (as the library has it)
        files.append(TemporaryFile(**given))  # noqa: SIM115 (what is tested closes it)
        return files[-1]

    monkeypatch.setattr("tempfile.TemporaryFile", open_one)
    return files


def test_its_file_is_closed_with_the_last_that_lies_on_it(opened: list[IO[bytes]]) -> None:
    shelf = Shelf(0)
    place = Shelved(shelf, shelf.put(b"some"), 4)
    del shelf
    gc.collect()
    assert place.read() == b"some"
    del place
    gc.collect()
    assert [file.closed for file in opened] == [True]


def test_what_has_room_in_memory_needs_no_file(opened: list[IO[bytes]]) -> None:
    shelf = Shelf(4)
    assert shelf.read(shelf.put(b"some"), 4) == b"some"
    assert not opened
    assert shelf.read(shelf.put(b"more"), 4) == b"more"
    assert len(opened) == 1


def test_where_there_is_no_disk_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", denied)
    shelf = Shelf(0)
    assert shelf.read(shelf.put(b"some"), 4) == b"some"


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
    assert [place < 0 for place in put] == [True, False, True, False]
    assert [shelf.read(place, len(each)) for place, each in zip(put, data, strict=True)] == data
