"""What is handed out at a time: files of so many bytes together, the largest first."""

import os
from collections.abc import Iterable, Iterator
from typing import TypeVar

from ssot_migrate.model import SourceFile

Item = TypeVar("Item")


def batches(
    sized: Iterable[tuple[int, Item]], most_bytes: int, most_files: int
) -> Iterator[list[Item]]:
    """Yield items in batches of at most so many bytes, or of one item that is larger by itself.

    The largest come first, so that no process is left alone with one of them at the end.
    """
    batch: list[Item] = []
    held = 0
    for size, item in sorted(sized, key=lambda each: -each[0]):
        if batch and (held + size > most_bytes or len(batch) == most_files):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += size
    if batch:
        yield batch


def size(file: SourceFile) -> int:
    """Return the bytes that a file holds, 0 where that is not known."""
    if file.content is not None:
        return len(file.content)
    try:
        return os.stat(file.location).st_size  # noqa: PTH116 (this runs for every file of a tree)
    except OSError:
        return 0
