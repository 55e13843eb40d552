"""The bars that the project sets itself, computed from one run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import commands
from benchmarks.measure import Cost

#: So many bytes may the largest process of ours take.
MEMORY = 200_000_000
#: Rewriting is weighed with one file in so many edited.
EDITED_SHARE = 10


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

    def either(self, name: str) -> Cost:
        """Give the cost of a row of ours or of another tool."""
        return self.costs[name] if name in self.costs else self.ours(name)

    def each(self, name: str) -> float:
        """Give the processor seconds of a row for each file that it edited."""
        return self.costs[name].cpu / max(1, self.found[name])


def bars(measured: Measured) -> list[Bar]:
    """Compute the bars whose commands were all measured."""
    found = []
    for bar in _BARS:
        try:
            found.append(bar(measured))
        except KeyError:
            continue  # A group of commands was left out of this run.
    return found


def _ratio(name: str, limit: float, to: str) -> Callable[[Measured], Bar]:
    """Make a bar of one row of ours over another row, of ours or not."""

    def bar(measured: Measured) -> Bar:
        one, other = measured.ours(name), measured.either(to)
        return Bar(f"{name} / {to}", limit, one.wall / other.wall, one.cpu / other.cpu)

    return bar


def _second(name: str) -> Callable[[Measured], Bar]:
    def bar(measured: Measured) -> Bar:
        cost = measured.ours(name)
        return Bar(name, 1, cost.wall, cost.cpu, " s")

    return bar


def _editing(measured: Measured) -> Bar:
    ours, theirs = f"{measured.tool} {commands.DIFF_EDITED}", commands.LIBCST_EDITED
    each = measured.each(theirs) / measured.each(ours)
    return Bar("libcst codemod / diff, for an edited file", 40, None, each, at_least=True)


def _adding(measured: Measured) -> Bar:
    diff, scan = measured.ours(commands.DIFF), measured.ours(commands.CREATIONS)
    edited = measured.found[f"{measured.tool} {commands.DIFF}"]
    # What the tree edits beyond its tenth, or short of it, is weighed as a tenth.
    weight = measured.files / EDITED_SHARE / max(1, edited)
    share = (diff.cpu - scan.cpu) / scan.cpu * weight
    return Bar("rewriting and verifying one file in ten / scan", 0.5, None, share)


def _memory(measured: Measured) -> Bar:
    own = {n: c for n, c in measured.costs.items() if n.startswith(f"{measured.tool} ")}
    name = max(own, key=lambda name: own[name].memory)
    peak = own[name].memory / 1e6
    # Not a time: the figure stands where the bar looks for it.
    return Bar(f"peak memory of a process ({name})", MEMORY / 1e6, peak, None, " MB")


_BARS: Sequence[Callable[[Measured], Bar]] = (
    _ratio(commands.CREATIONS, 0.5, commands.AST_GREP),
    _ratio(commands.COLD, 0.5, commands.AST_GREP),
    _ratio(commands.COLD, 2, commands.PARSE),
    _second(commands.WARM),
    _ratio(commands.WARM, 0.1, commands.COLD),
    _second(commands.WARM_CHECK),
    _ratio(commands.WARM_CHECK, 0.1, commands.COLD_CHECK),
    _editing,
    _adding,
    _ratio(commands.VERSION, 1.5, commands.IMPORTS),
    _ratio(commands.HELP, 1.5, commands.IMPORTS),
    _ratio(commands.SMALL, 2, commands.IMPORTS),
    _memory,
)


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
