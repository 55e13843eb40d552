"""How calls and values are laid out."""

import ast
from pathlib import Path

import pytest

from ssot_migrate.code.layout import (
    PRAGMA,
    Line,
    assigned,
    at_indent,
    broken,
    call_text,
    fits_elsewhere,
    indent_of,
    step_of_indent,
    value_at,
    value_text,
    width,
)
from ssot_migrate.code.source import Source, parse
from tests.support import Project
from tests.writing import HEAD, check_body

LINE = Line("    ", "\n", 30)


def value_in(text: str) -> tuple[Source, ast.expr]:
    """Give the value of a file's last statement, an assignment."""
    source = parse(text.encode())
    statement = source.tree.body[-1]
    if isinstance(statement, ast.If):
        statement = statement.body[-1]
    assert isinstance(statement, ast.Assign)
    return source, statement.value


@pytest.mark.parametrize(
    ("line", "indent"), [("x", ""), ("    x ", "    "), ("\t\tx", "\t\t"), (" \t x", " \t ")]
)
def test_the_indent_of_a_line_is_its_leading_blanks(line: str, indent: str) -> None:
    assert indent_of(line) == indent


@pytest.mark.parametrize(
    ("indent", "step"),
    [("", "    "), ("    ", "    "), ("  ", "  "), ("      ", "  "), ("\t", "\t"), ("\t\t", "\t")],
)
def test_one_indent_more_is_as_the_file_has_it(indent: str, step: str) -> None:
    assert step_of_indent(indent) == step


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa: E501",
        "# NOQA",
        "# type: ignore[attr-defined]",
        "# pyright: ignore",
        "# pragma: no cover",
        "# fmt: skip",
    ],
)
def test_a_word_to_a_linter_is_a_pragma(comment: str) -> None:
    assert PRAGMA.match(comment)


@pytest.mark.parametrize("comment", ["# the type: a socket", "# noqalike", "# for mypy"])
def test_a_word_to_a_reader_is_none(comment: str) -> None:
    assert not PRAGMA.match(comment)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("x = 1", True),
        ("x = '''a'''", True),
        ("x = [\n    1,\n]", True),
        ("x = f(\n    1\n)", True),
        ("x = '''a\nb'''", False),
        ("x = ['''a\nb''']", False),
        ("x = f'''a\n{1}'''", False),
        ("x = (1 +\n    2)", False),
        ("x = ('a'\n     'b')", False),
    ],
)
def test_a_value_that_goes_over_lines_fits_elsewhere_in_brackets(text: str, *, fits: bool) -> None:
    assert fits_elsewhere(*value_in(text)) is fits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = {'a':  1}", "{'a':  1}"),
        ("x = {\n    'a': 1, 'b':  2\n}", "{'a': 1, 'b':  2}"),
        ("x = f(1,\n      g(\n          2), 3)", "f(1, g(2), 3)"),
        ("x = f(\n    a if b\n    else c\n)", "f(a if b else c)"),
        ("x = {\n    'a': 1,\n}", None),
        ("x = [\n    f(\n        1,\n    )\n]", None),
        ("x = [\n    1  # one\n]", None),
    ],
)
def test_lines_are_joined_unless_a_comment_or_a_trailing_comma_keeps_them_apart(
    text: str, expected: str | None
) -> None:
    source, value = value_in(text)
    assert value_text(source, value) == (expected or text.removeprefix("x = "))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_text_moves_to_another_indent_line_by_line(newline: str) -> None:
    text = newline.join(["[", "        1,", "   2,", "    ]"])
    moved = newline.join(["[", "      1,", "   2,", "  ]"])
    assert at_indent(text, "    ", "  ", newline) == moved


def test_a_value_moves_with_its_lines() -> None:
    source, value = value_in("if y:\n    x = {\n        'a': 1,\n    }\n")
    assert value_at(source, value, "\t") == "{\n\t    'a': 1,\n\t}"


def test_the_lines_of_a_string_never_move() -> None:
    source, value = value_in("if y:\n    x = f('''a\n    b''',\n    2)\n")
    assert value_at(source, value, "") == "f('''a\n    b''',\n    2)"


def test_a_tab_is_four_columns_wide() -> None:
    assert width("\tab") == len("    ab")


