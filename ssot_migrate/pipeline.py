"""The stages in order, on one screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ssot_migrate.catalogue import CatalogueError, Codemod, load_codemods, load_families, overlaps
from ssot_migrate.config import Config
from ssot_migrate.contract import Factory
from ssot_migrate.discover import discover
from ssot_migrate.draft import Users
from ssot_migrate.family import Rule
from ssot_migrate.locate import find_module
from ssot_migrate.model import Report, Request, Severity, SourceFile, UserError
from ssot_migrate.offered import ask_importers
from ssot_migrate.pool import Pool
from ssot_migrate.reach import Export
from ssot_migrate.rules import load_own
from ssot_migrate.source import SourceError, parse
from ssot_migrate.worker import Outcome, Question, Settings, ask, lost, process, silent

#: Where the factory is looked for when nothing is configured.
DEFAULT_FACTORY = "test_framework.ssot.mock_factory:SSotMockFactory"


class FactoryError(UserError):
    """A configured factory that cannot be read."""


def known_rules(config: Config) -> dict[str, Severity]:
    """Give the severity of every rule, most severe first."""
    return {rule.id: rule.severity for rule in (*load_families(config), *load_own())}


def run(
    files: Sequence[SourceFile],
    config: Config,
    request: Request,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Find, and rewrite if asked to, everything in these files. Writes nothing."""
    codemods = load_codemods(config)
    families = tuple(codemod.family for codemod in codemods)
    own = _own_rules(codemods)
    settings = Settings(config, request, families, find_factory(config), own=own)
    with Pool(request.jobs, files) as pool:
        first = pool.map(partial(process, settings), files, lost, progress)
        outcomes = dict(zip(files, first, strict=True))
        known = _ask_users(pool, config, outcomes)
        again = [file for file in files if known.keys() & set(outcomes[file].exports)]
        second = pool.map(partial(process, replace(settings, users=known)), again, lost)
        outcomes |= zip(again, second, strict=True)
        offers = {file: outcome.offers for file, outcome in outcomes.items() if outcome.offers}
        offered = ask_importers(pool, files, config.pythonpath, offers)
    outcomes |= {file: outcomes[file].joined(found) for file, found in offered.items()}
    return _report(settings, codemods, outcomes)


def _own_rules(codemods: Sequence[Codemod]) -> tuple[Rule, ...]:
    """Read the engine's own rules. Raises CatalogueError where a codemod has the id of one."""
    own = load_own()
    for codemod in codemods:
        if codemod.family.id in {rule.id for rule in own}:
            text = f"`{codemod.family.id}` is one of the engine's own rules; choose another id"
            raise CatalogueError(f"{codemod.path}: {text}")
    return own


def _report(
    settings: Settings, codemods: Sequence[Codemod], outcomes: Mapping[SourceFile, Outcome]
) -> Report:
    lacking = {family for outcome in outcomes.values() for family in outcome.lacking}
    results = [outcome.result for outcome in outcomes.values() if outcome.tells]
    return Report(
        results=tuple(sorted(results, key=lambda r: r.path)),
        files=len(outcomes),
        warnings=(*_warnings(settings, lacking), *overlaps(codemods, settings.selected)),
        severities={f.id: f.severity for f in settings.families},
        own_rules={rule.id: rule.severity for rule in settings.own},
    )


def _warnings(settings: Settings, lacking: set[str]) -> Iterator[str]:
    if settings.factory is None and settings.request.fix:
        yield (
            "no factory found, so nothing is rewritten: set"
            ' factory = "package.module:Class" under [tool.ssot-migrate] in pyproject.toml'
        )
    for family in settings.families:
        if family.id in lacking:
            yield f"the factory has no {family.factory_method}, so {family.id} mocks are left"


def find_factory(config: Config) -> tuple[str, str, str, bytes] | None:
    """Read the factory's source. Raises FactoryError where a configured one cannot be read."""
    module, _, class_name = (config.factory or DEFAULT_FACTORY).partition(":")
    path = find_module(module, config.pythonpath)
    if path is None:
        if config.factory is None:
            return None
        looked = ", ".join(config.pythonpath)
        raise FactoryError(f"factory {config.factory}: no module {module} below {looked}")
    try:
        data = path.read_bytes()
        tree = parse(data).tree
    except (OSError, SourceError) as error:
        raise FactoryError(f"factory {config.factory}: {path}: {error}") from error
    if class_name not in Factory(module, class_name, tree).classes:
        raise FactoryError(f"factory {config.factory}: {path} has no class {class_name}")
    return module, class_name, str(path), data


def _ask_users(
    pool: Pool, config: Config, outcomes: Mapping[SourceFile, Outcome]
) -> dict[Export, Users]:
    """Collect what other files do with exported mocks, where all that could are in the run."""
    questions: list[Question] = []
    asked: dict[Path, list[SourceFile]] = {}
    for exporter, outcome in outcomes.items():
        for export in outcome.exports:
            folder = Path(exporter.location).parent if export.is_fixture else config.root
            if folder not in asked:
                asked[folder] = discover([folder], config)[0]
            if all(file in outcomes for file in asked[folder]):
                questions.append(Question(export, str(folder), exporter.location))
    concerned = {Path(question.folder) for question in questions}
    around = dict.fromkeys(file for folder in concerned for file in asked[folder])
    answers = pool.map(
        partial(ask, questions),
        [file for file in outcomes if file in around],
        partial(silent, questions),
    )
    found = {question.export: Users() for question in questions}
    for answer in answers:
        for export, new in answer.items():
            found[export] = found[export].joined(new)
    return found
