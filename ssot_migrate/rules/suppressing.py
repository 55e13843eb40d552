"""Rules ``unused-suppression`` and ``unexplained-suppression``: comments that accept violations."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from ssot_migrate.code.fingerprint import fingerprint
from ssot_migrate.code.module import Module
from ssot_migrate.code.sites import statements_on
from ssot_migrate.families.family import Rule
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.rewriting.plan import Edit
from ssot_migrate.suppressions.judge import Idle
from ssot_migrate.suppressions.read import (
    MARK,
    UNEXPLAINED,
    UNUSED,
    Suppression,
    Suppressions,
)

_UNEXPLAINED = "no reason is given; write it behind the bracket"


def may_hold(data: bytes) -> bool:
    """Say cheaply whether a file can hold a suppression."""
    return MARK.encode() in data


def find(
    module: Module, own: Mapping[str, Rule], suppressions: Suppressions, idle: Iterable[Idle]
) -> Iterator[tuple[Violation, Edit | None]]:
    """Report suppressions that accept nothing, and those without a reason; each but once."""
    found = {one.suppression: one for one in idle}
    for one in suppressions.found:
        judged = found.get(one)
        if judged and UNUSED in own:
            yield _unused(module, own[UNUSED], judged)
        stays = judged is None or judged.remaining
        if UNEXPLAINED in own and one.rules and stays and not one.reason:
            named = ", ".join(one.rules)
            yield _violation(module, own[UNEXPLAINED], one, named, _UNEXPLAINED), None


def _unused(module: Module, rule: Rule, idle: Idle) -> tuple[Violation, Edit | None]:
    one = idle.suppression
    applicability = Applicability.SAFE if idle.is_sure else Applicability.MANUAL
    name = ", ".join(idle.rules) or None
    violation = _violation(module, rule, one, name, idle.reason, applicability)
    text = module.source.lines[one.line - 1].rstrip("\r\n")
    return violation, _edit(violation, text, idle) if idle.is_sure else None


def _violation(
    module: Module,
    rule: Rule,
    one: Suppression,
    name: str | None,
    reason: str,
    applicability: Applicability = Applicability.MANUAL,
) -> Violation:
    text = module.source.lines[one.line - 1][one.start : one.end]
    return Violation(
        rule=rule.id,
        family=None,
        severity=rule.severity,
        path=module.path,
        line=one.line,
        column=one.start + 1,
        end_line=one.line,
        end_column=one.end + 1,
        name=name,
        scope=_scope(module, one),
        evidence=(),
        applicability=applicability,
        reason=reason,
        lines=((one.line, one.target or one.line),),
        fingerprint=fingerprint([ast.Constant(name or " ".join(text.split()))]),
    )


def _scope(module: Module, one: Suppression) -> str:
    """Name the scope of the line that a comment is for."""
    scope = module.top
    for _, inner in statements_on(module, [one.target] if one.target else []):
        scope = inner
    return scope.name


def _edit(violation: Violation, text: str, idle: Idle) -> Edit:
    """Take the rules out of a comment, or the comment out of its line."""
    one = idle.suppression
    if idle.remaining:
        start = text.index("[", one.start) + 1
        named = ", ".join(idle.remaining)
        return Edit(violation, one.line, start, text.index("]", start), named)
    start, end = one.start, len(text) - len(text[one.end :].lstrip())
    if end == len(text):
        start = len(text[:start].rstrip())
    return Edit(violation, one.line, start, end, "")
