"""Take names out of one import statement, or put one in; its layout and comments are kept."""

from collections.abc import Sequence

import libcst as cst

from ssot_migrate.code.layout import indent_of
from ssot_migrate.rewriting.import_order import member_key

_Comma = cst.Comma | cst.MaybeSentinel


def without(text: str, names: set[str]) -> str:
    """Take the names that ``names`` holds out of an import; one at least must stay."""
    header = "if 1:\n" if indent_of(text) else ""
    module = cst.parse_module(header + text)
    return module.visit(_TakeOut(names)).code[len(header) :]


def with_member(text: str, name: str, line_length: int) -> str:
    """Put a name into ``from … import …``, on several lines where one is too short."""
    module = cst.parse_module(text)
    flat = module.visit(_PutIn(name)).code
    if "\n" in text.rstrip() or "#" in text or len(flat.rstrip()) <= line_length:
        return flat
    return module.visit(_PutIn(name, spread=True)).code


def bound_name(alias: cst.ImportAlias) -> str:
    """Give the name that an alias binds."""
    if alias.asname and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return alias.evaluated_name.partition(".")[0]


class _TakeOut(cst.CSTTransformer):
    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def leave_ImportFrom(  # noqa: N802 - LibCST's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        aliases = _aliases(updated_node)
        new = updated_node.with_changes(
            names=self._kept(aliases, bracketed=bool(original_node.lpar))
        )
        code = cst.Module([]).code_for_node
        if original_node.lpar and "\n" in code(original_node) and "\n" not in code(new):
            return new.with_changes(lpar=None, rpar=None)
        return new

    def leave_Import(  # noqa: N802 - LibCST's name
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import:
        return updated_node.with_changes(names=self._kept(original_node.names, bracketed=False))

    def _kept(
        self, aliases: Sequence[cst.ImportAlias], *, bracketed: bool
    ) -> list[cst.ImportAlias]:
        kept = [alias for alias in aliases if bound_name(alias) not in self.names]
        if kept[-1] is not aliases[-1]:
            none = cst.MaybeSentinel.DEFAULT
            comma = _ending(kept[-1].comma, aliases[-1].comma) if bracketed else none
            kept[-1] = kept[-1].with_changes(comma=comma)
        return kept


class _PutIn(cst.CSTTransformer):
    def __init__(self, name: str, *, spread: bool = False) -> None:
        super().__init__()
        self.name = name
        self.spread = spread

    def leave_ImportFrom(  # noqa: N802 - LibCST's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        names = _aliases(updated_node)
        key = member_key(self.name)
        following = (i for i, a in enumerate(names) if member_key(a.evaluated_name) > key)
        place = next(following, len(names))
        new = cst.ImportAlias(cst.Name(self.name))
        if self.spread:
            return _spread(updated_node, [*names[:place], new, *names[place:]])
        between = _between(original_node, names)
        if place < len(names):
            names.insert(place, new.with_changes(comma=between))
        else:
            last = names[-1].comma
            names[-1] = names[-1].with_changes(comma=_with_comment_of(between, last))
            names.append(new.with_changes(comma=_with_comment_of(last, None)))
        return updated_node.with_changes(names=names)


def _aliases(statement: cst.ImportFrom) -> list[cst.ImportAlias]:
    """List what an import names; one with a star is never given to this module."""
    return [] if isinstance(statement.names, cst.ImportStar) else list(statement.names)


def _lines_of(comma: _Comma) -> cst.ParenthesizedWhitespace | None:
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    return space if isinstance(space, cst.ParenthesizedWhitespace) else None


def _with_comment_of(comma: _Comma, other: _Comma | None) -> _Comma:
    """Give a comma that ends a line the comment of another one, or none."""
    space, others = _lines_of(comma), _lines_of(other) if other else None
    if space is None or not isinstance(comma, cst.Comma):
        return comma
    first = others.first_line if others else cst.TrailingWhitespace()
    return comma.with_changes(whitespace_after=space.with_changes(first_line=first))


def _ending(own: _Comma, last: _Comma) -> _Comma:
    """Give the comma of a name that has become the last one."""
    lines = _lines_of(own)
    if lines and _lines_of(last):
        return _with_comment_of(last, own)
    return own if lines and lines.first_line.comment else last


def _between(statement: cst.ImportFrom, names: list[cst.ImportAlias]) -> cst.Comma:
    """Make a comma like those that stand between the names."""
    if len(names) > 1 and isinstance(names[0].comma, cst.Comma):
        comma = _with_comment_of(names[0].comma, None)
        return comma if isinstance(comma, cst.Comma) else cst.Comma()
    space = statement.lpar.whitespace_after if statement.lpar else None
    if isinstance(space, cst.ParenthesizedWhitespace):
        return cst.Comma(
            whitespace_after=cst.ParenthesizedWhitespace(indent=True, last_line=space.last_line)
        )
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _spread(statement: cst.ImportFrom, names: list[cst.ImportAlias]) -> cst.ImportFrom:
    """Put each name on a line of its own."""
    inside = cst.ParenthesizedWhitespace(last_line=cst.SimpleWhitespace("    "))
    ends = [inside] * (len(names) - 1) + [cst.ParenthesizedWhitespace()]
    return statement.with_changes(
        lpar=cst.LeftParen(whitespace_after=inside),
        rpar=cst.RightParen(),
        names=[
            name.with_changes(comma=cst.Comma(whitespace_after=end))
            for name, end in zip(names, ends, strict=True)
        ],
    )
