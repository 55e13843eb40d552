"""Fit a block to a contract: choose the arguments, drop what is superfluous, list what differs."""

import ast
from collections.abc import Iterable

from ssot_migrate.block import Finding
from ssot_migrate.fit import Fit, Item
from ssot_migrate.model import Difference, Need, NeedKind
from ssot_migrate.module import Module
from ssot_migrate.moves import can_move
from ssot_migrate.names import Kind, creation_kind
from ssot_migrate.needs import asked, need_at
from ssot_migrate.reader import (
    NO_SETTINGS,
    Action,
    Context,
    Setting,
    configure,
    constructor,
    evaluate,
    path_of,
    read_creation,
)
from ssot_migrate.shape import (
    Contract,
    Mock,
    Node,
    Opaque,
    Path,
    Value,
    describe,
    follow,
    mapping_of,
    same,
    same_kind,
    same_spec,
    spell,
)
from ssot_migrate.touch import Operation, Touch, notices
from ssot_migrate.wording import rebased, remedy_at, remedy_of_base, unkeepable, written

#: Attributes that a mock's constructor, or ``configure_mock``, would take for something else.
_NO_KEYWORDS = frozenset(
    {"spec", "spec_set", "wraps", "name", "parent", "unsafe", "self", "new_callable"}
)


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
        self.items = self._items()

    def _items(self) -> list[Item]:
        items = [
            Item(Setting(path_of(name), value), None)
            for name, value in constructor(self.finding.call)
            if name not in NO_SETTINGS
        ]
        block = self.finding.block
        for statement, settings in block.settings if block else ():
            items += [Item(setting, statement) for setting in settings]
        return items

    def run(self, droppable: Iterable[ast.stmt], touches: Iterable[Touch]) -> Fit:
        """Find arguments and superfluous statements, then every difference that remains."""
        self.fit.reason = self._refusal()
        if self.fit.reason is None:
            old = self._old_shape()
            known = set(droppable)
            self._choose(old, known)
            self._gather(old, known)
            new, obstacles = self._new_shape()
            self.fit.items, self.fit.old, self.fit.new = self.items, old, new
            self._report_obstacles(obstacles)
            self._report(old, new, touches)
            if self.fit.added and not self._is_bound():
                names = ", ".join(written(path) for path, _ in self.fit.added)
                self.fit.reason = f"{names} would need a statement; bind the mock to a name first"
                self.fit.lacks += [
                    asked(p, v, self.module, self.context) for p, v in self.fit.added
                ]
        return self.fit

    def _is_bound(self) -> bool:
        """Say whether statements can follow that set something on the mock by its name."""
        return bool(self.finding.block and self.finding.block.roots)

    def _report(self, old: Mock, new: Node, touches: Iterable[Touch]) -> None:
        self._report_root(old, new)
        for item in self.items:
            self._report_item(old, new, item)
        for touch in touches:
            found = notices(old, new, touch)
            if found:
                path, message = found
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
        for name, value in constructor(self.finding.call):
            reason = unkeepable(name, value)
            if reason:
                return reason
        return None

    # the old shape and the new one

    def _old_shape(self) -> Mock:
        mock = read_creation(self.finding.call, self.finding.kind, self.context)
        mock.children.clear()
        for item in self.items:
            if configure(mock, item.setting, self.context):
                self.beyond.append(item)
        return mock

    def _new_shape(self) -> tuple[Node, list[tuple[Item, Path, Node]]]:
        arguments: dict[str, Node] = {
            name: evaluate(value, self.context) for name, value in self.fit.arguments.items()
        }
        for name, given in self.fit.mapping.items():
            pairs = {key: evaluate(value, self.context) for key, value in given.items()}
            arguments[name] = mapping_of({k: v for k, v in pairs.items() if isinstance(v, Value)})
        product = self.contract.instantiate(arguments)
        obstacles = []
        if isinstance(product, Mock):
            for item in self._kept():
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

    def _choose(self, old: Mock, droppable: set[ast.stmt]) -> None:
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
            new, _ = self._new_shape()
            wrong = [
                i for i in range(len(self.items)) if i not in keep and self._wrong(i, old, new)
            ]
            if not wrong:
                return
            keep.add(max(wrong, key=lambda i: (len(self.items[i].path), i)))

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

    def _gather(self, old: Mock, droppable: set[ast.stmt]) -> None:
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
                new, _ = self._new_shape()
                if not any(self._wrong(i, old, new) for i in range(len(self.items))):
                    return
                self.fit.mapping = {}
                self.fit.dropped, self.fit.added = before

    def _goes_into(self, item: Item, prefix: Path, droppable: set[ast.stmt]) -> bool:
        value, path = item.setting.value, item.path
        if value is None or item in self.beyond or item.setting.action is not Action.SET:
            return False
        plain = isinstance(evaluate(value, self.context), Value) and path[:-1] == prefix
        if not plain or not path[-1].isidentifier() or value.lineno != value.end_lineno:
            return False
        movable = can_move(self.module, self.finding, item.statement, value, self.fit.arguments)
        return movable and (item.statement is None or item.statement in droppable)

    def _arguments(self, going: list[Item]) -> dict[str, ast.expr]:
        arguments: dict[str, ast.expr] = {}
        defaults = {p.name: p.default for p in self.contract.parameters}
        for item in going:
            for path, value in self._leaves(item.path, item.setting.value):
                name = self._landing(path)
                if name is None or self._already(path, value):
                    continue
                default = defaults.get(name)
                node = evaluate(value, self.context)
                plain = isinstance(node, Value) and not (default and same(node, default))
                if plain and can_move(self.module, self.finding, item.statement, value, arguments):
                    arguments[name] = value
        return arguments

    def _landing(self, path: Path) -> str | None:
        name = self.contract.landings.get(path)
        if name is None and self.contract.open_keywords and len(path) == 1:
            taken = _NO_KEYWORDS | {parameter.name for parameter in self.contract.parameters}
            plain = path[0].isidentifier() and not path[0].startswith("_")
            return path[0] if plain and path[0] not in taken else None
        return name

    def _already(self, path: Path, value: ast.expr) -> bool:
        """Say whether the factory gives this value without an argument."""
        return same(follow(self.contract.product, path), evaluate(value, self.context))

    def _leaves(self, path: Path, value: ast.expr | None) -> list[tuple[Path, ast.expr]]:
        """Take ``m.execute = AsyncMock(return_value=x)`` apart into what it sets below."""
        if value is None:
            return []
        if not isinstance(value, ast.Call) or not creation_kind(value, self.finding.scope):
            return [(path, value)]
        leaves: list[tuple[Path, ast.expr]] = []
        for name, inner in constructor(value):
            if name in NO_SETTINGS:
                return []
            leaves += self._leaves((*path, *path_of(name)), inner)
        return leaves

    def _wrong(self, index: int, old: Mock, new: Node) -> bool:
        path = self.items[index].path
        return not same(follow(old, path), follow(new, path)) or self._strayed(old, new, path)

    def _strayed(self, old: Mock, new: Node, path: Path) -> bool:
        """Say whether something on the way to a path is no mock any more."""
        return any(
            not isinstance(follow(new, path[:length]), Mock)
            and isinstance(follow(old, path[:length]), Mock)
            for length in range(1, len(path))
        )

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
        difference = Difference(spell(path), message, line, remedy)
        known = {(d.path, d.message) for d in self.fit.differences}
        if (difference.path, difference.message) not in known:
            self.fit.differences.append(difference)
            if need:
                self.fit.needs[difference] = need

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
                wanted = follow(self.fit.old, path) if self.fit.old else node
                if isinstance(wanted, Mock):
                    self.fit.lacks.append(Need(NeedKind.ATTRIBUTE, path, wanted.kind))

    def _report_root(self, old: Mock, new: Node) -> None:
        if not isinstance(new, Mock):
            self.fit.reason = f"{self.contract.method} returns no mock"
            return
        for note in new.otherwise:
            text = f"{note.text} (line {note.line} of {self.contract.method}'s module)"
            self._differ((), text, self.finding.call.lineno)
        if not same_kind(old.kind, new.kind):
            text = rebased(old.kind, new.kind)
            self._differ(
                (),
                text,
                self.finding.call.lineno,
                remedy_of_base(self.finding.kind, self.contract.method),
                Need(NeedKind.BASE, (), old.kind),
            )
        if not same_spec(old, new):
            text = (
                "its spec is dropped: attributes that the class lacks are no error now"
                if old.spec
                else "the factory's product has a spec"
            )
            remedy = f"give {self.contract.method} a parameter that takes the spec"
            need = Need(NeedKind.SPEC) if old.spec else None
            self._differ((), text, self.finding.call.lineno, remedy, need)
        if old.named:
            text = "its name= in messages is dropped"
            self._differ((), text, self.finding.call.lineno, "leave the name= out")

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
                    text = (
                        f"{spell(path)} was {describe(before)}, the factory gives {describe(after)}"
                    )
                    need = need_at(old, new, path)
                    self._differ(path, text, line, remedy_at(path, self.contract.method), need)
        if item.setting.action is Action.SET:
            found = notices(old, new, Touch(item.path, Operation.READ, line))
            if found:
                self._differ(*found, line, self._remedy(found[0]), need_at(old, new, found[0]))

    def _is_property(self, item: Item) -> bool:
        value = item.setting.value
        kind = creation_kind(value, self.finding.scope) if isinstance(value, ast.Call) else None
        return kind is Kind.PROPERTY
