"""Say whether the code around a call waits for the error that the call ends in."""

import ast

from ssot_migrate.code.module import Module, dotted_root
from ssot_migrate.code.names import FunctionNode, walk

#: Calls around code that is expected to fail.
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "RaisesExc"})
_REFUSALS = frozenset({"AttributeError", "TypeError"})
_ANY_ERROR = _REFUSALS | {"Exception", "BaseException"}


def is_expected(module: Module, node: ast.AST) -> bool:
    """Say so of ``pytest.raises`` and its like, and of a ``try`` that names the error."""
    below = node
    for above in module.index.above(node):
        match above:
            case ast.With(items=items) | ast.AsyncWith(items=items):
                if any(_expects(item.context_expr) for item in items if item is not below):
                    return True
            case ast.Call() if _expects(above):
                return True
            case ast.Try(body=body, handlers=handlers) if any(s is below for s in body):
                types = [handler.type for handler in handlers if handler.type]
                if any(_REFUSALS & _named(one) for one in types):
                    return True
            case _ if isinstance(above, FunctionNode):
                return False
        below = above
    return False


def _expects(call: ast.expr) -> bool:
    """Say whether a call is one like ``pytest.raises(AttributeError)``."""
    if not isinstance(call, ast.Call) or (dotted_root(call.func) or ("",))[-1] not in _EXPECTING:
        return False
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return any(_ANY_ERROR & _named(argument) for argument in given)


def _named(expression: ast.expr) -> set[str]:
    """Name what an expression names, tuples and the ends of dotted names included."""
    return {getattr(node, "id", getattr(node, "attr", "")) for node in walk(expression)}
