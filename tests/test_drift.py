"""The rules about drift: what Python would refuse, and nothing that it would not."""

from pathlib import Path

import pytest

from ssot_migrate.model import Violation
from tests.support import Project, violations

IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
FACTORY = """
from unittest.mock import MagicMock


class SSotMockFactory:
    limit = 3

    @staticmethod
    def create_websocket_mock(connection_id="c", user_id="u"):
        websocket = MagicMock()
        websocket.user_id = user_id
        return websocket

    @classmethod
    def create_tool_mock(cls, tool_name, *, result=None):
        return MagicMock(name=tool_name)

    def create_agent_mock(self, kind="supervisor"):
        return MagicMock()

    @staticmethod
    async def create_session_mock():
        return MagicMock()
"""


def found(
    folder: Path, code: str, rule: str | None = None, factory: str = FACTORY
) -> list[Violation]:
    project = Project(folder, factory)
    project.write("tests/test_it.py", code)
    report = project.run("tests", fix=False)
    assert report.all_failures == ()
    drift = ("unknown-method", "wrong-arguments", "wrong-await")
    return [v for v in violations(report, rule) if v.rule in drift]


def names(folder: Path, code: str, factory: str = FACTORY) -> list[tuple[str, str | None]]:
    return [(v.rule, v.name) for v in found(folder, code, factory=factory)]


# by which names the factory is known


@pytest.mark.parametrize(
    "code",
    [
        f"{IMPORT}x = SSotMockFactory.create_ws()",
        "from test_framework.ssot.mock_factory import SSotMockFactory as F\nx = F.create_ws()",
        "import test_framework.ssot.mock_factory as m\nx = m.SSotMockFactory.create_ws()",
        (
            "import test_framework.ssot.mock_factory\n"
            "x = test_framework.ssot.mock_factory.SSotMockFactory.create_ws()"
        ),
        (
            "from test_framework.ssot import mock_factory\n"
            "x = mock_factory.SSotMockFactory.create_ws()"
        ),
        f"{IMPORT}Factory = SSotMockFactory\nOther = Factory\nx = Other.create_ws()",
        f"{IMPORT}Factory: type = SSotMockFactory\nx = Factory.create_ws()",
        f"{IMPORT}factory = SSotMockFactory()\nx = factory.create_ws()",
        f"{IMPORT}x = SSotMockFactory().create_ws()",
        f"{IMPORT}def test_it():\n    x = [SSotMockFactory.create_ws() for _ in y]",
        f"def test_it():\n    {IMPORT}    x = SSotMockFactory.create_ws()",
        f"def test_it():\n    {IMPORT}    def inner():\n        SSotMockFactory.create_ws()",
        (
            f"{IMPORT}class T:\n    f = SSotMockFactory\n    def test_it(self):\n"
            "        self.f.create_ws()"
        ),
        (
            f"{IMPORT}class T:\n    def setUp(self):\n        self.f = SSotMockFactory()\n"
            "    def tearDown(self):\n        self.f = None\n"
            "    def test_it(self):\n        self.f.create_ws()"
        ),
        (
            f"{IMPORT}class B:\n    f = SSotMockFactory\n\n\nclass T(B):\n    def test_it(self):\n"
            "        self.f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture\ndef f():\n    return SSotMockFactory\n"
            "def test_it(f):\n    f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture(name='f')\ndef make():\n"
            "    yield SSotMockFactory()\n@pytest.mark.slow\ndef test_it(f):\n    f.create_ws()"
        ),
        (
            f"try:\n    {IMPORT}except ImportError:\n    SSotMockFactory = None\n"
            "x = SSotMockFactory.create_ws()"
        ),
        (
            f"SSotMockFactory = None\ntry:\n    {IMPORT}except ImportError:\n    pass\n"
            "x = SSotMockFactory.create_ws()"
        ),
        (
            f"try:\n    {IMPORT}except ImportError:\n    class SSotMockFactory:\n        pass\n"
            "x = SSotMockFactory.create_ws()"
        ),
        f"{IMPORT}register(SSotMockFactory.create_ws)",
        f"{IMPORT}@decorate(SSotMockFactory.create_ws())\ndef test_it(SSotMockFactory):\n    pass",
    ],
)
def test_the_factory_is_followed(tmp_path: Path, code: str) -> None:
    assert names(tmp_path, code) == [("unknown-method", "create_ws")]


