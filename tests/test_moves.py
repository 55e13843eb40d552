"""Whether a value means the same when it is evaluated in the creation's place."""

from textwrap import dedent, indent

import pytest

from ssot_migrate.code.module import Module
from ssot_migrate.code.source import parse
from ssot_migrate.finding.detect import find
from ssot_migrate.fitting.moves import can_move
from ssot_migrate.shapes.reader import constructor
from tests.shapes import IMPORTS

HEAD = """
from ours import STATE, client


async def test(given, rows, config):
"""


def movable(body: str, moved: str = "") -> bool:
    """Ask for the last statement that configures ``m``; ``moved`` are attributes that go too."""
    source = parse(f"{IMPORTS}{HEAD}{indent(dedent(body), '    ')}\n".encode())
    module = Module("tests/test_it.py", source, list(range(1, 200)))
    (finding,) = (f for f in find(module).findings if f.name == "m")
    assert finding.block is not None
    values = {s[0].path[-1]: (statement, s[0].value) for statement, s in finding.block.settings}
    going = {name: value for name in moved.split() if (value := values[name][1])}
    statement, value = list(values.values())[-1]
    assert value is not None
    return can_move(module, finding, statement, value, going)


@pytest.mark.parametrize(
    "body",
    [
        "m = Mock()\nm.a = 'u1'",
        "m = Mock()\nm.a = -1",
        "m = Mock()\nm.a = given",
        "m = Mock()\nm.a = STATE.CONNECTED",
        "m = Mock()\nm.a = rows[0]",
        "m = Mock()\nm.a = {'a': [given, (1, None)]}",
        "m = Mock()\nm.a = str(given)",
        "m = Mock()\nm.a = given + 1",
        "m = Mock()\nm.a = f'{given}'",
        "m = Mock()\nm.a = lambda: given",
        # What stands between has nothing to do with it.
        "m = Mock()\nother = 1\nm.a = given",
        "m = Mock()\nother.x = 1\nm.a = STATE.CONNECTED",
        "m = Mock()\nother = AsyncMock()\nother.x = Mock()\nm.a = str(given)",
        "m = Mock()\nm.b = 1\nm.a = str(given)",
        "m = Mock()\nrun()\nm.a = 'u1'",
        "m = Mock()\nrun()\nm.a = 1024 * 4",
        "m = Mock()\nrun()\nm.a = [given, {'a': -1}]",
        "m = Mock()\ndef inner():\n    return run()\nm.a = str(given)",
        "m = Mock()\nm.a = [\n    1,\n    2,\n]",
        "given = 1\nm = Mock()\nm.a = given",
        "m = Mock()\nm.a = given\ngiven = 1",
        # Where it fails, the test does: nothing goes on with the mock.
        "with given, patch('x'), rows[0]():\n    m = Mock()\n    m.a = str(given)",
        "try:\n    m = Mock()\n    m.a = str(given)\nfinally:\n    run()",
        # What cannot fail.
        "try:\n    m = Mock()\n    m.a = AsyncMock()\nexcept E:\n    run()",
    ],
)
def test_a_value_moves_where_it_means_the_same(body: str) -> None:
    assert movable(body)


@pytest.mark.parametrize(
    "body",
    [
        # A name that is bound between the creation and the statement (FACTS 5).
        "m = Mock()\nx = 1\nm.a = x",
        "m = Mock()\nx: int = 1\nm.a = [x]",
        "m = Mock()\ngiven += 1\nm.a = given",
        "m = Mock()\ndel rows[0], given\nm.a = given",
        "m = Mock()\ndef x(): ...\nm.a = x",
        "m = Mock()\nclass X: ...\nm.a = X",
        "m = Mock()\nfrom a import x\nm.a = x",
        "m = Mock()\nimport a.b\nm.a = a",
        "m = Mock()\nimport a as x\nm.a = x",
        "m = Mock()\nfor x in rows: pass\nm.a = x",
        "m = Mock()\nwith config as x: pass\nm.a = x",
        "m = Mock()\nif (x := 1): pass\nm.a = x",
        "m = Mock()\ntry: pass\nexcept E as x: pass\nm.a = x",
        "m = Mock()\nmatch given:\n    case [x, *y]: pass\nm.a = x",
        "m = Mock()\nmatch given:\n    case [*x]: pass\nm.a = x",
        "m = Mock()\nmatch given:\n    case {**x}: pass\nm.a = x",
        "m = Mock()\nx = 1\nm.a = lambda: x",
        # A name that other functions bind.
        "global given\nm = Mock()\nm.a = given",
        # Something that is changed in place.
        "m = Mock()\nrows[0] = 1\nm.a = rows[0]",
        "m = Mock()\ndel rows[0]\nm.a = rows[0]",
        "m = Mock()\nconfig.user = 1\nm.a = config.user",
        "m = Mock()\ndel config.user\nm.a = config.user",
        "m = Mock()\nrows.append(1)\nm.a = rows[-1]",
        "m = Mock()\nrows.append(1)\nm.a = rows + [2]",
        "m = Mock()\nrows.append(1)\nm.a = f'{rows}'",
        "m = Mock()\nrows.append(1)\nm.a = not rows",
        "m = Mock()\nrows.append(1)\nm.a = [row for row in rows]",
        "m = Mock()\nconfig.load()\nm.a = config.user",
        # The order of what runs.
        "m = Mock()\nrun()\nm.a = str(given)",
        "m = Mock()\nawait given\nm.a = str(given)",
        "m = Mock()\nimport os\nm.a = str(given)",
        "m = Mock()\nm.b = next(rows)\nm.a = next(rows)",
        # Code goes on where the value fails, and has the mock then.
        "try:\n    m = Mock()\n    m.a = str(given)\nexcept E:\n    run()",
        "try:\n    if given:\n        m = Mock()\n        m.a = str(given)\nexcept* E:\n    run()",
        "with patch('x'), pytest.raises(E):\n    m = Mock()\n    m.a = str(given)",
        "with self.assertRaises(E):\n    m = Mock()\n    m.a = str(given)",
        "async with suppress(E):\n    m = Mock()\n    m.a = str(given)",
        # What is not an argument anywhere.
        "m = Mock()\nm.a = await given",
        "m = Mock()\nm.a = [*rows]",
        "m = Mock()\nm.a = [x := 1]",
        "m = Mock()\nm.a = (yield)",
        # Text whose indent is a part of it.
        "m = Mock()\nm.a = '''\n  x'''",
        "m = Mock()\nm.a = given + \\\n    1",
    ],
)  # fmt: skip
def test_a_value_stays_where_it_could_mean_another_thing(body: str) -> None:
    assert not movable(body)


def test_calls_keep_their_order_when_all_of_them_move() -> None:
    body = "m = Mock()\nm.b = next(rows)\nm.a = next(rows)"
    assert not movable(body)
    assert movable(body, moved="b")
    assert not movable("m = Mock()\nm.b = next(rows)\nrun()\nm.a = next(rows)", moved="b")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("Mock(a=str(given))", True), ("Mock(a=await given)", False), ("Mock(a='''\n''')", False)],
)
def test_a_keyword_of_the_creation_is_there_already(code: str, expected: bool) -> None:  # noqa: FBT001
    source = parse(f"{IMPORTS}{HEAD}    m = {code}".encode())
    module = Module("tests/test_it.py", source, list(range(1, 20)))
    (finding,) = find(module).findings
    ((_, value),) = constructor(finding.call)
    assert can_move(module, finding, None, value, {}) is expected
