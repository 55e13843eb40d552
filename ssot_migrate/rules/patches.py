"""Rule ``patch``: mocks that ``patch`` builds, out of the factory's sight."""

import ast
import re
from collections.abc import Iterator, Sequence

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import Scope, resolve
from ssot_migrate.code.sites import (
    MOCK_CLASSES,
    MOCKING,
    Told,
    calls_of,
    lines_of,
    report,
    statements_on,
)
from ssot_migrate.code.source import Source
from ssot_migrate.code.uses import Uses, dotted_root
from ssot_migrate.families.family import NOISE, Family, Rule, split_name
from ssot_migrate.finding.classify import Facts, classify
from ssot_migrate.model import Evidence, Violation

#: It starts with plain letters: a search for those is several times as fast.
_WORD = r"patch(?:\.\w+)?(?:[\s\\]*\(|[\s\\]+as[\s\\]+(\w+))"
_TEXT = re.compile(_WORD)
_BYTES = re.compile(_WORD.encode())
_DEFAULTS = frozenset(f"{module}.DEFAULT" for module in MOCKING)
#: How many arguments say what is replaced; the next one is ``new``.
_TARGETS = {"patch": 1, "patch.object": 2, "patch.context_manager": 2}
#: A function whose name starts with one of these gives what the rest of its name says.
_GIVERS = frozenset({"get", "create", "make", "build", "new"})

Known = tuple[()] | tuple[Family, tuple[Evidence, ...]]


def may_hold(data: bytes) -> bool:
    """Say cheaply whether a file can call ``patch``."""
    return b"patch" in data and b"mock" in data and _BYTES.search(data) is not None


def find(module: Module, rule: Rule, families: Sequence[Family]) -> Iterator[Violation]:
    """Report each patch that builds a mock itself."""
    for statement, scope in statements_on(module, lines(module.source)):
        for call in calls_of(statement):
            way = _way(call, scope)
            if way and _builds(way, call, scope):
                target = _target(way, call)
                keyword, known = _recognised(target or "", module.imports, families)
                told = Told(target, _reason(call, keyword, *known[:1]), *known)
                yield report(module, rule, call, scope, told)


def lines(source: Source) -> list[int]:
    """List, sorted, the lines on which something may be patched."""
    found = set(lines_of(source, _TEXT))
    for alias in {match[1] for match in _TEXT.finditer(source.text) if match[1]}:
        found |= set(lines_of(source, re.compile(rf"(?<!\w){alias}\b")))
    return sorted(found)


def _way(call: ast.Call, scope: Scope) -> str | None:
    """Say which way of patching a call is: ``patch``, or ``patch.object``."""
    module, found, rest = (resolve(call.func, scope) or "").rpartition(".patch")
    return f"patch{rest}" if found and module in MOCKING else None


def _builds(way: str, call: ast.Call, scope: Scope) -> bool:
    """Say whether a patch makes a mock itself: nothing, or a mock class, is given to it."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in keywords or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    if way == "patch.multiple":
        return any(resolve(value, scope) in _DEFAULTS for value in keywords.values())
    if way not in _TARGETS:
        return False
    if "new_callable" in keywords:
        return resolve(keywords["new_callable"], scope) in MOCK_CLASSES
    given = call.args[_TARGETS[way] :][:1] or [keywords[k] for k in ("new",) if k in keywords]
    return all(resolve(value, scope) in _DEFAULTS for value in given)


def _target(way: str, call: ast.Call) -> str | None:
    """Write what is replaced as a dotted name, as far as the call says it."""
    words = {"target": 0, "attribute": 1}
    parts: list[str] = []
    for word, index in list(words.items())[: _TARGETS.get(way, 1)]:
        given = [*call.args[index:][:1], *(k.value for k in call.keywords if k.arg == word)]
        match given[:1]:
            case [ast.Constant(value=str(text))]:
                parts.append(text)
            case [value]:
                parts.append(".".join(dotted_root(value) or ("…",)))
    return ".".join(parts) or None


def _recognised(
    target: str, imports: frozenset[str], families: Sequence[Family]
) -> tuple[str, Known]:
    """Say by which keyword of patch the thing itself would be given, and which family it is.

    A class gives its instances, ``create_websocket`` a websocket; what a method gives is less sure.
    Of other names only whole ones tell: ``reload_agent`` is no agent.
    """
    owner, _, last = target.rpartition(".")
    words = split_name(last).words
    facts, keyword = Facts(last, imports=imports), "return_value"
    if last[:1].isupper():
        return keyword, classify(facts, families) or ()
    if owner.rpartition(".")[2][:1].isupper():
        return keyword, ()
    if len(words) > 1 and words[0] in _GIVERS:
        facts = Facts(uses=Uses(givers={last}), imports=imports)
        return keyword, classify(facts, families) or ()
    known = classify(facts, families) or ()
    return "new", known if known and _is_whole(words, known[0]) else ()


def _is_whole(words: tuple[str, ...], family: Family) -> bool:
    """Say whether words are just those by which a family is called."""
    speaking = tuple(word for word in words if word not in NOISE)
    return any(split_name(entry).words == speaking for entry in family.evidence.names)


def _reason(call: ast.Call, keyword: str, family: Family | None = None) -> str:
    text = "patch builds the mock itself"
    method = family.factory_method if family else None
    if method is None or any(k.arg in {"return_value", "side_effect"} for k in call.keywords):
        return text
    return f"{text}; give it {keyword}= from {method}"
