"""Fit a block to a contract: choose the arguments, drop what is superfluous, list what differs."""

import ast
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import Kind, creation_kind_of
from ssot_migrate.contracts.specs import (
    is_no_mock,
    product_for,
    spec_to_give,
    surely_there,
    with_spec,
)
from ssot_migrate.fitting.fit import Fit, Item, items_of, too_many
from ssot_migrate.fitting.keywords import has_room, in_order, keyword_of, whole, with_keywords
from ssot_migrate.fitting.moves import can_move
from ssot_migrate.fitting.needs import lacks_of, mock_at, need_at
from ssot_migrate.known import Operation, Touch
from ssot_migrate.model import Difference, Need, NeedKind
from ssot_migrate.shapes.block import Finding
from ssot_migrate.shapes.reader import (
    Action,
    Context,
    configure,
    constructor,
    evaluate,
    leaves,
    read_creation,
)
from ssot_migrate.shapes.shape import (
    DROPPED,
    Contract,
    Fate,
    Mock,
    Node,
    Opaque,
    Path,
    Value,
    describe,
    follow,
    mapping_of,
    same,
    same_at,
    same_kind,
    same_spec,
    spell,
)
from ssot_migrate.shapes.wording import (
    rebased,
    remedy_at,
    remedy_of_base,
    remedy_of_spec,
    unkeepable,
    written,
)
from ssot_migrate.touches.notices import noticed, notices


