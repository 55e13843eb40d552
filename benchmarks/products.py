"""Measure what a product of the factory costs, against the block that a test builds by hand.

Beside the ratios: products made in a second, and what importing the factory adds to unittest.mock.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ssot_migrate.contracts import shipped
from ssot_migrate.factory import SSotMockFactory
from ssot_migrate.factory.conformance.direct import DIRECT
from ssot_migrate.factory.conformance.performance import Cost, compared

_RESULTS = Path(__file__).parent / "results" / "products.json"
_IMPORT = """
import time, unittest.mock
start = time.perf_counter()
import ssot_migrate.factory
print(time.perf_counter() - start)
"""


def main() -> None:
    """Print a row for each method: the shipped factory's product, and the written one's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    factories = {"shipped": SSotMockFactory, "written": _written()}
    rows = [*_rows(factories, rounds)]
    print(
        f"CPython {platform.python_version()}: the cost of a product, its block by hand being 1\n"
    )
    print("| product | shipped: time | memory | a second | written: time | memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, costs in rows:
        ours, plain = costs["shipped"], costs["written"]
        print(
            f"| {name} | {ours.time_ratio:.2f} | {ours.memory_ratio:.2f} | {1 / ours.seconds:,.0f}"
            f" | {plain.time_ratio:.2f} | {plain.memory_ratio:.2f} |"
        )
    added = _import_seconds()
    print(f"\nImporting the factory adds {added * 1000:.1f} ms to the import of unittest.mock.")
    found = {
        name: {factory: vars_of(cost) for factory, cost in costs.items()} for name, costs in rows
    }
    _RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({"python": sys.version, "import_s": added, "products": found}, indent=2)
    _RESULTS.write_text(text + "\n", encoding="utf-8")


def vars_of(cost: Cost) -> dict[str, float]:
    """Give a cost as JSON can hold it."""
    return {name: getattr(cost, name) for name in Cost.__slots__}


def _rows(factories: dict[str, type], rounds: int) -> Iterator[tuple[str, dict[str, Cost]]]:
    for direct in DIRECT:
        costs = {}
        for name, factory in factories.items():
            make = partial(getattr(factory, direct.method), *direct.arguments)
            costs[name] = compared(make, direct.build, rounds)
        yield direct.id, costs


def _written() -> type:
    module: dict[str, Any] = {"__name__": "written"}
    exec(compile(shipped.source(), "mock_factory.py", "exec"), module)  # noqa: S102 - our own
    factory: type = module["SSotMockFactory"]
    return factory


def _import_seconds() -> float:
    command = [sys.executable, "-c", _IMPORT]
    runs = [float(subprocess.check_output(command, text=True)) for _ in range(9)]
    return statistics.median(runs)


if __name__ == "__main__":
    main()
