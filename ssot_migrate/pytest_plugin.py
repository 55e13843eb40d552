"""What pytest loads in every run of everybody: options, and the gate where it is switched on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_CHECK = "ssot_migrate_check"


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Add the options and the setting to pytest."""
    group = parser.getgroup("ssot-migrate")
    group.addoption(
        "--ssot-factory",
        metavar="MODULE:CLASS",
        help="The mock factory that `--pyargs ssot_migrate.factory.conformance` checks.",
    )
    on = f"Add a failing test for each file with new violations (setting: {_CHECK})."
    group.addoption("--ssot-migrate-check", action="store_true", dest=_CHECK, default=None, help=on)
    off = "Add none, whatever is set."
    group.addoption("--no-ssot-migrate-check", action="store_false", dest=_CHECK, help=off)
    parser.addini(_CHECK, on.partition(" (")[0] + ".", type="bool", default=False)


def pytest_configure(config: "pytest.Config") -> None:
    """Register the gate, which alone imports the engine, where it is switched on."""
    given = config.getoption(_CHECK)
    if config.getini(_CHECK) if given is None else given:
        from ssot_migrate.pytest_gate import Gate

        config.pluginmanager.register(Gate(config), "ssot-migrate-gate")
