"""What a codemod says: how a family is recognised, and what replaces it."""

import re
from functools import cache, cached_property
from typing import Annotated

import msgspec

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Severity

_TOKEN = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
#: Tokens that say that a thing is a mock, or which one of several.
NOISE = frozenset(
    "mock mocked mocks fake stub dummy spy double instance obj object fixture test my the this"
    " a b c one two three first second third other another new old real base simple default"
    " sample example async sync injected custom given original inner outer".split()
)
PREPOSITIONS = frozenset(
    "with for without like named called using via from in to of on that by and or when as".split()
)


#: A name that starts with one of these is that of a function.
_VERBS = frozenset(
    "run create get make build call invoke execute start stop on handle set fetch load register"
    " add delete remove update list find close open send connect init initialize setup is has"
    " validate check process resolve select use accept change swap switch reset refresh notify"
    " save apply enable disable schedule cancel trigger dispatch spawn after before from".split()
)


class Example(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """A piece of code that a rule rewrites, reports or leaves alone. All are run as tests."""

    #: What the example shows.
    name: str
    #: Code that the rule's fix rewrites.
    before: str | None = None
    #: What the fix makes of ``before``.
    after: str | None = None
    #: Code in which the rule reports something that it does not rewrite.
    reported: str | None = None
    #: Code in which the rule finds nothing to report.
    unchanged: str | None = None
    #: Take unsafe fixes too.
    unsafe_fixes: bool = False


class Signs(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True, dict=True):
    """What speaks for a family, and against it."""

    #: Classes that a ``spec=`` may name: dotted names, or words with which a class's name ends.
    specs: tuple[str, ...] = ()
    #: Attributes that are set or used.
    attributes: tuple[str, ...] = ()
    #: Attributes of which one decides without a name.
    telling_attributes: tuple[str, ...] = ()
    #: So many different attributes decide without a name; 0: they never do.
    attributes_alone: Annotated[int, msgspec.Meta(ge=0)] = 0
    #: Keywords under which the mock is passed on.
    keywords: tuple[str, ...] = ()
    #: Words with which the mock's name ends; several words are joined by ``_``.
    names: tuple[str, ...] = ()
    #: Names that need a second sign beside them, of any other kind.
    weak_names: tuple[str, ...] = ()
    #: Words in the name of a function or class that it is passed to: a second sign.
    passed_to: tuple[str, ...] = ()
    #: Functions that give it, dotted where the owner matters (``engine.connect``). A second sign.
    given_by: tuple[str, ...] = ()
    #: Packages whose import in the file is a second sign.
    supported_by_imports: tuple[str, ...] = ()
    #: Modules whose import in the file makes ``names`` as weak as ``weak-names``.
    doubted_by_imports: tuple[str, ...] = ()
    #: Words that a name of this family never has.
    not_names: tuple[str, ...] = ()
    #: Attributes that a mock of this family never has.
    contradicted_by: tuple[str, ...] = ()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Gather the words and names of which a mock of this family has at least one."""
        entries = (*self.names, *self.weak_names, *self.specs)
        last = [word for entry in entries for word in split_name(entry).words[-1:]]
        deciding = self.attributes if self.attributes_alone else self.telling_attributes
        return frozenset({*last, *self.specs, *self.keywords, *deciding})


class Rule(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """What a rule says of itself: that of a family, or one of the engine's own."""

    #: The file's stem; ``--select`` and ``--ignore`` take it.
    id: str
    #: What the rule finds, in one line.
    summary: str
    #: How urgent it is.
    severity: Severity
    #: Why such code is bad.
    why: str
    #: When the fix is unsafe, where that needs more than the definition of safe.
    fix_safety: str = ""
    #: Code that shows what the rule does.
    example: tuple[Example, ...] = ()


class Family(Rule, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """One codemod."""

    #: The factory's method; without one the family is counted and not rewritten.
    factory_method: str | None = None
    #: What speaks for the family, and against it.
    evidence: Signs = Signs()


class Name(Frozen):
    """A name taken apart."""

    #: All its words.
    words: tuple[str, ...]
    #: The words up to a preposition, without those that only say that it is a mock, or which.
    head: tuple[str, ...]
    #: The same where the first word is a verb, as in the name of a function; empty otherwise.
    verbal: tuple[str, ...] = ()


@cache
def split_name(name: str) -> Name:
    """Take ``mock_web_socket2`` or ``FakeWebSocket`` apart: ``("websocket",)``."""
    joined = "_".join(_TOKEN.findall(name)).lower().replace("web_socket", "websocket")
    words = tuple(joined.split("_")) if joined else ()
    head: list[str] = []
    for word in words:
        if word in PREPOSITIONS and any(w not in NOISE for w in head):
            break
        head.append(word)
    while head and (head[-1] in NOISE or head[-1].isdigit()):
        head.pop()
    while head and (head[0] in NOISE or head[0].isdigit()):
        head.pop(0)
    if len(head) > 1 and head[0] in _VERBS:
        return Name(words, (), tuple(head))
    return Name(words, tuple(head))


@cache
def _words(entry: str) -> tuple[str, ...]:
    return split_name(entry).words


def ending(name: Name, entries: tuple[str, ...]) -> str | None:
    """Find the longest entry with whose words a name ends; ``run_context`` is one word by word."""
    found = [
        e
        for e in entries
        if (name.head and _words(e) == name.head[-len(_words(e)) :])
        or (name.verbal and _words(e) == name.verbal)
    ]
    return max(found, key=len, default=None)
