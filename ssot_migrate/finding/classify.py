"""Say which family a creation belongs to, and by what evidence."""

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from ssot_migrate.code.names import Kind, Scope, resolve
from ssot_migrate.code.uses import Uses, dotted_root
from ssot_migrate.families.family import (
    NOISE,
    PREPOSITIONS,
    Family,
    Name,
    Signs,
    ending,
    split_name,
)
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Evidence, EvidenceKind
from ssot_migrate.shapes.reader import SPECS, constructor

#: What decides first, and in which order.
_STRENGTH = tuple(EvidenceKind)
#: Names that say nothing, so that the name of the function that returns the mock speaks instead.
_BLAND = frozenset({"m", "result", "value", "ret", "retval", "res", "x"})
#: A function whose name starts with one of these takes what the rest of the name says.
_TAKES = frozenset("set register add use attach bind inject install provide override mount".split())
#: A function or class whose name starts or ends with one of these gives what the rest says.
_GIVES = frozenset(
    "get create make build new open acquire fetch obtain resolve provide load init ensure".split()
)
_GIVERS = frozenset("factory maker builder provider getter creator class cls init".split())
#: A mock whose name ends with one of these is what was asked for, whoever gives it.
_DATA = frozenset(
    "response result request error exception output reply data chunk event message call".split()
)
#: What is set on a mock that is called itself: a function, a class.
_CALLED = frozenset({"return_value", "side_effect"})
#: Classes that say nothing of what an annotated mock stands for.
_NO_ANNOTATION = frozenset("Mock MagicMock AsyncMock Any object None Callable".split())
#: Annotations of fixtures that say in brackets what they give.
_CONTAINERS = frozenset(
    "Iterator Generator AsyncIterator AsyncGenerator Iterable Awaitable Optional Annotated".split()
)


class Facts(Struct):
    """All that was seen of one mock."""

    #: The last part of what it is bound to.
    name: str | None = None
    #: The function that returns it.
    giver: str | None = None
    #: The first line of that function's docstring.
    docstring: str | None = None
    #: The class given as ``spec``: its dotted name as far as it is known.
    spec: str | None = None
    #: The class it is annotated with, likewise.
    annotation: str | None = None
    #: How it is used; the attributes that are set on it included.
    uses: Uses = field(default_factory=Uses)
    #: What the file imports: packages, and dotted names.
    imports: frozenset[str] = frozenset()


def spec_name(call: ast.Call, kind: Kind, scope: Scope) -> str | None:
    """Name the class that a creation takes as its spec, dotted where its import is in sight."""
    if kind is Kind.AUTOSPEC:
        given = call.args[:1]
    else:
        given = [value for name, value in constructor(call) if name in SPECS]
    return next((name for value in given if (name := class_name(value, scope))), None)


def class_name(expression: ast.expr, scope: Scope) -> str | None:
    """Name the class that an expression stands for, dotted where its import is in sight."""
    if isinstance(expression, ast.Subscript):
        generic = not isinstance(expression.slice, ast.Constant)
        return class_name(expression.value, scope) if generic else None
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        text = expression.value
        return text if text.replace(".", "").isidentifier() else None
    return resolve(expression, scope) or ".".join(dotted_root(expression) or ()) or None


def annotated(expression: ast.expr | None, scope: Scope) -> str | None:
    """Name the class of an annotation, ``None`` where it says nothing: ``Iterator[X]`` says X."""
    name = class_name(expression, scope) if expression else None
    last = name.rpartition(".")[2] if name else ""
    if last in _CONTAINERS and isinstance(expression, ast.Subscript):
        inner = expression.slice
        return annotated(inner.elts[0] if isinstance(inner, ast.Tuple) else inner, scope)
    return None if last in _NO_ANNOTATION else name


def classify(
    facts: Facts, families: Iterable[Family]
) -> tuple[Family, tuple[Evidence, ...]] | None:
    """Find the family with the strongest evidence; of two as strong, the more specific one."""
    best: tuple[tuple[int, int, int], Family, tuple[Evidence, ...]] | None = None
    said = _said(facts)
    for family in families:
        if said.isdisjoint(family.evidence.vocabulary):
            continue
        evidence = _Reading(facts, family).evidence()
        if evidence:
            first = evidence[0]
            rank = (_STRENGTH.index(first.kind), -len(first.detail.split("_")), -len(evidence))
            if best is None or rank < best[0]:
                best = rank, family, evidence
    return best[1:] if best else None


def doubts(facts: Facts, families: Iterable[Family]) -> Iterator[tuple[str, str]]:
    """Yield the families that a mock is not taken for though a word speaks for them, and why."""
    said = _said(facts)
    for family in families:
        reading = _Reading(facts, family)
        if said & family.evidence.vocabulary and not reading.evidence():
            why = reading.doubt()
            if why:
                yield family.id, why


