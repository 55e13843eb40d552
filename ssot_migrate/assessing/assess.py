"""From a parsed module to its violations, and the fixes that would end them."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from msgspec import Struct, field

from ssot_migrate.assessing.cases import case_of
from ssot_migrate.assessing.emit import (
    find_groups,
    holds_comment,
    shares_line,
    to_fix,
    to_violation,
)
from ssot_migrate.assessing.share import identities, share
from ssot_migrate.code.module import Module
from ssot_migrate.code.names import FunctionNode, ScopeNode
from ssot_migrate.code.uses import Root, Uses
from ssot_migrate.families.family import Family, split_name
from ssot_migrate.finding.classify import (
    Facts,
    annotated,
    classify,
    is_bland,
    names_class,
    spec_name,
)
from ssot_migrate.finding.detect import find
from ssot_migrate.finding.draft import Draft, Fitted, Rules
from ssot_migrate.fitting.access import Ways, access
from ssot_migrate.fitting.fit import Fit
from ssot_migrate.fitting.fitter import Fitter
from ssot_migrate.known import Export, Offer, Touch
from ssot_migrate.model import GENERIC, Applicability, Case, Difference, Violation
from ssot_migrate.rewriting.plan import Edit, Fix
from ssot_migrate.rules import suppressing
from ssot_migrate.rules.own_rules import found_in, idle, offered
from ssot_migrate.shapes.block import Block, Finding, Form, Found
from ssot_migrate.shapes.shape import Contract
from ssot_migrate.shapes.wording import ATTRIBUTES
from ssot_migrate.suppressions.read import Suppressions, read
from ssot_migrate.touches.follow import find_reach, reach_of_expression
from ssot_migrate.touches.reach import Reach

AnyFix = TypeVar("AnyFix", Fix, Edit)

_AWAY = "files that are not in this run"
_UNKNOWN = "nothing tells what it is; a name or a spec= that says its family would"


class Assessment(Struct):
    """What was found in one module."""

    violations: list[Violation] = field(default_factory=list)
    #: Fixes by the place of their creation.
    fixes: list[Fix] = field(default_factory=list)
    #: Fixes of the engine's own rules.
    edits: list[Edit] = field(default_factory=list)
    adopted: dict[str, int] = field(default_factory=dict)
    #: What other files would have to be asked about.
    exports: tuple[Export, ...] = ()
    #: Families whose method the factory lacks, or whose method cannot be read.
    lacking: frozenset[str] = frozenset()
    #: What is a second factory if other files import it.
    offers: tuple[Offer, ...] = ()
    #: The blocks that the factory does not take yet; only where that was asked for.
    cases: list[Case] = field(default_factory=list)
    #: What comments accept.
    suppressions: Suppressions = field(default_factory=Suppressions)
    #: Mocks that a comment may be meant to accept and does not, each with its line.
    meant: dict[Violation, int] = field(default_factory=dict)


def assess(module: Module, rules: Rules) -> Assessment:
    """Find, classify and fit everything in a module."""
    found = find(module)
    classified = [_draft(module, rules, finding) for finding in found.findings]
    drafts = _fitted_drafts(module, rules, found, classified)
    reported = found_in(module, rules)
    result = Assessment(
        [violation for violation, _ in reported],
        edits=[edit for _, edit in reported if edit],
        adopted=_adopted(found, rules),
        offers=offered(module, rules, classified),
    )
    for draft in drafts:
        violation = to_violation(module, draft)
        result.violations.append(violation)
        if rules.survey and violation.applicability is not Applicability.SAFE:
            result.cases.append(case_of(module, draft, violation))
        if draft.fitted and not draft.reason:
            result.fixes.append(to_fix(module, draft.fitted, violation))
    _judge(module, rules, classified, result)
    result.violations.sort(key=lambda v: (v.line, v.column))
    exports = [e for d in drafts if d.fitted for e in d.fitted.reach.exports]
    result.exports = tuple(dict.fromkeys(exports))
    result.lacking = frozenset(d.family.id for d in drafts if _obstacle(rules, d.family))
    return result


def _judge(module: Module, rules: Rules, drafts: Sequence[Draft], result: Assessment) -> None:
    """Read what comments accept, and report those that are not as they should be."""
    result.suppressions = read(module.source)
    if not result.suppressions.found:
        return
    others = [to_violation(module, d) for d in drafts if d.family.id not in rules.selected]
    judged = idle(module, rules, result.suppressions, drafts, result.violations, others)
    result.meant = {v: one.suppression.line for one in judged for v in one.meant}
    for violation, edit in suppressing.find(module, rules.own, result.suppressions, judged):
        result.violations.append(violation)
        result.edits += [edit] if edit else []


def draft_all(module: Module, rules: Rules) -> list[Draft]:
    """Find, classify and fit everything in a module; report nothing."""
    found = find(module)
    classified = [_draft(module, rules, finding) for finding in found.findings]
    return _fitted_drafts(module, rules, found, classified)


def _fitted_drafts(
    module: Module, rules: Rules, found: Found, classified: Iterable[Draft]
) -> list[Draft]:
    """Fit what is selected."""
    drafts = [draft for draft in classified if draft.family.id in rules.selected]
    ways = Ways(rules.factory_name, rules.is_factory)
    for draft in drafts:
        draft.refusal = _refusal(module, rules, draft)
        draft.fitted = None if draft.refusal else _fitted(module, rules, draft, ways)
    share([d.fitted for d in drafts if d.fitted and not d.reason], found)
    return drafts


# which family


def _draft(module: Module, rules: Rules, finding: Finding) -> Draft:
    known = classify(facts_of(module, finding), rules.families)
    if known is None:
        generic = next(f for f in rules.families if f.id == GENERIC)
        return Draft(finding, generic, ())
    return Draft(finding, known[0], known[1])


def facts_of(module: Module, finding: Finding) -> Facts:
    """Gather all that can tell what a mock stands for."""
    named = finding.name and not finding.returned
    root: Root = tuple((finding.name or "").split(".")) if named else ()
    function = _giver(module, finding, root)
    facts = Facts(
        name=root[-1] if root and not names_class(root[-1]) else None,
        spec=spec_name(finding.call, finding.kind, finding.scope),
        annotation=_annotation(finding, function),
        uses=_uses(module, finding, root),
        imports=module.imports,
    )
    if function:
        facts.giver = function.name
        if not root or is_bland(root[-1]):
            facts.uses.givers |= set() if split_name(function.name).head else {function.name}
        facts.docstring = (ast.get_docstring(function) or "").partition("\n")[0] or None
    return facts


def _uses(module: Module, finding: Finding, root: Root) -> Uses:
    """Gather how a mock is used: where it stands, by its names, and what is set on it."""
    block = finding.block
    settings = [s for _, found in (block.settings if block else ()) for s in found if s.path]
    named = {keyword.arg for keyword in finding.call.keywords if keyword.arg}
    set_on = {ATTRIBUTES.get(setting.path[0], setting.path[0]) for setting in settings}
    uses = finding.passed.joined(Uses(attributes=set_on | named))
    for one in {root, *(block.roots if block else ())} - {()}:
        uses = uses.joined(module.uses(_place(finding, one), one))
    uses.aliases = {alias for alias in uses.aliases if not names_class(alias)}
    return uses


def _place(finding: Finding, root: Root) -> ScopeNode:
    """Give the function in which a name is used, the class for ``self.x``."""
    scope = finding.scope
    own = len(root) > 1 and root[0] in {"self", "cls"}
    return (scope.enclosing_class or scope.module).node if own else scope.node


def _annotation(finding: Finding, function: FunctionNode | None) -> str | None:
    statement = finding.block.statement if finding.block else None
    given = statement.annotation if isinstance(statement, ast.AnnAssign) else None
    given = given or (function.returns if function else None)
    return annotated(given, finding.scope)


def _giver(module: Module, finding: Finding, root: Root) -> FunctionNode | None:
    """Find the function that gives a mock that has no telling name of its own."""
    function = finding.scope.node
    if not isinstance(function, FunctionNode):
        return None
    if function.name.startswith("test"):
        return None
    if finding.returned:
        return function
    return function if root and root in module.returns(function) else None


# fitting


def _obstacle(rules: Rules, family: Family) -> str | None:
    if family.factory_method is None:
        return None
    return rules.factory.obstacle(family.factory_method)


def _fitted(module: Module, rules: Rules, draft: Draft, ways: Ways) -> Fitted | None:
    finding, block, factory = draft.finding, draft.finding.block, rules.factory
    contract = factory.contract(draft.family.factory_method or "")
    if block is None or contract is None:
        return None
    if not isinstance(finding.scope.node, FunctionNode):
        module.units.parsed(module.units.all)  # Functions between its statements count.
    named = access(finding.scope, block.statement, ways)
    reach = _reach(module, finding, block)
    groups, droppable = find_groups(module, finding, block)
    touches = [*reach.touches, *_outside(rules, reach)]
    fit = Fitter(module, finding, contract).run(droppable, touches)
    fit.reason = named.reason or fit.reason or _missing(fit, contract)
    _lose(rules, reach, fit)
    ids = identities(contract, finding, block)
    return Fitted(finding, block, reach, fit, named, groups, ids)


def _reach(module: Module, finding: Finding, block: Block) -> Reach:
    if not block.roots:
        return reach_of_expression(module, finding.call)
    return find_reach(module, block.roots, finding.scope, frozenset(block.statements))


def _refusal(module: Module, rules: Rules, draft: Draft) -> str | None:
    finding = draft.finding
    if draft.family.factory_method is None:
        if draft.family.id != GENERIC:
            return "its codemod has no factory-method; add one once the factory has such a method"
        unnamed = finding.form is Form.OTHER and finding.name is None
        return str(finding.form.value) if unnamed else _UNKNOWN
    if rules.factory.contract(draft.family.factory_method) is None:
        return f"the factory has no {draft.family.factory_method}; add it"
    if finding.block is None:
        return str(finding.form.value)
    if finding.form is Form.EXPRESSION and shares_line(module, finding, finding.block):
        return "shares its line with another statement; put it on a line of its own"
    if finding.form is Form.EXPRESSION and holds_comment(module, finding.call):
        return "a comment stands inside it; move it out"
    outer = finding.scope.parent
    if outer and isinstance(outer.node, ast.ClassDef):
        words = split_name(outer.node.name)
        if "factory" in words.head[-1:] and words.words[0] != "test":
            return f"{outer.node.name} is a factory of its own; let its callers use the factory"
    stem = PurePosixPath(module.path).stem
    if stem == f"test_{rules.factory.module.rpartition('.')[2]}":
        return "this file tests the factory; what it builds by hand may be its subject"
    return None


def _outside(rules: Rules, reach: Reach) -> list[Touch]:
    return [
        t for export in reach.exports if export in rules.users for t in rules.users[export].touches
    ]


def _missing(fit: Fit, contract: Contract) -> str | None:
    """Refuse where the method needs an argument that the block does not give."""
    required = [p.name for p in contract.parameters if p.default is None]
    missing = [name for name in required if name not in fit.arguments]
    if not missing:
        return None
    return f"{contract.method} needs {', '.join(missing)}, which the block does not set"


def _lose(rules: Rules, reach: Reach, fit: Fit) -> None:
    """Turn what goes out of sight into differences."""
    lost = list(reach.lost)
    for export in reach.exports:
        known = rules.users.get(export)
        if known is None:
            lost.append((0, f"{export.name} can be used by {_AWAY}"))
        else:
            lost += known.lost
            reach.repeated |= known.repeated
    first = {text: line for line, text in reversed(lost)}
    for text, line in first.items():
        message = f"its reach cannot be followed: {text}"
        remedy = "run on all files that can use it" if text.endswith(_AWAY) else None
        fit.differences.append(Difference("", message, line or None, remedy))


def chosen(fixes: Sequence[AnyFix], *, unsafe: bool) -> list[AnyFix]:
    """Take the fixes that may be carried out."""
    wanted = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    return [fix for fix in fixes if fix.violation.applicability in wanted]


def _adopted(found: Found, rules: Rules) -> dict[str, int]:
    families = {f.factory_method: f.id for f in rules.families if f.factory_method}
    counts: dict[str, int] = {}
    for product in found.products:
        family = families.get(product.method)
        if family:
            counts[family] = counts.get(family, 0) + 1
    return counts