def test_a_call_that_fits_stays_on_its_line() -> None:
    arguments = [("a=", "1", "1", ""), ("b=", "'2'", "'2'", "")]
    assert call_text("f", arguments, 13, LINE) == "f(a=1, b='2')"
    assert call_text("f", arguments, 12, LINE) == "f(\n        a=1,\n        b='2',\n    )"


def test_a_comment_needs_a_line_for_its_argument() -> None:
    arguments = [("a=", "1", "1", "# one"), ("b=", "2", "2", "")]
    lines = ["f(", "        a=1,  # one", "        b=2,", "    )"]
    assert call_text("f", arguments, 99, LINE) == "\n".join(lines)


@pytest.mark.parametrize(
    ("comment", "lines"),
    [
        ("# fills the line up", ["        a=1,  # fills the line up"]),
        ("# fills the line, up", ["        # fills the line, up", "        a=1,"]),
    ],
)
def test_a_comment_without_room_behind_an_argument_stands_above_it(
    comment: str, lines: list[str]
) -> None:
    line = Line("    ", "\n", 33)
    expected = ["f(", "        b=2,", *lines, "    )"]
    arguments = [("b=", "2", "2", ""), ("a=", "1", "1", comment)]
    assert call_text("f", arguments, 99, line) == "\n".join(expected)


def test_a_call_without_arguments_has_nothing_to_lay_out() -> None:
    assert call_text("f", [], 0, LINE) == "f()"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_value_of_several_lines_has_an_argument_line_of_its_own(newline: str) -> None:
    text = newline.join(["[", "1,", "]"])
    deeper = newline.join(["[", "            1,", "        ]"])
    expected = newline.join(["f(", f"        a={deeper},", "    )"])
    assert call_text("f", [("a=", text, deeper, "")], 99, Line("    ", newline, 99)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "[100, 200, 300, 4000000]",
            ["[", "    100,", "    200,", "    300,", "    4000000,", "]"],
        ),
        ("{'a': 100, **more, 'b': 2}", ["{", "    'a': 100,", "    **more,", "    'b': 2,", "}"]),
        ("{1000000, 2000000, 300000}", ["{", "    1000000,", "    2000000,", "    300000,", "}"]),
        ("(1000000000, 20000000000,)", ["(", "    1000000000,", "    20000000000,", ")"]),
        (
            "run(10000, *more, key=value)",
            ["run(", "    10000,", "    *more,", "    key=value,", ")"],
        ),
        (
            "run(a)(long_name[1, 2], (3, 4))",
            ["run(a)(", "    long_name[1, 2],", "    (3, 4),", ")"],
        ),
        ("[a == b, key_of(lambda a: a)]", ["[", "    a == b,", "    key_of(lambda a: a),", "]"]),
    ],
)
def test_a_display_or_a_call_that_is_too_long_has_an_element_a_line(
    value: str, expected: list[str]
) -> None:
    lines = [f"    x = {expected[0]}", *(f"    {line}" for line in expected[1:])]
    assert assigned("x = ", value, LINE) == "\n".join(lines)


def test_elements_that_are_too_long_are_taken_apart_in_turn() -> None:
    value = (
        "{'a b': [100000, 200000, 300000], 'k': run(one=100000, two=2000), **{'ccccccccc': 'd'}}"
    )
    assert assigned("x=", value, LINE, ",").splitlines() == [
        "    x={",
        "        'a b': [",
        "            100000,",
        "            200000,",
        "            300000,",
        "        ],",
        "        'k': run(",
        "            one=100000,",
        "            two=2000,",
        "        ),",
        "        **{'ccccccccc': 'd'},",
        "    },",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "'a string that is just too long'",
        "a_name_that_is_long + another_one()",
        "[item for item in the_whole_list]",
        "run(item for item in the_whole_list)",
        "run_a_function_without_arguments()",
        "something.of_a_list[100000, 200000]",
        "1000000000, 20000000000, (300000000)",
        "lambda first, second: (first, second)",
        "[lambda first, second: 100000, 100000]",
        "x[(1000000, 200000):(3000000, 300000)]",
    ],
)
def test_what_has_no_elements_stays_too_long(value: str) -> None:
    assert assigned("x = ", value, LINE) == f"    x = {value}"