def _said(facts: Facts) -> set[str]:
    """Gather every word and name by which a mock could belong to a family."""
    uses = facts.uses
    texts = (facts.name, facts.giver, facts.docstring, facts.spec, facts.annotation)
    names = {*uses.aliases, *uses.receivers, *uses.givers, *(text for text in texts if text)}
    words = (word for name in names for word in split_name(name).words)
    return {*words, *uses.aliases, *uses.attributes, facts.spec or "", facts.annotation or ""}


class _Reading(Frozen):
    """The facts of a mock, read with the eyes of one family."""

    facts: Facts
    family: Family

    @property
    def signs(self) -> Signs:
        return self.family.evidence

    def evidence(self) -> tuple[Evidence, ...]:
        """List what speaks for the family, the deciding piece first; empty where it is another."""
        facts, signs = self.facts, self.signs
        if facts.spec:
            return _class_evidence(EvidenceKind.SPEC, facts.spec, signs)
        name = _speaking_name(facts)
        words = split_name(name or "")
        proof = list(self._proof(words))
        if facts.uses.attributes & set(signs.contradicted_by) - (_CALLED if proof else set()):
            return ()
        if not proof and set(words.words) & set(signs.not_names):
            return ()
        seconds = list(self._seconds())
        named = self._named(name, words, seconds)
        passed = self._passed(seconds)
        if proof or named or passed:
            return tuple(dict.fromkeys((*proof, *named, *passed, *seconds)))
        return tuple(seconds) if self._attributes_decide(words) else ()

    def doubt(self) -> str | None:
        """Say what speaks against the family; ``None`` where nothing speaks for it either."""
        facts, signs = self.facts, self.signs
        name = _speaking_name(facts) or next(iter(sorted(facts.uses.aliases)), "")
        words = split_name(name)
        named = ending(words, signs.names) or self._is_bare(words)
        if facts.spec:
            return f"its spec {facts.spec} is another class" if named else None
        against = sorted(facts.uses.attributes & set(signs.contradicted_by))
        if against and (named or facts.uses.attributes & set(signs.attributes)):
            return f"has no attribute {' or '.join(against)}"
        vetoes = [word for word in words.words if word in signs.not_names]
        if vetoes and ending(words, signs.names + signs.weak_names):
            return f"the name {name} has {vetoes[0]} in it"
        return f"the name {name} alone needs a second sign" if named else None

    def _proof(self, words: Name) -> Iterator[Evidence]:
        """Yield what decides whatever the name says."""
        facts = self.facts
        if facts.annotation:
            yield from _class_evidence(EvidenceKind.ANNOTATION, facts.annotation, self.signs)
        for receiver in sorted(facts.uses.receivers):
            verb, *taken = split_name(receiver).words or ("",)
            if verb in _TAKES and self._says(tuple(taken)):
                yield Evidence(EvidenceKind.RECEIVER, receiver)
        for giver in sorted(facts.uses.givers):
            if self._says(_given_words(giver)) and not set(words.words[-1:]) & _DATA:
                yield Evidence(EvidenceKind.GIVER, giver)

    def _says(self, words: tuple[str, ...]) -> bool:
        """Say whether words name this family strongly."""
        name = Name(words, words)
        return not set(words) & set(self.signs.not_names) and bool(ending(name, self.signs.names))

    def _seconds(self) -> Iterator[Evidence]:
        """Yield what makes a weak name count."""
        facts, signs = self.facts, self.signs
        own = split_name(_speaking_name(facts) or "").head
        for alias in sorted(facts.uses.aliases):
            # The same weak word again, as in Service(session=session), is no news.
            news = self._is_bare(split_name(alias)) and own and split_name(alias).head != own
            if alias in signs.keywords or news:
                yield Evidence(EvidenceKind.KEYWORD, alias)
        for attribute in sorted(facts.uses.attributes & set(signs.attributes)):
            yield Evidence(EvidenceKind.ATTRIBUTE, attribute)
        for taker in sorted(facts.uses.receivers | facts.uses.holders):
            if set(split_name(taker).words) & set(signs.passed_to):
                yield Evidence(EvidenceKind.RECEIVER, taker)
        for giver in sorted(facts.uses.givers):
            if any(_matches(giver, entry) for entry in signs.given_by):
                yield Evidence(EvidenceKind.GIVER, giver)
        if facts.docstring and self._says(_spoken(facts.docstring)):
            yield Evidence(EvidenceKind.DOCSTRING, facts.docstring)
        for imported in sorted(facts.imports & {*signs.specs, *signs.supported_by_imports}):
            yield Evidence(EvidenceKind.IMPORT, imported)

    def _named(self, name: str | None, words: Name, seconds: list[Evidence]) -> list[Evidence]:
        """Take the name as evidence, a weak one only with a second sign."""
        signs = self.signs
        strong = ending(words, signs.names)
        if strong and self.facts.imports & set(signs.doubted_by_imports):
            strong = None if not _without_imports(seconds) else strong
        weak = seconds and self._is_bare(words)
        return [Evidence(EvidenceKind.NAME, name)] if name and (strong or weak) else []

    def _passed(self, seconds: list[Evidence]) -> list[Evidence]:
        """Take what others call it as evidence, a weak name only with another sign."""
        signs = self.signs
        if self.facts.imports & set(signs.doubted_by_imports) and not _without_imports(seconds):
            return []
        return [
            Evidence(EvidenceKind.KEYWORD, alias)
            for alias in sorted(self.facts.uses.aliases)
            if alias in signs.keywords
            or self._says(split_name(alias).head)
            or (
                self._is_bare(split_name(alias))
                and any(e.kind is not EvidenceKind.KEYWORD for e in seconds)
            )
        ]

    def _is_bare(self, name: Name) -> bool:
        """Say whether a name is nothing but a weak one: ``mock_session``, not ``user_session``."""
        return any(split_name(entry).words == name.head for entry in self.signs.weak_names)

    def _attributes_decide(self, words: Name) -> bool:
        signs = self.signs
        seen = self.facts.uses.attributes & set(signs.attributes)
        enough = 0 < signs.attributes_alone <= len(seen) or seen & set(signs.telling_attributes)
        return bool(enough) and not _names_other(words)


