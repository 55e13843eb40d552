"""Remember how long trials take, and say how long the next ones will."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ssot_migrate.migrating.batches import Batch
from ssot_migrate.migrating.migration import Migration
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.trial.concern import concerned
from ssot_migrate.trial.trial import TrialResult


def expected(
    batches: Sequence[Batch], resolver: Resolver, migration: Migration
) -> dict[str, float]:
    """Give the seconds that the trial of a batch will take, by its key, where any is known.

    That is what trials with the same command took for a test file, times those that are concerned.
    """
    tried = [batch for batch in batches if batch.fixes and batch.config.trial]
    commands = {batch.config.trial for batch in tried}
    known = {command: migration.seconds_per_file(command) for command in commands}
    rates = {command: seconds for command, seconds in known.items() if seconds is not None}
    changed = {batch.key: _changed(batch) for batch in tried if batch.config.trial in rates}
    tests = concerned({file for files in changed.values() for file in files}, resolver)
    return {
        batch.key: rates[batch.config.trial] * _number(tests, changed[batch.key])
        for batch in tried
        if batch.key in changed
    }


def remember(batch: Batch, trials: Iterable[TrialResult], migration: Migration) -> None:
    """Note what the trials of a batch took, all executions together."""
    for trial in trials:
        if trial.files:
            migration.add_trial(batch.config.trial, trial.files, trial.seconds)


def _changed(batch: Batch) -> set[str]:
    paths = {fix.path for fix in batch.fixes}
    return {file.location for file in batch.files if file.path in paths}


def _number(tests: Mapping[str, Collection[str]], changed: Iterable[str]) -> int:
    return len({test for file in changed for test in tests[file]})
