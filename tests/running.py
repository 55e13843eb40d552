"""Run a test file's code, before and after a rewrite, with the real factory of samples."""

import asyncio
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support import SAMPLES

#: The sample's factory.
SAMPLE = SAMPLES / "test_framework/ssot/mock_factory.py"
_FACTORY = "test_framework.ssot.mock_factory"


def _load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(_FACTORY, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def real_factory(path: Path = SAMPLE) -> Iterator[None]:
    """Make a factory importable under the name that rewritten files use."""
    names = ("test_framework", "test_framework.ssot", _FACTORY)
    before = {name: sys.modules.get(name) for name in names}
    sys.modules |= {name: ModuleType(name) for name in names[:2]}
    sys.modules[_FACTORY] = _load(str(path))
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def run_tests(code: str, **given: object) -> list[str]:
    """Run every test function and method of a file, ``given`` are its globals; names what ran."""
    names: dict[str, Any] = {"__name__": "test_it", **given}
    exec(compile(code, "test_it.py", "exec"), names)  # noqa: S102 - it is what is tested
    ran = []
    for name, value in list(names.items()):
        if name.startswith("test") and inspect.isfunction(value):
            ran += [name] if _done(value, _fixtures(names, value)) else []
        elif name.startswith("Test") and inspect.isclass(value):
            ran += [f"{name}.{method}" for method in _methods(names, value)]
    return ran


def _methods(names: dict[str, Any], owner: type) -> Iterator[str]:
    for name, value in inspect.getmembers(owner, inspect.isfunction):
        if name.startswith("test"):
            instance = owner()
            for prepare in ("setUp", "setup_method", "asyncSetUp"):
                _done(getattr(instance, prepare, lambda: None), {})
            _done(getattr(instance, name), _fixtures(names, value))
            yield name


def _fixtures(names: dict[str, Any], function: Callable[..., object]) -> dict[str, Any]:
    """Call the fixtures that a function asks for, those of fixtures included."""
    wanted = [name for name in inspect.signature(function).parameters if name != "self"]
    found = {}
    for name in wanted:
        fixture = inspect.unwrap(names[name])
        value = fixture(**_fixtures(names, fixture))
        found[name] = next(value) if inspect.isgenerator(value) else value
    return found


def _done(function: Callable[..., object], arguments: dict[str, Any]) -> bool:
    result = function(**arguments)
    if inspect.iscoroutine(result):
        asyncio.run(result)
    return True
