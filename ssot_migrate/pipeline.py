"""The stages in order, on one screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ssot_migrate.config import Config
from ssot_migrate.contract import Factory
from ssot_migrate.discover import discover
from ssot_migrate.draft import Users
from ssot_migrate.family import load_all
from ssot_migrate.locate import find_module
from ssot_migrate.model import Report, Request, Severity, SourceFile, UserError
from ssot_migrate.pool import Pool
from ssot_migrate.reach import Export
from ssot_migrate.source import SourceError, parse
from ssot_migrate.worker import Outcome, Question, Settings, ask, lost, process, silent

#: Where the factory is looked for when nothing is configured.
DEFAULT_FACTORY = "test_framework.ssot.mock_factory:SSotMockFactory"


class FactoryError(UserError):
    """A configured factory that cannot be read."""


def known_rules() -> dict[str, Severity]:
    """Give the severity of every rule, most severe first."""
    return {family.id: family.severity for family in load_all()}


def run(
    files: Sequence[SourceFile],
    config: Config,
    request: Request,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Find, and rewrite if asked to, everything in these files. Writes nothing."""
    settings = Settings(config, request, load_all(), find_factory(config))
    with Pool(request.jobs, files) as pool:
        first = pool.map(partial(process, settings), files, lost, progress)
        outcomes = dict(zip(files, first, strict=True))
        known = _ask_users(pool, config, outcomes)
        again = [file for file in files if known.keys() & set(outcomes[file].exports)]
        second = pool.map(partial(process, replace(settings, users=known)), again, lost)
        outcomes |= zip(again, second, strict=True)
    return _report(settings, outcomes)


def _report(settings: Settings, outcomes: Mapping[SourceFile, Outcome]) -> Report:
    lacking = {family for outcome in outcomes.values() for family in outcome.lacking}
    results = [outcome.result for outcome in outcomes.values() if outcome.tells]
    return Report(
        results=tuple(sorted(results, key=lambda r: r.path)),
        files=len(outcomes),
        warnings=tuple(_warnings(settings, lacking)),
        severities={f.id: f.severity for f in settings.families},
    )


def _warnings(settings: Settings, lacking: set[str]) -> Iterator[str]:
    if settings.factory is None and settings.request.fix:
        yield (
            "no factory found, so nothing is rewritten: set"
            ' factory = "package.module:Class" under [tool.ssot-migrate] in pyproject.toml'
        )
    if settings.factory is None or not lacking:
        return
    module, class_name, _, data = settings.factory
    factory = Factory(module, class_name, parse(data).tree)
    for family in settings.families:
        if family.id in lacking and family.factory_method:
            yield f"{factory.obstacle(family.factory_method)}, so {family.id} mocks are left"


def find_factory(config: Config) -> tuple[str, str, str, bytes] | None:
    """Read the factory's source. Raises FactoryError where a configured one cannot be read."""
    name = config.factory or DEFAULT_FACTORY
    module, _, class_name = name.partition(":")
    path = find_module(module, config.pythonpath)
    if path is None:
        if config.factory is None:
            return None
        looked = ", ".join(config.pythonpath)
        raise FactoryError(f"factory {name}: no module {module} below {looked}")
    try:
        data = path.read_bytes()
        tree = parse(data).tree
    except OSError as error:
        message = f"factory {name}: {path}: cannot be read ({error.strerror})"
        raise FactoryError(message) from None
    except SourceError as error:
        raise FactoryError(f"factory {name}: {path}: {error}") from error
    if class_name not in Factory(module, class_name, tree).classes:
        message = f"{path} has no class {class_name}; give the module that defines it"
        raise FactoryError(f"factory {name}: {message}")
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
