"""The gate as tests: one, failing, for each file with violations beyond the baseline."""

from collections.abc import Container, Iterable, Iterator, Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import field
from msgspec.structs import asdict, replace

from ssot_migrate.discover import discover
from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.check import check
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Request, UserError, Violation
from ssot_migrate.pipeline import known_rules
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report import check as report
from ssot_migrate.report.console import console
from ssot_migrate.settings import rule_names
from ssot_migrate.settings.resolver import find

#: What a test is called below its file.
_NAME: Final = "ssot-migrate"
#: Where the process that looked leaves what it found for those that run tests.
_HANDED: Final = "ssot_migrate_found"


class Found(Frozen):
    """What the gate has against the files of a run; texts only, which xdist can carry."""

    #: Number of files that were looked at.
    files: int = 0
    #: The violations of each file, told, by the file's location.
    violations: dict[str, str] = field(default_factory=dict)
    #: What could not be processed, told, by location; by "" what is in no file.
    failures: dict[str, str] = field(default_factory=dict)


def look(paths: Sequence[Path], root: Path) -> Found:
    """Hold the files at and below some paths against the gate. Raises UserError."""
    resolver = find(root)
    files, unreachable = discover(paths, resolver)
    rule_names.check(resolver.projects(files), known_rules)
    # One process: nobody knows what threads the plugins of a test suite have running.
    verdict = check(files, resolver, Request(cache=True))
    locations = {file.path: file.location for file in files}
    new = _by_path(verdict.new)
    accepted = _by_path(verdict.accepted, new)
    results = {result.path: result for result in verdict.report.results}
    failures: dict[str, str] = {}
    for failure in (*verdict.report.all_failures, *unreachable):
        location = locations.get(failure.path, "")
        line = failure.text
        failures[location] = "\n".join(filter(None, [failures.get(location), line]))
    violations: dict[str, str] = {}
    for path, found in new.items():
        known = accepted.get(path, ())
        of_file = replace(
            verdict,
            report=replace(verdict.report, results=(results[path],), failures=()),
            new=found,
            accepted=known,
            stale=(),
            fixable=frozenset(v for v in (*found, *known) if v in verdict.fixable),
        )
        violations[locations[path]] = _told(of_file)
    return Found(len(files), violations, failures)


def _by_path(
    violations: Iterable[Violation], paths: Container[str] | None = None
) -> dict[str, tuple[Violation, ...]]:
    """Sort violations, which are in order, by their paths; only those of some."""
    groups = groupby(violations, key=lambda violation: violation.path)
    return {path: (*found,) for path, found in groups if paths is None or path in paths}


def _told(verdict: Verdict) -> str:
    """Say what `ssot-migrate check` says, the totals first: they stand in pytest's summary."""
    text = StringIO()
    target = console(text, Color.NEVER)
    report.conclude(verdict, target, Verbosity.NORMAL)
    report.show(verdict, target, Verbosity.NORMAL)
    return text.getvalue().rstrip()


def _paths(config: pytest.Config) -> Iterator[Path]:
    """Yield the files and folders that pytest begins at; packages of ``--pyargs`` are no part."""
    for given in config.args:
        # As pytest takes the names of tests and parameters off.
        path = config.invocation_params.dir / given.partition("[")[0].partition("::")[0]
        if path.exists():
            yield path


class Gate:
    """Adds the tests. Looks once, before anything is collected; under xdist in the main process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.found = Found()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Look at the files, or take what the main process found. Raises UsageError."""
        handed = getattr(self.config, "workerinput", {}).get(_HANDED)
        try:
            self.found = (
                Found(**handed) if handed else look([*_paths(self.config)], self.config.rootpath)
            )
        except UserError as error:
            raise pytest.UsageError(f"{_NAME}: {error}") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 (xdist has no types)
        """Hand what was found to a process of xdist."""
        node.workerinput[_HANDED] = asdict(self.found)

    def pytest_report_header(self) -> str:
        """Say that the gate is on."""
        told = len(self.found.violations)
        return f"{_NAME}: new violations in {told} of {self.found.files} files"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> "_File | None":
        """Add a test to a file that the gate has something against."""
        if str(file_path) in self.found.violations.keys() | self.found.failures.keys():
            return _File.from_parent(parent, path=file_path, found=self.found)
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add a test for what went wrong in no file."""
        if message := self.found.failures.get(""):
            items.append(_Item.from_parent(session, name=_NAME, failures=message))


class _File(pytest.File):
    """A file that the gate has something against, beside what pytest collects from it."""

    def __init__(self, *, found: Found, **given: Any) -> None:  # noqa: ANN401 (pytest's own)
        super().__init__(**given)
        self.found = found

    def collect(self) -> Iterator["_Item"]:
        told = str(self.path)
        yield _Item.from_parent(
            self,
            name=_NAME,
            violations=self.found.violations.get(told, ""),
            failures=self.found.failures.get(told, ""),
        )


class _Item(pytest.Item):
    """Fails with what the gate has against a file; what could not be processed is an error."""

    def __init__(self, *, violations: str = "", failures: str = "", **given: Any) -> None:  # noqa: ANN401 (pytest's own)
        super().__init__(**given)
        self.violations = violations
        self.failures = failures

    def setup(self) -> None:
        if self.failures:
            pytest.fail(self.failures, pytrace=False)

    def runtest(self) -> None:
        pytest.fail(self.violations, pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        # What heads the failure. pytest takes the dots of a node's own id for those of a class.
        return self.path, None, f"{_NAME} {self.parent.nodeid if self.parent else ''}"
