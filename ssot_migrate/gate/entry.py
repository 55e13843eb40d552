"""The lines of a baseline: what each accepts, and how it is spelled."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from ssot_migrate.frozen import Frozen

#: Path, rule, scope and fingerprint: what entries are told apart by.
Key: TypeAlias = tuple[str, str, str, str]

#: Between the fields of a line; no field holds two blanks in a row.
_BETWEEN: Final = re.compile(r" {2,}")
#: What needs no quotes: nothing that begins like a comment, a quoted field or a conflict marker.
_PLAIN: Final = re.compile(r'(?!["#]|([<=>|])\1{6})\S+(?: \S+)*')
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{16}")
_COUNT: Final = re.compile(r"x([1-9][0-9]{0,17})")
_FORM: Final = "`path  rule  scope  fingerprint`, with two blanks between, and `x2` behind for two"


class LineError(ValueError):
    """A line that is no entry, and why."""


class Entry(Frozen, order=True):
    """One line of a baseline: blocks of code that are accepted where they are."""

    #: Relative to the project's root, with forward slashes.
    path: str
    rule: str
    #: Dotted name of the enclosing classes and functions, ``<module>`` at the top.
    scope: str
    #: Of the block, as its violation has it.
    fingerprint: str
    #: How many equal blocks in the scope it accepts.
    count: int = 1

    @property
    def key(self) -> Key:
        """What it accepts, however many of that."""
        return (self.path, self.rule, self.scope, self.fingerprint)

    def __str__(self) -> str:
        """Spell it as a line of the file."""
        fields = [*map(word, self.key), *([f"x{self.count}"] if self.count > 1 else [])]
        return "  ".join(fields)

    @classmethod
    def parse(cls, line: str) -> "Entry":
        """Read a line without its end. Raises LineError."""
        fields = _BETWEEN.split(line.strip())
        if len(fields) not in {4, 5}:
            raise LineError(f"an entry is {_FORM}")
        path, rule, scope, fingerprint = map(unquoted, fields[:4])
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise LineError(
                f"`{fingerprint}` is no fingerprint of 16 hex digits; an entry is {_FORM}"
            )
        count = _COUNT.fullmatch(fields[4]) if fields[4:] else None
        if fields[4:] and not count:
            raise LineError(f"`{fields[4]}` is no count; write `x2` for two")
        return cls(path, rule, scope, fingerprint, int(count[1]) if count else 1)


def word(text: str) -> str:
    """Spell a field: as it is where it can be read back, else as JSON without blanks."""
    if text.isprintable() and _PLAIN.fullmatch(text):
        return text
    return json.dumps(text).replace(" ", r"\u0020")


def unquoted(text: str) -> str:
    """Read a field back. Raises LineError."""
    if not text.startswith('"'):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        raise LineError(f"{text} is not quoted as JSON is") from None
    return str(found)


def counts(entries: Iterable[Entry]) -> Counter[Key]:
    """Say how many of each key some entries accept together."""
    total: Counter[Key] = Counter()
    for entry in entries:
        total[entry.key] += entry.count
    return total


def entries(total: Mapping[Key, int]) -> Iterator[Entry]:
    """Give the entries that accept so many of each key, sorted; none for none."""
    return (Entry(*key, count) for key, count in sorted(total.items()) if count > 0)
