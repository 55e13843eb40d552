"""The stages in order, on one screen.

The stages that a file goes through are imported when one does: a run that knows all needs none.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from msgspec import field
from msgspec.structs import replace

from ssot_migrate.caching.answers import Answers, Remembered, nowhere
from ssot_migrate.caching.digest import digest
from ssot_migrate.code.locate import find_module, nearest_module
from ssot_migrate.code.source import SourceError, parse
from ssot_migrate.contracts import shipped
from ssot_migrate.contracts.lineage import FactorySource
from ssot_migrate.contracts.shipped import SHIPPED
from ssot_migrate.discover import discover
from ssot_migrate.executing.batches import size
from ssot_migrate.executing.choose import executor
from ssot_migrate.explanation import Explanation
from ssot_migrate.families.catalogue import (
    CatalogueError,
    Codemod,
    load_codemods,
    load_families,
    overlaps,
)
from ssot_migrate.families.family import Rule
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import (
    GENERIC,
    Applicability,
    Change,
    Failure,
    FileResult,
    Report,
    Request,
    Severity,
    SourceFile,
    UserError,
    Violation,
)
from ssot_migrate.outcomes import Held, places, process_all
from ssot_migrate.rules import load_own
from ssot_migrate.rules.offered import ask_importers
from ssot_migrate.settings.config import DEFAULT_FACTORY, Config
from ssot_migrate.settings.configs import Configs
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.sharding import Part, Shard
from ssot_migrate.told import Outcomes, Sign
from ssot_migrate.worker.asking import Uses, ask_users
from ssot_migrate.worker.settings import Settings


class FactoryError(UserError):
    """A configured factory that cannot be read."""


def known_rules(config: Config) -> dict[str, Severity]:
    """Give the severity of every rule, most severe first."""
    return {rule.id: rule.severity for rule in (*load_families(config), *load_own())}


class Run(Frozen):
    """What came of some files, and what it takes to rewrite one of them again."""

    report: Report
    #: What each file is held against, by location; those of other shards, too.
    settings: Held
    #: What other files do with what these export.
    uses: Uses = field(default_factory=Uses)
    #: The part of the files that was looked at, ``None`` for all.
    part: Part | None = None
    #: What came from the cache, ``None`` for a run without one.
    remembered: Remembered | None = None

    def only(self, change: Change, fixes: Collection[Violation]) -> Change | Failure | None:
        """Give a change with these of its fixes alone, verified; ``None`` for no fix."""
        if not fixes:
            return None
        from ssot_migrate.worker.process import process_data

        places = {(fix.line, fix.column) for fix in fixes}
        file = SourceFile.of(change.location, change.path)
        settings, users = self.settings[change.location], self.uses.of(change.path)
        result = process_data(settings, file, change.before, places, users).result
        return result.change or next(iter(result.failures), None)


def run(
    files: Sequence[SourceFile],
    resolver: Resolver,
    request: Request,
    progress: Callable[[int], None] | None = None,
    adapt: Callable[[Settings], Settings] = lambda settings: settings,
) -> Report:
    """Find, and rewrite if asked to, everything in these files, as ``start`` does."""
    return start(files, resolver, request, progress, adapt=adapt).report


def start(
    files: Sequence[SourceFile],
    resolver: Resolver,
    request: Request,
    progress: Callable[[int], None] | None = None,
    *,
    adapt: Callable[[Settings], Settings] = lambda settings: settings,
    around: Collection[SourceFile] | None = (),
) -> Run:
    """Find, and rewrite if asked to, everything in these files. Writes nothing but the cache.

    ``adapt`` changes what is read for each configuration: another factory, further families.
    ``around`` are files that are only asked what they do with the mocks of ``files``; with ``None``
    nobody is asked, and no fix of a mock that other files could use is safe. Where the request is
    for a shard, the other files are asked, too, and decide what they decide of a whole run.
    """
    _forget()
    files = Files.of(files)
    configs = Configs(files, resolver)
    codemods = _codemods(configs.each)
    settings = {c: adapt(one) for c, one in _settings(codemods, request).items()}
    held = Held(configs, tuple(settings.values()))
    shard = Shard.parse(request.shard) if request.shard else None
    own = shard.among(files, resolver) if shard else range(len(files))
    outcomes = Outcomes(files)
    everyone = Files((*files, *(f for f in around if f not in files))) if around else files
    with executor(request) as executing:
        # What is written comes from the files alone.
        place = places(files, held) if request.cache and not request.fix else nowhere
        answers = Answers(executing, place)
        for told in process_all(answers, "outcomes", files, own, held, Uses(), progress):
            outcomes.put(*told)
        exported = {files[n]: exports for n, exports in sorted(outcomes.exports.items())}
        uses = ask_users(answers, resolver, {} if around is None else exported, everyone)
        asked = frozenset(uses.exports)
        again = [n for n, exports in outcomes.exports.items() if not asked.isdisjoint(exports)]
        for told in process_all(answers, "outcomes-with-users", files, again, held, uses):
            outcomes.put(*told)
        roots = dict.fromkeys(root for config in settings for root in config.pythonpath)
        offered = ask_importers(answers, files, [*roots], outcomes.offers)
        remembered = answers.remembered(files)
    for number, found in offered.items():
        outcomes.join(number, found)
    warnings = (*_warnings(settings, configs, outcomes), *_overlaps(settings, codemods))
    report = replace(_report(settings, outcomes.results), files=len(own), warnings=warnings)
    part = _part(shard, files, settings.values()) if shard else None
    return Run(report, held, uses, part=part, remembered=remembered)


def _part(shard: Shard, files: Collection[SourceFile], settings: Iterable[Settings]) -> Part:
    """Say what a shard is a part of, in words that are the same on each machine."""
    tree = sorted((file.path.replace("\\", "/"), size(file)) for file in files)
    known = sorted(digest(_anywhere(one)) for one in settings)
    return Part(shard, len(files), digest(tree).hex(), digest(known).hex())


def _anywhere(settings: Settings) -> Settings:
    """Leave out of settings where the tree lies, and what nothing that is found depends on."""
    here = Config(Path())
    where = {"root": here.root, "pythonpath": (), "origins": {}, "cache_dir": here.cache_dir}
    module, class_name, _, data = settings.factory
    return replace(
        settings,
        config=replace(settings.config, **where),
        request=Request(),
        factory=(module, class_name, "", data),
        factories=frozenset(),
    )


def _forget() -> None:
    """Keep nothing of an earlier run in this process, where it has had one."""
    if prepared := sys.modules.get("ssot_migrate.worker.prepared"):
        prepared.forget()


def _report(settings: Mapping[Config, Settings], results: Sequence[FileResult]) -> Report:
    """Put together what came of the files, and what they were held against."""
    return Report(
        results=results,
        files=len(results),
        severities=_severities(settings),
        without_method=frozenset(
            family.id
            for one in settings.values()
            for family in one.families
            if family.factory_method is None
        ),
        own_rules={rule.id: rule.severity for one in settings.values() for rule in one.own},
    )


def _own_rules(codemods: Sequence[Codemod]) -> tuple[Rule, ...]:
    """Read the engine's own rules. Raises CatalogueError where a codemod has the id of one."""
    own = load_own()
    for codemod in codemods:
        if codemod.family.id in {rule.id for rule in own}:
            text = f"`{codemod.family.id}` is one of the engine's own rules; choose another id"
            raise CatalogueError(f"{codemod.path}: {text}")
    return own


