"""Run the examples of a rule: what each shows has to happen."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec.structs import replace

from ssot_migrate.code.source import SourceError, parse_text
from ssot_migrate.families.family import Example
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, FileResult, SourceFile, Violation
from ssot_migrate.worker.process import process_data
from ssot_migrate.worker.settings import Settings

#: Where an example would stand in the project; nobody imports from a file of this name.
_PLACE = "tests/test_example.py"


class Status(StrEnum):
    """How an example ended."""

    PASSED = "passed"
    FAILED = "failed"


class Verdict(Frozen):
    """What became of an example."""

    rule: str
    example: Example
    problems: tuple[str, ...] = ()
    #: What the code became, where that is not what the example says.
    got: str | None = None

    @property
    def status(self) -> Status:
        """Return how it ended."""
        return Status.FAILED if self.problems else Status.PASSED


def check(settings: Settings, rule: str, example: Example) -> Verdict:
    """Run one example among all families of the settings; nothing is read or written."""
    code = example.before or example.reported or example.unchanged or ""
    try:
        parse_text(code)
    except SourceError as error:
        return Verdict(rule, example, (f"is not Python: {error}",))
    unsafe = example.unsafe_fixes or example.before is None
    seen = run(settings, code, fix=False, unsafe=unsafe)
    result = run(settings, code, fix=True, unsafe=unsafe)
    got = result.change.after.decode() if result.change else code
    wanted = code if example.before is None else example.after
    problems = [
        *(failure.message for failure in dict.fromkeys((*seen.failures, *result.failures))),
        *_misreported(seen.violations, rule, wanted=example.unchanged is None),
        *(_unexpected(result, example) if got != wanted else ()),
    ]
    return Verdict(rule, example, tuple(problems), None if got == wanted else got)


def run(settings: Settings, code: str, *, fix: bool, unsafe: bool) -> FileResult:
    """Take code through the engine as the only file of a project."""
    file = SourceFile.of(str(settings.config.root / _PLACE), _PLACE)
    config = replace(settings.config, select=(), ignore=(), unsafe_fixes=unsafe, skip="")
    request = replace(settings.request, fix=fix)
    settings = replace(settings, config=config, request=request)
    return process_data(settings, file, code.encode()).result


def _misreported(violations: Sequence[Violation], rule: str, *, wanted: bool) -> Iterator[str]:
    found = [violation for violation in violations if violation.rule == rule]
    if wanted and not found:
        others = ", ".join(dict.fromkeys(violation.rule for violation in violations))
        yield f"not reported as {rule}" + (f", but as {others}" if others else "; nothing is")
    if not wanted:
        for violation in found:
            evidence = ", ".join(f"{e.kind} {e.detail}" for e in violation.evidence)
            yield f"line {violation.line} is reported as {rule}: {evidence}"


def _unexpected(result: FileResult, example: Example) -> Iterator[str]:
    """Tell of another outcome than the expected one, and what was left and why."""
    if result.change and example.reported is not None:
        yield "the factory has the method now: call `reported` `before`, and give this as `after`"
        return
    yield "rewritten to something else" if result.change else "not rewritten"
    fixed = result.change.fixed if result.change else ()
    for violation in result.violations:
        if violation not in fixed:
            yield f"line {violation.line} is left [{violation.applicability}]: {_why(violation)}"


def _why(violation: Violation) -> str:
    if violation.applicability is Applicability.MANUAL:
        return violation.reason or "there is no edit"
    return "; ".join(d.message for d in violation.differences) or "its fix failed"
