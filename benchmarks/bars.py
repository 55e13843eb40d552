"""The bars that the project sets itself, computed from one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import commands
from benchmarks.measure import Cost

#: So many bytes may the largest process of ours take.
MEMORY = 200_000_000
#: Rewriting is weighed with one file in so many edited.
EDITED_SHARE = 10

#: Takes the wall time or the processor time of a run.
Take = Callable[[Cost], float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure, and what it may be at most or has to be at least."""

    name: str
    limit: float
    #: By the clock on the wall, where the bar is about that.
    wall: float | None
    #: The same in processor time, which other work on the machine disturbs less.
    cpu: float | None
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Say whether the figure that the bar is about keeps it."""
        value = self.cpu if self.wall is None else self.wall
        if value is None:
            return False
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Measured:
    """The medians of a run, and how much each command found."""

    #: What the rows of the installation that is judged begin with.
    tool: str
    costs: Mapping[str, Cost]
    found: Mapping[str, int]
    #: Files of the tree.
    files: int

    def ours(self, name: str) -> Cost:
        """Give the cost of a row of ours."""
        return self.costs[f"{self.tool} {name}"]

    def each(self, name: str) -> float:
        """Give the processor seconds of a row for each file that it edited."""
        return self.costs[name].cpu / max(1, self.found[name])


def bars(measured: Measured) -> list[Bar]:
    """Compute the bars whose commands were all measured."""
    found = []
    for bar in (_cold, _parsing, _warm, _editing, _adding, _start, _memory):
        try:
            found += bar(measured)
        except KeyError:
            continue  # A group of commands was left out of this run.
    return found


def _cold(measured: Measured) -> list[Bar]:
    theirs = measured.costs[commands.AST_GREP]
    names = (commands.CREATIONS, commands.COLD)
    return [_ratio(f"{name} / ast-grep", 0.5, measured.ours(name), theirs) for name in names]


def _parsing(measured: Measured) -> list[Bar]:
    limit, name = measured.costs[commands.PARSE], commands.COLD
    return [_ratio(f"{name} / ast.parse of the candidates", 2, measured.ours(name), limit)]


def _warm(measured: Measured) -> list[Bar]:
    result = []
    for cold, warm in (
        (commands.COLD, commands.WARM),
        (commands.COLD_CHECK, commands.WARM_CHECK),
    ):
        cost = measured.ours(warm)
        result.append(Bar(warm, 1, cost.wall, cost.cpu, " s"))
        result.append(_ratio(f"{warm} / {cold}", 0.1, cost, measured.ours(cold)))
    return result


def _editing(measured: Measured) -> list[Bar]:
    ours, theirs = f"{measured.tool} {commands.DIFF_EDITED}", commands.LIBCST_EDITED
    each = measured.each(theirs) / measured.each(ours)
    return [Bar("libcst codemod / diff, for an edited file", 40, None, each, at_least=True)]


def _adding(measured: Measured) -> list[Bar]:
    diff, scan = measured.ours(commands.DIFF), measured.ours(commands.CREATIONS)
    edited = measured.found[f"{measured.tool} {commands.DIFF}"]
    # What the tree edits beyond its tenth, or short of it, is weighed as a tenth.
    weight = measured.files / EDITED_SHARE / max(1, edited)
    share = (diff.cpu - scan.cpu) / scan.cpu * weight
    return [Bar("rewriting and verifying one file in ten / scan", 0.5, None, share)]


def _start(measured: Measured) -> list[Bar]:
    base = measured.costs[commands.IMPORTS]
    return [
        _ratio(f"{name} / {commands.IMPORTS}", limit, measured.ours(name), base)
        for name, limit in (
            (commands.VERSION, 1.5),
            (commands.HELP, 1.5),
            (commands.SMALL, 2.0),
        )
    ]


def _memory(measured: Measured) -> list[Bar]:
    own = {n: c for n, c in measured.costs.items() if n.startswith(f"{measured.tool} ")}
    name = max(own, key=lambda name: own[name].memory)
    peak = own[name].memory / 1e6
    # Not a time: the figure stands where the bar looks for it.
    return [Bar(f"peak memory of a process ({name})", MEMORY / 1e6, peak, None, " MB")]


def _ratio(name: str, limit: float, one: Cost, other: Cost) -> Bar:
    return Bar(name, limit, one.wall / other.wall, one.cpu / other.cpu)


def table(found: list[Bar]) -> str:
    """Write the bars as a Markdown table."""
    lines = ["| bar | asked | on the wall | in processor time | met |", "| --- | " + "---: | " * 4]
    for bar in found:
        asked = f"{'≥' if bar.at_least else '≤'} {bar.limit:g}{bar.unit}"
        met = "yes" if bar.is_met else "no"
        lines.append(
            f"| {bar.name} | {asked} | {_said(bar, bar.wall)} | {_said(bar, bar.cpu)} | {met} |"
        )
    return "\n".join(line.rstrip() for line in lines)


def _said(bar: Bar, value: float | None) -> str:
    return "" if value is None else f"{value:.2f}{bar.unit}"
