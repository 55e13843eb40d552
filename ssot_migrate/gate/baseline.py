"""The baseline: violations that were accepted, held against those that there are."""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from msgspec import field
from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.entry import Entry, Key, LineError, counts, entries
from ssot_migrate.gate.head import VERSION, begin, version
from ssot_migrate.lazy import Joined
from ssot_migrate.model import UserError, Violation
from ssot_migrate.packed import Pile
from ssot_migrate.settings.toolchain import shown

__all__ = ["Baseline", "Entry", "Matched", "Seen"]

#: Rules that report of a file what they learn from others: who imports it.
_FROM_OTHERS: Final = frozenset({"second-factory"})
#: What git leaves in a file that it could not merge.
_MARKER: Final = re.compile(r"([<=>|])\1{6}(?: |$)")


class Seen(Frozen):
    """What a run has looked at: it says nothing of other entries."""

    #: The rules that ran, by the path of each file that was read; relative to the root.
    files: Mapping[str, Collection[str]]
    #: The paths of entries whose files no longer exist.
    gone: Collection[str] = frozenset()
    #: The rules that would have run in those.
    ran: Collection[str] = frozenset()
    #: All rules that there are: entries of others match nothing.
    known: Collection[str] = frozenset()
    #: Whether these are all files of the project.
    whole: bool = False

    def judges(self, path: str, rule: str) -> bool:
        """Say whether the run would have found a rule's violations in a file."""
        is_gone = path in self.gone
        if not is_gone and path not in self.files:
            return False
        alone = self.whole or is_gone or rule not in _FROM_OTHERS
        ran = self.ran if is_gone else self.files[path]
        return (rule in ran and alone) or rule not in self.known


class Matched(Frozen):
    """Violations held against a baseline."""

    #: Not accepted, by path and place.
    new: Joined[Violation] = Joined(())
    #: In the baseline, likewise.
    accepted: Joined[Violation] = Joined(())
    #: Those of the new ones that an accepted block may have become, with its scope: one of the same
    #: rule is gone from that of the violation, or the very block from another one of the file.
    changed: Mapping[Violation, str] = field(default_factory=dict)
    #: What is accepted and not there, with the count of what is missing.
    stale: tuple[Entry, ...] = ()
    #: How many of each the baseline accepts without what is stale, by the files' present names.
    left: Mapping[Key, int] = field(default_factory=dict)
    #: The project's, absolute.
    root: Path = Path()

    @property
    def kept(self) -> tuple[Entry, ...]:
        """The entries without what is stale."""
        return tuple(entries(self.left))

    @property
    def wanted(self) -> tuple[Entry, ...]:
        """These, and what accepts the new violations."""
        return tuple(entries(Counter(self.left) + Counter(map(_keys(self.root), self.new))))


class Baseline(Frozen):
    """The accepted violations of a project, as a file holds them."""

    #: Sorted, one of each key.
    entries: tuple[Entry, ...] = ()
    #: The comments, which nothing but a recount touches; none for those of a new file.
    comments: tuple[str, ...] = ()
    #: How its lines end: a checkout may have turned them.
    newline: str = "\n"

    @classmethod
    def read(cls, path: Path, name: str | None = None) -> "Baseline":
        """Read a file; ``name`` is what errors call it. Raises UserError, as ``parse`` does."""
        name = name or shown(path)
        try:
            return cls.parse(path.read_bytes(), name)
        except OSError as error:
            raise UserError(f"{name}: cannot be read ({error.strerror})") from None

    @classmethod
    def parse(cls, data: bytes, name: str) -> "Baseline":
        """Read what a file holds; ``name`` is what errors call it. Raises UserError.

        Of lines with the same key, as a merge may leave them, the greatest count holds.
        """
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(f"{name}: is not UTF-8 (byte {error.start})") from None
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        comments = tuple(line for line in lines if _is_comment(line))
        if version(comments) > VERSION:
            raise UserError(f"{name}: is of a later version of ssot-migrate; update to that")
        greatest: Counter[Key] = Counter()
        for entry in _parsed(lines, name):
            greatest[entry.key] = max(greatest[entry.key], entry.count)
        return cls(tuple(entries(greatest)), comments, "\r\n" if "\r\n" in text else "\n")

    def render(self) -> bytes:
        """Spell it as a file; what was read and has not changed is the same bytes again."""
        lines = [*(self.comments or begin(self.entries))]
        # A blank line before each file keeps the changes to one apart from those to the next: for
        # branches that change different files, four in five conflicts of their merges go.
        for _, of_file in groupby(self.entries, key=lambda entry: entry.path):
            lines += ["", *map(str, of_file)]
        return "".join(line + self.newline for line in lines).encode()

    def holding(self, accepted: Iterable[Entry]) -> "Baseline":
        """Accept these in place of its own; the comments stay."""
        return replace(self, entries=tuple(entries(counts(accepted))))

    def recounted(self) -> "Baseline":
        """Begin anew: the comments count what it holds now."""
        return replace(self, comments=begin(self.entries))

    def matched(
        self,
        files: Sequence[Sequence[Violation]],
        root: Path,
        seen: Seen | None = None,
        moved: Mapping[str, str] | None = None,
    ) -> Matched:
        """Tell new violations from accepted ones, and what is accepted from what is gone.

        ``files`` are the violations of each file, by path and place, ``root`` is the project's,
        absolute; ``seen`` what the run has looked at, ``None`` for all; ``moved`` the present names
        of renamed files. Of equal blocks the first are accepted.
        """
        key = _keys(root)
        free = _followed(counts(self.entries), moved or {})
        if not free:
            return Matched(Joined(files), root=root)
        left = free.copy()
        new, accepted = Pile(), Pile()
        for of_file in files:
            parts = _apart(of_file, free, key)
            for pile, part in zip((new, accepted), parts, strict=True):
                if part:
                    # Packed again only where that is another part.
                    pile.append(of_file if len(part) == len(of_file) else part)
        stale = Counter({k: n for k, n in free.items() if n and (not seen or seen.judges(*k[:2]))})
        left.subtract(stale)
        changed = dict(_changed({v: key(v) for v in Joined(new)}, stale)) if stale else {}
        return Matched(Joined(new), Joined(accepted), changed, tuple(entries(stale)), left, root)


