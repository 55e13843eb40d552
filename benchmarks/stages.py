"""Tell where the processor time of a scan and of a diff goes, stage by stage, in one process.

Both commands run as they are; only the functions named below are wrapped by a clock. A stage's time
leaves out that of the stages within it. What no stage claims is "all else": the start, and what
lies between the stages. Results travel between processes by pickle; here, where there is one, each
is pickled and unpickled once for the table.
"""

import argparse
import importlib
import inspect
import json
import os
import pickle
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

from benchmarks import page, tree

RESULTS = Path(__file__).parent / "results" / "stages.json"
ELSE = "all else"
PICKLE = "pickle results"
#: Stages with a smaller share of the time are written as one.
_CHEAP = 0.008
#: What is done a second time to prove a rewrite.
AGAIN = "again: "

#: The functions that make up a stage; a name that an installation lacks is left out.
STAGES: Mapping[str, Sequence[str]] = {
    "walk the folders": ("discover:discover",),
    "read bytes": ("model:SourceFile.read",),
    "byte test": ("code.source:ByteTest.passes", "rules.own_rules:may_report"),
    "decode": ("code.source:decode",),
    "ast.parse": ("code.source:parse_text",),
    "lines of hits": ("code.source:ByteTest.lines",),
    "abridge": ("code.abridge:abridged",),
    "units of a file": ("code.units:Units.__init__", "code.units:Units.parsed"),
    "index": ("code.index:Index._look", "code.index:Index._look_at", "code.index:Index.nodes"),
    "names in a scope": ("code.module:Module.scope", "code.names:resolve"),
    "detect": ("finding.detect:find",),
    "gather uses": (
        "code.module:Module.uses",
        "code.module:Module.assigned",
        "code.module:Module.returns",
    ),
    "classify": ("assessing.assess:_draft",),
    "reach and touches": ("touches.follow:find_reach", "touches.follow:reach_of_expression"),
    "contracts": (
        "contracts.contract:Factory.contract",
        "contracts.contract:Factory.obstacle",
    ),
    "fit": ("assessing.assess:_fitted_drafts",),
    "own rules": ("rules.own_rules:found_in", "rules.own_rules:offered"),
    "suppressions": ("assessing.assess:_judge", "suppressions.read:read"),
    "make violations": ("assessing.emit:to_violation", "assessing.emit:to_fix"),
    "rewrite": ("rewriting.rewrite:rewrite",),
    "imports": ("rewriting.mending:mend",),
    "compare trees": ("rewriting.verify:verify",),
    "ask users": ("worker.asking:ask_users", "worker.asked:ask"),
    "ask importers": ("rules.offered:ask_importers",),
    "cache": (
        "caching.portion:Portion.__init__",
        "caching.portion:Portion.ask",
        "caching.digest:of_bytes",
    ),
    "report": (
        "pipeline:_report",
        "report.json:render",
        "report.text:problems",
        "report.diff:patch",
    ),
}
#: Where everything is done again.
PROOF = "worker.change:Rewrite._verify"
#: What gives a file's results.
GIVES = "worker.process:process"

Function = Callable[..., Any]


class Clock:
    """Gives each moment of processor time to the innermost stage that is under way."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self.under_way = [ELSE]
        self.prefix = ""
        self.last = time.process_time()

    def turn(self) -> None:
        """Give the time since the last turn to the stage that it was spent in."""
        now = time.process_time()
        self.seconds[self.under_way[-1]] += now - self.last
        self.last = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Spend time in a stage."""
        self.turn()
        self.under_way.append(self.prefix + name)
        self.calls[self.prefix + name] += 1
        try:
            yield
        finally:
            self.turn()
            self.under_way.pop()

    @contextmanager
    def proof(self) -> Iterator[None]:
        """Call all stages what they are when they are done again."""
        before, self.prefix = self.prefix, AGAIN
        try:
            with self.stage(ELSE):
                yield
        finally:
            self.prefix = before


def timed(clock: Clock, name: str, function: Function) -> Function:
    """Wrap a function by a stage."""

    @wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        with clock.stage(name):
            return function(*args, **kwargs)

    @wraps(function)
    def generate(*args: object, **kwargs: object) -> Iterator[object]:
        made = function(*args, **kwargs)
        while True:
            with clock.stage(name):
                try:
                    value = next(made)
                except StopIteration:
                    return
            yield value

    return generate if inspect.isgeneratorfunction(function) else call


def proving(clock: Clock, function: Function) -> Function:
    """Wrap the function in which everything is done again."""

    @wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        with clock.proof():
            return function(*args, **kwargs)

    return call


def pickling(clock: Clock, function: Function) -> Function:
    """Send what a function gives through pickle."""

    @wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        result = function(*args, **kwargs)
        with clock.stage(PICKLE):
            return pickle.loads(pickle.dumps(result))  # noqa: S301 (it is our own)

    return call


