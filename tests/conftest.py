"""How the property tests run: new examples on every run here, the same ones in CI."""

import gc
import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def collected() -> Iterator[None]:
    """Collect what a test's code left unawaited: it is told then, and not while another test runs."""
    yield
    with warnings.catch_warnings(action="ignore"):
        gc.collect()
