"""How the factory should grow: for people, and for programs as ``advice.schema.json`` has it."""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from rich.console import Console

from ssot_migrate.code.names import with_article
from ssot_migrate.growing.advice import Advice, Advised, Edit, Method
from ssot_migrate.growing.method_text import parameter_name
from ssot_migrate.model import Need, NeedKind
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import count, say
from ssot_migrate.shapes.wording import written

#: Raised when a field changes its meaning or goes away.
VERSION = 1


def show(found: Sequence[Advised], console: Console, verbosity: Verbosity) -> None:
    """Print what is advised for each factory; the totals only where little is wanted."""
    for number, advised in enumerate(found):
        if number and verbosity is not Verbosity.QUIET:
            say(console, "")
        say(console, _total(advised), "bold")
        if verbosity is not Verbosity.QUIET:
            for place, (one, safe) in enumerate(_with_totals(advised), 1):
                _show(place, one, safe, console)
        if advised.more:
            say(console, f"{count(advised.more, 'more piece')} of advice with a higher `--limit`.")


def caution(found: Sequence[Advised], console: Console) -> None:
    """Name what a patch changes for those who have what the factory gives now."""
    for one in (one for advised in found for one in advised.advice if not one.obstacle):
        if one.loses or one.callers or any(e.need.kind is NeedKind.BASE for e in one.edits):
            changed = "; ".join(_changed(one)) or "look at its callers elsewhere first"
            say(console, f"{one.method}: {_edits(one)}: {changed}")


def _total(advised: Advised) -> str:
    now = f"{advised.path}: {advised.safe} of {count(advised.blocks, 'mock')} can be migrated"
    if advised.after == advised.safe:
        return f"{now} safely; nothing to add would make it more."
    return f"{now} safely, {advised.after} with this advice."


def _with_totals(advised: Advised) -> Iterator[tuple[Advice, int]]:
    """Yield each piece of advice, and what is safe once it and all above it is followed."""
    safe = advised.safe
    for one in advised.advice:
        safe += one.unlocks
        yield one, safe


def _show(number: int, one: Advice, safe: int, console: Console) -> None:
    say(console, "")
    say(console, f"{number:3}. {one.method}: {_edits(one)}", "bold")
    for line in _lines(one, safe):
        say(console, f"     {line}")


def _lines(one: Advice, safe: int) -> Iterator[str]:
    place = f"{one.example[0]}:{one.example[1]}"
    if one.obstacle:
        yield f"concerns {count(one.concerns, 'mock')}, as in {place}"
        yield f"no patch: {one.obstacle}"
        return
    yield f"unlocks {one.unlocks}, then {safe} are safe; concerns {one.concerns}, as in {place}"
    yield from _changed(one)
    if one.codemod:
        yield f"then: ssot-migrate codemods new {one.codemod} --from {place}"


def _changed(one: Advice) -> Iterator[str]:
    """Say what those get else who have what the factory gives now."""
    if one.loses:
        be = "is" if one.loses == 1 else "are"
        yield f"{count(one.loses, 'mock')} that {be} safe now would differ"
    if one.callers:
        yield f"{count(one.callers, 'call')} of it would get something else; look at them first"


def _edits(one: Advice) -> str:
    return " and ".join(_title(edit) for edit in one.edits)


def _title(edit: Edit) -> str:
    need, at = edit.need, written(edit.need.path)
    match need.kind:
        case NeedKind.BASE:
            return f"build on {need.value}"
        case NeedKind.SPEC:
            return "take a spec"
        case NeedKind.ATTRIBUTE:
            return f"make {at} {with_article(need.value or '')}"
        case NeedKind.PRESET:
            return f"set {at} to {need.value}"
        case NeedKind.PARAMETER:
            return f"take {at} as {parameter_name(need.path)}="
        case NeedKind.KEYWORDS:
            return "configure the product by further keyword arguments"
    return _method(edit.new) if edit.new else "add it"


def _method(method: Method) -> str:
    """Say in a line what a new method is like."""
    has = [written(need.path) for need in method.attributes]
    takes = [parameter_name(need.path) for need in method.parameters]
    takes += ["spec"] if method.spec else []
    text = f"add it, building on {method.base}"
    text += f", with {', '.join(has)}" if has else ""
    return text + (f"; takes {', '.join(takes)}" if takes else "")


def as_json(found: Sequence[Advised]) -> str:
    """Return the document, in ASCII."""
    failures = [
        {"path": failure.path, "stage": failure.stage, "message": failure.message}
        for advised in found
        for failure in advised.report.all_failures
    ]
    warnings = dict.fromkeys(text for advised in found for text in advised.report.warnings)
    document = {
        "version": VERSION,
        "factories": [_factory(advised) for advised in found],
        "failures": failures,
        "warnings": list(warnings),
    }
    return json.dumps(document, indent=2) + "\n"


def schema() -> str:
    """Return the JSON Schema of the document."""
    return files("ssot_migrate.report").joinpath("advice.schema.json").read_text("utf-8")


def _factory(advised: Advised) -> dict[str, object]:
    return {
        "path": advised.path,
        "mocks": advised.blocks,
        "safe": advised.safe,
        "safe_after": advised.after,
        "advice": [_advice(one, safe) for one, safe in _with_totals(advised)],
        "more": advised.more,
    }


def _advice(one: Advice, safe: int) -> dict[str, object]:
    return {
        "method": one.method,
        "edits": [_edit(edit) for edit in one.edits],
        "families": list(one.families),
        "concerns": one.concerns,
        "unlocks": one.unlocks,
        "loses": one.loses,
        "safe": safe,
        "callers": one.callers,
        "example": {"path": one.example[0], "line": one.example[1]},
        "codemod": one.codemod,
        "obstacle": one.obstacle,
    }


def _edit(edit: Edit) -> dict[str, object]:
    return {**_need(edit.need), "new": _new(edit.new) if edit.new else None}


def _new(method: Method) -> dict[str, object]:
    return {
        "base": method.base,
        "attributes": [_need(need) for need in method.attributes],
        "parameters": [_need(need) for need in method.parameters],
        "spec": method.spec,
    }


def _need(need: Need) -> dict[str, object]:
    return {"kind": need.kind, "path": written(need.path), "value": need.value}
