"""Advise how a factory should grow: try what blocks need, and keep what makes some of them safe."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.code.source import SourceError, parse, parse_text
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.contracts.shipped import is_shipped
from ssot_migrate.families.family import Family
from ssot_migrate.frozen import Frozen
from ssot_migrate.growing.advice import Advice, Advised, Edit
from ssot_migrate.growing.bundle import best_bundle
from ssot_migrate.growing.clusters import WORTH_A_METHOD, Cluster, clusters
from ssot_migrate.growing.grow import FactoryFile, grow
from ssot_migrate.growing.method_tree import GrowError
from ssot_migrate.model import Applicability, Case, Change, Report, SourceFile, UserError
from ssot_migrate.pipeline import find_factory
from ssot_migrate.proposing.examples import check
from ssot_migrate.proposing.proposal import propose
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.settings.toolchain import shown
from ssot_migrate.worker.settings import Settings

#: Changes the settings of a run: another factory, further families.
Adapt = Callable[[Settings], Settings]
#: Runs the pipeline on files.
Run = Callable[[Sequence[SourceFile], Adapt], Report]
#: Module, class, location and bytes of a factory.
_Factory = tuple[str, str, str, bytes]
#: A block's file, line and column.
_Place = tuple[str, int, int]
#: So many times the factory grows; what is left is advised once that is followed.
_ROUNDS = 8
#: So many methods are added at most in a round.
_METHODS = 30


class AdviseError(UserError):
    """There is no factory that could grow."""


class _Trial(Frozen):
    """Edits that are tried together."""

    method: str
    edits: tuple[Edit, ...]
    cases: tuple[Case, ...]
    #: The family that a new method is for.
    cluster: Cluster | None = None

    @property
    def codemod(self) -> str | None:
        """Name the family that it needs and that is not there yet."""
        return self.cluster.codemod if self.cluster else None


class _State(Struct):
    """A factory while it grows."""

    settings: Settings
    file: FactoryFile
    #: The source with all edits so far.
    text: str
    families: dict[str, Family] = field(default_factory=dict)
    report: Report = field(default_factory=lambda: Report((), 0))

    def adapt(self, settings: Settings) -> Settings:
        """Let a run read the factory as it has grown."""
        families = {family.id: family for family in settings.families} | self.families
        factory = *settings.factory[:3], self.file.source.encode(self.text)
        return replace(settings, factory=factory, families=tuple(families.values()))

    def grown(self, trials: Sequence[_Trial]) -> "_State":
        """Give the factory with further edits. Raises GrowError."""
        edits = [edit for trial in trials for edit in trial.edits]
        return replace(self, text=grow(self.text, self.file, edits))


def advise(
    files: Sequence[SourceFile], resolver: Resolver, run: Run, limit: int | None = None
) -> list[Advised]:
    """Let each factory of these files grow until nothing more becomes safe by it.

    ``run`` runs the pipeline on some of the files, ``limit`` is how much advice is wanted for each
    factory. Raises AdviseError where no file has a factory.
    """
    found: dict[_Factory, list[SourceFile]] = {}
    configs = {file: resolver.file(file.location) for file in files}
    factories = {config: find_factory(config) for config in {*configs.values()}}
    for file, config in configs.items():
        factory = factories[config]
        if not is_shipped(factory):
            found.setdefault(factory, []).append(file)
    if not found:
        raise AdviseError(
            'no factory of the project\'s own: set factory = "package.module:Class" under'
            " [tool.ssot-migrate] in pyproject.toml, or let `ssot-migrate factory init` write one"
        )
    return [
        _Advisor(factory, partial(run, found[factory])).advised(limit)
        for factory in sorted(found, key=lambda factory: factory[2])
    ]


class _Advisor:
    """Lets one factory grow."""

    def __init__(self, factory: _Factory, run: Callable[[Adapt], Report]) -> None:
        self.run = run
        seen: list[Settings] = []

        def see(settings: Settings) -> Settings:
            seen.append(settings)
            return settings

        report = run(see)
        settings = next(one for one in seen if one.factory == factory)
        _, class_name, self.location, data = factory
        self.path = shown(self.location)
        self.file = FactoryFile(parse(data), class_name, settings.config.line_length)
        self.state = _State(settings, self.file, self.file.source.text, report=report)
        self.rejected: set[frozenset[Edit]] = set()
        #: What is accepted, by method, in its order; and what cannot be written.
        self.chains: dict[str, list[Advice]] = {}
        self.obstructed: list[Advice] = []

    def advised(self, limit: int | None) -> Advised:
        """Grow round by round, and tell what was worth it."""
        first = self.state.report
        for _ in range(_ROUNDS):
            known = len(self.rejected)
            trials = self._trials()
            if trials:
                self._try(trials)
            elif len(self.rejected) == known:
                break
        advice = (*_merged(self.chains), *self.obstructed)
        return Advised(
            self.path,
            advice[:limit],
            blocks=sum(violation.is_creation for violation in first.violations),
            safe=len(_safe(first)),
            more=len(advice[limit:]) if limit is not None else 0,
            change=self._change(advice[:limit]),
            report=first,
        )

    def _change(self, advice: Sequence[Advice]) -> Change | None:
        edits = [edit for one in advice if not one.obstacle for edit in one.edits]
        if not edits:
            return None
        source = self.file.source
        after = source.encode(grow(source.text, self.file, edits))
        return Change.of(self.location, self.path, source.encode(source.text), after)

    # what could be tried

    def _trials(self) -> list[_Trial]:
        """List what each method needs most, and the methods that are missing."""
        trials = {trial.method: trial for trial in islice(self._methods(), _METHODS)}
        trials |= {trial.method: trial for trial in self._bundles()}
        try:
            self.state.grown([*trials.values()])
        except GrowError:
            return [trial for trial in trials.values() if self._can_be_written(trial)]
        return [*trials.values()]

    def _can_be_written(self, trial: _Trial) -> bool:
        try:
            self.state.grown([trial])
        except GrowError as error:
            self._obstruct(trial, str(error))
            return False
        return True

    def _bundles(self) -> Iterator[_Trial]:
        factory, cases = self._factory(), self._cases()
        for method in dict.fromkeys(self._methods_by_family().values()):
            contract = factory.contract(method)
            own = [c for c in cases if self._methods_by_family().get(c.family) == method]
            bundle = best_bundle(contract, own, self.rejected) if contract else None
            if bundle:
                yield _Trial(method, bundle.edits, bundle.cases)

    def _methods(self) -> Iterator[_Trial]:
        factory = self._factory()
        lacking = {f: m for f, m in self._methods_by_family().items() if m not in factory.methods}
        for cluster in clusters(self._cases(), lacking):
            fresh = cluster.edit.method not in factory.methods
            if fresh and not self.rejected & {frozenset({cluster.edit})}:
                yield _Trial(cluster.edit.method, (cluster.edit,), cluster.cases, cluster)

    def _factory(self) -> Factory:
        return Factory("", self.file.class_name, parse_text(self.state.text))

    def _cases(self) -> list[Case]:
        return [case for result in self.state.report.results for case in result.cases]

    def _methods_by_family(self) -> dict[str, str]:
        families = (*self.state.settings.families, *self.state.families.values())
        return {family.id: family.factory_method for family in families if family.factory_method}

    # trying it

    def _try(self, trials: Sequence[_Trial]) -> None:
        """Let the factory grow by all trials at once; keep those that are worth it."""
        state = self.state.grown(trials)
        known = state.adapt(state.settings)
        families = {trial: self._family(trial, known) for trial in trials if trial.codemod}
        for trial in [trial for trial, family in families.items() if family is None]:
            self._reject(trial)
        tried = [trial for trial in trials if families.get(trial, trial)]
        state = self._run(tried, families)
        kept = [trial for trial in tried if self._accept(trial, state.report)]
        self.state = state if len(kept) == len(trials) else self._run(kept, families)

    def _run(self, trials: Sequence[_Trial], families: Mapping[_Trial, Family | None]) -> _State:
        """Let the factory grow, and see what that gives."""
        if not trials:
            return self.state
        new = {f.id: f for trial in trials if (f := families.get(trial))}
        state = replace(self.state.grown(trials), families=self.state.families | new)
        state.report = self.run(state.adapt)
        return state

    def _family(self, trial: _Trial, settings: Settings) -> Family | None:
        """Draw the family of a new method as ``codemods new`` does; nothing where it would not."""
        cluster = trial.cluster
        if cluster is None or cluster.codemod is None:
            return None
        place = cluster.example.path, cluster.example.line
        if any(family.id == cluster.codemod for family in settings.families):
            return None
        try:
            family = propose(cluster.codemod, Path(place[0]).read_bytes(), place, settings)
        except (UserError, SourceError, OSError):
            return None
        known = replace(settings, families=(*settings.families, family))
        good = family.factory_method == trial.method
        return family if good and not check(known, family.id, family.example[0]).problems else None

    def _accept(self, trial: _Trial, report: Report) -> bool:
        """Count what a trial is worth; keep it where that is enough."""
        before, after = _safe(self.state.report), _safe(report)
        families = self._families(trial)
        won = sorted(place for place, f in after.items() if f in families and place not in before)
        lost = [place for place, f in before.items() if f in families and place not in after]
        if len(won) - len(lost) < (WORTH_A_METHOD if trial.codemod else 1):
            self._reject(trial)
            return False
        advice = self._advice(trial, won[0][:2])
        if trial.codemod:
            concerned = sum(violation.rule == trial.codemod for violation in report.violations)
            advice = replace(advice, concerns=concerned)
        advice = replace(advice, unlocks=len(won) - len(lost), loses=len(lost))
        self.chains.setdefault(trial.method, []).append(advice)
        return True

    def _families(self, trial: _Trial) -> tuple[str, ...]:
        """Name the families whose blocks become calls of a trial's method."""
        families = [f for f, m in self._methods_by_family().items() if m == trial.method]
        return (*families, trial.codemod) if trial.codemod else tuple(families)

    def _reject(self, trial: _Trial) -> None:
        self.rejected.add(frozenset(trial.edits))

    def _obstruct(self, trial: _Trial, obstacle: str) -> None:
        """Remember what cannot be written as a patch."""
        self._reject(trial)
        place = trial.cases[0].path, trial.cases[0].line
        self.obstructed.append(replace(self._advice(trial, place), obstacle=obstacle))

    def _advice(self, trial: _Trial, place: tuple[str, int]) -> Advice:
        families = self._families(trial)
        adopted = [result.adopted for result in self.state.report.results]
        calls = sum(counts.get(family, 0) for counts in adopted for family in families)
        example = trial.cluster.example if trial.codemod and trial.cluster else None
        return Advice(
            method=trial.method,
            edits=trial.edits,
            families=families,
            concerns=len(trial.cases),
            unlocks=0,
            loses=0,
            callers=calls if any(edit.reaches_callers for edit in trial.edits) else 0,
            example=(example.path, example.line) if example else place,
            codemod=trial.codemod,
        )


def _safe(report: Report) -> dict[_Place, str]:
    """Give the blocks that can be migrated safely, with their families."""
    return {
        (violation.path, violation.line, violation.column): violation.rule
        for violation in report.violations
        if violation.is_creation and violation.applicability is Applicability.SAFE
    }


def _merged(chains: dict[str, list[Advice]]) -> Iterator[Advice]:
    """Yield what unlocks most first; what builds on other advice for its method stays behind it."""
    waiting = {method: list(chain) for method, chain in sorted(chains.items())}
    while waiting:
        method = max(waiting, key=lambda name: waiting[name][0].unlocks)
        yield waiting[method].pop(0)
        if not waiting[method]:
            del waiting[method]
