"""Propose a codemod for mocks like one that a test creates."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.code.module import Module, suites
from ssot_migrate.code.names import FunctionNode, walk
from ssot_migrate.code.source import ByteTest, parse
from ssot_migrate.code.uses import dotted_root
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.families.family import Example, Family, Signs, ending, split_name
from ssot_migrate.finding.classify import is_bland, spec_name
from ssot_migrate.finding.detect import find
from ssot_migrate.model import Applicability, Severity, UserError
from ssot_migrate.proposing.examples import run
from ssot_migrate.proposing.excerpt import excerpt
from ssot_migrate.shapes.block import Finding
from ssot_migrate.worker.settings import Settings

_WHY = """\
Each test that builds its own {words} decides anew which methods it has and which of them are
awaited. The copies drift away from the real thing and from each other.
"""


class ProposalError(UserError):
    """A place from which no codemod can be drawn."""


def propose(name: str, data: bytes, place: tuple[str, int], settings: Settings) -> Family:
    """Draw a family from the creation on a line of a file. Raises ProposalError, SourceError."""
    source = parse(data)
    module = Module(place[0], source, ByteTest(None).lines(source.text))
    drawn = _Drawn.of(module, _finding(module, place))
    signs = drawn.signs(settings.families)
    if signs == Signs():
        raise _refused(place, "nothing tells what this mock is; choose one with a telling name")
    statements = drawn.statements if signs.specs or signs.names else drawn.showing
    words = name.replace("-", " ")
    family = Family(
        id=name,
        summary=f"{words[:1].upper()}{words[1:]} mocks built by hand",
        severity=Severity.MEDIUM,
        why=_WHY.format(words=words),
        factory_method=_method(name, settings),
        evidence=signs,
    )
    code = excerpt(module, statements)
    example = _example(f"as in {place[0]}", code, family, settings)
    return msgspec.structs.replace(family, example=(example,))


def _refused(place: tuple[str, int], message: str) -> ProposalError:
    return ProposalError(f"{place[0]}:{place[1]}: {message}")


def _finding(module: Module, place: tuple[str, int]) -> Finding:
    """Find the creation on a line, or the one that a statement on that line configures."""
    findings, line = find(module).findings, place[1]
    for finding in findings:
        if _holds(finding.call, line):
            return finding
    for finding in findings:
        settings = finding.block.settings if finding.block else []
        if any(_holds(statement, line) for statement, _ in settings):
            return finding
    lines = sorted((finding.call.lineno for finding in findings), key=lambda n: abs(n - line))
    nearest = f"the nearest is on line {lines[0]}" if lines else "nor anywhere in this file"
    raise _refused(place, f"no mock is created there, {nearest}")


def _holds(node: ast.expr | ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


class _Drawn(Struct):
    """What is seen of one creation."""

    finding: Finding
    #: The creation's statement and those that configure the mock.
    statements: list[ast.stmt]
    #: The function that returns the mock, if there is one.
    giver: str | None = None
    #: Attributes set or used, each with a statement that shows it.
    attributes: dict[str, ast.stmt] = field(default_factory=dict)
    #: Keywords under which the mock is passed on, likewise.
    keywords: dict[str, ast.stmt] = field(default_factory=dict)

    @classmethod
    def of(cls, module: Module, finding: Finding) -> "_Drawn":
        """Look at the function around a creation."""
        statement = _statement(module, finding)
        settings = finding.block.settings if finding.block else []
        drawn = cls(finding, [statement, *(configuring for configuring, _ in settings)])
        for inner in _simple(finding.scope.node):
            drawn._see(inner)
        given = (keyword.arg for keyword in finding.call.keywords if keyword.arg)
        for name in given:
            drawn.attributes.setdefault(name, statement)
        return drawn

    @property
    def name(self) -> str:
        """The name that says what the mock is: its own, or that of the function that gives it."""
        own = (self.finding.name or "").rpartition(".")[2]
        return self.giver or own if is_bland(own) else own

    @property
    def showing(self) -> list[ast.stmt]:
        """Statements that show every piece of evidence."""
        return [*self.statements, *self.attributes.values(), *self.keywords.values()]

    def signs(self, families: Iterable[Family]) -> Signs:
        """Turn what was seen into evidence."""
        attributes = tuple(sorted(self.attributes.keys() - _api()))
        keywords = tuple(sorted(self.keywords.keys() - _api()))
        words = split_name(self.name)
        entry = "_".join(words.head)
        names = (entry,) if ending(words, (entry,)) and not is_bland(self.name) else ()
        weak = any(entry in family.evidence.weak_names for family in families)
        weak = weak and bool(attributes or keywords)
        spec = spec_name(self.finding.call, self.finding.kind, self.finding.scope)
        return Signs(
            specs=(spec,) if spec else (),
            attributes=attributes,
            attributes_alone=0 if spec or names or keywords else len(attributes),
            keywords=keywords,
            names=() if weak else names,
            weak_names=names if weak else (),
        )

    def _see(self, statement: ast.stmt) -> None:
        root = tuple((self.finding.name or "").split("."))
        for node in walk(statement):
            match node:
                case ast.Attribute(value=value, attr=name) if dotted_root(value) == root:
                    self.attributes.setdefault(name, statement)
                case ast.keyword(arg=str(name), value=value) if dotted_root(value) == root:
                    self.keywords.setdefault(name, statement)
                case ast.Return(value=value) | ast.Yield(value=value) if value is not None:
                    self._see_given(value, root, statement)

    def _see_given(self, value: ast.expr, root: tuple[str, ...], statement: ast.stmt) -> None:
        function = self.finding.scope.node
        if isinstance(function, FunctionNode) and (
            dotted_root(value) == root or value is self.finding.call
        ):
            self.giver = function.name
            if statement not in self.statements and is_bland(root[-1]):
                self.statements.append(statement)


def _statement(module: Module, finding: Finding) -> ast.stmt:
    above = module.index.above(finding.call)
    statement = next(node for node in above if isinstance(node, ast.stmt))
    if any(suites(statement)):
        place = (module.path, finding.call.lineno)
        raise _refused(place, "part of a larger statement; choose a mock that is bound to a name")
    return statement


def _simple(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements below a node that hold no others, in the order of the text."""
    for suite in suites(node):
        for statement in suite:
            if any(suites(statement)):
                yield from _simple(statement)
            else:
                yield statement


@cache
def _api() -> frozenset[str]:
    """Return what every mock has, and what creating one takes: neither tells anything."""
    from unittest.mock import AsyncMock, MagicMock

    taken = {"spec", "spec_set", "wraps", "name", "unsafe", "new", "new_callable", "method_calls"}
    return frozenset({*dir(AsyncMock), *dir(MagicMock), *taken})


def _method(name: str, settings: Settings) -> str | None:
    """Guess the factory's method for a family: the one whose name has its words, if it is free."""
    module, class_name, _, data = settings.factory
    taken = {family.factory_method for family in settings.families}
    methods = Factory(module, class_name, parse(data).tree).methods
    words = set(name.split("-"))
    found = [m for m in methods if m not in taken and words <= set(split_name(m).words)]
    return min(found, key=len, default=None)


def _example(name: str, code: str, family: Family, settings: Settings) -> Example:
    """Show what becomes of the code: by the fix, or, where there is none, that it is reported."""
    settings = replace(settings, families=(*settings.families, family))
    change = run(settings, code, fix=True, unsafe=True).change
    if change is None:
        return Example(name, reported=code)
    unsafe = any(fixed.applicability is Applicability.UNSAFE for fixed in change.fixed)
    return Example(name, before=code, after=change.after.decode(), unsafe_fixes=unsafe)
