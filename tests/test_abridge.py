"""Leaving out what nobody asks for loses nothing: put back, it is the tree of the whole file."""

import ast
import sysconfig
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.code.abridge import Focus, abridged, read
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import Source, SourceError, decode, parse, parsed

STDLIB = Path(sysconfig.get_path("stdlib"))
#: Files of Python itself, of every sort; the largest take long.
FILES = [
    path
    for folder in (
        STDLIB,
        STDLIB / "asyncio",
        STDLIB / "email",
        STDLIB / "json",
        STDLIB / "unittest",
    )
    for path in sorted(folder.glob("*.py"))
    if path.stat().st_size < 60_000
]


def source(code: str) -> Source:
    return decode(dedent(code).lstrip("\n").encode())


def short(code: str, *lines: int, words: tuple[str, ...] = ()) -> Source | None:
    return abridged(source(code), Focus(lines, frozenset(words)))


def dump(tree: ast.AST) -> str:
    return ast.dump(tree, include_attributes=True)


def names(found: Source | None) -> list[str]:
    assert found
    return [one.text.split("(")[0].split()[-1] for one in found.omitted.values()]


TWO = '''
    import os

    class TestIt:
        size = 1

        def test_one(self):
            """One."""
            return os.name

        async def test_two(
            self,
            ws=None,
        ) -> None:
            assert ws, f"{ws!r}"

    def helper(x):
        return x
'''


def test_functions_without_the_lines_are_left_out() -> None:
    assert names(short(TWO, 8)) == ["test_two", "helper"]
    assert names(short(TWO, 14)) == ["test_one", "helper"]
    assert names(short(TWO)) == ["test_one", "test_two", "helper"]


def test_functions_with_a_word_stay() -> None:
    assert names(short(TWO, words=("ws",))) == ["test_one", "helper"]


def test_what_is_left_keeps_its_lines() -> None:
    found = short(TWO, 17)
    assert found
    assert [node.lineno for node in ast.walk(found.tree) if isinstance(node, ast.Return)] == [17]
    assert [one.lineno for one in found.tree.body] == [1, 3, 16]


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n\treturn 1\n",
        "def f():\n    pass\n\x0c\ndef g():\n    pass\n",
        "def f():\r    return 1\r",
        'def f():\n    return """unclosed\n',
        "def f():\n    x = (\n1,\n2)\n    return x\n",
        "x = 1\n" * 100 + "def f(): pass\n",
    ],
    ids=["tabs", "form feed", "lone CR", "open string", "deeper brackets", "little to leave out"],
)
def test_what_is_uncertain_or_does_not_pay_is_parsed_whole(code: str) -> None:
    assert abridged(decode(code.encode()), Focus(())) is None


def test_strings_and_continued_lines_end_no_function() -> None:
    code = '''
        def first():
            text = """
        def inner():
            pass
        """
            return text, 1 + \\
        2

        # a comment

            # deeper
        def last(): return ''
    '''
    assert names(short(code)) == ["first", "last"]
    found = short(code, 12)
    assert found
    assert names(found) == ["first"]
    assert next(iter(found.omitted.values())).last >= 7


def test_decorators_stay_with_their_lines() -> None:
    code = """
        @pytest.fixture(name="ws")
        def _ws(plain):
            return plain

        @patch(
            "x.y",
        )
        def test_it(y):
            assert y

        def other():
            return 1
    """
    assert names(short(code, 6)) == ["other"]


def test_a_function_that_is_no_python_is_told() -> None:
    code = "def f():\n    return 1\n\ndef g():\n    x = = 2\n    y = 1\n"
    whole = decode(code.encode())

    def ask(one: Source) -> int:
        return len(Module("x.py", one, []).index.names("y"))

    with pytest.raises(SourceError, match="line 5"):
        read(whole, Focus((1,)), ask)
    assert read(whole, Focus((1,)), lambda one: len(one.tree.body)) == 2


def test_all_is_there_when_it_is_asked_for() -> None:
    module = Module("x.py", short(TWO) or parse(b""), [])
    assert [node.lineno for node in module.index.names("ws")] == [14, 14]
    helper = module.index.functions("helper")[0]
    assert [argument.arg for argument in helper.args.args] == ["x"]
    assert module.index.function(module.index.names("x")[0]) is helper
    assert module.index.class_of(module.index.names("ws")[0]) is module.tree.body[1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_put_back_it_is_the_whole_tree(path: Path) -> None:
    whole = decode(path.read_bytes())
    for line in (1, len(whole.lines) // 2):
        found = abridged(whole, Focus((line,)))
        if found:
            module = Module("x.py", found, [])
            module.units.parsed(module.units.all)
            assert dump(found.tree) == dump(parsed(decode(path.read_bytes())).tree)


LINES = st.sampled_from(
    [
        "x = 1",
        "def f(a, b=2):",
        "    def g(self):",
        "    async def h(self, *args):",
        "class C:",
        "    @decorated",
        "@decorated(name='x')",
        "    return a",
        "        return b",
        "        x = '''",
        "'''",
        '    """Text."""',
        '"""',
        "",
        "    # comment",
        "# comment",
        "    if x:",
        "        y = (1,",
        "    2)",
        ")",
        "else:",
        "    x = 'it\\'s' # \"",
        '    y = "\\"" + f"{x}" \\',
        "    + 2",
    ]
)


@given(st.lists(LINES, max_size=25), st.integers(1, 20))
def test_any_lines(lines: list[str], line: int) -> None:
    text = "\n".join(lines) + "\n"
    whole = decode(text.encode())
    found = abridged(whole, Focus((min(line, len(whole.lines)),)))
    if found is None:
        return
    module = Module("x.py", found, [])
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return  # What is wrong stands in a function that nobody asks for.
    module.units.parsed(module.units.all)
    assert dump(found.tree) == dump(tree)
