"""What is generated is up to date; the schemas say the same as the models."""

import json
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from docs import generate
from ssot_migrate.settings.config import DEFAULT_EXCLUDE
from tests.support import ROOT, SAMPLES

GENERATED = dict(generate.generated())
CODEMODS = sorted((ROOT / "codemods").glob("*.toml"))
GOOD: dict[str, Any] = tomllib.loads((ROOT / "codemods/websocket.toml").read_text("utf-8"))


def validator(name: str) -> Draft202012Validator:
    text = (ROOT / f"ssot_migrate/schemas/{name}.schema.json").read_text("utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(("path", "text"), GENERATED.items(), ids=map(str, GENERATED))
def test_a_generated_file_is_up_to_date(path: Path, text: str) -> None:
    assert (ROOT / path).read_text("utf-8") == text, "run `make generate`"


def test_there_is_no_page_of_a_rule_that_is_gone() -> None:
    pages = {path.relative_to(ROOT) for path in (ROOT / "docs/rules").iterdir()}
    assert pages <= GENERATED.keys()


def test_the_command_writes_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    generate.main()
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert {*written} == GENERATED.keys()


@pytest.mark.parametrize("path", CODEMODS, ids=lambda path: path.stem)
def test_a_shipped_codemod_is_valid(path: Path) -> None:
    validator("codemod").validate(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "document",
    [
        {"extends": "websocket", "evidence": {"names": ["wire"]}},
        {"extends": "websocket", "severity": "low", "fix-safety": "x"},
    ],
)
def test_an_extension_is_valid(document: dict[str, Any]) -> None:
    validator("codemod").validate(document)


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (["severity"], "hgh"),
        (["evidnce"], {}),
        (["evidence", "nmaes"], []),
        (["evidence", "names"], "ws"),
        (["evidence", "attributes-alone"], -1),
        (["example", 0, "befor"], "x"),
        (["example", 0, "name"], 3),
        (["factory-method"], None),
        (["id"], 3),
    ],
)
def test_a_wrong_codemod_is_not(way: list[Any], value: object) -> None:
    document = deepcopy(GOOD)
    *above, last = way
    inner: Any = document
    for key in above:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(ValidationError):
        validator("codemod").validate(document)


@pytest.mark.parametrize("key", ["id", "summary", "severity", "why"])
def test_a_codemod_without_a_key_that_it_needs_is_not(key: str) -> None:
    with pytest.raises(ValidationError):
        validator("codemod").validate({k: v for k, v in GOOD.items() if k != key})


def test_the_configuration_of_the_samples_is_valid() -> None:
    text = (SAMPLES / "pyproject.toml").read_text("utf-8")
    validator("settings").validate(tomllib.loads(text)["tool"]["ssot-migrate"])


@pytest.mark.parametrize(
    "table", [{"slect": []}, {"select": "agent"}, {"line-length": 0}, {"codemods": "tools"}]
)
def test_a_wrong_configuration_is_not(table: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validator("settings").validate(table)


@pytest.mark.parametrize("name", ["codemod", "settings"])
def test_every_key_is_described(name: str) -> None:
    schema = validator(name).schema
    assert isinstance(schema, dict)
    for part in (schema, *schema.get("$defs", {}).values()):
        lacking = [key for key, s in part.get("properties", {}).items() if not s.get("description")]
        assert lacking == []


def test_the_schema_tells_the_defaults() -> None:
    schema = validator("settings").schema
    assert isinstance(schema, dict)
    keys = schema["properties"]
    assert keys["exclude"]["default"] == [*DEFAULT_EXCLUDE]
    assert keys["respect-gitignore"]["default"] is True
    assert "default" not in keys["select"]
