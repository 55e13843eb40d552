"""How each test ended, from the JUnit XML that pytest writes."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

# What is parsed is written by the user's own tests, which could do worse than a large entity.
from xml.etree import ElementTree as ET

from ssot_migrate.frozen import Frozen
from ssot_migrate.trial.runner import Seen, Status, TestId

#: A test that is told of twice, such as one that passes and then fails in its teardown, is what
#: weighs most. A skipped part of a test that passes does not make it skipped.
_WEIGHT: Final = {Status.SKIPPED: 0, Status.PASSED: 1, Status.FAILED: 2}
_COLLECTION: Final = "collection failure"
#: Marks the lines of a traceback that say what went wrong.
_REASON: Final = re.compile(r"^E +(\S.*)", re.MULTILINE)


def read(file: Path, folder: Path, roots: Sequence[Path]) -> dict[TestId, Seen] | None:
    """Read the outcomes of one pytest; files are told relative to a folder.

    ``roots`` are the folders that pytest may have named the files relative to, the likeliest
    first. None where there are no outcomes: the file is cut off, or tells of other tests than
    the project's.
    """
    try:
        cases = [_Case.of(element) for element in ET.parse(file).iter("testcase")]  # noqa: S314
    except (OSError, ET.ParseError):
        return None
    places = {(case.classname, case.file) for case in cases}
    root = max(roots, key=lambda root: _known(root, places))
    if cases and not _known(root, places):
        return None
    return merge({_test(case, root, folder): case.seen} for case in cases)


class _Case(Frozen):
    """One element of the XML."""

    #: Dotted path of the file without its suffix, and the classes.
    classname: str
    name: str
    #: Where the function stands: for an inherited one not the file that it is a test of.
    file: str
    seen: Seen

    @classmethod
    def of(cls, element: ET.Element) -> "_Case":
        classname, name = element.get("classname", ""), element.get("name", "")
        file = element.get("file", "").replace(os.sep, "/")
        # A file that cannot be collected has its whole dotted path for a name.
        return cls(classname or name, name if classname else "", file, _seen(element))


def _seen(element: ET.Element) -> Seen:
    tags = {child.tag: child for child in element}
    failed = next((tags[tag] for tag in ("failure", "error") if tag in tags), None)
    if failed is None:
        return Seen(Status.SKIPPED if "skipped" in tags else Status.PASSED)
    message = failed.get("message", "")
    if message == _COLLECTION and (reasons := _REASON.findall(failed.text or "")):
        message = reasons[-1]
    return Seen(Status.FAILED, next(iter(message.strip().splitlines()), ""))


def _known(root: Path, places: Iterable[tuple[str, str]]) -> int:
    """Count the places whose files exist below a root."""
    return sum(_file(root, *place) is not None for place in places)


def _file(root: Path, classname: str, file: str) -> str | None:
    """Give the file that a test belongs to, relative to the root."""
    if file and _inside(classname, file) is not None and (root / file).exists():
        return file
    parts = classname.split(".")
    for count in range(len(parts), 0, -1):
        candidate = "/".join(parts[:count]) + ".py"
        if (root / candidate).is_file():
            return candidate
    return file if file and (root / file).exists() else None


def _inside(classname: str, file: str) -> str | None:
    """Give what follows a file in a dotted name, None where the name is not of that file.

    A ``--junit-prefix`` may stand before it.
    """
    dotted = file.removesuffix(".py").replace("/", ".")
    found = re.search(rf"(?:^|\.){re.escape(dotted)}(?:\.|$)(.*)", classname, re.DOTALL)
    return found and found[1]


def _test(case: _Case, root: Path, folder: Path) -> TestId:
    file = _file(root, case.classname, case.file)
    inside = _inside(case.classname, file) if file else None
    classes = (case.classname if inside is None else inside).split(".")
    name = "::".join(part for part in (*classes, case.name) if part)
    if file is None:
        return TestId(None, name)
    location = os.path.relpath(root / file, folder).replace(os.sep, "/")
    return TestId(location, name)


def merge(parts: Iterable[Mapping[TestId, Seen]]) -> dict[TestId, Seen]:
    """Join outcomes; of a test that is told of twice the worst holds."""
    found: dict[TestId, Seen] = {}
    for part in parts:
        for test, seen in part.items():
            if test not in found or _WEIGHT[found[test].status] < _WEIGHT[seen.status]:
                found[test] = seen
    return found