@pytest.mark.parametrize(
    "code",
    [
        "from elsewhere import SSotMockFactory\nx = SSotMockFactory.create_ws()",
        f"{IMPORT}SSotMockFactory = wrap(SSotMockFactory)\nx = SSotMockFactory.create_ws()",
        (
            f"{IMPORT}def use():\n    global SSotMockFactory\n    SSotMockFactory = y\n"
            "x = SSotMockFactory.create_ws()"
        ),
        f"{IMPORT}class SSotMockFactory(SSotMockFactory):\n    pass\nSSotMockFactory.create_ws()",
        f"{IMPORT}class F(SSotMockFactory):\n    pass\nF.create_ws()",
        f"{IMPORT}def test_it(SSotMockFactory):\n    SSotMockFactory.create_ws()",
        f"{IMPORT}x = [SSotMockFactory.create_ws() for SSotMockFactory in y]",
        f"{IMPORT}x = lambda SSotMockFactory: SSotMockFactory.create_ws()",
        f"{IMPORT}for SSotMockFactory in y:\n    SSotMockFactory.create_ws()",
        f"{IMPORT}f = SSotMockFactory if y else z\nf.create_ws()",
        f"{IMPORT}f = SSotMockFactory\nf = z\nf.create_ws()",
        f"{IMPORT}with SSotMockFactory() as f:\n    f.create_ws()",
        f"if y:\n    {IMPORT}else:\n    from z import SSotMockFactory\nSSotMockFactory.create_ws()",
        (
            "try:\n    from old import SSotMockFactory\nexcept ImportError:\n"
            f"    {IMPORT}SSotMockFactory.create_ws()"
        ),
        (
            f"{IMPORT}class T:\n    f = SSotMockFactory\n    def use(self):\n        self.f = z\n"
            "    def test_it(self):\n        self.f.create_ws()"
        ),
        (
            f"{IMPORT}class B:\n    f = SSotMockFactory\n    def test_it(self):\n"
            "        self.f.create_ws()\nclass T(B):\n    f = z"
        ),
        (
            f"{IMPORT}class T:\n    f = SSotMockFactory\n    def test_it(self):\n"
            "        self.f.create_ws()\nT.f = z"
        ),
        (
            f"{IMPORT}class T:\n    f = SSotMockFactory\nclass U:\n    def test_it(self):\n"
            "        self.f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture\ndef f():\n    return SSotMockFactory\n"
            "@patch('x')\ndef test_it(f):\n    f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture\ndef f():\n    return SSotMockFactory\n"
            "@pytest.mark.parametrize('f', [z])\ndef test_it(f):\n    f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture\ndef f():\n    return SSotMockFactory\n"
            "def use(f):\n    f.create_ws()"
        ),
        (
            f"import pytest\n{IMPORT}@pytest.fixture\ndef f():\n    if y:\n        return z\n"
            "    return SSotMockFactory\ndef test_it(f):\n    f.create_ws()"
        ),
        f"{IMPORT}SSotMockFactory.create_ws = y\nSSotMockFactory.create_ws()",
        f"{IMPORT}setattr(SSotMockFactory, 'create_ws', y)\nSSotMockFactory.create_ws()",
        f"{IMPORT}for y in z:\n    setattr(SSotMockFactory, y, y)\nSSotMockFactory.create_ws()",
        (
            f"{IMPORT}with patch.object(SSotMockFactory, 'create_ws', create=True):\n"
            "    SSotMockFactory.create_ws()"
        ),
        f"{IMPORT}with patch('tests.test_it.SSotMockFactory'):\n    SSotMockFactory.create_ws()",
        (
            f"{IMPORT}with patch('a.SSotMockFactory.create_ws', create=True):\n"
            "    SSotMockFactory.create_ws()"
        ),
        f"{IMPORT}import tests.a as a\na.SSotMockFactory = y\nSSotMockFactory.create_ws()",
        f"{IMPORT}if hasattr(SSotMockFactory, 'create_ws'):\n    SSotMockFactory.create_ws()",
        f"{IMPORT}with raises(AttributeError):\n    SSotMockFactory.create_ws()",
        f"{IMPORT}raises((KeyError, AttributeError), lambda: SSotMockFactory.create_ws())",
        f"{IMPORT}raises(AttributeError, SSotMockFactory.create_ws, 'text')",
        f"{IMPORT}with raises(AttributeError, match=text):\n    SSotMockFactory.create_ws()",
        f"{IMPORT}with t.assertRaisesRegex(AttributeError, 'attribute'):\n    SSotMockFactory.create_ws()",
        f"{IMPORT}try:\n    SSotMockFactory.create_ws()\nexcept AttributeError:\n    pass",
        f"{IMPORT}SSotMockFactory.__name__, SSotMockFactory._own(), SSotMockFactory.mro()",
        f"{IMPORT}SSotMockFactory.limit",
        f"x = '''\n{IMPORT}SSotMockFactory.create_ws()\n'''",
    ],
)
def test_what_is_not_certain(tmp_path: Path, code: str) -> None:
    assert names(tmp_path, code) == []