class Fitter:
    """Fits one block to one contract."""

    def __init__(self, module: Module, finding: Finding, contract: Contract) -> None:
        self.finding = finding
        self.contract = contract
        self.module = module
        self.context = Context(finding.scope, module.path)
        self.fit = Fit(contract.method)
        #: What is set on something of the test's own (``ws.headers["x"] = 1``), not on a mock.
        self.beyond: list[Item] = []
        self.items = items_of(finding)
        self.spec = spec_to_give(finding, contract)
        #: Names that the spec that is given surely has.
        self.sure = surely_there([item.setting for item in self.items]) if self.spec else None

    def run(self, droppable: Iterable[ast.stmt], touches: Iterable[Touch]) -> Fit:
        """Find arguments and superfluous statements, then every difference that remains."""
        self.fit.reason = too_many(self.items) or self._refusal()
        if self.fit.reason is None:
            #: A spec may have a name or not, async or not: the fit has to hold in each case.
            olds = [self._old_shape(fate) for fate in (Fate if self.spec else (None,))]
            known = set(droppable)
            self.fit.items = self.items
            self._choose(olds, known)
            self._gather(olds, known)
            self._fold(olds, known)
            self._report_all(olds, list(touches))
            if self.fit.added and not self._is_bound():
                names = ", ".join(written(path) for path, _ in self.fit.added)
                self.fit.reason = f"{names} would need a statement; bind the mock to a name first"
                self.fit.lacks += lacks_of(self.fit.added, self.module, self.context)
        return self.fit

    def _report_all(self, olds: list[Mock], touches: list[Touch]) -> None:
        """Report what differs, in one case or in several, once."""
        found: list[Difference] = []
        for old in olds:
            new, obstacles = self._new_shape(old.fate)
            self.fit.old, self.fit.new, self.fit.differences = old, new, []
            self._report_obstacles(obstacles)
            self._report(old, new, touches)
            told = {(difference.path, difference.line) for difference in found}
            found += [d for d in self.fit.differences if (d.path, d.line) not in told]
        self.fit.differences = found

    def _is_bound(self) -> bool:
        """Say whether statements can follow that set something on the mock by its name."""
        return bool(self.finding.block and self.finding.block.roots)

    def _report(self, old: Mock, new: Node, touches: Iterable[Touch]) -> None:
        self._report_root(old, new)
        for item in self.items:
            self._report_item(old, new, item)
        for touch, path, message in noticed(old, new, touches):
            where = f" ({touch.path}:{touch.line})" if touch.path else ""
            line = None if touch.path else touch.line
            need = need_at(old, new, path)
            self._differ(path, message + where, line, self._remedy(path), need)

    # what cannot be done at all

    def _refusal(self) -> str | None:
        method = self.contract.method
        if isinstance(self.contract.product, Opaque):
            return f"what {method} returns cannot be read: {self.contract.product.reason}"
        if self.finding.kind in (Kind.AUTOSPEC, Kind.OPEN, Kind.PROPERTY):
            return f"{self.finding.kind} checks or does more than a product of {method}; keep it"
        reasons = (unkeepable(name, value) for name, value in constructor(self.finding.call))
        return next(filter(None, reasons), None)

    # the old shape and the new one

    def _old_shape(self, fate: Fate | None) -> Mock:
        mock = read_creation(self.finding.call, self.finding.kind, self.context)
        mock.children.clear()
        mock.fate, mock.sure = fate, self.sure or frozenset()
        for item in self.items:
            if configure(mock, item.setting, self.context) and item not in self.beyond:
                self.beyond.append(item)
        return mock

    def _new_shape(self, fate: Fate | None) -> tuple[Node, list[tuple[Item, Path, Node]]]:
        given = {**self.fit.arguments, **self.fit.dotted}
        arguments = {name: evaluate(value, self.context) for name, value in given.items()}
        for name, pairs in self.fit.mapping.items():
            nodes = {key: evaluate(value, self.context) for key, value in pairs.items()}
            arguments[name] = mapping_of({k: v for k, v in nodes.items() if isinstance(v, Value)})
        product = product_for(self.contract, arguments, fate, self.sure or frozenset())
        obstacles: list[tuple[Item, Path, Node]] = []
        if isinstance(product, Mock):
            for item in self._kept():
                if item.setting.action is Action.DELETE and follow(product, item.path) is DROPPED:
                    obstacles.append((item, item.path, DROPPED))
                obstacle = configure(product, item.setting, self.context)
                if obstacle and item not in self.beyond:
                    obstacles.append((item, *obstacle))
        return product, obstacles

    def _kept(self) -> list[Item]:
        return [
            item
            for item in self.items
            if (item.statement not in self.fit.dropped if item.statement else self._added(item))
        ]

    def _added(self, item: Item) -> bool:
        return any(value is item.setting.value for _, value in self.fit.added)

    # arguments and superfluous statements

    def _choose(self, olds: list[Mock], droppable: set[ast.stmt]) -> None:
        """Drop as much as gives the same shape, starting from everything that could go."""
        keep: set[int] = {
            i
            for i, item in enumerate(self.items)
            if (item.statement and item.statement not in droppable)
            or item.setting.action is not Action.SET
            or item in self.beyond
        }
        while True:
            self._settle(self._whole_statements(keep))
            wrong = self._wrong(olds, keep)
            if not wrong:
                return
            wrong.sort(key=lambda i: (len(self.items[i].path), i))
            # What stays below one attribute says nothing of another.
            keep.update({self.items[i].path[:1]: i for i in wrong}.values())

    def _whole_statements(self, keep: set[int]) -> set[int]:
        """Keep whole a statement with one item that stays, and whatever it would set anew."""
        while True:
            kept = {self.items[i].statement for i in keep} - {None}
            more = {
                i
                for i, item in enumerate(self.items)
                if i not in keep
                and (item.statement in kept or self._overwritten(i, keep) or self._superseded(i))
            }
            if not more:
                return keep
            keep |= more

    def _overwritten(self, index: int, keep: set[int]) -> bool:
        """Say whether an earlier setting that stays would undo a later one that goes."""
        path = self.items[index].path
        return any(
            before < index and path[: len(self.items[before].path)] == self.items[before].path
            for before in keep
        )

    def _superseded(self, index: int) -> bool:
        """Say whether a later setting replaces this one: the factory does not have its effect."""
        path = self.items[index].path
        return any(path[: len(item.path)] == item.path for item in self.items[index + 1 :])

    def _settle(self, keep: set[int]) -> None:
        going = [item for i, item in enumerate(self.items) if i not in keep]
        self.fit.arguments = self._arguments(going)
        statements = [item.statement for item in going if item.statement]
        self.fit.dropped = list(dict.fromkeys(statements))
        self.fit.added = [
            (item.path, item.setting.value)
            for i, item in enumerate(self.items)
            if i in keep and item.statement is None and item.setting.value
        ]

    def _gather(self, olds: list[Mock], droppable: set[ast.stmt]) -> None:
        """Say all that is left in one dict, where the method takes one."""
        kept = self._kept()
        for prefix, name in self.contract.mappings.items():
            pairs = {item.path[-1]: item.setting.value for item in kept if item.setting.value}
            if not kept or len(pairs) < len(kept) or name in self.fit.arguments:
                continue
            if all(self._goes_into(item, prefix, droppable) for item in kept):
                before = self.fit.dropped, self.fit.added
                self.fit.mapping = {name: pairs}
                self.fit.dropped = list(
                    dict.fromkeys(i.statement for i in self.items if i.statement)
                )
                self.fit.added = []
                if not self._wrong(olds):
                    return
                self.fit.mapping = {}
                self.fit.dropped, self.fit.added = before

    def _goes_into(self, item: Item, prefix: Path, droppable: set[ast.stmt]) -> bool:
        value, path = item.setting.value, item.path
        if value is None or item.setting.action is not Action.SET:
            return False
        plain = self._is_plain(value) and path[:-1] == prefix
        if not plain or not path[-1].isidentifier() or value.lineno != value.end_lineno:
            return False
        return self._goes(item, value, droppable, self.fit.arguments)

    def _goes(
        self,
        item: Item,
        value: ast.expr,
        droppable: set[ast.stmt],
        moved: Mapping[str, ast.expr],
    ) -> bool:
        """Say whether an item's value can move into the call, and its statement go."""
        if item in self.beyond or not (item.statement is None or item.statement in droppable):
            return False
        return can_move(self.module, self.finding, item.statement, value, moved)

    def _is_plain(self, value: ast.expr) -> bool:
        """Say whether a value is no mock; one that a name hides would be lost under a spec."""
        known = isinstance(evaluate(value, self.context), Value)
        return known and (self.spec is None or is_no_mock(value))

    def _fold(self, olds: list[Mock], droppable: set[ast.stmt]) -> None:
        """Say all that is left in further keywords, where the method takes them."""
        kept = self._kept()
        given = whole(kept, self.contract, self.sure)
        if not given or any(self._superseded(self.items.index(item)) for item in kept):
            return
        before = replace(self.fit)
        with_keywords(self.fit, given)
        moved = {**self.fit.arguments, **self.fit.dotted}
        go = [
            self._goes(item, value, droppable, moved)
            and has_room(self.module, self.finding, item, name, value)
            for item, (name, value) in zip(kept, given.items(), strict=True)
        ]
        if all(go) and in_order([*moved.values()], self.finding.scope) and not self._wrong(olds):
            return
        self.fit = before

    def _arguments(self, going: list[Item]) -> dict[str, ast.expr]:
        arguments: dict[str, ast.expr] = {}
        defaults = {p.name: p.default for p in self.contract.parameters}
        for item in going:
            for path, value in leaves(item.path, item.setting.value, self.finding.scope):
                name = self._landing(path)
                if name is None or self._already(path, value):
                    continue
                default = defaults.get(name)
                node = evaluate(value, self.context)
                plain = self._is_plain(value) and not (default and same(node, default))
                if plain and can_move(self.module, self.finding, item.statement, value, arguments):
                    arguments[name] = value
        return with_spec(arguments, self.spec, self.contract)

    def _landing(self, path: Path) -> str | None:
        name = self.contract.landings.get(path)
        if name is None and len(path) == 1:
            return keyword_of(path, self.contract, self.sure)
        return name

    def _already(self, path: Path, value: ast.expr) -> bool:
        """Say whether the factory gives this value without an argument."""
        return same(follow(self.contract.product, path), evaluate(value, self.context))

    def _wrong(self, olds: list[Mock], keep: Collection[int] = ()) -> list[int]:
        """Give the items that go and whose paths are not what they were, in one case or another."""
        going = [i for i in range(len(self.items)) if i not in keep]
        pairs = [(old, self._new_shape(old.fate)[0]) for old in olds] if going else []
        ends = [(i, self.items[i].path) for i in going]
        return [i for i, path in ends if any(not same_at(old, new, path) for old, new in pairs)]

    # differences

    def _remedy(self, path: Path) -> str:
        method = self.contract.method
        return remedy_at(path, method) if path else remedy_of_base(self.finding.kind, method)

    def _differ(
        self,
        path: Path,
        message: str,
        line: int | None,
        remedy: str | None = None,
        need: Need | None = None,
    ) -> None:
        self.fit.differ(Difference(spell(path), message, line, remedy), need)

    def _report_obstacles(self, obstacles: list[tuple[Item, Path, Node]]) -> None:
        for item, path, node in obstacles:
            line = item.statement.lineno if item.statement else None
            if isinstance(node, Opaque):
                text = f"{spell(path)} of {self.contract.method} cannot be read: {node.reason}"
                self._differ(path, text, line, f"set {spell(path)} in the test as a whole")
            else:
                self.fit.reason = (
                    f"{spell(item.path)} cannot be set: {self.contract.method} gives a plain value"
                    f" at {spell(path)}; make it a mock there, or set {spell(path)} as a whole"
                )
                self.fit.lacks += mock_at(self.fit.old, path)

    def _report_root(self, old: Mock, new: Node) -> None:
        if not isinstance(new, Mock):
            self.fit.reason = f"{self.contract.method} returns no mock"
            return
        line, method = self.finding.call.lineno, self.contract.method
        for note in new.otherwise:
            self._differ((), f"{note.text} (line {note.line} of {method}'s module)", line)
        widened = self.spec is not None and old.kind is not new.kind
        if widened or not same_kind(old.kind, new.kind):
            text = rebased(old.kind, new.kind, specced=new.spec is not None)
            need = Need(NeedKind.BASE, (), old.kind)
            self._differ((), text, line, remedy_of_base(self.finding.kind, method), need)
        if not same_spec(old, new):
            text = (
                "its spec is dropped: attributes that the class lacks are no error now"
                if old.spec
                else "the factory's product has a spec"
            )
            taken = self.contract.spec is not None
            lacks = Need(NeedKind.SPEC) if old.spec and not taken else None
            self._differ((), text, line, remedy_of_spec(method, taken=taken), lacks)
        if old.named:
            self._differ((), "its name= in messages is dropped", line, "leave the name= out")

    def _report_item(self, old: Mock, new: Node, item: Item) -> None:
        line = item.statement.lineno if item.statement else self.finding.call.lineno
        if item.setting.action is Action.SET_ON_TYPE and not self._is_property(item):
            text = "set on its type, where what the factory set stands before it"
            owner = follow(self.contract.product, item.path[:-1])
            if isinstance(owner, Mock) and item.path[-1] in owner.children:
                self._differ(item.path, text, line, "set it on the mock itself")
        for length in range(1, len(item.path)):
            path = item.path[:length]
            before, after = follow(old, path), follow(new, path)
            if isinstance(before, Mock) and isinstance(after, Mock):
                if not same_kind(before.kind, after.kind):
                    was, gives = describe(before), describe(after)
                    text = f"{spell(path)} was {was}, the factory gives {gives}"
                    need = need_at(old, new, path)
                    self._differ(path, text, line, remedy_at(path, self.contract.method), need)
        if item.setting.action is Action.SET:
            if found := notices(old, new, Touch(item.path, Operation.READ, line)):
                self._differ(*found, line, self._remedy(found[0]), need_at(old, new, found[0]))

    def _is_property(self, item: Item) -> bool:
        return creation_kind_of(item.setting.value, self.finding.scope) is Kind.PROPERTY
