"""The factory imported where it works; imports of unittest.mock that nothing uses any more removed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ssot_migrate.model import Applicability
from ssot_migrate.rewriting.import_members import with_member, without
from ssot_migrate.rewriting.import_order import (
    Import,
    is_sorted,
    last_run,
    member_key,
    section_of,
)
from tests.support import Project, check_rewritten, only
from tests.writing import rewrite_bytes

FACTORY_IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
BEFORE = """

def test_it():
    mock_ws = MagicMock()
    mock_ws.user_id = "u1"
    go(mock_ws)
"""
AFTER = """

def test_it():
    mock_ws = SSotMockFactory.create_websocket_mock(user_id="u1")
    go(mock_ws)
"""

HEADS = {
    "the only import": (
        "from unittest.mock import MagicMock\n",
        FACTORY_IMPORT,
    ),
    "after the docstring": (
        '"""What\nit is."""\n\nfrom unittest.mock import *\n',
        f'"""What\nit is."""\n\nfrom unittest.mock import *\n\n{FACTORY_IMPORT}',
    ),
    "after __future__, the import of mocks gone": (
        "from __future__ import annotations\n\nfrom unittest.mock import MagicMock\n",
        f"from __future__ import annotations\n\n{FACTORY_IMPORT}",
    ),
    "after __future__, in place of several imports": (
        (
            "from __future__ import annotations\n\nimport unittest.mock\n"
            "from unittest.mock import MagicMock\n\nx: unittest.mock.Mock\n"
        ),
        (
            "from __future__ import annotations\n\nimport unittest.mock\n\n"
            f"{FACTORY_IMPORT}\nx: unittest.mock.Mock\n"
        ),
    ),
    "a section of its own, behind the earlier ones": (
        "import os\nfrom unittest.mock import MagicMock\n\nimport pytest\n",
        f"import os\n\nimport pytest\n\n{FACTORY_IMPORT}",
    ),
    "a section of its own, before the later ones": (
        "from unittest.mock import MagicMock\n\nfrom . import feeds\n",
        f"{FACTORY_IMPORT}\nfrom . import feeds\n",
    ),
    "sorted among its neighbours": (
        (
            "from unittest.mock import MagicMock\n\nimport pytest\n\n"
            "import tests\nfrom test_framework import zoo\nfrom tests import feeds\n"
        ),
        (
            "import pytest\n\n"
            f"import tests\nfrom test_framework import zoo\n{FACTORY_IMPORT}from tests import feeds\n"
        ),
    ),
    "last among its neighbours": (
        "from unittest.mock import MagicMock\n\nimport tests\nfrom test_framework.abc import x\n",
        f"import tests\nfrom test_framework.abc import x\n{FACTORY_IMPORT}",
    ),
    "behind neighbours that are not sorted": (
        "from unittest.mock import MagicMock\n\nfrom tests import feeds\nfrom test_framework import a\n",
        f"from tests import feeds\nfrom test_framework import a\n{FACTORY_IMPORT}",
    ),
    "with the last run of its section": (
        (
            "from tests import feeds\nfrom unittest.mock import MagicMock\n\nimport pytest\n\n"
            "from test_framework import a\n"
        ),
        f"from tests import feeds\n\nimport pytest\n\nfrom test_framework import a\n{FACTORY_IMPORT}",
    ),
    "not between a comment and its import": (
        "import os\n\n# ours\nfrom tests import feeds\nfrom unittest.mock import MagicMock\n",
        f"import os\n\n{FACTORY_IMPORT}# ours\nfrom tests import feeds\n",
    ),
    "not before the comments at the top of the file": (
        (
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nfrom tests import feeds\n"
            "from unittest.mock import MagicMock\n"
        ),
        f"#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n{FACTORY_IMPORT}from tests import feeds\n",
    ),
    "after an edit of sys.path that imports follow": (
        "import sys\n\nsys.path.insert(0, 'src')\n\nimport pytest\nfrom unittest.mock import MagicMock\n",
        f"import sys\n\nsys.path.insert(0, 'src')\n\nimport pytest\n\n{FACTORY_IMPORT}",
    ),
    "after an edit of sys.path, in place of the import of mocks": (
        "import sys\n\nsys.path.insert(0, 'src')\n\nfrom unittest.mock import MagicMock\n",
        f"import sys\n\nsys.path.insert(0, 'src')\n\n{FACTORY_IMPORT}",
    ),
    "after an edit of sys.path that no import follows": (
        "import sys\nfrom unittest.mock import MagicMock\n\nif True:\n    sys.path.append('src')\n",
        f"import sys\n\nif True:\n    sys.path.append('src')\n\n{FACTORY_IMPORT}",
    ),
    "after an importorskip": (
        "import pytest\n\nredis = pytest.importorskip('redis')\n\nfrom unittest.mock import MagicMock\n",
        f"import pytest\n\nredis = pytest.importorskip('redis')\n\n{FACTORY_IMPORT}",
    ),
    "before an importorskip that no import follows": (
        "from unittest.mock import MagicMock\n\nimport pytest\n\npytest.importorskip('redis')\n",
        f"import pytest\n\n{FACTORY_IMPORT}\npytest.importorskip('redis')\n",
    ),
    "after code": (
        "import os\n\nX = os.name\n\nfrom unittest.mock import MagicMock\n\nimport pytest\n",
        f"import os\n\nX = os.name\n\nimport pytest\n\n{FACTORY_IMPORT}",
    ),
    "not behind a definition": (
        "import os\n\n\ndef go(x):\n    os.remove(x)\n\n\nfrom unittest.mock import MagicMock\n",
        f"import os\n\n{FACTORY_IMPORT}\n\ndef go(x):\n    os.remove(x)\n",
    ),
    "not into TYPE_CHECKING": (
        (
            "from typing import TYPE_CHECKING\nfrom unittest.mock import MagicMock\n\n"
            f"if TYPE_CHECKING:\n    from tests import feeds\n    {FACTORY_IMPORT}"
        ),
        (
            f"from typing import TYPE_CHECKING\n\n{FACTORY_IMPORT}\n"
            f"if TYPE_CHECKING:\n    from tests import feeds\n    {FACTORY_IMPORT}"
        ),
    ),
    "an import in try is not emptied": (
        "try:\n    from unittest.mock import MagicMock\nexcept ImportError:\n    from mock import MagicMock\n",
        (
            f"{FACTORY_IMPORT}\ntry:\n    from unittest.mock import MagicMock\n"
            "except ImportError:\n    from mock import MagicMock\n"
        ),
    ),
    "an import in try shrinks": (
        "try:\n    import fast\n    from unittest.mock import MagicMock\nexcept ImportError:\n    fast = None\n",
        f"{FACTORY_IMPORT}\ntry:\n    import fast\nexcept ImportError:\n    fast = None\n",
    ),
    # merged
    "merged with an import from the same module": (
        "from unittest.mock import MagicMock\n\nfrom test_framework.ssot.mock_factory import other\n",
        "from test_framework.ssot.mock_factory import SSotMockFactory, other\n",
    ),
    "merged, last": (
        "from unittest.mock import MagicMock\n\nfrom test_framework.ssot.mock_factory import ABC, Other\n",
        "from test_framework.ssot.mock_factory import ABC, Other, SSotMockFactory\n",
    ),
    "merged on several lines where one is too short": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import a_name_that_is_rather_long, b\n"
        ),
        (
            "from test_framework.ssot.mock_factory import (\n    SSotMockFactory,\n"
            "    a_name_that_is_rather_long,\n    b,\n)\n"
        ),
    ),
    "merged in brackets, its neighbours' comments theirs": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import (\n    ABC,  # abc\n    other,  # other\n)\n"
        ),
        (
            "from test_framework.ssot.mock_factory import (\n    ABC,  # abc\n"
            "    SSotMockFactory,\n    other,  # other\n)\n"
        ),
    ),
    "merged in brackets, last": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import (\n    ABC,  # abc\n    Other,  # other\n)\n"
        ),
        (
            "from test_framework.ssot.mock_factory import (\n    ABC,  # abc\n"
            "    Other,  # other\n    SSotMockFactory,\n)\n"
        ),
    ),
    "merged in brackets with a single name": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import (\n    ABC,\n)\n"
        ),
        "from test_framework.ssot.mock_factory import (\n    ABC,\n    SSotMockFactory,\n)\n",
    ),
    "merged in brackets on one line": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import (ABC, other)  # both\n"
        ),
        "from test_framework.ssot.mock_factory import (ABC, SSotMockFactory, other)  # both\n",
    ),
    "not merged with a renamed name": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import ABC as A\n"
            "from test_framework.ssot.mock_factory import other as o\n"
        ),
        (
            "from test_framework.ssot.mock_factory import ABC as A\n"
            f"{FACTORY_IMPORT}from test_framework.ssot.mock_factory import other as o\n"
        ),
    ),
    "not merged on a line that is shared": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from test_framework.ssot.mock_factory import other; import tests\n"
        ),
        f"from test_framework.ssot.mock_factory import other; import tests\n{FACTORY_IMPORT}",
    ),
    "not merged with a relative import": (
        (
            "from unittest.mock import MagicMock\n\n"
            "from .test_framework.ssot.mock_factory import other\n"
        ),
        f"{FACTORY_IMPORT}\nfrom .test_framework.ssot.mock_factory import other\n",
    ),
    # there already
    "there already": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}",
        FACTORY_IMPORT,
    ),
    "there already, a fallback behind it": (
        (
            f"from unittest.mock import MagicMock\n\ntry:\n    {FACTORY_IMPORT}"
            "except ImportError:\n    SSotMockFactory = None\n"
        ),
        f"try:\n    {FACTORY_IMPORT}except ImportError:\n    SSotMockFactory = None\n",
    ),
    # removed
    "one name of several": (
        f"from unittest.mock import AsyncMock, MagicMock, patch\n\n{FACTORY_IMPORT}\npatch(AsyncMock)\n",
        f"from unittest.mock import AsyncMock, patch\n\n{FACTORY_IMPORT}\npatch(AsyncMock)\n",
    ),
    "the last name of several": (
        f"from unittest.mock import AsyncMock, MagicMock\n\n{FACTORY_IMPORT}\nprint(AsyncMock)\n",
        f"from unittest.mock import AsyncMock\n\n{FACTORY_IMPORT}\nprint(AsyncMock)\n",
    ),
    "the last of several lines": (
        (
            "from unittest.mock import (\n    AsyncMock,  # a\n    MagicMock,  # m\n)\n\n"
            f"{FACTORY_IMPORT}\nprint(AsyncMock)\n"
        ),
        f"from unittest.mock import (\n    AsyncMock,  # a\n)\n\n{FACTORY_IMPORT}\nprint(AsyncMock)\n",
    ),
    "the first of several lines": (
        (
            "from unittest.mock import (\n    MagicMock,  # m\n    call,\n    patch,  # p\n)\n\n"
            f"{FACTORY_IMPORT}\nprint(call, patch)\n"
        ),
        (
            "from unittest.mock import (\n    call,\n    patch,  # p\n)\n\n"
            f"{FACTORY_IMPORT}\nprint(call, patch)\n"
        ),
    ),
    "the last of lines without trailing comma": (
        f"from unittest.mock import (ANY,\n                           MagicMock)\n\n{FACTORY_IMPORT}\nANY\n",
        f"from unittest.mock import ANY\n\n{FACTORY_IMPORT}\nANY\n",
    ),
    "the last of lines without trailing comma, with a comment": (
        f"from unittest.mock import (ANY,  # any\n    MagicMock)\n\n{FACTORY_IMPORT}\nANY\n",
        f"from unittest.mock import (ANY,  # any\n    )\n\n{FACTORY_IMPORT}\nANY\n",
    ),
    "the first of lines without trailing comma": (
        f"from unittest.mock import (MagicMock,\n                           call)\n\n{FACTORY_IMPORT}\ncall\n",
        f"from unittest.mock import call\n\n{FACTORY_IMPORT}\ncall\n",
    ),
    "two on a line of several": (
        f"from unittest.mock import (\n    call, MagicMock,\n    ANY)\n\n{FACTORY_IMPORT}\ncall, ANY\n",
        f"from unittest.mock import (\n    call, ANY)\n\n{FACTORY_IMPORT}\ncall, ANY\n",
    ),
    "behind a backslash": (
        f"from unittest.mock import patch, \\\n    MagicMock\n\n{FACTORY_IMPORT}\npatch\n",
        f"from unittest.mock import patch\n\n{FACTORY_IMPORT}\npatch\n",
    ),
    "a comment above it stays, and stands at the next import": (
        "import os\n\n# mocks\nfrom unittest.mock import MagicMock\n\n# ours\nfrom tests import feeds\n",
        f"import os\n\n{FACTORY_IMPORT}# mocks\n# ours\nfrom tests import feeds\n",
    ),
    "a heading at the top stays one": (
        "# Standard library\nfrom unittest.mock import MagicMock\n\n# ours\nfrom tests import feeds\n",
        f"# Standard library\n\n{FACTORY_IMPORT}# ours\nfrom tests import feeds\n",
    ),
    "at the top, its blank lines with it": (
        "from unittest.mock import MagicMock\n\nX = 1\n\nfrom tests import feeds\n",
        f"X = 1\n\n{FACTORY_IMPORT}from tests import feeds\n",
    ),
    "kept where a backslash joins nothing to it": (
        f"from unittest.mock import patch, MagicMock \\\n    \n\n{FACTORY_IMPORT}\npatch\n",
        None,
    ),
    "kept for noqa": (
        f"from unittest.mock import MagicMock  # noqa: F401\n\n{FACTORY_IMPORT}",
        None,
    ),
    "kept for __all__": (
        f'from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\n__all__ = ["MagicMock"]\n',
        None,
    ),
    "kept for an annotation": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\nx: MagicMock\n",
        None,
    ),
    "kept for an annotation in a string": (
        f'from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\nx: "list[MagicMock]"\n',
        None,
    ),
    "removed for all that prose says": (
        (
            '"""Builds a MagicMock of its own."""\n\nfrom unittest.mock import MagicMock\n\n'
            f"{FACTORY_IMPORT}\nx = 'a MagicMock is built', '\\\\d MagicMock', 'AMagicMock'\n"
        ),
        (
            '"""Builds a MagicMock of its own."""\n\n'
            f"{FACTORY_IMPORT}\nx = 'a MagicMock is built', '\\\\d MagicMock', 'AMagicMock'\n"
        ),
    ),
    "kept for a type comment": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\nx = []  # type: list[MagicMock]\n",
        None,
    ),
    "kept as a re-export": (
        f"from unittest.mock import MagicMock as MagicMock\n\n{FACTORY_IMPORT}",
        None,
    ),
    "kept for isinstance": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\nisinstance(1, MagicMock)\n",
        None,
    ),
    "kept for new_callable": (
        (
            f"from unittest.mock import MagicMock, patch\n\n{FACTORY_IMPORT}\n"
            "patch('a.b', new_callable=MagicMock)\n"
        ),
        None,
    ),
    "kept for globals()": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}\nprint(globals())\n",
        None,
    ),
    "kept where it was not used before": (
        f"from unittest.mock import AsyncMock, MagicMock\n\n{FACTORY_IMPORT}\nprint(MagicMock)\n",
        None,
    ),
    "kept where its line is shared": (
        f"import os; from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}",
        None,
    ),
    "kept in a one-line suite": (
        f"if True: from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}",
        None,
    ),
    "one is kept where nothing would be left of a suite": (
        f"{FACTORY_IMPORT}if True:\n    from unittest.mock import MagicMock\n    from unittest.mock import MagicMock\n",
        f"{FACTORY_IMPORT}if True:\n    from unittest.mock import MagicMock\n",
    ),
    "another module's class of that name is none of ours": (
        f"from unittest.mock import MagicMock\n\n{FACTORY_IMPORT}from tests.mock import MagicMock as M\n",
        f"{FACTORY_IMPORT}from tests.mock import MagicMock as M\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), HEADS.values(), ids=HEADS)
def test_imports(before: str, after: str | None, tmp_path: Path) -> None:
    check_rewritten(tmp_path, before + BEFORE, (after or before) + AFTER, unsafe=True)


def body(creation: str, *, head: str = "", inside: str = "") -> str:
    """Give a test file whose test has imports of its own."""
    inside = inside and f"    {inside}\n"
    return f"{head}def test_it():\n{inside}    mock_ws = {creation}\n    go(mock_ws)\n"


CALL = "SSotMockFactory.create_websocket_mock()"
OF_MODULE = FACTORY_IMPORT.replace("SSotMockFactory", "abc")
FILES = {
    "no import at all, a docstring": (
        '"""What it is."""\n\n\n'
        + body("MagicMock()", inside="from unittest.mock import MagicMock"),
        f'"""What it is."""\n\n{FACTORY_IMPORT}\n\n' + body(CALL),
    ),
    "no import at all, comments at the top": (
        "#!/bin/python\n# Licence\n\n\n"
        + body("m.MagicMock()", inside="import unittest.mock as m"),
        f"#!/bin/python\n# Licence\n\n{FACTORY_IMPORT}\n\n" + body(CALL),
    ),
    "no import at all": (
        body("mock.MagicMock()", inside="from unittest import mock"),
        f"{FACTORY_IMPORT}\n\n" + body(CALL),
    ),
    "no import at all, code first": (
        "X = 1\n\n\n" + body("MagicMock()", inside="from unittest.mock import MagicMock"),
        f"{FACTORY_IMPORT}\nX = 1\n\n\n" + body(CALL),
    ),
    "no import at all, a comment above the first function": (
        "#!/bin/python\n# coding: utf-8\n# what goes\n"
        + body("MagicMock()", inside="from unittest.mock import MagicMock"),
        f"#!/bin/python\n# coding: utf-8\n\n{FACTORY_IMPORT}\n\n# what goes\n" + body(CALL),
    ),
    "an import that shares its line with the block": (
        "import os; from unittest.mock import MagicMock; mock_ws = MagicMock()\n",
        f"{FACTORY_IMPORT}\nimport os; from unittest.mock import MagicMock; mock_ws = {CALL}\n",
    ),
    "no import at all, a comment first": (
        "\n# what goes\n" + body("MagicMock()", inside="from unittest.mock import MagicMock"),
        f"{FACTORY_IMPORT}\n\n# what goes\n" + body(CALL),
    ),
    "an import inside the function alone is no empty suite": (
        "def load():\n    from unittest.mock import MagicMock\n\n\nclass X:\n    import unittest.mock\n\n\n"
        + body("unittest.mock.MagicMock()", head="import unittest.mock\n"),
        f"{FACTORY_IMPORT}\n\ndef load():\n    from unittest.mock import MagicMock\n\n\n"
        "class X:\n    import unittest.mock\n\n\n" + body(CALL),
    ),
    "the module, dotted": (
        body("unittest.mock.MagicMock()", head="import unittest.mock\n\n\n"),
        body(CALL, head=f"{FACTORY_IMPORT}\n\n"),
    ),
    "the module, renamed, among others": (
        body("m.MagicMock()", head="import os, unittest.mock as m\n\n\n"),
        body(CALL, head=f"import os\n\n{FACTORY_IMPORT}\n\n"),
    ),
    "the module, first among others": (
        body("m.MagicMock()", head="import unittest.mock as m, os\n\n\n"),
        body(CALL, head=f"import os\n\n{FACTORY_IMPORT}\n\n"),
    ),
    "the module from its package": (
        body("mock.MagicMock()", head="from unittest import TestCase, mock\n\n\n"),
        body(CALL, head=f"from unittest import TestCase\n\n{FACTORY_IMPORT}\n\n"),
    ),
    "a name renamed": (
        body("MM()", head="from unittest.mock import MagicMock as MM, patch\n\npatch\n\n\n"),
        body(CALL, head=f"from unittest.mock import patch\n\n{FACTORY_IMPORT}\npatch\n\n\n"),
    ),
    "a function's import goes with its blank lines": (
        body("MagicMock()", inside="from unittest.mock import MagicMock\n"),
        f"{FACTORY_IMPORT}\n\n" + body(CALL),
    ),
    "a function's import shrinks": (
        body("MagicMock()", inside="from unittest.mock import MagicMock, patch; patch\n"),
        f"{FACTORY_IMPORT}\n\n"
        + body(CALL, inside="from unittest.mock import MagicMock, patch; patch\n"),
    ),
    "a function's import of several names shrinks": (
        body("MagicMock()", inside="from unittest.mock import MagicMock, patch\n    patch\n"),
        f"{FACTORY_IMPORT}\n\n" + body(CALL, inside="from unittest.mock import patch\n    patch\n"),
    ),
    "the function imports the factory": (
        body(
            "MagicMock()",
            head="from unittest.mock import MagicMock\n\n\n",
            inside=FACTORY_IMPORT.strip(),
        ),
        body(CALL, inside=FACTORY_IMPORT.strip()),
    ),
    "a module's block before the last imports": (
        "import os\nfrom unittest.mock import MagicMock\n\nmock_ws = MagicMock()\n\nimport pytest\n",
        f"import os\n\n{FACTORY_IMPORT}\nmock_ws = {CALL}\n\nimport pytest\n",
    ),
    "another suite's import of the factory is none": (
        body(
            "MagicMock()",
            head=f"from unittest.mock import MagicMock\n\n\ndef other():\n    {FACTORY_IMPORT}\n\n",
        ),
        body(CALL, head=f"{FACTORY_IMPORT}\n\ndef other():\n    {FACTORY_IMPORT}\n\n"),
    ),
}


@pytest.mark.parametrize(("before", "after"), FILES.values(), ids=FILES)
def test_files(before: str, after: str, tmp_path: Path) -> None:
    check_rewritten(tmp_path, before, after, unsafe=True)


def test_line_ends_of_the_file_are_those_of_the_import(tmp_path: Path) -> None:
    before = (
        "from unittest.mock import MagicMock\n\nfrom test_framework.ssot.mock_factory import (\n    ABC,\n)\n"
        + BEFORE
    )
    after = (
        "from test_framework.ssot.mock_factory import (\n    ABC,\n    SSotMockFactory,\n)\n"
        + AFTER
    )
    crlf = rewrite_bytes(tmp_path, before.replace("\n", "\r\n").encode())
    assert crlf == after.replace("\n", "\r\n").encode()


def test_the_line_length_of_a_merged_import_is_the_projects(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.ssot-migrate]\nline-length = 60\n")
    project.write("tests/test_it.py", f"from unittest.mock import MagicMock\n\n{OF_MODULE}{BEFORE}")
    after = project.rewrite("tests/test_it.py").decode()
    assert after.startswith(OF_MODULE.replace("abc", "(\n    SSotMockFactory,\n    abc,\n)"))


def test_first_party_is_what_lies_in_the_root_and_in_src(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write(
        "pyproject.toml",
        '[tool.ssot-migrate]\nfactory = "fakes:SSotMockFactory"\n'
        '[tool.pytest.ini_options]\npythonpath = ["lib", "none"]\n',
    )
    project.write(
        "src/fakes.py",
        (Path(__file__).parents[1] / "samples/test_framework/ssot/mock_factory.py").read_bytes(),
    )
    project.write("src/app/views.py", "")
    project.write("lib/zebra.py", "")
    project.write(
        "tests/test_it.py",
        f"from unittest.mock import MagicMock\n\nimport zebra\n\nimport app\n{BEFORE}",
    )
    after = project.rewrite("tests/test_it.py").decode()
    assert after == f"import zebra\n\nimport app\nfrom fakes import SSotMockFactory\n{AFTER}"


def test_a_factory_of_another_distribution_is_third_party(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write(
        "pyproject.toml",
        '[tool.ssot-migrate]\nfactory = "fakes:SSotMockFactory"\n'
        '[tool.pytest.ini_options]\npythonpath = ["lib"]\n',
    )
    project.write(
        "lib/fakes.py",
        (Path(__file__).parents[1] / "samples/test_framework/ssot/mock_factory.py").read_bytes(),
    )
    project.write(
        "tests/test_it.py",
        f"from unittest.mock import MagicMock\n\nimport zebra\n\nfrom tests import x\n{BEFORE}",
    )
    after = project.rewrite("tests/test_it.py").decode()
    assert (
        after == f"import zebra\nfrom fakes import SSotMockFactory\n\nfrom tests import x\n{AFTER}"
    )


TAKEN = {
    "a class": "class SSotMockFactory: ...\n",
    "an assignment": "SSotMockFactory = None\n",
    "an import from elsewhere": "from elsewhere import SSotMockFactory\n",
}


@pytest.mark.parametrize("binding", TAKEN.values(), ids=TAKEN)
def test_a_name_that_is_bound_otherwise_is_not_overwritten(tmp_path: Path, binding: str) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", f"from unittest.mock import MagicMock\n{binding}{BEFORE}")
    report = project.run(unsafe=True)
    assert report.changes == ()
    assert report.all_failures == ()
    reason = only(report, Applicability.MANUAL).reason
    assert reason is not None
    assert reason.startswith("SSotMockFactory is ")
    assert "on line 2" in reason


# the pieces


def statement(text: str) -> ast.Import | ast.ImportFrom:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.Import | ast.ImportFrom)
    return node


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("from __future__ import annotations", 0),
        ("import os.path", 1),
        ("from unittest.mock import call", 1),
        ("import pytest, app", 2),
        ("from app.x import y", 3),
        ("import app", 3),
        ("from . import x", 4),
        ("from .app import x", 4),
    ],
)
def test_sections_are_those_of_isort(text: str, section: int) -> None:
    assert section_of(statement(text), {"app"}) == section


def test_the_last_run_ends_at_code() -> None:
    tree = ast.parse(
        "import a\nimport b\n\nx = 1\ny = 2\nimport (\\\n c)\n".replace("(\\\n c)", "c")
    )
    found = [Import(s, 2) for s in tree.body if isinstance(s, ast.Import)]
    assert [e.statement.names[0].name for e in last_run(found)] == ["c"]
    assert [e.statement.names[0].name for e in last_run(found[:2])] == ["a", "b"]


@pytest.mark.slow
def test_the_order_is_that_of_ruff(tmp_path: Path) -> None:
    names = [
        "b",
        "a1",
        "a10",
        "a2",
        "Alpha",
        "A",
        "ALL",
        "ALL2",
        "a_b",
        "aB",
        "ab",
        "_x",
        "B2b",
        "B10b",
        "*",
    ]
    modules = ["b", "a", "a.b", "a1.b", "a10", "a2", "A", "ab", "a_b", "Ab"]
    lines = [f"from {module} import x" for module in modules]
    lines += [f"from zz import {name} as {name}_" for name in names[:-1]] + ["from zz import *"]
    lines += [f"import {module}" for module in modules]
    file = tmp_path / "x.py"
    file.write_text("\n".join(lines) + "\n")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "-q",
        "--isolated",
        "--select",
        "I",
        "--fix",
        str(file),
    ]
    subprocess.run(command, check=True)
    ordered = [
        Import(s, 2)
        for s in ast.parse(file.read_text()).body
        if isinstance(s, ast.Import | ast.ImportFrom)
    ]
    assert len(ordered) == len(lines)
    assert is_sorted(ordered)
    assert not is_sorted(ordered[::-1])


def test_names_go_from_constants_over_classes_to_the_rest() -> None:
    names = ["*", "A10", "ALL", "A", "Sample", "SSotMockFactory", "abc", "ABC1x"]
    assert sorted(names, key=member_key) == [
        "*",
        "A10",
        "ALL",
        "A",
        "ABC1x",
        "Sample",
        "SSotMockFactory",
        "abc",
    ]


def test_members_are_taken_out_of_an_indented_import() -> None:
    assert (
        without("    from m import (\n        a,\n        b,\n    )\n", {"a"})
        == "    from m import (\n        b,\n    )\n"
    )


def test_dotted_names_are_known_by_what_they_bind() -> None:
    assert without("import a.b, c.d as e, f\n", {"a", "e"}) == "import f\n"


def test_a_member_is_put_in_its_place() -> None:
    assert with_member("from m import A, c\n", "B", 88) == "from m import A, B, c\n"
    assert (
        with_member("from m import A, c\n", "B", 10)
        == "from m import (\n    A,\n    B,\n    c,\n)\n"
    )
    assert with_member("from m import A  # a\n", "B", 10) == "from m import A, B  # a\n"


def test_a_use_that_an_import_elsewhere_never_reached_keeps_it_no_longer(tmp_path: Path) -> None:
    unreached = "\n\ndef test_other():\n    callback = MagicMock()\n    call(callback)\n"
    before = (
        "def test_it():\n    from unittest.mock import MagicMock\n\n"
        "    mock_ws = MagicMock()\n    go(mock_ws)\n" + unreached
    )
    after = (
        f"{FACTORY_IMPORT}\n\ndef test_it():\n"
        "    mock_ws = SSotMockFactory.create_websocket_mock()\n    go(mock_ws)\n" + unreached
    )
    check_rewritten(tmp_path, before, after)
