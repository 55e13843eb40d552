"""Run the trials of a run: one for each command that its files are configured with."""

import re
import secrets
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ssot_migrate.cli.journaling import command_line
from ssot_migrate.cli.options import Common
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Report, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from ssot_migrate.disk.journal import Journal
    from ssot_migrate.pipeline import Run
    from ssot_migrate.settings.config import Config
    from ssot_migrate.settings.resolver import Resolver
    from ssot_migrate.trial.runner import Observation, Runner
    from ssot_migrate.trial.trial import TrialResult

#: So many trials' outputs are kept.
_KEPT: Final = 20
#: How Python says that a module is not there.
_MISSING: Final = re.compile(r"No module named '([\w.]+)'")


class _Setting(Frozen):
    """What files have in common that are tried together."""

    root: Path
    command: str
    timeout: float | None
    in_place: bool
    #: Where the tool keeps what is its own.
    cache: Path

    @classmethod
    def of(cls, config: "Config") -> "_Setting | None":
        if not config.trial:
            return None
        place = config.trial_in_place
        return cls(config.root, config.trial, config.trial_timeout, place, config.cache)


def try_out(
    run: "Run",
    resolver: "Resolver",
    common: Common,
    out: "Console",
    journal: "Journal | None",
) -> "tuple[Report, tuple[TrialResult, ...]]":
    """Try the changes of a run where that is configured; return what is left of them.

    Raises UserError where a trial cannot say anything.
    """
    groups: dict[_Setting, list[Change]] = defaultdict(list)
    for change in run.report.changes:
        if setting := _Setting.of(resolver.file(change.location)):
            groups[setting].append(change)
    trials = [
        _trial(setting, changes, run, resolver, common, journal)
        for setting, changes in groups.items()
    ]
    for trial in trials:
        _tell(trial, out, common)
    tried = {change.location for changes in groups.values() for change in changes}
    return _reduced(run.report, tried, trials), tuple(trials)


def _trial(
    setting: _Setting,
    changes: Sequence[Change],
    run: "Run",
    resolver: "Resolver",
    common: Common,
    journal: "Journal | None",
) -> "TrialResult":
    from ssot_migrate.report.trial import TrialProgress
    from ssot_migrate.trial.concern import concerned
    from ssot_migrate.trial.trial import conduct

    files = concerned([change.location for change in changes], resolver)
    factories = {run.settings[change.location].factory for change in changes}
    with (
        _workplace(setting, journal) as (runner, warnings),
        TrialProgress(sys.stderr, common.color, common.verbosity) as tell,
    ):
        result = conduct(changes, run.only, files, _Importing(runner, factories), tell)
    return replace(result, warnings=(*warnings, *result.warnings))


@contextmanager
def _workplace(
    setting: _Setting, journal: "Journal | None"
) -> "Iterator[tuple[Runner, Sequence[str]]]":
    """Give what runs the command, and what is to be said about it."""
    from ssot_migrate.trial.execution import in_copy, in_place

    outputs = _outputs(setting.cache)
    given = (setting.command, setting.root, outputs)
    if setting.in_place:
        with in_place(*given, timeout=setting.timeout) as runner:
            yield _Journaled(runner, journal) if journal else runner, runner.warnings
        return
    with in_copy(*given, timeout=setting.timeout, left_out=[setting.cache]) as runner:
        yield runner, runner.warnings


class _Importing(Frozen):
    """Runs as another runner does, and notices where the factory itself cannot be imported."""

    runner: "Runner"
    #: Module, class, location and bytes of each factory.
    factories: Collection[tuple[str, str, str, bytes]]

    def run(
        self, files: Sequence[str], contents: Mapping[str, bytes], watch: Collection[str]
    ) -> "Observation":
        """Execute the command. Raises UserError where it is not the fixes that break the tests."""
        observation = self.runner.run(files, contents, watch)
        messages = {seen.message for seen in (observation.tests or {}).values()}
        for factory in self.factories:
            parts = factory[0].split(".")
            above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
            for message in messages:
                missing = _MISSING.search(message)
                if missing and missing[1] in above:
                    raise UserError(_without(factory, message, observation.output))
        return observation


def _without(factory: tuple[str, str, str, bytes], message: str, output: Path) -> str:
    from ssot_migrate.contracts.shipped import is_shipped
    from ssot_migrate.settings.toolchain import shown

    own = "install ssot-migrate where the tests run, or let `ssot-migrate factory init` write one"
    advice = own if is_shipped(factory) else "make it importable there"
    return (
        f"the trial's tests cannot import the factory {factory[0]} ({message}), so no fix can be"
        f" tried; {advice}: see {shown(output)}"
    )


class _Journaled(Frozen):
    """Runs in place, with what each execution replaces in the journal until it is back."""

    runner: "Runner"
    journal: "Journal"

    def run(
        self, files: Sequence[str], contents: Mapping[str, bytes], watch: Collection[str]
    ) -> "Observation":
        changes = [
            Change.of(location, location, Path(location).read_bytes(), content)
            for location, content in contents.items()
        ]
        if not changes:
            return self.runner.run(files, contents, watch)
        recorded = self.journal.record(
            f"{command_line()} (a trial in place)", changes, is_trial=True
        )
        try:
            return self.runner.run(files, contents, watch)
        finally:
            if all(Path(change.location).read_bytes() == change.before for change in changes):
                self.journal.finish(recorded, ())


def _outputs(cache: Path) -> Path:
    """Make a folder for what the command prints; forget those of the oldest trials."""
    from ssot_migrate.disk.cache import make_folder

    try:
        folder = make_folder(cache, "trials")
        for old in sorted(folder.iterdir())[: 1 - _KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        return make_folder(cache, f"trials/{name}")
    except OSError as error:
        raise UserError(
            f"{cache}: cannot be written ({error.strerror}); a trial needs it"
        ) from None


def _tell(trial: "TrialResult", out: "Console", common: Common) -> None:
    from ssot_migrate.report.console import console
    from ssot_migrate.report.trial import limits, tried

    tried(trial, out, common.verbosity)
    out.file.flush()
    limits(trial, console(sys.stderr, common.color), common.verbosity)


def _reduced(report: Report, tried: Collection[str], trials: "Sequence[TrialResult]") -> Report:
    """Leave of the tried changes what passed, and say why of what did not."""
    passed = {change.location: change for trial in trials for change in trial.changes}
    reasons = {
        one.violation: "taken back: the trial's tests fail with it"
        for trial in trials
        for one in trial.taken_back
    }
    results = [
        replace(
            result,
            change=passed.get(result.change.location),
            left=result.left | {v: reasons[v] for v in result.change.fixed if v in reasons},
        )
        if result.change and result.change.location in tried
        else result
        for result in report.results
    ]
    return replace(report, results=tuple(results))
