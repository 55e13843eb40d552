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


def pytest_collection_finish() -> None:
    """Keep what is loaded by now out of every garbage collection: no test makes it garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave coverage out of the processes that a test starts: what is ours in them runs elsewhere.

    It doubles the time of a process, and a fork takes five times as long. Where the test's own
    process spends the time on examples, there is pytest-cov's mark ``no_cover``.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def collected() -> Iterator[None]:
    """Collect what a test's code left unawaited: it is told then, and not while another test runs."""
    yield
    with warnings.catch_warnings(action="ignore"):
        gc.collect()
