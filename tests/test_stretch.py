"""Where a fix shows."""

from textwrap import dedent

from ssot_migrate.code.source import Source, parse
from ssot_migrate.reviewing.stretch import Stretch, find_stretch, outside


def source(code: str) -> Source:
    return parse(dedent(code).lstrip("\n").encode())


BEFORE = """
    from unittest.mock import Mock
    import x


    def test_it():
        a = 1
        ws = Mock()
        ws.b = 2

        ws.c = 3
        d = 4
"""


def test_imports_do_not_count() -> None:
    after = source("""
        import x
        from y import make


        def test_it():
            a = 1
            ws = make(
                b=2,

                c=3,
            )
            d = 4
    """)
    # Whole statements, though their last line is as one was before.
    assert find_stretch(source(BEFORE), after) == Stretch(range(6, 10), range(6, 11))


def test_a_statement_is_shown_whole() -> None:
    before = source("x = call(\n    Mock(),\n    1,\n)\ny = 2\n")
    after = source("x = call(\n    make(),\n    1,\n)\ny = 2\n")
    assert find_stretch(before, after) == Stretch(range(4), range(4))


def test_a_case_is_not_its_whole_match() -> None:
    before = source("match x:\n    case 1:\n        a = Mock()\n    case _:\n        b = 2\n")
    after = source("match x:\n    case 1:\n        a = make()\n    case _:\n        b = 2\n")
    assert find_stretch(before, after) == Stretch(range(2, 3), range(2, 3))


def test_imports_alone_are_nowhere() -> None:
    assert find_stretch(source("import a\nx = 1\n"), source("x = 1\n")) is None
    assert find_stretch(source("x = 1\n"), source("x = 1\n")) is None


def test_what_is_outside() -> None:
    tree = source("import q\ndef f():\n    x = 1\n    y = 2\nclass A:\n    z = 3\nx = 4\n").tree
    scopes = [scope for scope, _ in outside(tree, [range(3, 4), range(6, 7)])]
    assert sorted(scopes) == [("A",), ("f",)]
