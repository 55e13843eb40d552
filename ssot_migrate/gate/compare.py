"""Hold a run against the baselines of its projects."""

import os
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Baseline, Matched, Seen, relative
from ssot_migrate.gate.renames import renamed
from ssot_migrate.gate.selected import by_settings
from ssot_migrate.lazy import Joined, Mapped, having
from ssot_migrate.model import SourceFile, UserError, Violation
from ssot_migrate.pipeline import Run, known_rules
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.settings.toolchain import absolute, read_bytes, shown
from ssot_migrate.sharding import Shard
from ssot_migrate.worker.settings import Settings


class Compared(Frozen):
    """A project's violations, held against its baseline."""

    config: Config
    #: Where the baseline is, or would be.
    file: Path
    #: What is there, ``None`` for nothing.
    data: bytes | None
    baseline: Baseline
    #: Of the project's files alone.
    matched: Matched
    #: Old and new names of the files that the baseline still has under their old ones.
    moved: Mapping[str, str]

    @property
    def is_there(self) -> bool:
        """Say whether the baseline has begun."""
        return self.data is not None


def baseline_file(config: Config) -> Path:
    """Give the absolute path of a project's baseline."""
    return absolute(config.root / config.baseline)


def compare(
    run: Run, files: Sequence[SourceFile], resolver: Resolver, paths: Collection[Path] = ()
) -> list[Compared]:
    """Hold what a run found against the baseline of each of its projects.

    ``paths`` are those that the run was given: what lies below them was seen whole. Raises
    UserError for a baseline that cannot be read, or that two projects share.
    """
    projects = sorted(resolver.projects(files), key=lambda config: config.root)
    _check_apart(projects)
    roots = [config.root for config in projects]
    of_files = _apart(roots, map(run.settings.of, range(len(files))))
    found = having(run.report.results, "violations")
    locations = (os.path.abspath(result.path) for result in found)  # noqa: PTH100 (for many)
    of_found: Mapping[Path, Sequence[int]] = (
        _apart(roots, (run.settings[location] for location in locations))
        if len(roots) > 1
        else dict.fromkeys(roots, range(len(found)))
    )
    unread = {failure.path for failure in run.report.all_failures}
    shard = run.part.shard if run.part else None
    wholes = [absolute(path) for path in paths]

    def read(root: Path) -> Iterator[tuple[str, Settings]]:
        for number in of_files[root]:
            if files[number].path not in unread:
                yield files[number].location, run.settings.of(number)

    return [
        _compared(
            config,
            Mapped(lambda number: found[number].violations, of_found[config.root]),
            read(config.root),
            _Part(shard, any(config.root.is_relative_to(path) for path in wholes)),
        )
        for config in projects
    ]


def _apart(roots: Iterable[Path], each: Iterable[Settings]) -> "dict[Path, array[int]]":
    """Give the numbers of what belongs to each project, by the settings that hold for it."""
    numbers = {root: array("I") for root in roots}
    for number, one in enumerate(each):
        numbers[one.config.root].append(number)
    return numbers


def joined(compared: Iterable[Compared]) -> Matched:
    """Put what was found of several projects together; what is left of each is its own."""
    parts = [one.matched for one in compared]
    return Matched(
        _sorted(part.new for part in parts),
        _sorted(part.accepted for part in parts),
        {v: scope for part in parts for v, scope in part.changed.items()},
        tuple(entry for part in parts for entry in part.stale),
    )


class _Part(Frozen):
    """What a run was for."""

    #: ``None`` where the run has no shards.
    shard: Shard | None
    #: Whether the files of all shards are all of the project.
    whole: bool

    def holds(self, path: str) -> bool:
        """Say whether this run tells of a path, relative to the root."""
        return self.shard is None or self.shard.holds(path)


def _compared(
    config: Config,
    violations: Sequence[Sequence[Violation]],
    read: Iterable[tuple[str, Settings]],
    part: _Part,
) -> Compared:
    file, root = baseline_file(config), config.root
    data = read_bytes(file) if file.exists() else None
    baseline = Baseline.parse(data or b"", shown(file))
    named = {entry.path for entry in baseline.entries}
    each: dict[int, Settings] = {}
    there: dict[str, int] = {}
    for location, one in read:
        each[id(one)] = one
        if (name := relative(location, root)) in named:
            there[name] = id(one)
    selected = {key: one.selected for key, one in each.items()}
    files = {name: selected[key] for name, key in there.items() if part.holds(name)}
    unseen = named - there.keys()
    missing = {path for path in unseen if not (root / path).exists()}
    moved = renamed(root, file, missing)
    families = {rule.id for one in each.values() for rule in (*one.families, *one.own)}
    known = families or frozenset(known_rules(config))
    # Without a file that could be read, the settings say what would have run.
    ran = {rule for rules in selected.values() for rule in rules} or by_settings(config, known)
    seen = Seen(files, {*filter(part.holds, missing - moved.keys())}, ran, known, part.whole)
    matched = baseline.matched(violations, root, seen, moved)
    return Compared(config, file, data, baseline, matched, moved)


def _check_apart(projects: Sequence[Config]) -> None:
    """Refuse a baseline of two projects: its paths would mean two things."""
    owners: dict[Path, Path] = {}
    for config in projects:
        other = owners.setdefault(baseline_file(config), config.root)
        if other != config.root:
            text = f"is the baseline of {shown(other)} and of {shown(config.root)}"
            file = shown(baseline_file(config))
            raise UserError(f"{file}: {text}; set another `baseline` for one of them")


def _sorted(projects: Iterable[Joined[Violation]]) -> Joined[Violation]:
    """Put the files of several projects, one of which may lie in another, in order."""
    first, *others = projects
    if not others:
        return first
    files = [of_file for project in (first, *others) for of_file in project.parts]
    return Joined(sorted(files, key=lambda violations: violations[0].path))
