"""From a parsed module to its violations, and the fixes that would end them."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ssot_migrate.access import access
from ssot_migrate.block import Finding, Form, Found
from ssot_migrate.classify import Facts, classify, is_bland, may_be_named, spec_name
from ssot_migrate.detect import find
from ssot_migrate.draft import Draft, Fitted, Rules
from ssot_migrate.emit import ATTRIBUTES, find_groups, to_fix, to_violation
from ssot_migrate.family import Family, split_name
from ssot_migrate.fit import Fit, Fitter
from ssot_migrate.model import GENERIC, Applicability, Difference, Violation
from ssot_migrate.module import Module, Root
from ssot_migrate.names import FunctionNode, Kind
from ssot_migrate.plan import Fix
from ssot_migrate.reach import Export, Reach, find_reach
from ssot_migrate.reader import SPECS, constructor
from ssot_migrate.shape import Contract
from ssot_migrate.share import identities, share
from ssot_migrate.touch import Touch

_UNKNOWN = "nothing tells what it is; a name or a spec= that says its family would"


@dataclass
class Assessment:
    """What was found in one module."""

    violations: list[Violation] = field(default_factory=list)
    #: Fixes by the place of their creation.
    fixes: list[Fix] = field(default_factory=list)
    adopted: dict[str, int] = field(default_factory=dict)
    #: What other files would have to be asked about.
    exports: tuple[Export, ...] = ()
    #: Families whose method the factory lacks, or whose method cannot be read.
    lacking: frozenset[str] = frozenset()


def assess(module: Module, rules: Rules) -> Assessment:
    """Find, classify and fit everything in a module."""
    found = find(module)
    drafts = [_draft(module, rules, finding) for finding in found.findings]
    drafts = [d for d in drafts if d.family.id in rules.selected]
    for draft in drafts:
        draft.refusal = _refusal(module, rules, draft)
        draft.fitted = None if draft.refusal else _fitted(module, rules, draft)
    share([d.fitted for d in drafts if d.fitted and not d.reason], found)
    result = Assessment(adopted=_adopted(found, rules))
    for draft in drafts:
        violation = to_violation(module, draft)
        result.violations.append(violation)
        if draft.fitted and not draft.reason:
            result.fixes.append(to_fix(module, draft.fitted, violation))
    exports = [e for d in drafts if d.fitted for e in d.fitted.reach.exports]
    result.exports = tuple(dict.fromkeys(exports))
    result.lacking = frozenset(d.family.id for d in drafts if _obstacle(rules, d.family))
    return result


# which family


def _draft(module: Module, rules: Rules, finding: Finding) -> Draft:
    known = None
    if _may_tell(module, rules, finding):
        known = classify(_facts(module, finding), rules.families)
    if known is None:
        generic = next(f for f in rules.families if f.id == GENERIC)
        return Draft(finding, generic, ())
    return Draft(finding, known[0], known[1])


def _may_tell(module: Module, rules: Rules, finding: Finding) -> bool:
    """Say cheaply whether there can be evidence: most creations have none."""
    name = (finding.name or finding.keyword or "").rpartition(".")[2]
    return (
        is_bland(name)
        or finding.kind is Kind.AUTOSPEC
        or any(may_be_named(name, family) for family in rules.families)
        or any(word in SPECS for word, _ in constructor(finding.call))
        or (finding.name or "") in rules.told(module.source.text)
        or _passes(rules, finding)
    )


def _passes(rules: Rules, finding: Finding) -> bool:
    """Say whether a creation is itself passed by a keyword that speaks for a family."""
    keywords = {k.arg for k in finding.call.keywords} | {finding.keyword}
    signs = [family.evidence for family in rules.families]
    return any(keywords & {*s.keywords, *s.attributes} for s in signs)


def _facts(module: Module, finding: Finding) -> Facts:
    root: Root = tuple(finding.name.split(".")) if finding.name else ()
    set_on = {
        setting.path[0]
        for _, settings in (finding.block.settings if finding.block else ())
        for setting in settings
        if setting.path
    }
    within = _place(finding, root)
    attributes, keywords = module.uses(within).get(root, (set(), set())) if root else (set(), set())
    given = {finding.keyword} if finding.keyword else set()
    named = {k.arg for k in finding.call.keywords if k.arg}
    return Facts(
        name=root[-1] if root else finding.keyword,
        giver=_giver(module, finding, root),
        spec=spec_name(finding.call, finding.kind, finding.scope),
        attributes=frozenset({ATTRIBUTES.get(step, step) for step in set_on} | attributes | named),
        keywords=frozenset(keywords | given),
        imports=module.packages,
    )


def _place(finding: Finding, root: Root) -> ast.AST:
    """Give the function in which a name is used, the class for ``self.x``."""
    scope = finding.scope
    return (scope.enclosing_class or scope.module).node if len(root) > 1 else scope.node


def _giver(module: Module, finding: Finding, root: Root) -> str | None:
    function = finding.scope.node
    if finding.form is Form.RETURNED or not isinstance(function, FunctionNode):
        return None
    if not is_bland(root[-1] if root else ""):
        return None
    return function.name if root in module.returns(function) else None


# fitting


def _obstacle(rules: Rules, family: Family) -> str | None:
    if rules.factory is None or family.factory_method is None:
        return None
    return rules.factory.obstacle(family.factory_method)


def _fitted(module: Module, rules: Rules, draft: Draft) -> Fitted | None:
    finding, block, factory = draft.finding, draft.finding.block, rules.factory
    contract = factory.contract(draft.family.factory_method or "") if factory else None
    if block is None or contract is None:
        return None
    named = access(finding.scope, block.statement, rules.factory_name or "", rules.is_factory)
    statements = [block.statement, *(s for s, _ in block.settings)]
    reach = find_reach(module, block.root, finding.scope, frozenset(statements))
    groups, droppable = find_groups(module, statements)
    touches = [*reach.touches, *_outside(rules, reach)]
    fit = Fitter(module, finding, contract).run(droppable, touches)
    fit.reason = named.reason or fit.reason or _missing(fit, contract)
    _lose(rules, reach, fit)
    ids = identities(contract, finding, block)
    return Fitted(finding, block, reach, fit, named, groups, ids)


def _refusal(module: Module, rules: Rules, draft: Draft) -> str | None:
    finding = draft.finding
    if draft.family.factory_method is None:
        unnamed = finding.form is Form.OTHER and finding.name is None
        return str(finding.form.value) if unnamed else _UNKNOWN
    if rules.factory is None:
        return "the project has no factory; set factory under [tool.ssot-migrate]"
    if rules.factory.contract(draft.family.factory_method) is None:
        return f"the factory has no {draft.family.factory_method}; add it"
    if finding.form is not Form.BLOCK:
        return str(finding.form.value)
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
            lost.append((0, f"{export.name} can be used by files that are not in this run"))
        else:
            lost += known.lost
            reach.repeated |= known.repeated
    first = {text: line for line, text in reversed(lost)}
    for text, line in first.items():
        message = f"its reach cannot be followed: {text}"
        fit.differences.append(Difference("", message, line or None))


def chosen(fixes: Sequence[Fix], *, unsafe: bool) -> list[Fix]:
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
