"""The commands that are measured side by side, in groups that can be measured alone."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command, script

#: What counts the findings in a command's output, for a look at whether all did the same work.
Count = Callable[[bytes], int]

#: Names of rows that the bars are made of.
CREATIONS, COLD, WARM = "scan, creations", "scan, first run", "scan, nothing changed"
COLD_CHECK, WARM_CHECK = "check, first run", "check, nothing changed"
DIFF, DIFF_EDITED, DIFF_MIXED = "diff", "diff, edited files", "diff, mixed files"
VERSION, HELP, SMALL = "--version", "--help", "scan, one small file"
AST_GREP, RUFF = "ast-grep", "ruff, one rule"
LIBCST_EDITED, LIBCST_MIXED = "libcst codemod, edited files", "libcst codemod, mixed files"
PARSE = "limit: ast.parse"
IMPORTS = "import typer, rich"

#: What looks at files without a creation too; ast-grep's rule does not.
_CREATIONS_ALONE = ("--ignore", "patch,mock-class")
#: One rule, three ways to build a mock.
_AST_GREP_RULE = """\
id: mock
language: Python
severity: hint
rule:
  any:
    - pattern: Mock($$$)
    - pattern: MagicMock($$$)
    - pattern: AsyncMock($$$)
"""
#: Short commands are run so many times a round.
_REPEATED = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One command among those that are compared."""

    command: Command
    #: What it is measured for.
    group: str
    count: Count | None = None
    #: A folder that is removed before each run.
    fresh: Path | None = None
    #: How many times it is run in a round.
    repeated: int = 1


@dataclass(frozen=True, slots=True)
class Tool:
    """One installation of ours."""

    #: What its rows are called.
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Places:
    """What the commands are run on, and where ours may keep results."""

    tree: Path
    #: Files that every rewriting edits.
    edited: tuple[str, ...]
    #: Files as they come.
    mixed: tuple[str, ...]
    small: Path
    scratch: Path


def ours(tool: Tool, places: Places) -> Iterator[Row]:
    """List the rows of one installation."""

    def command(name: str, *arguments: str, codes: tuple[int, ...]) -> Command:
        return Command(f"{tool.name} {name}", (tool.path, *arguments), codes)

    # 2: among thousands of public files there are some that no Python can parse.
    target, done, rewritten = str(places.tree), (0, 2), (0, 1, 2)
    scan = ("scan", "--output-format", "json", target)
    plain = command(CREATIONS, *scan, *_CREATIONS_ALONE, "--no-cache", codes=done)
    yield Row(plain, "cold", count_ours)
    check = ("check", "--output-format", "json", target)
    for name, again, arguments, codes, count in (
        (COLD, WARM, scan, done, count_ours),
        (COLD_CHECK, WARM_CHECK, check, (1, 2), count_new),
    ):
        cache = places.scratch / f"{tool.name}-{arguments[0]}"
        given = (*arguments, "--cache-dir", str(cache))
        yield Row(command(name, *given, codes=codes), "warm", count, fresh=cache)
        yield Row(command(again, *given, codes=codes), "warm", count)
    diff = ("diff", "--unsafe-fixes")
    yield Row(command(DIFF, *diff, target, codes=rewritten), "diff", count_changed)
    edited = command(DIFF_EDITED, *diff, *places.edited, codes=rewritten)
    yield Row(edited, "rewrite", count_changed)
    yield Row(command(DIFF_MIXED, *diff, *places.mixed, codes=rewritten), "rewrite", count_changed)
    for name, option in ((VERSION, "--version"), (HELP, "--help")):
        yield Row(command(name, option, codes=(0,)), "start", repeated=_REPEATED)
    cache = places.scratch / f"{tool.name}-small"
    small = command(SMALL, "scan", "--cache-dir", str(cache), str(places.small), codes=(0,))
    yield Row(small, "start", fresh=cache, repeated=_REPEATED)


def others(places: Places) -> Iterator[Row]:
    """List the rows of what we compare with, and of the limits."""
    target = str(places.tree)
    grep = (script("ast-grep"), "scan", "--inline-rules", _AST_GREP_RULE, "--json=compact", target)
    yield Row(Command(AST_GREP, grep), "cold", count_in_list)
    ruff = (script("ruff"), "check", "--isolated", "--no-cache", "--exit-zero", "--quiet")
    one_rule = (*ruff, "--select", "F401", "--output-format", "json", target)
    yield Row(Command(RUFF, one_rule), "cold", count_in_list)
    for name, chosen in (
        ("limit: ask for times", "ask"),
        ("limit: read bytes", "read"),
        (PARSE, "parse"),
    ):
        limit = (sys.executable, "-m", "benchmarks.limits", chosen, target)
        yield Row(Command(name, limit), "cold", int)
    libcst = (sys.executable, "-m", "libcst.tool", "codemod", "-x", "benchmarks.codemod.UseFactory")
    quiet = ("--no-format", "--hide-progress", "--unified-diff")
    for name, files in ((LIBCST_EDITED, places.edited), (LIBCST_MIXED, places.mixed)):
        # 1: as ours, it fails on what cannot be parsed.
        codemod = Command(name, (*libcst, *files, *quiet), (0, 1))
        yield Row(codemod, "libcst", count_changed)
    start = Command(IMPORTS, (sys.executable, "-c", "import typer, rich"))
    yield Row(start, "start", repeated=_REPEATED)


def count_ours(output: bytes) -> int:
    """Count the violations in the JSON of a scan."""
    return len(json.loads(output)["violations"])


def count_new(output: bytes) -> int:
    """Count the violations in the JSON of a check."""
    return len(json.loads(output)["new"])


def count_in_list(output: bytes) -> int:
    """Count the matches in a JSON list."""
    return len(json.loads(output))


def count_changed(output: bytes) -> int:
    """Count the files in a patch."""
    return len(re.findall(rb"^--- .*\n\+\+\+ ", output, re.MULTILINE))


def changed(patch: bytes) -> list[str]:
    """List the files that our patch changes."""
    return re.findall(r"^--- a/(.*?)\t?$", patch.decode(errors="replace"), re.MULTILINE)