def wrap(name: str, wrapper: Callable[[Function], Function]) -> bool:
    """Put a wrapped function in a function's place, wherever that was imported; say if it is."""
    path, _, inner = name.partition(":")
    try:
        home = importlib.import_module(f"ssot_migrate.{path}")
        *owners, last = inner.split(".")
        owner: Any = getattr(home, owners[0]) if owners else home
        found = inspect.getattr_static(owner, last)
    except (ImportError, AttributeError):
        return False
    if isinstance(found, cached_property):
        found.func = wrapper(found.func)
        return True
    if isinstance(found, (classmethod, staticmethod)):
        setattr(owner, last, type(found)(wrapper(found.__func__)))
        return True
    wrapped = wrapper(found)
    setattr(owner, last, wrapped)
    for module in [m for n, m in sys.modules.items() if n.startswith("ssot_migrate")]:
        for known, value in [*vars(module).items()]:
            if value is found:
                setattr(module, known, wrapped)
    return True


def instrument(clock: Clock) -> list[str]:
    """Wrap all stages; list the names that are not there."""
    wanted: list[tuple[str, Callable[[Function], Function]]] = [
        (name, lambda function, stage=stage: timed(clock, stage, function))  # type: ignore[misc]
        for stage, names in STAGES.items()
        for name in names
    ]
    wanted.append((PROOF, lambda function: proving(clock, function)))
    wanted.append((GIVES, lambda function: pickling(clock, function)))
    # All are imported before the first is wrapped: no module may keep an unwrapped one.
    for name, _ in wanted:
        wrap(name, lambda function: function)
    return [name for name, wrapper in wanted if not wrap(name, wrapper)]


def measure(arguments: Sequence[str]) -> tuple[Clock, list[str]]:
    """Run one command in this process."""
    clock = Clock()
    missing = instrument(clock)
    from ssot_migrate.cli import main as command

    sys.argv = ["ssot-migrate", *arguments]
    try:
        command()
    except SystemExit as ended:
        if ended.code not in {0, 1, 2, None}:
            raise
    clock.turn()
    return clock, missing


def table(clock: Clock, size: int) -> str:
    """Write what each stage cost as a Markdown table, the dearest first, the cheap ones as one."""
    total = sum(clock.seconds.values())
    lines = [
        "| stage | calls | cpu s | share | µs a call |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    ordered = sorted(clock.seconds.items(), key=lambda each: -each[1])
    dear = [(name, seconds) for name, seconds in ordered if seconds >= total * _CHEAP]
    for name, seconds in dear:
        calls = clock.calls[name] or 1
        lines.append(
            f"| {name} | {calls:,} | {seconds:.2f} | {seconds / total:.1%} "
            f"| {seconds / calls * 1e6:,.0f} |"
        )
    left = total - sum(seconds for _, seconds in dear)
    lines.append(f"| {len(ordered) - len(dear)} others | | {left:.2f} | {left / total:.1%} | |")
    lines.append(f"| all | | {total:.2f} | | {size / 1e6 / total:.1f} MB/s |")
    return "\n".join(lines)


def chosen(sample: int | None) -> list[Path]:
    """List the tree's files, or a fair sample of them that is the same each time."""
    paths = sorted(tree.HOME.rglob("*.py"))
    if sample is None:
        return paths
    return random.Random(0).sample(paths, min(sample, len(paths)))  # noqa: S311 (no secret)


def main() -> None:
    """Measure a scan and a diff, each in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="so many files, chosen the same each time")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    asked = parser.parse_args()
    tree.ensure()
    paths = chosen(asked.sample)
    size = sum(path.stat().st_size for path in paths)
    given = [str(tree.HOME)] if asked.sample is None else [str(path) for path in paths]
    with tempfile.TemporaryDirectory() as scratch:
        output = ("--jobs", "1", "--quiet", "--output-file", f"{scratch}/output")
        scan = ("scan", "--output-format", "json", "--cache-dir", f"{scratch}/cache")
        commands = {"scan": scan, "diff": ("diff", "--unsafe-fixes")}
        found = {
            name: _alone([*command, *output, *given], size) for name, command in commands.items()
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    on = f"{len(paths):,} files, {size / 1e6:.0f} MB:"
    said = "\n\n".join([on, *(f"`{name}`\n\n{one['table']}" for name, one in found.items())])
    print(said)
    if asked.write:
        page.write("stages", said)


def _alone(arguments: Sequence[str], size: int) -> dict[str, Any]:
    """Measure a command in a child: nothing of it is in the way of the next one."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(writing, "w") as stream:
            clock, missing = measure(arguments)
            found = {"table": table(clock, size), "missing": missing}
            json.dump({**found, "seconds": clock.seconds, "calls": clock.calls}, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    result: dict[str, Any] = json.loads(text)
    if result["missing"]:
        print(f"not in this installation: {', '.join(result['missing'])}", file=sys.stderr)
    return result


if __name__ == "__main__":
    main()
