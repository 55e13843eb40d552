"""What a team would write with LibCST alone: a plain transformer, and LibCST's import visitors.

``python -m libcst.tool codemod -x benchmarks.codemod.UseFactory PATHS``. It goes by names: what is
assigned from a call of a mock class and is named after a family comes from the factory instead. It
keeps nothing that configures the mock, compares nothing and verifies nothing.
"""

import re

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor

MODULE, FACTORY = "test_framework.ssot.mock_factory", "SSotMockFactory"
MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock"})
#: The factory's method by a word of the variable's name.
METHODS = {
    "agent": "create_agent_mock",
    "client": "create_llm_client_mock",
    "config": "create_configuration_mock",
    "context": "create_execution_context_mock",
    "db": "create_database_session_mock",
    "llm": "create_llm_client_mock",
    "model": "create_llm_client_mock",
    "session": "create_database_session_mock",
    "tool": "create_tool_mock",
    "websocket": "create_websocket_mock",
    "ws": "create_websocket_mock",
}
#: An assignment that the transformer replaces.
_ASSIGNED = re.compile(rf"^ *(?:\w+\.)*(\w+) = (?:{'|'.join(MOCKS)})\(", re.MULTILINE)


class UseFactory(VisitorBasedCodemodCommand):
    """Replace mocks that are named after a family by calls of the factory."""

    DESCRIPTION = __doc__ or ""

    def leave_Assign(  # noqa: N802 - LibCST finds it by this name
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.Assign:
        """Replace what is assigned, and ask for the import that it needs."""
        method = _method(original_node.targets[0].target)
        value = original_node.value
        if method is None or not isinstance(value, cst.Call):
            return updated_node
        if not isinstance(value.func, cst.Name) or value.func.value not in MOCKS:
            return updated_node
        AddImportsVisitor.add_needed_import(self.context, MODULE, FACTORY)
        RemoveImportsVisitor.remove_unused_import(self.context, "unittest.mock", value.func.value)
        return updated_node.with_changes(
            value=cst.Call(cst.Attribute(cst.Name(FACTORY), cst.Name(method)))
        )


def _method(target: cst.BaseAssignTargetExpression) -> str | None:
    """Give the method for a name, or for the last name of an attribute."""
    name = target.attr if isinstance(target, cst.Attribute) else target
    if not isinstance(name, cst.Name):
        return None
    return method_of(name.value)


def method_of(name: str) -> str | None:
    """Give the method for a name that has a family's word."""
    return next((METHODS[word] for word in name.split("_") if word in METHODS), None)


def edits(code: str) -> bool:
    """Tell whether the transformer has something to replace, without parsing."""
    return any(method_of(found[1]) for found in _ASSIGNED.finditer(code))
