"""Where a key of a TOML file stands, and what is told of a wrong one."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.families.family import Family
from ssot_migrate.settings.typed_toml import Document, Keys, TomlError, convert
from tests.support import ROOT

CODEMODS = sorted((ROOT / "codemods").glob("*.toml"))


class Pace(StrEnum):
    FAST = "fast"
    SLOW = "slow"


class Wheel(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    name: str
    flat_tire: bool = False


class Bike(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    pace: Pace
    gears: Annotated[int, msgspec.Meta(ge=1)] = 1
    colours: tuple[str, ...] = ()
    best: Wheel | None = None
    wheel: tuple[Wheel, ...] = ()


def written(folder: Path, text: str | bytes) -> Document:
    path = folder / "bike.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Document.read(path)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('pace = "fast"\n\ngaers = 3', "3: `gaers`", "unknown key; did you mean `gears`?"),
        ('pace = "fast"\nx = 3', "2: `x`", "unknown key; there are pace, gears, colours"),
        ("# a bike\ngears = 3", "1: `pace`", "is missing"),
        ('gears = 3\npace = "fats"', "2: `pace`", "there is no `fats`; did you mean `fast`?"),
        ('pace = "fast"\ngears = "3"', "2: `gears`", "expected `int`, got `str`"),
        ('pace = "fast"\ngears = 0', "2: `gears`", "expected `int` >= 1"),
        ('pace = "fast"\ncolours = [\n  "red",\n  3,\n]', "2: `colours[1]`", "expected `str`"),
        ('pace = "fast"\n[[wheel]]\nname = "a"\n[[wheel]]\n', "4: `wheel[1].name`", "is missing"),
        (
            'pace = "fast"\n[[wheel]]\nname = "a"\n[[wheel]]\nname = """\n[x]\n"""\nflat-tyre = true',
            "8: `wheel[1].flat-tyre`",
            "unknown key; did you mean `flat-tire`?",
        ),
        (
            'pace = "fast"\nwheel = [{name = "a"}, {nmae = "b"}]',
            "2: `wheel[1].nmae`",
            "unknown key; did you mean `name`?",
        ),
        ('best.nmae = "a"\npace = "fast"', "1: `best.nmae`", "unknown key; did you mean `name`?"),
        ('pace = "fast"\n[best]\n', "2: `best.name`", "is missing"),
    ],
)
def test_a_wrong_key(tmp_path: Path, text: str, place: str, message: str) -> None:
    document = written(tmp_path, text)
    with pytest.raises(TomlError) as caught:
        convert(document, Bike)
    assert str(caught.value).startswith(f"{document.path}:{place}: {message}")


def test_a_right_file(tmp_path: Path) -> None:
    document = written(tmp_path, b'\xef\xbb\xbfpace = "slow"\r\n[[wheel]]\r\nname = "a"\r\n')
    assert convert(document, Bike) == Bike(Pace.SLOW, wheel=(Wheel("a"),))
    assert document.line(("wheel", 0, "name")) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x = ", "is not valid TOML: Invalid value (at end of document)"),
        (b"x = 1\nx = 2\n", "is not valid TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"# \xff", "is not UTF-8 (byte 2)"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(TomlError) as caught:
        written(tmp_path, content)
    assert str(caught.value) == f"{tmp_path / 'bike.toml'}: {message}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TomlError, match=r"cannot be read \(No such file or directory\)"):
        Document.read(tmp_path / "bike.toml")


def keys_of(content: dict[str, Any]) -> list[Keys]:
    """List the ways to every value that is neither a table nor a list of tables."""
    found: list[Keys] = []
    for key, value in content.items():
        if isinstance(value, dict):
            found += [(key, *below) for below in keys_of(value)]
        elif isinstance(value, list) and isinstance(value[0], dict):
            found += [(key, i, *below) for i, item in enumerate(value) for below in keys_of(item)]
        else:
            found.append((key,))
    return found


@pytest.mark.parametrize("path", CODEMODS, ids=lambda path: path.stem)
def test_every_key_of_a_real_file_is_found(path: Path) -> None:
    document = Document.read(path)
    lines = document.text.splitlines()
    stated = [document.line(keys) for keys in keys_of(document.content)]
    assert len(set(stated)) == len(stated)
    for keys, line in zip(keys_of(document.content), stated, strict=True):
        assert lines[line - 1].startswith(f"{keys[-1]} = ")


@given(data=st.data(), path=st.sampled_from(CODEMODS))
def test_a_key_that_is_put_into_a_real_file_is_told_with_its_line(
    data: st.DataObject, path: Path
) -> None:
    document = Document.read(path)
    keys = data.draw(st.sampled_from(keys_of(document.content)))
    line = document.line(keys)
    lines = document.text.split("\n")
    lines.insert(line - 1, "wrong-key = 1")
    text = "\n".join(lines)
    wrong = Document(path, text, tomllib.loads(text))
    with pytest.raises(TomlError) as caught:
        convert(wrong, Family)
    place = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in (*keys[:-1], "wrong-key"))
    assert str(caught.value).startswith(f"{path}:{line}: `{place[1:]}`: unknown key; ")
