"""The rules about calls of the factory that have drifted away from it."""

from collections.abc import Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Violation
from ssot_migrate.rewriting.plan import Edit
from ssot_migrate.rules import arguments, awaits, fallbacks, imported, unknown
from ssot_migrate.rules.references import references


def find(module: Module, rules: Rules) -> Iterator[tuple[Violation, Edit | None]]:
    """Yield what the rules find, with the edit where there is a fix."""
    own = rules.own
    if rules.factory.class_name not in module.source.text:
        return
    if "factory-import" in own:
        yield from imported.find(module, own["factory-import"], rules)
    if "factory-fallback" in own:
        yield from ((v, None) for v in fallbacks.find(module, own["factory-fallback"], rules))
    if own.keys() & {"unknown-method", "wrong-arguments", "wrong-await"}:
        found = references(module, rules)
        if "unknown-method" in own:
            yield from unknown.find(module, own["unknown-method"], rules, found)
        for name, check in (("wrong-arguments", arguments), ("wrong-await", awaits)):
            if name in own:
                yield from ((v, None) for v in check.find(module, own[name], rules, found))