def test_a_lambda_among_the_elements_keeps_its_colon() -> None:
    value = "[lambda first: {first: 100000, 1: 2}, 1]"
    assert assigned("x = ", value, LINE).splitlines() == [
        "    x = [",
        "        lambda first: {first: 100000, 1: 2},",
        "        1,",
        "    ]",
    ]


def test_a_value_of_several_lines_is_laid_out_already() -> None:
    value = "[\n        'a text that is longer than the line',\n    ]"
    assert assigned("x = ", value, LINE) == f"    x = {value}"


# through the pipeline


def test_quotes_stay_as_they_are(tmp_path: Path) -> None:
    before = """
        mock_ws = MagicMock()
        mock_ws.user_id = 'u1'
        mock_ws.connection_id = "c" 'd'
        go(mock_ws)
    """
    after = """
        mock_ws = SSotMockFactory.create_websocket_mock(user_id='u1', connection_id="c" 'd')
        go(mock_ws)
    """
    check_body(tmp_path, before, after)


CONFIGURED = [
    ("pyproject.toml", "[tool.ssot-migrate]\n", 88),
    ("pyproject.toml", "[tool.ssot-migrate]\nline-length = 70\n", 70),
    ("pyproject.toml", "[tool.ssot-migrate]\n[tool.ruff]\nline-length = 100\n", 100),
    ("ruff.toml", "line-length = 72\n", 72),
    ("pyproject.toml", "[tool.ssot-migrate]\n[tool.black]\nline-length = 90\n", 90),
    ("pyproject.toml", "[tool.ssot-migrate]\n[tool.isort]\nline_length = 79\n", 79),
]


@pytest.mark.parametrize(("name", "content", "length"), CONFIGURED)
@pytest.mark.parametrize("extra", [0, 1])
def test_a_call_has_one_line_where_it_fits_the_configured_length(
    tmp_path: Path, name: str, content: str, length: int, extra: int
) -> None:
    project = Project(tmp_path)
    project.write(name, content)
    start = "    mock_ws = SSotMockFactory.create_websocket_mock(user_id="
    value = f'"{"u" * (length - len(start) - 3 + extra)}"'
    body = f"    mock_ws = MagicMock()\n    mock_ws.user_id = {value}\n    go(mock_ws)\n"
    project.write("tests/test_it.py", HEAD.encode() + body.encode())
    one = f"{start}{value})"
    assert len(one) == length + extra
    several = f"{start.removesuffix('user_id=')}\n        user_id={value},\n    )"
    after = f"{HEAD}{several if extra else one}\n    go(mock_ws)\n"
    assert project.rewrite("tests/test_it.py").decode() == after


def test_tabs_count_as_four_columns_and_stay_tabs(tmp_path: Path) -> None:
    project = Project(tmp_path)
    start = "\t\tmock_ws = SSotMockFactory.create_websocket_mock("
    fitting = "u" * (88 - width(start) - len('user_id="")'))
    for name in (fitting, f"{fitting}u"):
        code = (
            "from unittest.mock import MagicMock  # noqa\n"
            "from test_framework.ssot.mock_factory import SSotMockFactory\n"
            "class TestIt:\n\tdef test_it(self):\n"
            f'\t\tmock_ws = MagicMock()\n\t\tmock_ws.user_id = "{name}"\n\t\tgo(mock_ws)\n'
        )
        project.write("tests/test_it.py", code.encode())
        call = f'user_id="{name}")' if name == fitting else f'\n\t\t\tuser_id="{name}",\n\t\t)'
        assert f"\n{start}{call}\n\t\tgo(mock_ws)\n" in project.rewrite("tests/test_it.py").decode()


@pytest.mark.parametrize(("extra", "is_long"), [(0, False), (1, True)])
def test_a_comment_behind_the_call_counts_unless_it_speaks_to_a_linter(
    tmp_path: Path, extra: int, *, is_long: bool
) -> None:
    start = '    mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")  # '
    comment = "x" * (88 - len(start) + extra)
    before = f"""
        mock_ws = MagicMock()  # {comment}
        mock_ws.user_id = "u1"
        go(mock_ws)
    """
    call = '\n            user_id="u1",\n        )' if is_long else 'user_id="u1")'
    after = f"""
        mock_ws = SSotMockFactory.create_websocket_mock({call}  # {comment}
        go(mock_ws)
    """
    check_body(tmp_path, before, after)


