"""Modules that are nearly named."""

from pathlib import Path

import pytest

from ssot_migrate.code.locate import find_module, nearest_module


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("tests.doubles.mock", "tests.doubles.mocks"),
        ("test.double.mocks", "tests.doubles.mocks"),
        ("tests.mocks", None),
        ("tests.doubles", "tests.doubles"),
        ("tests.empty", None),
        ("testz.doubles", "tests.doubles"),
        ("tests.doubles.mocks.deeper", None),
        ("other", None),
        ("tests.text", None),
    ],
)
def test_the_nearest_module(tmp_path: Path, name: str, nearest: str | None) -> None:
    for file in ("doubles/__init__.py", "doubles/mocks.py", "text.txt"):
        path = tmp_path / "src/tests" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "src/tests/empty").mkdir()
    roots = [str(tmp_path), str(tmp_path / "src"), str(tmp_path / "gone")]
    assert nearest_module(name, roots) == nearest
    assert nearest is None or find_module(nearest, roots)
