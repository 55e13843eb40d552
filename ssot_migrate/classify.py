"""Say which family a creation belongs to, and by what evidence."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from ssot_migrate.family import NOISE, Family, Name, ending, split_name
from ssot_migrate.model import Evidence, EvidenceKind
from ssot_migrate.module import dotted_root
from ssot_migrate.names import Kind, Scope, resolve
from ssot_migrate.reader import SPECS, constructor

#: What decides first, and in which order.
_STRENGTH = (EvidenceKind.SPEC, EvidenceKind.NAME, EvidenceKind.KEYWORD, EvidenceKind.ATTRIBUTE)
#: Names that say nothing, so that the name of the function that returns the mock speaks instead.
_BLAND = frozenset({"m", "result", "value", "ret", "retval", "res", "x"})


@dataclass
class Facts:
    """All that was seen of one mock."""

    #: The last part of what it is bound to.
    name: str | None = None
    #: The function that returns it.
    giver: str | None = None
    #: The class given as ``spec``: its dotted name as far as it is known.
    spec: str | None = None
    #: Attributes set or used, directly on the mock.
    attributes: frozenset[str] = frozenset()
    #: Keywords under which it is passed on.
    keywords: frozenset[str] = field(default_factory=frozenset)
    #: Packages that the file imports.
    imports: frozenset[str] = frozenset()


def spec_name(call: ast.Call, kind: Kind, scope: Scope) -> str | None:
    """Name the class that a creation takes as its spec, dotted where its import is in sight."""
    if kind is Kind.AUTOSPEC:
        given = call.args[:1]
    else:
        given = [value for name, value in constructor(call) if name in SPECS]
    for value in given:
        qualified = resolve(value, scope)
        root = dotted_root(value)
        if qualified or root:
            return qualified or ".".join(root or ())
    return None


def classify(
    facts: Facts, families: Iterable[Family]
) -> tuple[Family, tuple[Evidence, ...]] | None:
    """Find the family with the strongest evidence; of two as strong, the more specific one."""
    best: tuple[tuple[int, int], Family, tuple[Evidence, ...]] | None = None
    for family in families:
        evidence = _evidence(facts, family)
        if evidence:
            rank = (_STRENGTH.index(evidence[0].kind), -len(evidence[0].detail.split("_")))
            if best is None or rank < best[0]:
                best = rank, family, evidence
    return best[1:] if best else None


def _evidence(facts: Facts, family: Family) -> tuple[Evidence, ...]:
    """List what speaks for a family, the deciding piece first; empty where it is another."""
    signs = family.evidence
    if facts.spec:
        return _spec_evidence(facts.spec, family)
    if facts.attributes & set(signs.contradicted_by):
        return ()
    name = _speaking_name(facts)
    words = split_name(name or "")
    if set(words.words) & set(signs.not_names):
        return ()
    seen = sorted(facts.attributes & set(signs.attributes))
    used = [Evidence(EvidenceKind.ATTRIBUTE, attribute) for attribute in seen]
    passed = [
        Evidence(EvidenceKind.KEYWORD, keyword)
        for keyword in sorted(facts.keywords)
        if keyword in signs.keywords
    ]
    named = (
        [Evidence(EvidenceKind.NAME, name)]
        if name and _is_named(words, facts, family, second=bool(used or passed))
        else []
    )
    if named or passed:
        return (*named, *passed, *used)
    return tuple(used) if _attributes_decide(seen, words, family) else ()


def _attributes_decide(seen: list[str], words: Name, family: Family) -> bool:
    signs = family.evidence
    enough = 0 < signs.attributes_alone <= len(seen) or set(seen) & set(signs.telling_attributes)
    return bool(enough) and not _names_other(words)


def _is_named(words: Name, facts: Facts, family: Family, *, second: bool) -> bool:
    signs = family.evidence
    strong = ending(words, signs.names)
    if strong and facts.imports & set(signs.doubted_by_imports):
        return second
    return bool(strong or (second and ending(words, signs.weak_names)))


def _names_other(words: Name) -> bool:
    """Say whether a name says clearly that the mock is something with a role of its own."""
    roles = {"manager", "factory", "service", "handler", "server", "client", "registry"}
    return bool(words.head) and words.head[-1] in roles


def is_bland(name: str) -> bool:
    """Say whether a name tells nothing of what it names: ``m``, ``mock_obj``, none at all."""
    return all(word in NOISE or word in _BLAND for word in split_name(name).words)


def may_be_named(name: str, family: Family) -> bool:
    """Say whether a name speaks for a family, if only together with another sign."""
    signs = family.evidence
    return ending(split_name(name), signs.names + signs.weak_names) is not None


def _speaking_name(facts: Facts) -> str | None:
    return facts.giver if facts.giver and is_bland(facts.name or "") else facts.name


def _spec_evidence(spec: str, family: Family) -> tuple[Evidence, ...]:
    """Let a spec decide alone: by its full name, or by the words of the class's name."""
    signs = family.evidence
    words = split_name(spec.rpartition(".")[2])
    known = spec in signs.specs
    if not known and (set(words.words) & set(signs.not_names) or not ending(words, signs.names)):
        return ()
    return (Evidence(EvidenceKind.SPEC, spec),)
