"""A file's bytes as text and tree: what Python itself would read, and nothing it would not."""

import ast
import codecs
import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.code.source import ByteTest, Source, SourceError, decode, parse, parse_text


@pytest.mark.parametrize(
    "code",
    [
        "ws = Mock()",
        "ws = MagicMock ()",
        "ws = mock.AsyncMock(\n)",
        "ws = AsyncMock \\\n ()",
        "from unittest.mock import AsyncMock as AM",
        "from unittest.mock import (\n    AsyncMock\n    as AM,\n)",
        "ws = create_autospec(WebSocket)",
        "open = mock_open()",
        "p = PropertyMock(return_value=1)",
        "m = NonCallableMagicMock()",
    ],
)
def test_whatever_can_build_a_mock_passes_the_byte_test(code: str) -> None:
    assert ByteTest(None).passes(code.encode())


@pytest.mark.parametrize(
    "code",
    ["", "import os", "x = Mocking()", "from unittest.mock import AsyncMock", "x: Mock", "# Mock"],
)
def test_what_calls_no_mock_class_does_not_pass(code: str) -> None:
    assert not ByteTest(None).passes(code.encode())
    assert not ByteTest("SSotMockFactory").passes(code.encode())


def test_a_call_of_the_factory_passes_where_there_is_one() -> None:
    code = b"ws = SSotMockFactory.create_websocket_mock()"
    assert ByteTest("SSotMockFactory").passes(code)
    assert not ByteTest(None).passes(code)
    assert not ByteTest("SSotMockFactory").passes(b"ws = OtherSSotMockFactory2.make()")


@pytest.mark.parametrize(
    ("data", "text", "encoding", "bom"),
    [
        (b"x = 1\n", "x = 1\n", "utf-8", b""),
        ("x = 'é'\r\n".encode(), "x = 'é'\r\n", "utf-8", b""),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8", codecs.BOM_UTF8),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n", "iso-8859-1", b""),
        (
            b"#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '\x80'\n",
            "#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\n",
            "cp1252",
            b"",
        ),
        (b"", "", "utf-8", b""),
    ],
)
def test_a_file_is_decoded_as_python_does_it(
    data: bytes, text: str, encoding: str, bom: bytes
) -> None:
    source = decode(data)
    assert (source.text, source.encoding, source.bom) == (text, encoding, bom)
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\n\ny = '\xe9'\n", "line 3: not valid utf-8"),
        (b"# coding: klingon\n", "unknown encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
        # Python knows these codecs, but they do not decode text.
        (b"# coding: hex\nx = 1\n", "hex is no encoding of text"),
        (b"# coding: rot13\nx = 1\n", "rot13 is no encoding of text"),
        (b"# coding: undefined\nx = 1\n", "undefined is no encoding of text"),
    ],
)
def test_a_file_that_cannot_be_decoded_says_why(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        decode(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\ndef f(:\n", "line 2: "),
        (b"if x:\npass\n", "line 2: expected an indented block"),
        (b"x = 1\0\n", "null bytes"),
        # A surrogate cannot be encoded again, which is what the parser does.
        (
            b"# coding: raw_unicode_escape\nx = '\\ud800'\n",
            "surrogates not allowed; correct the file",
        ),
        (b"x = " + b"(" * 5000 + b")" * 5000, "too many nested|too deeply"),
        (b"x = " + b"-" * 100_000 + b"1\n", "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_parsed_says_where(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse(data)


def test_a_warning_of_the_parser_is_nobodys_business() -> None:
    """An invalid escape warns; pytest makes it an error here, and users would see it on stderr."""
    assert len(parse_text("x = '\\d'\n").body) == 1


@pytest.mark.parametrize(
    ("text", "lines", "newline"),
    [
        ("a\nb", ["a\n", "b"], "\n"),
        ("a\r\nb\r\n", ["a\r\n", "b\r\n"], "\r\n"),
        ("a\rb\nc", ["a\r", "b\n", "c"], "\r"),
        # What str.splitlines takes for a line's end, and Python does not.
        ("a\x0cb\x0bc\x1cd\x85e\u2028f\n", ["a\x0cb\x0bc\x1cd\x85e\u2028f\n"], "\n"),
        ("a", ["a"], "\n"),
        ("", [], "\n"),
    ],
)
def test_lines_end_where_python_ends_them(text: str, lines: list[str], newline: str) -> None:
    source = Source(text, "utf-8")
    assert source.lines == lines
    assert source.newline == newline
    assert source.starts == [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_span_counts_characters_whatever_the_encoding(encoding: str) -> None:
    """Ast counts UTF-8 bytes: before the call stand ``é`` and ``ü``, two bytes each."""
    text = f"# coding: {encoding}\nnäme = 'é'; ws = Mock(\n    'ü', x=1)  # é\n"
    source = parse(text.encode(encoding))
    call = source.tree.body[1]
    assert isinstance(call, ast.Assign)
    assert source.segment(call) == "ws = Mock(\n    'ü', x=1)"
    assert source.segment(call.value) == "Mock(\n    'ü', x=1)"
    assert source.column(call.value.lineno, call.value.col_offset) == 17


_TEXTS = st.lists(
    st.sampled_from(
        ["x = 'é€𝄞'", "", "\t", "def f():\n    return 'ä', g(1,\n  'ö')", "'''a\n\x0cé'''; y = 2"]
    ),
    max_size=5,
)


@given(_TEXTS, st.sampled_from(["\n", "\r\n"]))
def test_the_segment_of_every_expression_is_what_ast_cuts_out(lines: list[str], end: str) -> None:
    text = end.join(line.replace("\n", end) for line in lines) + end
    source = parse(text.encode())
    for node in ast.walk(source.tree):
        if isinstance(node, ast.expr):
            assert source.segment(node) == ast.get_source_segment(text, node)


@given(st.sampled_from(["utf-8", "latin-1", "cp1252", "utf-8-sig"]), st.text("aé\n\r", max_size=20))
def test_a_file_goes_out_as_it_came_in(encoding: str, body: str) -> None:
    data = f"# coding: {encoding.removesuffix('-sig')}\n# {body}".encode(encoding)
    source = decode(data)
    assert source.encode(source.text) == data
    assert source.text == data.decode(tokenize.detect_encoding(io.BytesIO(data).readline)[0])
