"""Read a TOML file into a struct; what is wrong is told with the file, the line and the key."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.settings.table import advice

#: The way to a value: ``("example", 1, "before")``.
Keys = tuple[str | int, ...]
Wanted = TypeVar("Wanted")

_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+)\]")
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`")
_NO_MEMBER = re.compile(r"Invalid enum value '?(.*?)'?")


class TomlError(UserError):
    """A file that does not say what it has to."""


class Document(Frozen):
    """A TOML file."""

    path: Path
    #: With LF at the end of each line.
    text: str
    content: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file. Raises TomlError where that cannot be done."""
        try:
            return cls.parse(path, path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
        except OSError as error:
            raise TomlError(f"{path}: cannot be read ({error.strerror})") from None
        except UnicodeDecodeError as error:
            raise TomlError(f"{path}: is not UTF-8 (byte {error.start})") from None

    @classmethod
    def parse(cls, path: Path, text: str) -> "Document":
        """Take a text for what a file holds. Raises TomlError where that is no TOML."""
        try:
            return cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise TomlError(f"{path}: is not valid TOML: {error}") from None

    def error(self, keys: Keys, message: str) -> TomlError:
        """Say what is wrong with a key, and where it stands."""
        return TomlError(f"{self.path}:{self.line(keys)}: `{_spelled(keys)}`: {message}")

    def line(self, keys: Keys) -> int:
        """Find the line that states a key, else that of the innermost table around it."""
        found, line = 0, 1
        for number, stated in _statements(self.text):
            shared = _shared(stated, keys)
            if shared > found:
                found, line = shared, number
        return line


def convert(document: Document, struct: type[Wanted]) -> Wanted:
    """Make a struct of a document. Raises TomlError for what its type does not allow."""
    try:
        return msgspec.convert(document.content, struct)
    except msgspec.ValidationError as error:
        raise document.error(*_explained(str(error), struct)) from None


def _explained(error: str, struct: type) -> tuple[Keys, str]:
    """Turn msgspec's ``Expected `int`, got `str` - at `$.key[0]``` into keys and a message."""
    message, _, place = error.partition(" - at `$")
    keys: Keys = tuple(int(index) if index else name for name, index in _STEP.findall(place))
    if named := _NAMED.fullmatch(message):
        known = [field.encode_name for field in _type_at(struct, keys).fields]
        problem = (
            "is missing" if "missing" in named[1] else f"unknown key; {advice(named[2], known)}"
        )
        return (*keys, named[2]), problem
    if other := _NO_MEMBER.fullmatch(message):
        known = [str(member) for member in _type_at(struct, keys).cls]
        return keys, f"there is no `{other[1]}`; {advice(other[1], known)}"
    return keys, message[0].lower() + message[1:]


def _type_at(struct: type, keys: Keys) -> Any:  # noqa: ANN401 (msgspec has a class per kind of type)
    kind: Any = msgspec.inspect.type_info(struct)
    for key in keys:
        if isinstance(key, int):
            kind = kind.item_type
        else:
            kind = next(field.type for field in kind.fields if field.encode_name == key)
        if isinstance(kind, msgspec.inspect.UnionType):
            kind = kind.types[0]
    return kind


def _shared(one: Keys, other: Keys) -> int:
    """Count the steps that two ways have in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _spelled(keys: Keys) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _statements(text: str) -> Iterator[tuple[int, Keys]]:
    """Yield the first line and the keys of each statement of a valid text.

    No library tells where a key stands. But a statement is what tomllib can parse alone, and it
    ends on the first line at which it can.
    """
    table: Keys = ()
    counts: Counter[Keys] = Counter()
    lines, start = text.split("\n"), 0
    for end in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        stated, value = _first_keys(content)
        if lines[start].lstrip().startswith("["):
            table = stated
            if value:  # the [{}] of an array of tables
                table = (*stated, counts[stated])
                counts[stated] += 1
            yield start + 1, table
        elif stated:
            yield start + 1, (*table, *stated)
        start = end


def _first_keys(content: Any) -> tuple[Keys, Any]:  # noqa: ANN401 (any TOML value)
    keys: Keys = ()
    while isinstance(content, dict) and len(content) == 1:
        ((key, content),) = content.items()
        keys = (*keys, key)
    return keys, content
