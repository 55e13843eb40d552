"""Patterns in gitignore syntax; pathspec is loaded for those alone that say more than a name."""

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import TYPE_CHECKING

from ssot_migrate.frozen import Frozen

if TYPE_CHECKING:
    from pathspec import PathSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

#: What makes a name a pattern, and a pattern one of more than a name.
_WILD = frozenset("*?[!\\/#")
_FURTHER = frozenset("[\\/")


class Patterns(Frozen):
    """Patterns relative to one folder; the last match decides."""

    #: Names that are looked up, unless a ``!`` makes the order matter.
    names: frozenset[str]
    #: Names with ``*`` and ``?`` in them.
    wild: re.Pattern[str]
    #: All others.
    spec: "PathSpec[GitIgnoreSpecPattern] | None"

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Patterns":
        """Compile patterns."""
        ordered = any(line.startswith("!") for line in lines)
        names = {line for line in lines if not ordered and _is_name(line)}
        wild = {line for line in lines if not ordered and _is_wild(line)}
        rest = [line for line in lines if line not in names | wild]
        # No name has a slash.
        alternatives = "|".join(map(translate, sorted(wild))) or "/"
        return cls(frozenset(names), re.compile(alternatives), _spec(rest) if rest else None)

    def match(self, path: str, name: str) -> bool:
        """Tell whether a relative path is matched, where none above is; a folder's ends in a slash.

        A walk asks this, as it enters no folder that is matched.
        """
        return self._hold(name) or (self.spec is not None and self.spec.match_file(path))

    def cover(self, path: str) -> bool:
        """Tell whether a relative path, or a folder above it, is matched."""
        parts = path.rstrip("/").split("/")
        return any(map(self._hold, parts[:-1])) or self.match(path, parts[-1])

    def _hold(self, name: str) -> bool:
        return name in self.names or self.wild.match(name) is not None


def is_pattern(line: str) -> bool:
    """Tell whether a pattern can be read."""
    if _is_name(line) or _is_wild(line):
        return True
    try:
        _spec([line])
    except (ValueError, re.error):
        return False
    return True


def _is_name(line: str) -> bool:
    return line.rstrip() == line != "" and not _WILD & set(line)


def _is_wild(line: str) -> bool:
    simple = line.rstrip() == line != "" and not _FURTHER & set(line)
    return simple and not _is_name(line) and "**" not in line and not line.startswith(("!", "#"))


def _spec(lines: Sequence[str]) -> "PathSpec[GitIgnoreSpecPattern]":
    from pathspec import PathSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    return PathSpec.from_lines(GitIgnoreSpecPattern, lines)
