"""Violations as they travel, are kept and are held until they are reported: packed.

An object takes some 2,300 bytes, and a run may find millions. Packed one takes some 80.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from ssot_migrate.lazy import Joined, Lazy
from ssot_migrate.model import Applicability, Severity, Violation
from ssot_migrate.shelf import Records

#: More takes longer and saves a tenth.
_LEVEL = 1


#: The one character of ASCII that msgspec leaves as it is.
_DELETE = b"\x7f"


class Kind(NamedTuple):
    """What violations are counted by."""

    rule: str
    family: str | None
    severity: Severity
    applicability: Applicability

    @property
    def is_creation(self) -> bool:
        """Say whether these are mocks built by hand, as of a violation."""
        return self.rule == self.family


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """The violations of a file, as few bytes."""

    #: How many there are.
    number: int = 0
    #: How many of each kind, encoded: as objects these would take more than all else.
    kinds: bytes = b""
    #: A JSON object a line, in ASCII, as the reports for programs have it; compressed.
    data: bytes = b""


class Violations(Lazy[Violation]):
    """The violations of a file, which are unpacked each time that somebody goes through them."""

    __slots__ = ("packed",)

    def __init__(self, packed: Packed) -> None:
        #: The violations as they were packed.
        self.packed = packed

    def __len__(self) -> int:
        """Count them; nothing is unpacked for that."""
        return self.packed.number

    def __iter__(self) -> Iterator[Violation]:
        """Unpack all of them."""
        lines = self.text
        try:
            return iter(_DECODER.decode_lines(lines))
        except msgspec.DecodeError:  # Some systems have paths that are no text.
            import json

            return iter(msgspec.convert([*map(json.loads, lines.split("\n"))], list[Violation]))

    @property
    def text(self) -> str:
        """One JSON object a line."""
        return zlib.decompress(self.packed.data).decode("ascii") if self.packed.number else ""


class Pile(Lazy[Violations]):
    """The violations of many files, put aside."""

    __slots__ = ("_records",)

    def __init__(self) -> None:
        self._records = Records(Packed)

    def append(self, violations: Sequence[Violation]) -> None:
        """Put the violations of another file aside."""
        self._records.append(pack(violations))

    def __len__(self) -> int:
        """Count the files."""
        return len(self._records)

    def __iter__(self) -> Iterator[Violations]:
        """Read one after the other."""
        return (Violations(self._records[number]) for number in range(len(self)))


_DECODER = msgspec.json.Decoder(Violation)
_KINDS = msgspec.msgpack.Decoder(tuple[tuple[Kind, int], ...])


def pack(violations: Sequence[Violation]) -> Packed:
    """Pack the violations of a file."""
    if isinstance(violations, Violations):
        return violations.packed
    if not violations:
        return Packed()
    counts = msgspec.msgpack.encode(tuple(kinds(violations).items()))
    return Packed(len(violations), counts, zlib.compress(lines(violations).encode(), _LEVEL))


def lines(violations: Sequence[Violation]) -> str:
    """Write violations as JSON in ASCII, one a line."""
    if isinstance(violations, Violations):
        return violations.text
    return "\n".join(map(_line, violations))


def _line(violation: Violation) -> str:
    """Write a violation as ``json.dumps`` does; what is plain ASCII, many times as fast."""
    try:
        text = msgspec.json.format(msgspec.json.encode(violation), indent=0)
        if text.isascii() and _DELETE not in text:
            return text.decode()
    except UnicodeEncodeError:
        pass
    import json  # Most runs of a few files have no need of it.

    return json.dumps(msgspec.to_builtins(violation))


def kinds(violations: Sequence[Violation]) -> Counter[Kind]:
    """Count violations."""
    found = Counter[Kind]()
    for part in parts(violations):
        if isinstance(part, Violations):
            found.update(dict(_KINDS.decode(part.packed.kinds)))
        else:
            found.update(Kind(v.rule, v.family, v.severity, v.applicability) for v in part)
    return found


def rules(violations: Sequence[Violation]) -> Counter[str]:
    """Count violations by rule."""
    found = Counter[str]()
    for kind, number in kinds(violations).items():
        found[kind.rule] += number
    return found


def parts(violations: Sequence[Violation]) -> Iterable[Sequence[Violation]]:
    """Return what violations are joined of, without what is empty."""
    of = violations.parts if isinstance(violations, Joined) else (violations,)
    return filter(None, of)
