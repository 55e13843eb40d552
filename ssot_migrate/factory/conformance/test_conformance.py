"""Run all checks as tests: ``pytest --pyargs ssot_migrate.factory.conformance``.

The factory is that of ``--ssot-factory``, else the one that the project's configuration names.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from ssot_migrate.factory.conformance.check import Check, Failed, Subject
from ssot_migrate.factory.conformance.registry import (
    Status,
    checks,
    nothing_known,
    outcome,
    selected,
)
from ssot_migrate.factory.conformance.subject import FactoryImportError, subject


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the test one run for each check of the factory."""
    one = _subject(metafunc.config)
    try:
        found = selected(checks(one), (), _own(metafunc.config).get("ignore", ()))
    except LookupError as error:
        raise pytest.UsageError(f"[tool.ssot-migrate.conformance] ignore: {error}") from None
    if nothing_known(one):
        found = (Check("any-method", "any", "the factory has a method that is known", _any_method),)
    runs = [pytest.param(one, check, id=check.id) for check in found]
    metafunc.parametrize(("one", "check"), runs)


def test_factory(one: Subject, check: Check) -> None:
    """The factory does what the check says."""
    ended = outcome(check, one)
    if ended.status is Status.FAILED:
        pytest.fail(ended.reason, pytrace=False)
    if ended.status is Status.SKIPPED:
        pytest.skip(ended.reason)


def _any_method(one: Subject) -> None:
    raise Failed(nothing_known(one))


def _subject(config: pytest.Config) -> Subject:
    table = _table(config.rootpath / "pyproject.toml")
    name = config.getoption("--ssot-factory", default=None) or table.get("factory")
    if not name:
        raise pytest.UsageError("name the factory: --ssot-factory=package.module:Class")
    own = _own(config)
    snapshot = own.get("snapshot")
    settings = {
        "interfaces": table.get("interfaces"),
        "limit": own.get("limit"),
        "snapshot": config.rootpath / snapshot if snapshot else None,
    }
    try:
        return subject(name, settings)
    except FactoryImportError as error:
        raise pytest.UsageError(f"--ssot-factory={name} cannot be imported: {error}") from None


def _own(config: pytest.Config) -> dict[str, Any]:
    own = _table(config.rootpath / "pyproject.toml").get("conformance", {})
    return own if isinstance(own, dict) else {}


def _table(file: Path) -> dict[str, Any]:
    """Read ``[tool.ssot-migrate]``; ``ssot-migrate config`` tells what is wrong with it."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    table = document.get("tool", {}).get("ssot-migrate", {})
    return table if isinstance(table, dict) else {}