def _codemods(configs: Iterable[Config]) -> dict[Config, tuple[Codemod, ...]]:
    """Read the codemods of each configuration, those of a project once."""
    one_each = {(config.root, config.codemods): config for config in configs}
    read = {key: load_codemods(config) for key, config in one_each.items()}
    return {config: read[config.root, config.codemods] for config in configs}


def _settings(
    codemods: Mapping[Config, tuple[Codemod, ...]], request: Request
) -> dict[Config, Settings]:
    """Prepare what a worker needs for each configuration."""
    factories = {config: find_factory(config) for config in codemods}
    for config, factory in factories.items():
        check_renamed(config, factory)
    locations = frozenset(factory[2] for factory in factories.values())
    return {
        config: Settings(
            config,
            # No outcome depends on these.
            replace(request, jobs=1, scheduler=None, shard=None, cache=False),
            tuple(codemod.family for codemod in codemods[config]),
            factory,
            factories=locations,
            own=_own_rules(codemods[config]),
        )
        for config, factory in factories.items()
    }


def check_renamed(config: Config, factory: tuple[str, str, str, bytes]) -> None:
    """Raise FactoryError where a method is renamed to one that the factory does not have."""
    own, renamed = config.origins.get("factory"), config.origins.get("renamed")
    if renamed is None or (own and own.place != renamed.place):
        return  # The factory of an override is another one.
    from ssot_migrate.contracts.contract import Factory

    module, class_name, _, data = factory
    read = Factory(module, class_name, parse(data).tree)
    for old, new in config.renamed.methods:
        if read.interface.lacks(new):
            nearest = read.nearest(new)
            meant = f"; did you mean `{nearest}`?" if nearest else ""
            where = f"{renamed.file}: [tool.ssot-migrate.renamed] `{old}`"
            raise FactoryError(f"{where}: {class_name} has no {new}{meant}")


def _severities(settings: Mapping[Config, Settings]) -> dict[str, Severity]:
    """Give the severity of every family of the run, most severe first."""
    families = [f for one in settings.values() for f in one.families] or [*load_families()]
    order = [*Severity]
    families.sort(key=lambda f: (order.index(f.severity), f.id == GENERIC, f.id))
    return {family.id: family.severity for family in families}


def _overlaps(
    settings: Mapping[Config, Settings], codemods: Mapping[Config, tuple[Codemod, ...]]
) -> tuple[str, ...]:
    """Tell, each once, where codemods claim the same mocks."""
    told = (text for c, found in codemods.items() for text in overlaps(found, settings[c].selected))
    return tuple(sorted(set(told)))


