"""The comments at the head of a baseline: what it is, and what it began with.

They count what there was when it was begun. Counts of what there is would differ on every branch,
and each merge would be a conflict.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import field

from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.entry import Entry, LineError, unquoted, word

#: Of the file's format.
VERSION: Final = 1
_FIRST: Final = "# ssot-migrate baseline, version {}"
_VERSION: Final = re.compile(r"# ssot-migrate baseline, version (\d{1,18})")
_COUNT: Final = re.compile(r"#   (rule|directory) +(\S.*?) {2,}(\d{1,18})")
_TEXT: Final = """\
# Each line below accepts what `ssot-migrate check` would fail on: file, rule, scope, fingerprint,
# and how many where it is not one. `ssot-migrate baseline write` and `prune` keep it.
#
# It began with {}; `ssot-migrate baseline show` counts what is left."""


class Counts(Frozen):
    """How many violations are accepted."""

    rules: Mapping[str, int] = field(default_factory=dict)
    #: By the folder of their files, relative to the root.
    directories: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of all."""
        return sum(self.rules.values())


def count(entries: Iterable[Entry]) -> Counts:
    """Count what entries accept."""
    rules, directories = Counter[str](), Counter[str]()
    for entry in entries:
        rules[entry.rule] += entry.count
        directories[entry.path.rpartition("/")[0] or "."] += entry.count
    return Counts(dict(sorted(rules.items())), dict(sorted(directories.items())))


def begin(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Write the comments of a baseline that begins with these entries."""
    counted = count(entries)
    number = counted.total
    text = _TEXT.format("1 violation" if number == 1 else f"{number} violations")
    return (_FIRST.format(VERSION), *text.splitlines(), *_rows(counted))


def begun(comments: Sequence[str]) -> Counts | None:
    """Read what a baseline began with, ``None`` where its comments do not say."""
    rows: dict[str, dict[str, int]] = {"rule": {}, "directory": {}}
    for comment in comments:
        if row := _COUNT.fullmatch(comment.rstrip()):
            try:
                rows[row[1]][unquoted(row[2])] = int(row[3])
            except LineError:
                return None
    known = version(comments) and any("It began with" in comment for comment in comments)
    return Counts(rows["rule"], rows["directory"]) if known else None


def version(comments: Iterable[str]) -> int:
    """Read the version of the format, 0 where the comments do not say."""
    found = (_VERSION.match(comment) for comment in comments)
    return next((int(match[1]) for match in found if match), 0)


def _rows(counted: Counts) -> Iterator[str]:
    rows = [("rule", name, number) for name, number in counted.rules.items()]
    rows += [("directory", name, number) for name, number in counted.directories.items()]
    widest = max((len(word(name)) for _, name, _ in rows), default=0)
    for kind, name, number in rows:
        yield f"#   {kind:9}  {word(name):{widest}}  {number:5}"
