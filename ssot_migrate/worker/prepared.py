"""What a process keeps between files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ssot_migrate.assessing.assess import AnyFix, chosen
from ssot_migrate.code.abridge import Focus
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import ByteTest, Source, parse
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.executing import disk
from ssot_migrate.finding.draft import Rules
from ssot_migrate.known import Export, Users
from ssot_migrate.model import (
    SourceFile,
)
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rules.own_rules import FIXED
from ssot_migrate.rules.own_rules import lines as looked_at
from ssot_migrate.suppressions.read import UNEXPLAINED
from ssot_migrate.worker.leads import Leads
from ssot_migrate.worker.settings import Followed, Settings

#: Lines and columns of fixes.
Only = Collection[tuple[int, int]]


#: So many configurations are kept ready.
_KEPT = 64
_prepared: list["Worker"] = []


def prepared(settings: Settings, users: Mapping[Export, Users]) -> "Worker":
    """Prepare a process once for each configuration of a run.

    ``users`` are those of what the next file exports.
    """
    known = (worker for worker in _prepared if worker.settings is settings)
    worker = next(known, None) or next((w for w in _prepared if w.settings == settings), None)
    if worker is None:
        worker = Worker(settings)
        _prepared[:] = [worker, *_prepared[: _KEPT - 1]]
    # Each batch brings the same settings as another object.
    worker.settings = settings
    worker.users = users
    return worker


def forget() -> None:
    """Keep nothing of earlier runs: the files that they followed names into may have changed."""
    _prepared.clear()
    disk.forget()


class Worker:
    """What a process keeps between files."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.users: Mapping[Export, Users] = {}
        module, class_name, _, data = settings.factory
        self.factory = Factory(module, class_name, parse(data).tree)
        self.test = ByteTest(class_name)
        #: A run that rewrites need not look for what is never rewritten.
        reports = not (settings.request.fix or settings.request.survey)
        wanted = (rule for rule in settings.own if reports or rule.id in FIXED)
        self.own = {rule.id: rule for rule in wanted if rule.id in settings.selected}
        self.leads = Leads.of(settings)
        if not settings.config.require_reason:
            self.own.pop(UNEXPLAINED, None)

    @property
    def target(self) -> Target:
        """What fixes import."""
        return Target(
            self.factory.module,
            self.factory.class_name,
            self.settings.config.line_length,
            disk.consult(_first_party, self.settings.config.root, guess=frozenset[str]()),
        )

    def rules(self, file: SourceFile, followed: Followed | None = None) -> Rules:
        """Say what a file is held against; ``followed`` takes note of what was asked."""
        followed = Followed() if followed is None else followed
        own = file.location in self.settings.factories
        check = partial(self.leads.to_factory, file.location, followed)
        factory = self.factory
        return Rules(
            self.settings.families,
            self.settings.selected,
            factory,
            check,
            own,
            self.users,
            self.own,
            self.settings.request.survey,
            {rule.id: rule for rule in self.settings.own},
            partial(self.leads.from_where, file.location, followed),
            dict(self.settings.config.renamed.methods),
        )

    def chosen(self, fixes: Sequence[AnyFix], only: Only | None = None) -> list[AnyFix]:
        """Take the fixes that may be carried out; ``only`` those at some places."""
        wanted = chosen(fixes, unsafe=self.settings.config.unsafe_fixes)
        if only is None:
            return wanted
        return [fix for fix in wanted if (fix.violation.line, fix.violation.column) in only]

    def focus(self, source: Source, hits: Iterable[int]) -> Focus:
        """Say what of a file has to be looked at beside its hits, unless that leads on."""
        return Focus(tuple(sorted({*hits, *looked_at(source, self.own)})))

    def module(self, file: SourceFile, source: Source, hits: list[int] | None = None) -> Module:
        """Make a module of what a file holds."""
        name = f"{self.factory.module}.{self.factory.class_name}"
        hits = self.test.lines(source.text) if hits is None else hits
        return Module(file.path, source, hits, name, self.settings.config.line_length)


def _first_party(root: Path) -> frozenset[str]:
    """List the packages and modules that Ruff and isort take for the project's own."""
    folders = [folder for folder in (root, root / "src") if folder.is_dir()]
    entries = [entry for folder in folders for entry in folder.iterdir()]
    return frozenset(e.name.removesuffix(".py") for e in entries if _is_importable(e))


def _is_importable(entry: Path) -> bool:
    return entry.is_dir() or entry.suffix == ".py"