def _keys(root: Path) -> Callable[[Violation], Key]:
    """Return what gives a violation's key below a root."""
    path_of = cache(lambda path: relative(path, root))
    return lambda v: (path_of(v.path), v.rule, v.scope, v.fingerprint)


def _apart(
    violations: Iterable[Violation], free: Counter[Key], key: Callable[[Violation], Key]
) -> tuple[list[Violation], list[Violation]]:
    """Return those that are new and those that are accepted, which take from what is free."""
    new, accepted = list[Violation](), list[Violation]()
    for violation in violations:
        known = key(violation)
        if free[known]:
            free[known] -= 1
            accepted.append(violation)
        else:
            new.append(violation)
    return new, accepted


def relative(path: str, root: Path) -> str:
    """Write a violation's path as entries have it: from the root, with forward slashes."""
    # Strings, not Path objects: this runs for every file of a tree.
    above = f"{root}{os.sep}"
    location = path if path.startswith(above) else os.path.abspath(path)  # noqa: PTH100
    if location.startswith(above):
        return location.removeprefix(above).replace(os.sep, "/")
    try:
        return os.path.relpath(location, root).replace(os.sep, "/")
    except ValueError:  # On another Windows drive.
        return Path(location).as_posix()


def _parsed(lines: Iterable[str], name: str) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        if _MARKER.match(line):
            raise UserError(
                f"{name}:{number}: a conflict of a merge; remove the lines with markers, keep the"
                " entries of both sides, then run `ssot-migrate baseline prune`"
            )
        if line.strip() and not _is_comment(line):
            try:
                yield Entry.parse(line)
            except LineError as error:
                raise UserError(f"{name}:{number}: {error}; mend or remove the line") from None


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _followed(total: Counter[Key], moved: Mapping[str, str]) -> Counter[Key]:
    for key in [key for key in total if key[0] in moved]:
        number = total.pop(key)
        total[(moved[key[0]], *key[1:])] += number
    return total


def _changed(new: Mapping[Violation, Key], stale: Counter[Key]) -> Iterator[tuple[Violation, str]]:
    """Yield what accepted blocks may have become: each that is gone explains one new violation."""
    left, gone = dict(new), stale.copy()
    # The very block of another scope first: its function was renamed, say.
    for alike in (_moved, _edited):
        known: dict[tuple[str, ...], list[Key]] = {}
        for key in gone.elements():
            known.setdefault(alike(key), []).append(key)
        for violation, key in [*left.items()]:
            if were := known.get(alike(key)):
                was = were.pop()
                gone[was] -= 1
                del left[violation]
                yield violation, was[2]


def _moved(key: Key) -> tuple[str, ...]:
    path, rule, _, fingerprint = key
    return path, rule, fingerprint


def _edited(key: Key) -> tuple[str, ...]:
    return key[:3]