def test_an_error_that_is_expected_elsewhere(tmp_path: Path) -> None:
    code = (
        f"{IMPORT}with raises(ValueError):\n    SSotMockFactory.create_a()\n"
        "try:\n    pass\nexcept AttributeError:\n    SSotMockFactory.create_b()\n"
        "with raises(AttributeError):\n    def use():\n        SSotMockFactory.create_c()\n"
        "try:\n    SSotMockFactory.create_d()\nexcept Exception:\n    pass\n"
        "with raises(AttributeError, match='is not writable'):\n    SSotMockFactory.create_e()\n"
        "with raises(AttributeError, match='has no attribute'):\n    SSotMockFactory.create_f()\n"
        "with raises(AttributeError, match='.*create_g'):\n    SSotMockFactory.create_g()\n"
    )
    told = [name for _, name in names(tmp_path, code)]
    assert told == ["create_a", "create_b", "create_c", "create_d", "create_e"]


# what the factory has


@pytest.mark.parametrize(
    "factory",
    [
        "from base import Base\nclass SSotMockFactory(Base):\n    pass",
        "class SSotMockFactory(metaclass=Meta):\n    pass",
        "class Meta(type):\n    pass\nclass SSotMockFactory(metaclass=Meta):\n    pass",
        "class SSotMockFactory:\n    def __getattr__(self, name):\n        return name",
        "class SSotMockFactory:\n    pass\nfor n in names:\n    setattr(SSotMockFactory, n, n)",
        "class SSotMockFactory:\n    pass\nSSotMockFactory.create_ws = 1",
        "class SSotMockFactory:\n    pass\nsetattr(SSotMockFactory, 'create_ws', 1)",
        "class SSotMockFactory:\n    pass\nextend(SSotMockFactory)",
        "class SSotMockFactory:\n    pass\nSSotMockFactory = extend(SSotMockFactory)",
        "class SSotMockFactory:\n    pass\nF = SSotMockFactory\nF.create_ws = 1",
        "class SSotMockFactory:\n    @classmethod\n    def add(cls):\n        cls.create_ws = 1",
        "class SSotMockFactory:\n    def add(self, n):\n        setattr(self, n, 1)",
        "@extend\nclass SSotMockFactory:\n    pass",
        "class SSotMockFactory:\n    locals().update(names)",
        "class SSotMockFactory:\n    create_ws = 1",
        "class SSotMockFactory:\n    create_ws: int",
        "class SSotMockFactory:\n    class create_ws:\n        pass",
        "class SSotMockFactory:\n    if x:\n        def create_ws():\n            pass",
        (
            "class Base:\n    def __init_subclass__(cls):\n        cls.x = 1\n"
            "class SSotMockFactory(Base):\n    pass"
        ),
        (
            "class Base:\n    @staticmethod\n    def create_ws():\n        pass\n"
            "class SSotMockFactory(Base):\n    pass"
        ),
        (
            "if x:\n    class Base:\n        pass\nelse:\n    class Base:\n        create_ws = 1\n"
            "class SSotMockFactory(Base):\n    pass"
        ),
        "class SSotMockFactory(make_base()):\n    pass",
    ],
)
def test_a_name_that_the_factory_has_or_may_have(tmp_path: Path, factory: str) -> None:
    assert names(tmp_path, f"{IMPORT}SSotMockFactory.create_ws()", factory) == []


