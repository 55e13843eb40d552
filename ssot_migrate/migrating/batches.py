"""Split what a run found into batches, each of which is migrated on its own."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.migrating.unit import Unit
from ssot_migrate.model import Applicability, Report, Severity, SourceFile, Violation
from ssot_migrate.settings.config import Config

_SEVERITIES = tuple(Severity)


class Batch(Frozen):
    """Mocks that are migrated together: one trial, and one commit."""

    #: For people; no two batches of a split have the same.
    name: str
    #: Names the batch in a later split too, from whatever folder that is made.
    key: str
    #: The files that hold its mocks, by path.
    files: tuple[SourceFile, ...]
    #: Its mocks built by hand, by path and place.
    violations: tuple[Violation, ...]
    #: Those of them that the run's changes end.
    fixes: tuple[Violation, ...]
    #: The settings of its files agree in root, trial and skip; these are those of the first.
    config: Config
    #: The family of a batch that is one.
    family: str | None = None

    @property
    def families(self) -> Counter[str]:
        """Count its mocks by family."""
        return Counter(violation.rule for violation in self.violations)

    @property
    def applicabilities(self) -> Counter[Applicability]:
        """Count its mocks by what may be done with their fix."""
        return Counter(violation.applicability for violation in self.violations)


class _Group(Frozen):
    """What the mocks of a batch have in common."""

    #: A path, or a family.
    name: str
    root: str
    trial: str
    skip: str


def split(report: Report, configs: Mapping[SourceFile, Config], unit: Unit) -> list[Batch]:
    """Give the batches of a run: most severe first, then most automatable, largest, by name.

    ``configs`` holds what is in effect for each file of the run. Files with another trial command,
    of another project, or left out for a reason, are a batch of their own. A batch without a fix
    comes behind the others.
    """
    files = {file.path: file for file in configs}
    groups: dict[_Group, list[Violation]] = defaultdict(list)
    for violation in report.violations:
        if violation.is_creation:
            config = configs[files[violation.path]]
            name = _name(violation, unit)
            group = _Group(name, str(config.root), config.trial, config.skip)
            groups[group].append(violation)
    fixed = {violation for change in report.changes for violation in change.fixed}
    batches = []
    for group, violations in groups.items():
        own = tuple(files[path] for path in dict.fromkeys(v.path for v in violations))
        batches.append(
            Batch(
                name=group.name,
                key=_key(group, own[0], unit),
                files=own,
                violations=tuple(violations),
                fixes=tuple(v for v in violations if v in fixed),
                config=configs[own[0]],
                family=group.name if unit is Unit.FAMILY else None,
            )
        )
    return sorted(_distinct(batches), key=_rank)


def _name(violation: Violation, unit: Unit) -> str:
    match unit:
        case Unit.DIRECTORY:
            return os.path.dirname(violation.path) or "."  # noqa: PTH120 (a path as people see it)
        case Unit.FILE:
            return violation.path
        case Unit.FAMILY:
            return violation.rule


def _key(group: _Group, file: SourceFile, unit: Unit) -> str:
    place = {
        Unit.DIRECTORY: os.path.dirname(file.location),  # noqa: PTH120 (a string of discover's)
        Unit.FILE: file.location,
        Unit.FAMILY: group.name,
    }[unit]
    return f"{unit}\t{place}\t{group.root}\t{group.trial}\t{group.skip}"


def _distinct(batches: Iterable[Batch]) -> list[Batch]:
    """Tell batches of the same name apart by what they differ in."""
    named: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        named[batch.name].append(batch)
    return [replace(b, name=_apart(b, same)) for same in named.values() for b in same]


def _apart(batch: Batch, same: Iterable[Batch]) -> str:
    """Give a batch's name, and what sets it apart from others of that name."""
    config = batch.config
    told = {
        "root": f"in {config.root}",
        "trial": f"trial: {config.trial}" if config.trial else "no trial",
        "skip": f"skipped: {config.skip}" if config.skip else "",
    }
    differing = (
        text
        for field, text in told.items()
        if text and len({getattr(other.config, field) for other in same}) > 1
    )
    details = ", ".join(differing)
    return f"{batch.name} ({details})" if details else batch.name


def _rank(batch: Batch) -> tuple[bool, int, float, int, str]:
    severities = [_SEVERITIES.index(violation.severity) for violation in batch.fixes]
    share = len(batch.fixes) / len(batch.violations)
    return (
        not batch.fixes,
        min(severities, default=len(_SEVERITIES)),
        -share,
        -len(batch.violations),
        batch.name,
    )
