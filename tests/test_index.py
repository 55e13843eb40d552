"""Where everything stands in a file, against a plain walk over real files."""

import argparse
import ast
import asyncio.tasks
import csv
import dataclasses
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest

from ssot_migrate.code.abridge import Focus, abridged
from ssot_migrate.code.index import Index
from ssot_migrate.code.names import parameters
from ssot_migrate.code.source import decode, parse
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


@pytest.mark.parametrize("module", [argparse, asyncio.tasks, csv, dataclasses])
def test_what_is_left_out_is_found_by_its_names(module: ModuleType) -> None:
    data = Path(str(module.__file__)).read_bytes()
    expected = defaultdict[tuple[str, str], set[int]](set)
    for node in ast.walk(parse(data).tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                expected["def", node.name].add(node.lineno)
                for parameter in parameters(node):
                    expected["parameter", parameter.arg].add(node.lineno)
            case ast.ClassDef():
                expected["class", node.name].add(node.lineno)
    for (what, name), lines in expected.items():
        # Anew for each: nothing may depend on what was asked, and so parsed, before.
        short = abridged(decode(data), Focus(()))
        assert short is not None
        index = Index(short.tree, Units(short))
        ask = {"def": index.functions, "class": index.classes_called}
        found = ask.get(what, index.functions_taking)(name)
        assert sorted(node.lineno for node in found) == sorted(lines)


def _uses(scope: ast.AST) -> dict[Root, set[ast.AST]]:
    uses = defaultdict[Root, set[ast.AST]](set)
    for node in ast.walk(scope):
        if isinstance(node, ast.Name | ast.Attribute):
            root = dotted_root(node)
            if root:
                uses[root].add(node)
    return uses