@pytest.mark.parametrize(
    "factory",
    [
        "class SSotMockFactory:\n    pass",
        "class SSotMockFactory(object):\n    pass",
        "import abc\nclass SSotMockFactory(abc.ABC):\n    pass",
        (
            "from typing import Generic, TypeVar, final\nT = TypeVar('T')\n@final\n"
            "class SSotMockFactory(Generic[T]):\n    pass"
        ),
        "class Base:\n    pass\nclass SSotMockFactory(Base):\n    pass",
        (
            "class SSotMockFactory:\n    pass\ndefault = SSotMockFactory()\nF = SSotMockFactory\n"
            "build = SSotMockFactory.mro"
        ),
        (
            "class SSotMockFactory:\n    def use(self):\n        class Own:\n"
            "            def __init__(self, n):\n                setattr(self, n, 1)"
        ),
        (
            "class Other:\n    def __init__(self, n):\n        setattr(self, n, 1)\n"
            "class SSotMockFactory:\n    pass"
        ),
    ],
)
def test_a_name_that_the_factory_lacks(tmp_path: Path, factory: str) -> None:
    code = f"{IMPORT}SSotMockFactory.create_ws()"
    assert names(tmp_path, code, factory) == [("unknown-method", "create_ws")]


def test_the_nearest_names_are_told(tmp_path: Path) -> None:
    factory = (
        "class SSotMockFactory:\n"
        "    def create_websocket_mock(): pass\n"
        "    def create_websocket_manager_mock(): pass\n"
        "    def create_websocket_emitter_mock(): pass\n"
        "    def create_websocket_manager_two(): pass\n"
        "    def _create_websockets(): pass\n"
    )
    uses = ("create_mock_websocket", "create_web_socket", "create_websocket_managers", "build")
    code = IMPORT + "".join(f"SSotMockFactory.{use}()\n" for use in uses)
    assert [v.reason for v in found(tmp_path, code, factory=factory)] == [
        "SSotMockFactory has no create_mock_websocket; the nearest is create_websocket_mock",
        "SSotMockFactory has no create_web_socket; the nearest is create_websocket_mock",
        (
            "SSotMockFactory has no create_websocket_managers; the nearest are"
            " create_websocket_manager_mock, create_websocket_manager_two,"
            " create_websocket_emitter_mock"
        ),
        "SSotMockFactory has no build",
    ]


def test_the_place_is_that_of_the_name(tmp_path: Path) -> None:
    code = f"{IMPORT}class T:\n    def test_é(self):\n        é = SSotMockFactory.create_ws(é=1)\n"
    (one,) = found(tmp_path, code)
    assert (one.line, one.column, one.end_line, one.end_column) == (4, 13, 4, 38)
    assert (one.name, one.scope, one.severity) == ("create_ws", "T.test_é", "high")


def test_a_project_without_a_factory_has_the_shipped_one(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write(
        "test_it.py",
        "from ssot_migrate.factory import SSotMockFactory\n"
        "SSotMockFactory.create_mock_websocket()\n"
        "SSotMockFactory.bind(context=None)\n"
        "SSotMockFactory.create_websocket_mock(anything=1, spec=None)\n",
    )
    told = [(v.rule, v.name) for v in project.run(fix=False).violations]
    assert told == [("unknown-method", "create_mock_websocket"), ("wrong-arguments", "bind")]


def test_the_factory_s_own_file_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path, FACTORY + "\n\nSSotMockFactory.create_ws()\n")
    assert project.run(fix=False).violations == ()


# arguments: see also test_drift_properties


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("create_websocket_mock(usr_id=1)", "has no parameter usr_id (the nearest is user_id)"),
        ("create_websocket_mock(zzz=1)", "has no parameter zzz"),
        ("create_websocket_mock(1, 2, 3)", "takes 2 arguments by place, and is given 3"),
        ("create_websocket_mock(1, connection_id=2)", "is given connection_id twice, by place"),
        ("create_websocket_mock(*a, 1, 2, 3)", "takes 2 arguments by place, and is given 3"),
        ("create_websocket_mock(*a, zzz=1)", "has no parameter zzz"),
        ("create_websocket_mock(**a, zzz=1)", "has no parameter zzz"),
        ("create_websocket_mock(1, *a, connection_id=1)", "is given connection_id twice"),
        ("create_tool_mock()", "needs tool_name"),
        ("create_tool_mock(*a, reslt=1)", "has no parameter reslt (the nearest is result)"),
        ("create_tool_mock(1, 2)", "takes 1 argument by place, and is given 2"),
        ("create_tool_mock(zzz=1)", "has no parameter zzz; it needs tool_name"),
        ("create_agent_mock()", "needs self"),
    ],
)
def test_arguments_that_do_not_fit(tmp_path: Path, call: str, reason: str) -> None:
    (one,) = found(tmp_path, f"{IMPORT}x = SSotMockFactory.{call}")
    assert one.rule == "wrong-arguments"
    assert f"{one.name} {reason}" in str(one.reason)
    assert (one.line, one.column, one.end_column) == (2, 5, 21 + len(call))


