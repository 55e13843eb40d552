"""Change a factory's source with LibCST, so that its methods give more."""

import re
from collections.abc import Iterable, Sequence

import libcst as cst

from ssot_migrate.code.names import KINDS
from ssot_migrate.code.source import Source, SourceError, parse_text
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.frozen import Frozen
from ssot_migrate.growing.advice import Edit, Method
from ssot_migrate.growing.method_text import (
    Page,
    bare_name,
    method_text,
    parameter_name,
    signature,
    with_default,
)
from ssot_migrate.growing.method_tree import (
    GrowError,
    bound_to,
    is_constant,
    is_creation,
    is_literal,
    is_static,
    manner_of,
    mock_names,
    product_of,
    replaced,
    sets_mock,
    sets_on,
    with_body,
)
from ssot_migrate.model import Need, NeedKind
from ssot_migrate.rewriting.import_members import with_member
from ssot_migrate.shapes.shape import CALL, Opaque, Path
from ssot_migrate.shapes.wording import written

_MOCKS = "unittest.mock"
#: How a preset starts that is a mock.
_PRESET = re.compile(r"\A(" + "|".join(KINDS) + r")\(")
_KEYWORDS = "attributes"


class FactoryFile(Frozen):
    """A factory's source, and how it is laid out."""

    source: Source
    class_name: str
    line_length: int


def grow(text: str, file: FactoryFile, edits: Sequence[Edit]) -> str:
    """Give the factory's text with these edits. Raises GrowError."""
    try:
        editor = _Editor(text, file)
        for edit in edits:
            editor.carry_out(edit)
        text = editor.text()
        _check(text, file, edits)
    except (cst.ParserSyntaxError, SourceError, RecursionError) as error:
        raise GrowError(f"its source cannot be changed: {error}") from error
    return text


def _check(text: str, file: FactoryFile, edits: Sequence[Edit]) -> None:
    """See that the contracts can be read from the new source."""
    factory = Factory("", file.class_name, parse_text(text))
    for method in {edit.method for edit in edits}:
        contract = factory.contract(method)
        if contract is None or isinstance(contract.product, Opaque):
            raise GrowError(f"{method} could not be read any more")


