"""Where everything stands in a file, against a plain walk over real files."""

import argparse
import ast
import asyncio.tasks
import dataclasses
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest

from ssot_migrate.code.index import Index
from ssot_migrate.code.source import parse
from ssot_migrate.code.units import Units
from ssot_migrate.code.uses import Root, dotted_root


@pytest.mark.parametrize("module", [argparse, asyncio.tasks, dataclasses])
def test_the_uses_of_a_name_are_those_of_a_plain_walk(module: ModuleType) -> None:
    source = parse(Path(str(module.__file__)).read_bytes())
    index = Index(source.tree, Units(source))
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    found = [node for node in ast.walk(source.tree) if isinstance(node, scopes)]
    assert len(found) > 40
    for scope in found:
        for root, expected in _uses(scope).items():
            assert sorted(map(id, index.uses(root, scope))) == sorted(map(id, expected))


def _uses(scope: ast.AST) -> dict[Root, set[ast.AST]]:
    uses = defaultdict[Root, set[ast.AST]](set)
    for node in ast.walk(scope):
        if isinstance(node, ast.Name | ast.Attribute):
            root = dotted_root(node)
            if root:
                uses[root].add(node)
    return uses