def test_a_pragma_behind_the_call_does_not_count(tmp_path: Path) -> None:
    comment = f"# noqa: E501 {'x' * 60}"
    before = f"""
        mock_ws = MagicMock()  {comment}
        mock_ws.user_id = "u1"
        go(mock_ws)
    """
    after = f"""
        mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")  {comment}
        go(mock_ws)
    """
    check_body(tmp_path, before, after)


def test_a_nested_dict_with_trailing_commas_moves_with_its_comments(tmp_path: Path) -> None:
    before = """
        agent = AsyncMock()
        agent.execute.return_value = {
            "status": "completed",  # or not
            "parts": [
                # none yet
                1,
            ],
        }
        go(agent)
    """
    after = """
        agent = SSotMockFactory.create_agent_mock(
            execution_result={
                "status": "completed",  # or not
                "parts": [
                    # none yet
                    1,
                ],
            },
        )
        go(agent)
    """
    check_body(tmp_path, before, after)


def test_a_value_that_only_its_old_place_kept_on_lines_comes_on_one(tmp_path: Path) -> None:
    before = """
        agent = AsyncMock()
        agent.execute = AsyncMock(
            return_value={"status": "completed", "result": value}
        )
        go(agent)
    """
    after = """
        agent = SSotMockFactory.create_agent_mock(
            execution_result={"status": "completed", "result": value},
        )
        go(agent)
    """
    check_body(tmp_path, before, after)


def test_a_value_that_is_too_long_in_the_call_is_taken_apart(tmp_path: Path) -> None:
    before = """
        agent = AsyncMock()
        agent.execute = AsyncMock(
            return_value={"status": "completed", "result": "42", "time": 1.0, "a": 1234}
        )
        go(agent)
    """
    after = """
        agent = SSotMockFactory.create_agent_mock(
            execution_result={
                "status": "completed",
                "result": "42",
                "time": 1.0,
                "a": 1234,
            },
        )
        go(agent)
    """
    check_body(tmp_path, before, after)


def test_strings_that_go_over_lines_stay_where_they_are(tmp_path: Path) -> None:
    before = '''
        agent = AsyncMock()
        agent.execute.return_value = {
            "result": """first
          second""",
        }
        go(agent)
    '''
    after = '''
        agent = SSotMockFactory.create_agent_mock()
        agent.execute.return_value = {
            "result": """first
          second""",
        }
        go(agent)
    '''
    check_body(tmp_path, before, after)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # All arguments on one line, without a comma at the end, where they fit there.
        ("use(first_one, second_one)", ["use(", "    first_one, second_one", ")"]),
        ("x = use(lambda a, b: a + b, cc)", ["x = use(", "    lambda a, b: a + b, cc", ")"]),
        # One a line where they do not, or where a comma at the end asks for it.
        (
            "use(first=1, second_thing=22, third=3)",
            ["use(", "    first=1,", "    second_thing=22,", "    third=3,", ")"],
        ),
        (
            "use(first, second, third_thing,)",
            ["use(", "    first,", "    second,", "    third_thing,", ")"],
        ),
        # A display has one item a line always.
        ("x = {'a': make(), 'b': make()}", ["x = {", "    'a': make(),", "    'b': make(),", "}"]),
        # Only the last bracket is broken.
        ("make(one)(two).three(four, fives)", ["make(one)(two).three(", "    four, fives", ")"]),
        # Nothing to break, or a comment in the way.
        ("thing_one = thing_two + thing_three", ["thing_one = thing_two + thing_three"]),
        ("use(one, two, three)  # a comment", ["use(one, two, three)  # a comment"]),
        ("x = [a for a in b if thing(a, bb)]", ["x = [a for a in b if thing(a, bb)]"]),
    ],
)
def test_a_statement_that_outgrows_its_line_is_broken_at_its_last_bracket(
    text: str, lines: list[str]
) -> None:
    assert broken(text, LINE).split("\n") == [f"    {line}" for line in lines]
