"""One file through all stages."""

import traceback
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from ssot_migrate.assessing.assess import Assessment, assess
from ssot_migrate.code.abridge import read
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import Source, SourceError, decode, parse, parsed
from ssot_migrate.code.units import OmissionError
from ssot_migrate.executing import journey
from ssot_migrate.explanation import Explanation
from ssot_migrate.known import Export, Users
from ssot_migrate.model import (
    UNVERIFIED,
    Applicability,
    Change,
    Failure,
    FileResult,
    SourceFile,
    Stage,
    UserError,
    Violation,
)
from ssot_migrate.rewriting.plan import Fix
from ssot_migrate.rules.own_rules import may_report
from ssot_migrate.worker.change import Plan, Rewrite, ended, planned
from ssot_migrate.worker.prepared import Only, Worker, prepared
from ssot_migrate.worker.settings import Followed, Outcome, Settings

_TOO_LARGE: Final = "takes more memory than there is; split it, or exclude it"


#: Of a file that exports nothing, or about which nobody was asked.
NOBODY: Final[Mapping[Export, Users]] = MappingProxyType({})


def process(
    settings: Settings, file: SourceFile, users: Mapping[Export, Users] = NOBODY
) -> Outcome:
    """Take one file through all stages; ``users`` are those of its exports."""
    try:
        data = file.read()
    except FileNotFoundError:
        return _failed(file, Stage.READ, "was removed since it was found; run again")
    except OSError as error:
        message = f"cannot be read ({error.strerror}); check its permissions, or exclude it"
        return _failed(file, Stage.READ, message)
    except MemoryError:
        return _failed(file, Stage.READ, _TOO_LARGE)
    return process_data(settings, file, data, users=users)


def process_data(
    settings: Settings,
    file: SourceFile,
    data: bytes,
    only: Only | None = None,
    users: Mapping[Export, Users] = NOBODY,
) -> Outcome:
    """Take what a file holds, or would hold, through all stages.

    ``only`` are the fixes to carry out, ``None`` for all. Whatever goes wrong costs this file only.
    """
    worker = prepared(settings, users)
    if not (worker.test.passes(data) or may_report(worker.own, data)):
        return Outcome(FileResult(file.path))
    journey.begin()
    try:
        return _processed(worker, file, data, only)
    except SourceError as error:
        return _failed(file, Stage.PARSE, f"{error}, or exclude it")
    except RecursionError:
        return _failed(file, Stage.DETECT, "nested too deeply to be followed; exclude it")
    except MemoryError:
        return _failed(file, Stage.DETECT, _TOO_LARGE)
    except Exception as error:  # noqa: BLE001 - a defect must not cost the other files
        return _failed(file, Stage.DETECT, _defect(error))


def _processed(worker: Worker, file: SourceFile, data: bytes, only: Only | None) -> Outcome:
    module, assessment, followed = _assessed(worker, file, data)
    change: Change | None = None
    failures: tuple[Failure, ...] = ()
    left: dict[Violation, str] = {}
    config, suppressions = worker.settings.config, assessment.suppressions
    plan = planned(worker, assessment, only)
    if plan.violations and config.skip:
        left = dict.fromkeys(plan.violations, f"skipped: {config.skip}")
    elif plan.violations:
        rewrite = Rewrite(worker, file, data, module, assessment, plan)
        try:
            change, failures = rewrite.run()
        except OmissionError:
            whole = worker.module(file, parse(data))
            change, failures = replace(rewrite, module=whole).run()
        left = {violation: UNVERIFIED for violation in plan.violations if failures}
        if change and plan.late:
            change, left = _finished(worker, file, change, plan, only)
    left |= _unclear(assessment)
    violations = tuple(assessment.violations)
    cases = tuple(assessment.cases)
    result = FileResult(
        file.path, violations, assessment.adopted, change, failures, cases=cases, left=left
    )
    known = assessment.exports, assessment.lacking, assessment.offers
    return Outcome(suppressions.apart(result), *known, suppressions, followed)


_Assessed = tuple[Module, Assessment, Followed]


def _assessed(worker: Worker, file: SourceFile, data: bytes) -> _Assessed:
    """Find everything in a file, of which no more is parsed than that takes."""
    request = worker.settings.request
    source = decode(data)
    hits = worker.test.lines(source.text)

    def ask(source: Source) -> _Assessed:
        followed = Followed()
        rules = worker.rules(file, followed)
        module = worker.module(file, source, hits)
        return module, Assessment() if rules.is_own else assess(module, rules), followed

    if request.survey:
        return ask(parsed(source))
    return read(source, worker.focus(source, hits), ask)


def _unclear(assessment: Assessment) -> dict[Violation, str]:
    """Say why fixes are left that somebody may have meant to suppress."""
    text = "the suppression on line {} may be meant for it; correct it, or remove it"
    fixable = (v for v in assessment.meant if v.applicability is not Applicability.MANUAL)
    return {violation: text.format(assessment.meant[violation]) for violation in fixable}


def _finished(
    worker: Worker, file: SourceFile, change: Change, plan: Plan, only: Only | None
) -> tuple[Change, dict[Violation, str]]:
    """Rewrite a second time what shares lines with a migrated mock; say what is left."""
    late = ended(plan.late)
    second = None
    if not only:  # Places of the first text mean nothing in the second one.
        again = process_data(worker.settings, file, change.after, users=worker.users)
        second = again.result.change
    if second is None:
        return change, dict.fromkeys(late, "shares a line with a migrated mock; run again")
    return Change.of(
        change.location, change.path, change.before, second.after, (*change.fixed, *late)
    ), {}


def explain_file(
    settings: Settings,
    file: SourceFile,
    line: int,
    column: int | None,
    users: Mapping[Export, Users] = NOBODY,
) -> list[Explanation]:
    """Explain what is found at a place. Raises UserError where the file cannot be processed."""
    from ssot_migrate.assessing.explain import explain

    worker = prepared(settings, users)
    try:
        data = file.read()
        module = worker.module(file, parse(data))
        found = explain(module, worker.rules(file), line, column)
    except (OSError, SourceError, RecursionError) as error:
        raise UserError(f"{file.path}: cannot be explained: {error}") from error
    return [
        replace(explanation, change=_alone(worker, file, data, module, fix))
        for explanation, fix in found
    ]


def _alone(
    worker: Worker, file: SourceFile, data: bytes, module: Module, fix: Fix | None
) -> Change | None:
    """Carry out one fix alone; nothing where it cannot be."""
    if fix is None:
        return None
    assessment = Assessment(violations=[fix.violation])
    return Rewrite(worker, file, data, module, assessment, Plan([fix])).preview()


def _defect(error: Exception) -> str:
    """Tell of an error that nobody foresaw, with the line of ours that it came from."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ssot_migrate" in f.filename]
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    what = f"{type(error).__name__}: {error}{where}"
    return f"left as it was by a defect of ssot-migrate, please report it: {what}"


def _failed(file: SourceFile, stage: Stage, message: str) -> Outcome:
    return Outcome(FileResult(file.path, failures=(Failure(file.path, stage, message),)))


def lost(file: SourceFile, why: str) -> Outcome:
    """Give the outcome of a file that came to no end; ``why`` says what became of it."""
    question = "is it nested too deeply, or its disk out of reach?"
    return _failed(file, Stage.PARSE, f"reading it {why}; {question} exclude it")
