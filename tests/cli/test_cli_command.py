"""Commands are loaded when they are run, and take plain values as Typer would."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate import cli
from ssot_migrate.cli.command import Command, loaded


class Color(StrEnum):
    RED = "red"
    BLUE = "Blue"


def command(  # noqa: PLR0913 (options of each kind)
    place: Path,
    *,
    text: str | None = None,
    number: Annotated[int, typer.Option(min=2)] = 20,
    color: Color = Color.RED,
    flag: bool | None = None,
    ratio: Annotated[float | None, typer.Option(min=0.1)] = None,
    places: list[Path] | None = None,
    texts: list[str] | None = None,
    colors: list[Color] | None = None,
) -> None:
    """Do nothing."""


APP = typer.Typer(add_completion=False)
APP.command(cls=Command)(command)
BUILT: Any = typer.main.get_command(APP)
CONTEXT = BUILT.context_class(BUILT)
#: ``--help`` is one that Typer adds.
PARAMETERS = {each.name: each for each in BUILT.get_params(CONTEXT)}

WORDS = st.sampled_from(
    ["", " ", "red", "blue", "Blue", "2", "1", "020", "-3", "2.0", "²", "0.5", "1e3", "yes", "nan"]
) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)


def outcome(process: Callable[..., object], *values: object) -> object:
    try:
        value = process(*values)
    except (typer.BadParameter, typer.Exit) as error:
        return str(error)
    return type(value), value


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_root_says_of_a_command_what_that_says_itself(name: str) -> None:
    first = loaded(name).help.split("\n\n")[0]
    assert " ".join(first.split()) == cli.COMMANDS[name]


@given(st.sampled_from(sorted(PARAMETERS)), st.none() | WORDS, st.lists(WORDS, max_size=3))
def test_a_value_is_what_typer_makes_of_it(name: str, word: str | None, words: list[str]) -> None:
    parameter = PARAMETERS[name]
    value = tuple(words) if word is not None and parameter.multiple else word
    theirs = outcome(type(parameter).process_value, parameter, CONTEXT, value)
    assert outcome(parameter.process_value, CONTEXT, value) == theirs


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_default_is_what_typer_makes_of_it(name: str) -> None:
    parameter = PARAMETERS[name]
    theirs = outcome(type(parameter).process_value, parameter, CONTEXT, parameter.default)
    assert outcome(parameter.process_value, CONTEXT, parameter.default) == theirs


def test_a_path_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "is not readable" in str(
        outcome(PARAMETERS["place"].process_value, CONTEXT, str(tmp_path))
    )
