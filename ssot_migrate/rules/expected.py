"""Say whether the code around a call waits for the error that the call ends in."""

import ast

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import FunctionNode, walk
from ssot_migrate.code.uses import dotted_root

#: Calls around code that is expected to fail.
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "RaisesExc"})
_REFUSALS = frozenset({"AttributeError", "TypeError"})
_ANY_ERROR = _REFUSALS | {"Exception", "BaseException"}
_TEXTS = frozenset({"match", "expected_regex"})
#: What Python says of a call that it refuses has one of these words, or the name of the method.
_REFUSING = ("attribute", "argument", "positional", "keyword", "required", "await", "context")


def is_expected(module: Module, node: ast.Attribute) -> bool:
    """Say so of ``pytest.raises`` and its like, and of a ``try`` that names the error.

    Where the error's text is given it has to be one of Python's, or ours would be another error.
    """
    below: ast.AST = node
    for above in module.index.above(node):
        match above:
            case ast.With(items=items) | ast.AsyncWith(items=items):
                if any(
                    _expects(item.context_expr, node.attr) for item in items if item is not below
                ):
                    return True
            case ast.Call() if _expects(above, node.attr):
                return True
            case ast.Try(body=body, handlers=handlers) if any(s is below for s in body):
                types = [handler.type for handler in handlers if handler.type]
                if any(_REFUSALS & _named(one) for one in types):
                    return True
            case _ if isinstance(above, FunctionNode):
                return False
        below = above
    return False


def _expects(call: ast.expr, name: str) -> bool:
    """Say whether a call is one like ``pytest.raises(AttributeError)``."""
    way = (dotted_root(call.func) or ("",))[-1] if isinstance(call, ast.Call) else ""
    if not isinstance(call, ast.Call) or way not in _EXPECTING:
        return False
    texts = [keyword.value for keyword in call.keywords if keyword.arg in _TEXTS]
    texts += call.args[1:2] if way == "assertRaisesRegex" else []
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    told = all(_may_be(text, name) for text in texts)
    return told and any(_ANY_ERROR & _named(argument) for argument in given)


def _may_be(text: ast.expr, name: str) -> bool:
    """Say whether a text may be found in what Python says of a method of a name."""
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return True
    return any(word in text.value for word in (*_REFUSING, name))


def _named(expression: ast.expr) -> set[str]:
    """Name what an expression names, tuples and the ends of dotted names included."""
    return {getattr(node, "id", getattr(node, "attr", "")) for node in walk(expression)}