@pytest.mark.parametrize(
    "call",
    [
        "SSotMockFactory.create_websocket_mock(*a)",
        "SSotMockFactory.create_websocket_mock(**a)",
        "SSotMockFactory.create_websocket_mock(*a, connection_id=1)",
        "SSotMockFactory.create_tool_mock(**a)",
        "SSotMockFactory.create_tool_mock(*a)",
        "SSotMockFactory.create_tool_mock",
        "SSotMockFactory().create_agent_mock('x')",
        "SSotMockFactory.create_agent_mock(SSotMockFactory(), 'x')",
        "functools.partial(SSotMockFactory.create_tool_mock)",
        "functools.partial(SSotMockFactory.create_tool_mock, 1, result=2)",
        "functools.partial(use, SSotMockFactory.create_tool_mock, zzz=1)",
        "partial(SSotMockFactory.create_tool_mock, zzz=1)",
    ],
)
def test_arguments_that_may_fit(tmp_path: Path, call: str) -> None:
    assert names(tmp_path, f"import functools\n{IMPORT}x = {call}") == []


@pytest.mark.parametrize("given", ["1, 2", "zzz=1", "1, tool_name=2"])
def test_what_a_partial_gives_must_fit(tmp_path: Path, given: str) -> None:
    code = (
        f"from functools import partial\n{IMPORT}partial(SSotMockFactory.create_tool_mock, {given})"
    )
    assert names(tmp_path, code) == [("wrong-arguments", "create_tool_mock")]


def test_a_method_that_is_patched_takes_what_the_patch_takes(tmp_path: Path) -> None:
    code = (
        f"{IMPORT}with patch.object(SSotMockFactory, 'create_tool_mock'):\n"
        "    SSotMockFactory.create_tool_mock(zzz=1)"
    )
    assert names(tmp_path, code) == []


METHODS = {
    "@unknown\ndef create(a): pass": False,
    "@staticmethod\n@unknown\ndef create(a): pass": False,
    "@unknown\n@staticmethod\ndef create(a): pass": False,
    "@property\ndef create(self): pass": False,
    "create = make()": False,
    "@staticmethod\ndef create(a): pass\n@staticmethod\ndef create(): pass": False,
    "if x:\n    @staticmethod\n    def create(a): pass": False,
    "@staticmethod\ndef create(a): pass\ncreate = wrap(create)": False,
    "@staticmethod\ndef create(a): pass": True,
    "@staticmethod\n@functools.cache\ndef create(a): pass": True,
    "@staticmethod\n@functools.lru_cache(maxsize=2)\ndef create(a): pass": True,
    "@abc.abstractmethod\ndef create(self): pass": True,
    "@staticmethod\n@contextlib.contextmanager\ndef create(a): yield": True,
    "@typing.overload\n@staticmethod\ndef create(): pass\n"
    "@typing.overload\n@staticmethod\ndef create(a, b): pass\n"
    "@staticmethod\ndef create(a, b=1): pass": True,
}


@pytest.mark.parametrize(("method", "is_read"), METHODS.items())
def test_methods_that_can_be_read(tmp_path: Path, method: str, *, is_read: bool) -> None:
    head = "import abc, contextlib, functools, typing\nclass SSotMockFactory:\n"
    factory = head + "".join(f"    {line}\n" for line in method.splitlines())
    code = f"{IMPORT}SSotMockFactory.create()"
    assert bool(names(tmp_path, code, factory)) is is_read


@pytest.mark.parametrize(
    ("factory", "is_read"),
    [
        ("from x import A\nclass SSotMockFactory(A):\n    def create(): pass", True),
        ("class A:\n    def create(): pass\nclass SSotMockFactory(A):\n    pass", True),
        ("class A:\n    def create(): pass\nclass SSotMockFactory(A, x):\n    pass", False),
        (("from x import B\nclass A(B):\n    def create(): pass\nclass C(B):\n    pass\n"
         "class SSotMockFactory(A, C):\n    pass"), False),
        ("class A:\n    def create(): pass\nclass SSotMockFactory(A):\n    create = 1", False),
        (("class SSotMockFactory:\n    def create(): pass\n    def add(self):\n"
         "        self.create = 1"), False),
    ],
)  # fmt: skip
def test_methods_of_base_classes(tmp_path: Path, factory: str, *, is_read: bool) -> None:
    code = f"{IMPORT}SSotMockFactory.create(1)"
    assert bool(names(tmp_path, code, factory)) is is_read