def _warnings(
    settings: Mapping[Config, Settings],
    configs: Configs,
    outcomes: Outcomes,
) -> tuple[str, ...]:
    """Say what limits the answer, each thing once; name the project where there are several."""
    several = len({config.root for config in settings}) > 1
    found: dict[str, None] = {}
    by_config: dict[Config, set[Sign]] = {config: set() for config in settings}
    signs = outcomes.signs
    for which, sign in {(configs[number], outcomes.sign(number)) for number in outcomes}:
        by_config[configs.each[which]].add(signs[sign])
    for config, of in sorted(by_config.items(), key=lambda item: str(item[0].root)):
        one = settings[config]
        project = f" for {config.root}" if several else ""
        ours = shipped.is_shipped(one.factory)
        if (
            one.request.fix
            and ours
            and config.factory is None
            and any(sign.has_mocks for sign in of)
        ):
            found[
                f"no factory found{project}, so mocks become calls of the shipped {SHIPPED};"
                " `ssot-migrate factory init` writes one of the project's own"
            ] = None
        lacking = {family for sign in of for family in sign.lacking}
        for family in (family for family in one.families if family.id in lacking):
            what = _obstacle(one, family.factory_method or "")
            found[f"the factory{project} {what}, so {family.id} mocks are left"] = None
    return tuple(found)


def _obstacle(settings: Settings, method: str) -> str | None:
    from ssot_migrate.contracts.contract import Factory

    module, class_name, _, data = settings.factory
    return Factory(module, class_name, parse(data).tree).obstacle(method)


def find_factory(config: Config) -> tuple[str, str, str, bytes]:
    """Read the factory's source: the project's own, else that of the shipped one.

    Raises FactoryError where a configured one cannot be read.
    """
    name = config.factory or DEFAULT_FACTORY
    if name == SHIPPED:
        return _shipped(config)
    module, _, class_name = name.partition(":")
    path = find_module(module, config.pythonpath)
    if path is None:
        if config.factory is None:
            return _shipped(config)
        looked = ", ".join(config.pythonpath)
        meant = _meant(nearest_module(module, config.pythonpath), class_name)
        raise FactoryError(f"{_told(config, name)}: no module {module} below {looked}{meant}")
    try:
        data = path.read_bytes()
        tree = parse(data).tree
    except OSError as error:
        message = f"{_told(config, name)}: {path}: cannot be read ({error.strerror})"
        raise FactoryError(message) from None
    except SourceError as error:
        raise FactoryError(f"{_told(config, name)}: {path}: {error}") from error
    classes = FactorySource(module, class_name, tree).classes
    if class_name not in classes:
        (nearest,) = get_close_matches(class_name, classes, n=1) or (None,)
        meant = _meant(module, nearest) or "; give the module that defines it"
        raise FactoryError(f"{_told(config, name)}: {path} has no class {class_name}{meant}")
    return module, class_name, str(path), data


def _shipped(config: Config) -> tuple[str, str, str, bytes]:
    module, _, class_name = SHIPPED.partition(":")
    return module, class_name, str(shipped.path()), shipped.source(config.user_context)


def _told(config: Config, factory: str) -> str:
    """Name a factory, and the file that names it."""
    origin = config.origins.get("factory")
    return f"{origin.file}: factory {factory}" if origin and origin.file else f"factory {factory}"


def _meant(module: str | None, class_name: str | None) -> str:
    return f'; did you mean "{module}:{class_name}"?' if module and class_name else ""


def explain(
    file: SourceFile, place: tuple[int, int | None], resolver: Resolver
) -> list[Explanation]:
    """Say all that led to the fix, or to the lack of one, of what is found at a line and column.

    Files that can use what this one exports are asked as in a run of the whole project.
    """
    from ssot_migrate.worker.process import explain_file, process

    config = resolver.file(file.location)
    settings = _settings(_codemods([config]), Request())[config]
    outcome = process(settings, file)
    uses = Uses()
    if outcome.exports:
        around = discover([resolver.importers(file.location)], resolver)[0]
        with executor(Request()) as executing:
            exported = {file: outcome.exports}
            uses = ask_users(Answers(executing), resolver, exported, around)
    found = explain_file(settings, file, *place, users=uses.of(file.path))
    told = {(one.violation.rule, one.violation.column) for one in found}
    there = (*outcome.result.violations, *outcome.result.suppressed)
    others = (v for v in there if v.line == place[0] and (v.rule, v.column) not in told)
    asked = (v for v in others if place[1] in {None, v.column})
    return [*found, *(Explanation(v, change=_alone(settings, file, v)) for v in asked)]


def _alone(settings: Settings, file: SourceFile, violation: Violation) -> Change | None:
    """Carry out the fix of one of the engine's own rules; nothing where there is none."""
    if violation.applicability is Applicability.MANUAL:
        return None
    from ssot_migrate.worker.process import process_data

    fixing = replace(settings, request=replace(settings.request, fix=True))
    places = {(violation.line, violation.column)}
    try:
        return process_data(fixing, file, file.read(), places).result.change
    except OSError:  # Removed meanwhile.
        return None
