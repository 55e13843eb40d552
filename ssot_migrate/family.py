"""Read codemods, the TOML files that say how a family is recognised and what replaces it."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import msgspec

from ssot_migrate.model import GENERIC, Severity, UserError

_TOKEN = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
#: Tokens that say that a thing is a mock, or which one of several.
NOISE = frozenset(
    "mock mocked mocks fake stub dummy spy double instance obj object fixture test my the this"
    " a b c one two three first second third other another new old real base simple default"
    " sample example async sync injected custom given original inner outer".split()
)
_PREPOSITIONS = frozenset(
    "with for without like named called using via from in to of on that by and or when as".split()
)


#: A name that starts with one of these is that of a function.
_VERBS = frozenset(
    "run create get make build call invoke execute start stop on handle set fetch load register"
    " add delete remove update list find close open send connect init initialize setup is has"
    " validate check process resolve select use accept".split()
)


class FamilyError(UserError):
    """A codemod that cannot be used."""


class Example(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """A piece of code that a codemod rewrites, or leaves alone. Both are run as tests."""

    #: What the example shows.
    name: str
    before: str | None = None
    after: str | None = None
    #: Code in which this family's codemod finds nothing to rewrite.
    unchanged: str | None = None
    #: Take unsafe fixes too.
    unsafe_fixes: bool = False


class Signs(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
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
    #: Functions that give it: a patched ``get_db``, the ``connect`` of an engine. A second sign.
    given_by: tuple[str, ...] = ()
    #: Packages whose import in the file is a second sign.
    supported_by_imports: tuple[str, ...] = ()
    #: Modules whose import in the file makes ``names`` as weak as ``weak_names``.
    doubted_by_imports: tuple[str, ...] = ()
    #: Words that a name of this family never has.
    not_names: tuple[str, ...] = ()
    #: Attributes that a mock of this family never has.
    contradicted_by: tuple[str, ...] = ()


class Family(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """One codemod."""

    #: The file's stem; also the rule's id.
    id: str
    summary: str
    severity: Severity
    why: str
    #: The factory's method; without one the family is counted and not rewritten.
    factory_method: str | None = None
    evidence: Signs = Signs()
    example: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart."""

    #: All its words.
    words: tuple[str, ...]
    #: The words up to a preposition, without those that only say that it is a mock, or which.
    head: tuple[str, ...]


@cache
def split_name(name: str) -> Name:
    """Take ``mock_web_socket2`` or ``FakeWebSocket`` apart: ``("websocket",)``."""
    joined = "_".join(_TOKEN.findall(name)).lower().replace("web_socket", "websocket")
    words = tuple(joined.split("_")) if joined else ()
    head: list[str] = []
    for word in words:
        if word in _PREPOSITIONS and any(w not in NOISE for w in head):
            break
        head.append(word)
    while head and (head[-1] in NOISE or head[-1].isdigit()):
        head.pop()
    while head and (head[0] in NOISE or head[0].isdigit()):
        head.pop(0)
    return Name(words, () if len(head) > 1 and head[0] in _VERBS else tuple(head))


@cache
def _words(entry: str) -> tuple[str, ...]:
    return split_name(entry).words


def ending(name: Name, entries: tuple[str, ...]) -> str | None:
    """Find the longest entry with whose words a name ends."""
    found = [e for e in entries if name.head and _words(e) == name.head[-len(_words(e)) :]]
    return max(found, key=len, default=None)


def folder() -> Path:
    """Find the shipped codemods: in the package, or beside it in a checkout."""
    package = Path(str(files("ssot_migrate")))
    inside = package / "codemods"
    if inside.is_dir():
        return inside
    beside = package.parent / "codemods"
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise FamilyError(f"{inside}: the shipped codemods are missing; install ssot-migrate again")


def load(path: Path) -> Family:
    """Read one codemod. Raises FamilyError, which names the file and the key."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        family = msgspec.convert(raw, Family)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise FamilyError(f"{path}: {error}") from error
    except OSError as error:
        raise FamilyError(f"{path}: {error.strerror}") from error
    if family.id != path.stem:
        raise FamilyError(f"{path}: id is {family.id!r}; it must be the file's stem, {path.stem!r}")
    return family


_URGENCY = list(Severity)


def load_all(source: Path | None = None) -> tuple[Family, ...]:
    """Read every codemod of a folder (the shipped ones), most severe first."""
    families = [load(path) for path in sorted((source or folder()).glob("*.toml"))]
    return tuple(
        sorted(families, key=lambda f: (_URGENCY.index(f.severity), f.id == GENERIC, f.id))
    )
