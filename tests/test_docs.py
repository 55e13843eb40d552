"""What the documentation says of the settings is what the models say."""

import json
import re
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.report.settings import plain
from ssot_migrate.settings import table
from ssot_migrate.settings.config import DEFAULT_FACTORY, Config, Conformance
from ssot_migrate.settings.load import load
from tests.support import ROOT, SAMPLES

PAGE = (ROOT / "docs/configuration.md").read_text("utf-8")
#: The keys that each part of the page describes, one model each.
PARTS = {
    "Settings": table.Table,
    "Keys of an override": table._Override,
    "Keys of the statistics": table._Statistics,
    "Keys of the conformance": table._Conformance,
}
_SECTION = re.compile(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def part(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def sections(title: str) -> dict[str, str]:
    return dict(_SECTION.findall(part(title)))


SECTIONS = [(title, key) for title in PARTS for key in sections(title)]


def encoded(model: type[msgspec.Struct]) -> dict[str, str]:
    """Give the names of a model's fields by their keys."""
    return {item.encode_name: item.name for item in msgspec.structs.fields(model)}


def written(hint: Any) -> str:  # noqa: ANN401 - hints are of all types
    """Write a type as the page does."""
    if get_origin(hint) is Annotated:
        (meta,) = hint.__metadata__
        bound = f"above {meta.gt}" if meta.ge is None else f"at least {meta.ge}"
        return f"{written(hint.__origin__)}, {bound}"
    if isinstance(hint, UnionType) or str(get_origin(hint)) == "typing.Union":
        return " or ".join(written(h) for h in get_args(hint) if h is not msgspec.UnsetType)
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return (
            "list of tables" if issubclass(inner, msgspec.Struct) else f"list of {written(inner)}s"
        )
    if get_origin(hint) is dict:
        inner = written(get_args(hint)[1])
        return f"table of {f'{inner}s' if inner in _TYPES.values() else inner.replace('list', 'lists', 1)}"
    return "table" if issubclass(hint, msgspec.Struct) else _TYPES[hint]


def stated(title: str, key: str, what: str) -> str:
    (line,) = re.findall(rf"^- {what}: (.*)$", sections(title)[key], re.MULTILINE)
    return str(line)


def test_every_setting_has_its_section() -> None:
    own = encoded(table._PerFile)
    assert set(sections("Settings")) == set(encoded(table.Table))
    assert set(sections("Keys of an override")) == set(encoded(table._Override)) - set(own)
    assert set(sections("Keys of the statistics")) == set(encoded(table._Statistics))
    assert set(sections("Keys of the conformance")) == set(encoded(table._Conformance))
    assert all(f"`{key}`" in part("Keys of an override") for key in own)


@pytest.mark.parametrize(("title", "key"), SECTIONS)
def test_the_type_is_the_models(title: str, key: str) -> None:
    model = PARTS[title]
    hints = get_type_hints(model, include_extras=True)
    assert stated(title, key, "Type") == written(hints[encoded(model)[key]])


@pytest.mark.parametrize("key", [key for title, key in SECTIONS if title == "Settings"])
def test_the_default_is_that_of_the_config(key: str, tmp_path: Path) -> None:
    config = Config(tmp_path, factory=DEFAULT_FACTORY)
    value = getattr(config, encoded(table.Table)[key])
    said = stated("Settings", key, "Default")
    if key == "exclude":
        assert "`ssot-migrate config` lists them" in said
    else:
        assert said == f"`{json.dumps(plain(value))}`"


@pytest.mark.parametrize(("title", "key"), SECTIONS)
def test_the_example_sets_the_key(title: str, key: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", sections(title)[key], re.DOTALL | re.MULTILINE)
    (tmp_path / "pyproject.toml").write_text(example, "utf-8")
    config = load(tmp_path)
    if title == "Settings":
        field = encoded(table.Table)[key]
        assert getattr(config, field) != getattr(Config(tmp_path), field)
    elif title == "Keys of the conformance":
        assert getattr(config.conformance, key) != getattr(Conformance(), key)
    else:
        assert config.overrides or getattr(config.statistics, key.replace("-", "_"))


def test_the_session_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    (session,) = re.findall(r"^```console\n\$ (.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    command, _, printed = session.partition("\n")
    monkeypatch.chdir(SAMPLES)
    result = CliRunner().invoke(app, command.split()[1:])
    assert result.exit_code == 0
    expected = re.escape(printed).replace("…", r"[\s\S]*")
    assert re.fullmatch(expected, result.stdout)