def _without_imports(evidence: list[Evidence]) -> list[Evidence]:
    return [e for e in evidence if e.kind is not EvidenceKind.IMPORT]


def _matches(giver: str, entry: str) -> bool:
    """Say whether a dotted giver ends as an entry does: ``mock_engine.connect``, engine.connect."""
    given, wanted = giver.split("."), entry.split(".")
    pairs = zip(reversed(given), reversed(wanted), strict=False)
    return len(given) >= len(wanted) and all(
        ending(split_name(name), (word,)) or split_name(name).words == split_name(word).words
        for name, word in pairs
    )


def _given_words(giver: str) -> tuple[str, ...]:
    """Give the words of what a function gives: of ``get_llm_client`` those of a client."""
    for part in reversed(giver.split(".")):
        words = split_name(part).words
        while words and words[0] in _GIVES | NOISE:
            words = words[1:]
        words = split_name("_".join(words)).head
        while words and words[-1] in _GIVERS:
            words = words[:-1]
        # Of from_config comes what is built from one.
        if words and words[0] not in PREPOSITIONS:
            return words
    return ()


def _spoken(docstring: str) -> tuple[str, ...]:
    """Give the words that a docstring begins with: "Create a mock agent for …" says ``agent``."""
    words = split_name("_".join(docstring.split())).words
    while words and (
        words[0] in NOISE or words[0].removesuffix("s") in _GIVES | {"return", "yield"}
    ):
        words = words[1:]
    return split_name("_".join(words)).head


def is_bland(name: str) -> bool:
    """Say whether a name tells nothing of what it names: ``m``, ``mock_obj``, none at all."""
    return all(word in NOISE or word in _BLAND for word in split_name(name).words)


def names_class(name: str) -> bool:
    """Say whether a name is that of a class that a mock stands for: ``OpenAI``, no MockAgent."""
    named = name.startswith(("Mock", "Fake", "Stub", "Dummy"))
    return name[:1].isupper() and not name.isupper() and not named


def _speaking_name(facts: Facts) -> str | None:
    """Choose the name that says more: its own, or that of the function that returns it."""
    if facts.giver is None or is_bland(facts.name or ""):
        return facts.giver or facts.name
    own, given = split_name(facts.name or "").head, split_name(facts.giver).head
    longer = len(given) > len(own) and given[-len(own) :] == own
    return facts.giver if longer else facts.name


def _class_evidence(kind: EvidenceKind, spec: str, signs: Signs) -> tuple[Evidence, ...]:
    """Let a class decide: by its full name, or by the words of its name."""
    words = split_name(spec.rpartition(".")[2])
    endings = signs.names + tuple(entry for entry in signs.specs if "." not in entry)
    # No class is called by a verb: RunContext is a context.
    said = ending(words, endings) or ending(Name(words.words, words.words), endings)
    if spec not in signs.specs and (set(words.words) & set(signs.not_names) or not said):
        return ()
    return (Evidence(kind, spec),)


def _names_other(words: Name) -> bool:
    """Say whether a name says clearly that the mock is something with a role of its own."""
    roles = {"manager", "factory", "service", "handler", "server", "client", "registry"}
    return bool(set(words.head[-1:]) & (roles | _DATA))
