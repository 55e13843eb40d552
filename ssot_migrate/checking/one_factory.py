"""Check, without running anything, that all services of a repository use one and the same factory.

There are several where rule ``second-factory`` finds a copy, and where settings name different
ones.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from typing import Final

from ssot_migrate import pipeline
from ssot_migrate.checking.conformance import Checked, Status
from ssot_migrate.contracts.shipped import is_shipped
from ssot_migrate.discover import discover
from ssot_migrate.files import Files
from ssot_migrate.model import Request
from ssot_migrate.rules.offers import COPY
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Options, Resolver, find

_GROUP: Final = "consistency"
ID: Final = f"{_GROUP}-one-factory"


def is_selected(select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Say whether ``--select`` takes the check, and ``--ignore`` leaves it."""
    return (not select or _is_named(select)) and not _is_named(ignore)


def _is_named(names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(one, name) for name in names for one in (ID, _GROUP))


def check(config: Config, config_file: Path | None) -> Checked:
    """Look at all files below the project's root."""
    start = perf_counter()
    resolver = find(config.root, Options(select=("second-factory",)), config_file)
    files, _ = discover([config.root], resolver)
    several = [*_configured(config, files, resolver), *_copies(files, resolver)]
    return Checked(
        id=ID,
        group=_GROUP,
        summary="all files below the project's root use one and the same factory",
        status=Status.FAILED if several else Status.PASSED,
        reason="\n  ".join(["there is more than one factory:", *several]) if several else "",
        figures={"files": len(files)},
        seconds=perf_counter() - start,
    )


def _configured(config: Config, files: Files, resolver: Resolver) -> Iterator[str]:
    """Yield the factories that settings name, if they are several."""
    first: dict[Config, str] = {}
    for file in files:
        first.setdefault(resolver.file(file.location), file.path)
    users: dict[str, str] = {}
    for own, user in first.items():
        factory = pipeline.find_factory(own)
        # What is shipped is only a default where nobody names it: there may be no mock at all.
        if own.factory or not is_shipped(factory):
            users.setdefault(factory[2], user)
    if len(users) > 1:
        for location, user in users.items():
            path = Path(location)
            shown = path.relative_to(config.root) if path.is_relative_to(config.root) else path
            yield f"{shown.as_posix()}: that of {user}"


def _copies(files: Files, resolver: Resolver) -> Iterator[str]:
    report = pipeline.run(files, resolver, Request())
    for violation in report.violations:
        if (violation.reason or "").startswith(COPY):
            yield f"{violation.path}:{violation.line}: {violation.name} is {violation.reason}"