class _Editor:
    """Carries out edits, one after the other."""

    def __init__(self, text: str, file: FactoryFile) -> None:
        self.file = file
        self.method = ""
        self.module = cst.parse_module(text)
        self.page = Page(self.module.default_indent, file.line_length)
        self.imported = mock_names(parse_text(text))
        #: Classes of mock that the new source names and the old one does not import.
        self.missing: set[str] = set()

    def carry_out(self, edit: Edit) -> None:
        """Change the tree. Raises GrowError."""
        self.method = edit.method
        if edit.new:
            self._add_method(edit.new)
        else:
            owner, function = self._function()
            self._put(owner, function, self._changed(function, edit.need))

    def text(self) -> str:
        """Give the new source, with what it needs imported."""
        for name in sorted(self.missing):
            self._import(name)
        return self.module.code

    def _changed(self, function: cst.FunctionDef, need: Need) -> cst.FunctionDef:
        match need.kind:
            case NeedKind.BASE:
                return self._base(function, need)
            case NeedKind.SPEC:
                return self._spec(function)
            case NeedKind.ATTRIBUTE:
                return self._attribute(function, need)
            case NeedKind.PRESET:
                return self._preset(function, need)
            case NeedKind.PARAMETER:
                return self._parameter(function, need)
        return self._keywords(function)

    # what there is

    def _classes(self) -> list[cst.ClassDef]:
        found = [node for node in self.module.body if isinstance(node, cst.ClassDef)]
        return sorted(found, key=lambda node: node.name.value != self.file.class_name)

    def _function(self) -> tuple[cst.ClassDef, cst.FunctionDef]:
        for owner in self._classes():
            for node in owner.body.body:
                if isinstance(node, cst.FunctionDef) and node.name.value == self.method:
                    return owner, node
        raise GrowError(f"{self.method} is not defined in the factory's own file")

    def _put(self, owner: cst.ClassDef, old: cst.FunctionDef, new: cst.FunctionDef) -> None:
        body = [new if node is old else node for node in owner.body.body]
        self._replace(owner, with_body(owner, body))

    def _replace(self, old: cst.CSTNode, new: cst.CSTNode) -> None:
        """Replace a statement of the module."""
        body = [new if node is old else node for node in self.module.body]
        self.module = self.module.with_changes(body=body)

    def _code(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node)

    # what is written

    def mock(self, kind: str) -> str:
        """Name a class of mock as this module does; one that is unknown will be imported."""
        if kind not in self.imported:
            self.missing.add(kind)
        return self.imported.get(kind, kind)

    def value(self, text: str) -> str:
        """Give a preset's source as this module names the classes of mocks."""
        return _PRESET.sub(lambda match: f"{self.mock(match[1])}(", text)

    def statement(self, text: str) -> cst.BaseStatement:
        """Read a statement of a method, broken over lines where it is too long."""
        laid = "\n".join(self.page.laid_out(text))
        return cst.parse_statement(laid, config=self.module.config_for_parsing)

    # the product

    def _base(self, function: cst.FunctionDef, need: Need) -> cst.FunctionDef:
        """Build on another class of mock."""
        creation = self._creation(function)
        new = cst.parse_expression(self.mock(need.value or ""))
        note, old = function.returns, self._code(creation.func)
        function = replaced(function, creation, creation.with_changes(func=new))
        if note and self._code(note.annotation) == old:
            function = function.with_changes(returns=note.with_changes(annotation=new))
        return function

    def _spec(self, function: cst.FunctionDef) -> cst.FunctionDef:
        """Take the spec of the product."""
        creation = self._creation(function)
        blank = cst.SimpleWhitespace("")
        equal = cst.AssignEqual(whitespace_before=blank, whitespace_after=blank)
        argument = cst.Arg(cst.Name("spec"), keyword=cst.Name("spec"), equal=equal)
        function = replaced(
            function, creation, creation.with_changes(args=[*creation.args, argument])
        )
        return self._with_parameter(function, "spec=None")

    def _creation(self, function: cst.FunctionDef) -> cst.Call:
        """Find the call that creates the product."""
        name = product_of(function)
        for statement in function.body.body:
            value = bound_to(statement, name)
            if isinstance(value, cst.Call) and is_creation(value):
                return value
        raise GrowError(f"{self.method} does not create its product itself")

    # what the product has

    def _attribute(self, function: cst.FunctionDef, need: Need) -> cst.FunctionDef:
        """Give the product a mock of some class."""
        kind = self.mock(need.value or "")
        there = self._setting(function, need.path)
        if there is None:
            return self._set(function, need.path, f"{kind}()", mock=True)
        if isinstance(there, cst.Call) and is_creation(there):
            return replaced(function, there, there.with_changes(func=cst.parse_expression(kind)))
        if not is_literal(self._code(there)):
            raise GrowError(f"{written(need.path)} is set in a way that has to be rewritten")
        preset = cst.parse_expression(f"{kind}(return_value={self._code(there)})")
        return replaced(function, there, preset)

    def _preset(self, function: cst.FunctionDef, need: Need) -> cst.FunctionDef:
        """Give the product a value."""
        if self._setting(function, need.path) is not None:
            raise GrowError(f"{written(need.path)} has a value that other callers may rely on")
        text = self.value(need.value or "")
        return self._set(function, need.path, text, mock=bool(_PRESET.match(need.value or "")))

    def _parameter(self, function: cst.FunctionDef, need: Need) -> cst.FunctionDef:
        """Let callers choose a value; what it is now becomes the default."""
        name = parameter_name(need.path)
        there = self._setting(function, need.path)
        default = self._code(there) if there else ""
        if there is None or not is_constant(default):
            raise GrowError(f"{written(need.path)} is no constant that could be a default")
        function = replaced(function, there, cst.Name(name))
        anything = manner_of([function]).anything
        return self._with_parameter(function, with_default(name, default, anything))

    def _keywords(self, function: cst.FunctionDef) -> cst.FunctionDef:
        """Configure the product by all further keyword arguments."""
        if function.params.star_kwarg:
            raise GrowError(f"{self.method} has ** parameters of its own")
        name = product_of(function)
        text = f"{name}.configure_mock(**{_KEYWORDS})"
        body = list(function.body.body)
        body.insert(len(body) - 1, self.statement(text))
        function = with_body(function, body)
        return self._with_parameter(function, f"**{_KEYWORDS}")

    def _setting(self, function: cst.FunctionDef, path: Path) -> cst.BaseExpression | None:
        """Find the value that a method sets at a path."""
        target = f"{product_of(function)}.{written(path)}"
        values = (bound_to(statement, target) for statement in function.body.body)
        return next((value for value in values if value), None)

    def _set(
        self, function: cst.FunctionDef, path: Path, text: str, *, mock: bool
    ) -> cst.FunctionDef:
        """Put a statement behind those that are like it."""
        name = product_of(function)
        if any(not step.isidentifier() and step != CALL for step in path):
            raise GrowError(f"{written(path)} cannot be written as an attribute")
        new = self.statement(f"{name}.{written(path)} = {text}")
        body = list(function.body.body)
        own = [i for i, node in enumerate(body) if sets_on(node, name)]
        like = [i for i in own if sets_mock(body[i]) is mock]
        made = [i for i, node in enumerate(body) if bound_to(node, name)]
        place = max(like or own or made, default=None)
        if place is None:
            raise GrowError(f"{self.method} does not bind its product where it starts")
        body.insert(place + 1, new)
        return with_body(function, body)

    # the signature

    def _with_parameter(self, function: cst.FunctionDef, text: str) -> cst.FunctionDef:
        """Add a parameter: beside those that are like it, else keyword-only; or one with ``**``."""
        parts = self._parameters(function.params)
        names = [bare_name(part) for part in parts]
        if bare_name(text) in names:
            raise GrowError(f"{self.method} has a parameter of that name already")
        keyword_only = any(part.startswith("*") and part[:2] != "**" for part in parts)
        marker = [] if keyword_only or text.startswith("**") else ["*"]
        place = len(parts) - int(bool(parts) and parts[-1].startswith("**"))
        if text[:2] != "**" and "*" in parts and names[parts.index("*") + 1] == "spec":
            place = parts.index("*") + int(not function.params.params)
        parts[place:place] = [*marker, text]
        exploded = self._code(function.params).rstrip()[-1:] == ","
        returns = self._code(function.returns.annotation) if function.returns else ""
        head = cst.parse_statement(
            signature(function.name.value, parts, self.page, exploded=exploded, returns=returns)
            + " pass",
            config=self.module.config_for_parsing,
        )
        if not isinstance(head, cst.FunctionDef):
            raise GrowError(f"the signature of {self.method} cannot be written")
        return function.with_changes(
            params=head.params, whitespace_before_params=head.whitespace_before_params
        )

    def _parameters(self, params: cst.Parameters) -> list[str]:
        if "#" in self._code(params):
            raise GrowError(f"a comment stands in the signature of {self.method}")
        none = cst.MaybeSentinel.DEFAULT
        parts: list[str] = []

        def add(nodes: Iterable[cst.Param], star: str = "") -> None:
            parts.extend(self._code(n.with_changes(comma=none, star=star)).strip() for n in nodes)

        add(params.posonly_params)
        parts.extend(["/"] if params.posonly_params else [])
        add(params.params)
        if isinstance(params.star_arg, cst.Param):
            add([params.star_arg], "*")
        elif isinstance(params.star_arg, cst.ParamStar):
            parts.append("*")
        add(params.kwonly_params)
        add([params.star_kwarg] if params.star_kwarg else [], "**")
        return parts

    # whole methods

    def _add_method(self, method: Method) -> None:
        owner = next(iter(self._classes()), None)
        if owner is None or owner.name.value != self.file.class_name:
            raise GrowError(f"{self.file.class_name} is not defined in the factory's own file")
        body = list(owner.body.body)
        like = [i for i, node in enumerate(body) if is_static(node)]
        manner = manner_of([node for node in body if is_static(node)])
        own = [parameter_name(parameter.path) for parameter in method.parameters]
        if hidden := {method.name, *own} & manner.taken:
            raise GrowError(f"{self.method} needs {min(hidden)} for something else")
        text = method_text(self.method, method, self.page, self.value, manner)
        new = cst.parse_statement(text, config=self.module.config_for_parsing)
        place = max(like, default=len(body) - 1) + 1
        body.insert(place, new.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
        self._replace(owner, with_body(owner, body))

    def _import(self, name: str) -> None:
        """Import a class of mock beside the others."""
        for statement in self.module.body:
            if not isinstance(statement, cst.SimpleStatementLine):
                continue
            found = statement.body[0]
            if isinstance(found, cst.ImportFrom) and found.module:
                if self._code(found.module) == _MOCKS:
                    new = with_member(self._code(found) + "\n", name, self.file.line_length)
                    line = cst.parse_statement(new)
                    if isinstance(line, cst.SimpleStatementLine):
                        self._replace(statement, statement.with_changes(body=line.body))
                        return
        raise GrowError(f"{name} is not imported there")
