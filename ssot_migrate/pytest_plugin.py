"""The option that names the factory to check; pytest loads this in every run, so it is all."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Add ``--ssot-factory`` to pytest."""
    parser.getgroup("ssot-migrate").addoption(
        "--ssot-factory",
        metavar="MODULE:CLASS",
        help="The mock factory that `--pyargs ssot_migrate.factory.conformance` checks.",
    )
