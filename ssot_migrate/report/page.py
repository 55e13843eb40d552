"""The page of a rule, as Markdown: what ``explain`` shows, and what docs/rules/ holds."""

from collections.abc import Iterable, Iterator

import msgspec
from rich.console import Console
from rich.markdown import Markdown

from ssot_migrate.families.family import Example, Family, Rule, Signs
from ssot_migrate.rules.own_rules import FIXED
from ssot_migrate.schemas import descriptions

_REWRITES = """\
A creation and the statements that only configure it become one call of the factory's `{}`:
what the test sets becomes an argument, what the factory sets already is dropped, and the rest
stays."""
_SAFETY = """\
The fix is safe where all that the block configured, and all that the test's own code touches of
the mock, keeps its kind and its value. Where a difference remains, such as another base class or
a dropped `spec`, it is unsafe and needs `--unsafe-fixes`. Where something that the block
configured could not be kept there is no edit; a scan says why."""
_NO_FIX = "There is no fix: this rule reports, and rewrites nothing."


def page(rule: Rule) -> str:
    """Return a rule's page."""
    parts = [
        f"# {rule.id}",
        f"Severity: {rule.severity}",
        about(rule),
        *_section("How it is recognised", _recognised(rule)),
        *_section("More examples", *_more(rule)),
    ]
    return "\n\n".join(parts) + "\n"


def about(rule: Rule) -> str:
    """Return what somebody has to know whose code it found: the middle of its page."""
    shown = _shown(rule)
    parts = [
        *_section("What it does", _does(rule)),
        *_section("Why is this bad?", rule.why),
        *_section("Example", _code((shown.before or shown.reported) if shown else None)),
        *_section("Use instead", _code(shown.after if shown else None)),
        *_section("Fix safety", safety(rule)),
    ]
    return "\n\n".join(parts)


def safety(rule: Rule) -> str:
    """Say when a rule's fix is safe."""
    fixed = rule.id in FIXED
    general = _SAFETY if _method(rule) else "" if fixed else _NO_FIX
    return f"{general}\n\n{rule.fix_safety}".strip()


def index(rules: Iterable[Rule]) -> str:
    """Return the page that leads to those of all rules."""
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {rule.summary} |"
        f" {f'`{method}`' if (method := _method(rule)) else '-'} |"
        for rule in rules
    ]
    heading = "| rule | severity | finds | rewritten to |\n| --- | --- | --- | --- |"
    about = "A page for each rule; `ssot-migrate explain RULE` shows the same."
    return f"# Rules\n\n{about}\n\n" + "\n".join([heading, *rows]) + "\n"


def show(text: str, console: Console) -> None:
    """Print a page: rendered on a terminal, as it is elsewhere."""
    if console.color_system is None:
        console.file.write(text)
    else:
        console.print(Markdown(text))


def _shown(rule: Rule) -> Example | None:
    """Choose the example that shows the rule best: one that is rewritten."""
    shown = next((e for e in rule.example if e.before), None)
    return shown or next((e for e in rule.example if e.reported), None)


def _section(heading: str, *parts: str) -> list[str]:
    texts = [part.strip() for part in parts if part.strip()]
    return [f"## {heading}", *texts] if texts else []


def _method(rule: Rule) -> str | None:
    return rule.factory_method if isinstance(rule, Family) else None


def _does(rule: Rule) -> str:
    method = _method(rule)
    return f"{rule.summary}.\n\n{_REWRITES.format(method) if method else ''}"


def _recognised(rule: Rule) -> str:
    signs = rule.evidence if isinstance(rule, Family) else Signs()
    meanings = descriptions(Signs.__name__)
    return "\n".join(
        f"- `{field.encode_name}`: {_listed(value)}. {meanings.get(field.encode_name, '')}"
        for field in msgspec.structs.fields(Signs)
        if (value := getattr(signs, field.name)) not in ((), 0)
    )


def _listed(value: object) -> str:
    return ", ".join(f"`{entry}`" for entry in (value if isinstance(value, tuple) else (value,)))


def _more(rule: Rule) -> Iterator[str]:
    shown = _shown(rule)
    for example in rule.example:
        if example is shown:
            continue
        yield f"### {example.name[:1].upper()}{example.name[1:]}"
        yield _outcome(example)


def _outcome(example: Example) -> str:
    if example.before:
        how = "Becomes, with `--unsafe-fixes`:" if example.unsafe_fixes else "Becomes:"
        return f"{_code(example.before)}\n\n{how}\n\n{_code(example.after)}"
    how = "Reported, not rewritten:" if example.reported else "Not one of these:"
    return f"{how}\n\n{_code(example.reported or example.unchanged)}"


def _code(text: str | None) -> str:
    return f"```python\n{text.strip()}\n```" if text else ""
