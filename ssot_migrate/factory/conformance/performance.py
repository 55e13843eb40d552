"""Group ``performance``: no product costs more than the block that it replaces.

A product is held against the block that builds the least its method promises (``direct``). One that
costs more than that may offer more: then it is held against a block that builds all that stands in
it (``equivalent``), as the tests that need it would have to. What a product makes only when it is
asked for stands in neither of them, so it costs nothing here, as in a test that does not ask.
A method of the project's own has its second block only. The figures say which block it was.

Rounds alternate between the two, so that whatever else the machine does meets both. The ratio is
the median of the rounds' ratios, or that of both fastest rounds where that is smaller: others can
only add to a time. Too slow is what was too slow twice, the second time over more rounds.
"""

import gc
import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Final

from ssot_migrate.factory.conformance.check import Check, Failed, Figures, Skipped, Subject
from ssot_migrate.factory.conformance.direct import DIRECT, Direct
from ssot_migrate.factory.conformance.equivalent import block
from ssot_migrate.factory.conformance.products import is_mock, made, maker, with_article
from ssot_migrate.factory.conformance.signatures import public_methods

GROUP: Final = "performance"
#: Rounds of the first measurement, and of the second, which has the last word.
_ROUNDS: Final = 11
_MORE_ROUNDS: Final = 45
#: Seconds that the slower side of a round takes at least.
_LONG_ENOUGH: Final = 0.003
#: Products that are held at once to weigh them.
_WEIGHED: Final = 5

_Build = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a product costs, and what its block does."""

    #: In the fastest round.
    seconds: float
    time_ratio: float
    bytes: float
    memory_ratio: float

    @property
    def ratio(self) -> float:
        """The worse of the two."""
        return max(self.time_ratio, self.memory_ratio)


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check for each call of the interface, and for each further method of the factory."""
    known = {direct.method for direct in DIRECT}
    for direct in DIRECT:
        yield _check(direct.id, partial(_run, direct))
    for name in public_methods(subject.factory).keys() - known:
        if name.startswith("create_"):
            yield _check(name, partial(_run_own, name))


def _check(name: str, run: Callable[[Subject], Figures]) -> Check:
    summary = f"{name} costs no more than the block that builds its product by hand"
    return Check(f"{GROUP}-{name}", GROUP, summary, run)


def _run(direct: Direct, subject: Subject) -> Figures:
    method = subject.method(direct.method)
    product = made(direct.method, method, *direct.arguments)
    blocks = {"the method's minimum": direct.build}
    if is_mock(product) or isinstance(product, dict):
        blocks["all that the product holds"] = block(product)
    return _judged(subject, direct.id, lambda: method(*direct.arguments), blocks)


def _run_own(name: str, subject: Subject) -> Figures:
    make = maker(subject, name)
    product = make()
    if not is_mock(product):
        raise Skipped(f"{name} gives {with_article(type(product).__name__)}, no mock")
    return _judged(subject, name, make, {"all that the product holds": block(product)})


def _judged(subject: Subject, name: str, make: _Build, blocks: dict[str, _Build]) -> Figures:
    """Return the figures of the first block that the product is as cheap as; raise Failed."""
    told = []
    for title, build in blocks.items():
        cost = compared(make, build, _ROUNDS)
        if cost.ratio > subject.limit:
            cost = compared(make, build, _MORE_ROUNDS)
        if cost.ratio <= subject.limit:
            return _figures(title, cost)
        time, memory = _percent(cost.time_ratio), _percent(cost.memory_ratio)
        told.append(f"{time} of the time and {memory} of the memory of {title}")
    allowed = _percent(subject.limit)
    raise Failed(f"{name} takes {'; '.join(told)}, built by hand; {allowed} are allowed")


def _figures(title: str, cost: Cost) -> Figures:
    return {
        "held_against": title,
        "time_ratio": round(cost.time_ratio, 3),
        "memory_ratio": round(cost.memory_ratio, 3),
        "bytes_per_product": round(cost.bytes),
        "products_per_second": round(1 / cost.seconds),
    }


def _percent(ratio: float) -> str:
    return f"{ratio:.0%}"


def compared(make: _Build, build: _Build, rounds: int) -> Cost:
    """Measure a product and its block in turns."""
    with _no_collection():
        times = max(1, round(_LONG_ENOUGH / max(_seconds(make, 1), _seconds(build, 1))))
        pairs = [_round(make, build, times, turn) for turn in range(rounds)]
        own, other = _weight(make), _weight(build)
    fastest = [min(side) for side in zip(*pairs, strict=True)]
    median = statistics.median(first / second for first, second in pairs)
    ratio = min(median, fastest[0] / fastest[1])
    return Cost(fastest[0] / times, ratio, own, own / other)


def _round(make: _Build, build: _Build, times: int, turn: int) -> tuple[float, float]:
    """Time both, each first in every other round."""
    gc.collect()
    if turn % 2:
        second = _seconds(build, times)
        return _seconds(make, times), second
    return _seconds(make, times), _seconds(build, times)


def _seconds(build: _Build, times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        build()
    return perf_counter() - start


def _weight(build: _Build) -> float:
    """Return the bytes that a product keeps."""
    tracemalloc.start()
    try:
        build()
        before = tracemalloc.get_traced_memory()[0]
        kept = [build() for _ in range(_WEIGHED)]
        return (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    finally:
        tracemalloc.stop()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector out of what is timed, and what is there already out of the collector."""
    enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()
