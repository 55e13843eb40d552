"""Hold a run against the baselines of its projects."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Baseline, Matched, Seen, relative
from ssot_migrate.gate.renames import renamed
from ssot_migrate.gate.selected import by_settings
from ssot_migrate.lazy import Joined
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
    by_root: dict[Path, list[Sequence[Violation]]] = {config.root: [] for config in projects}
    found = {result.path: result.violations for result in run.report.results if result.violations}
    for file in files:
        if file.path in found:
            by_root[run.settings[file.location].config.root].append(found[file.path])
    unread = {failure.path for failure in run.report.all_failures}
    shard = run.part.shard if run.part else None
    own = {f.location for f in (shard.among(files, resolver) if shard else files)}
    read = {f.location: run.settings[f.location] for f in files if f.path not in unread}
    wholes = [absolute(path) for path in paths]
    return [
        _compared(
            config,
            by_root[config.root],
            {location: one for location, one in read.items() if one.config.root == config.root},
            _Part(own, shard, any(config.root.is_relative_to(path) for path in wholes)),
        )
        for config in projects
    ]


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

    #: Locations of files.
    own: Collection[str]
    #: To which they belong; ``None`` where the run has no shards.
    shard: Shard | None
    #: Whether the files of all shards are all of the project.
    whole: bool

    def gone(self, paths: Collection[str]) -> set[str]:
        """Return those of the paths that this run tells of; relative to the root."""
        return {path for path in paths if self.shard is None or self.shard.holds(path)}


def _compared(
    config: Config,
    violations: Iterable[Sequence[Violation]],
    read: dict[str, Settings],
    part: _Part,
) -> Compared:
    file, root = baseline_file(config), config.root
    data = read_bytes(file) if file.exists() else None
    baseline = Baseline.parse(data or b"", shown(file))
    each = {id(one): one for one in read.values()}
    selected = {key: one.selected for key, one in each.items()}
    named = {entry.path for entry in baseline.entries}
    places = ((relative(location, root), location) for location in read)
    there = {name: location for name, location in places if name in named}
    files = {name: selected[id(read[at])] for name, at in there.items() if at in part.own}
    unseen = named - there.keys()
    missing = {path for path in unseen if not (root / path).exists()}
    moved = renamed(root, file, missing)
    families = {rule.id for one in each.values() for rule in (*one.families, *one.own)}
    known = families or frozenset(known_rules(config))
    # Without a file that could be read, the settings say what would have run.
    ran = {rule for rules in selected.values() for rule in rules} or by_settings(config, known)
    seen = Seen(files, part.gone(missing - moved.keys()), ran, known, part.whole)
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
