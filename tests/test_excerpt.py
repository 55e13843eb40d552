"""Statements that say the same where they stand alone."""

import ast
from textwrap import dedent

import pytest

from ssot_migrate.code.module import Module
from ssot_migrate.code.source import parse
from ssot_migrate.proposing.excerpt import excerpt


def cut(code: str, *lines: int) -> str:
    """Cut out the statements that begin on these lines."""
    module = Module("test_it.py", parse(dedent(code).lstrip("\n").encode()), [])
    found = [n for n in ast.walk(module.tree) if isinstance(n, ast.stmt) and n.lineno in lines]
    text = excerpt(module, [n for n in found if not hasattr(n, "body")])
    ast.parse(text)
    return text


def test_a_function() -> None:
    code = """
    import os, sys
    import unittest.mock as um
    from a import b as c, d
    from . import e


    async def test_it(self, c, /, x, *, y=1):
        first(c, y)
        with x:
            m = um.Mock(  # a comment
                spec=d,
            )
        m.a = 1; m.b = e
        sys.exit()
    """
    assert cut(code, 10, 13) == dedent(
        """\
        import unittest.mock as um
        from . import e
        from a import d


        async def test_it(self):
            m = um.Mock(  # a comment
                spec=d,
            )
            m.a = 1
            m.b = e
        """
    )
    assert (
        cut(code, 8)
        == "from a import b as c\n\n\nasync def test_it(self, c, y):\n    first(c, y)\n"
    )


def test_a_method_keeps_its_class() -> None:
    code = """
    class TestIt(Base):
        def setUp(self):
            self.m = Mock()
    """
    assert cut(code, 3) == "class TestIt:\n    def setUp(self):\n        self.m = Mock()\n"


def test_a_fixture_stays_one() -> None:
    code = """
    import pytest

    @pytest.fixture(autouse=True)
    @other
    def queue():
        m = Mock()
        return m

    @other
    def test_it():
        m = Mock()
    """
    assert cut(code, 6, 7) == dedent(
        """\
        import pytest


        @pytest.fixture(autouse=True)
        @other
        def queue():
            m = Mock()
            return m
        """
    )
    assert cut(code, 11) == "def test_it():\n    m = Mock()\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_module(newline: str) -> None:
    code = newline.join(["from a import b", "if x:", "    m = [", "        b]"])
    assert cut(code, 3) == "from a import b\n\n\nm = [\n    b]\n"


def test_text_of_several_lines_stays_code() -> None:
    code = '''
    def test_it():
        m = Mock(return_value="""
    not indented
    """)
    '''
    assert ast.parse(cut(code, 2))
