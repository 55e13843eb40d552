"""The factory that this package ships, as plain text: what `factory init` writes and what is read.

The shipped classes make their children when these are looked at; the text makes them at once, with
`unittest.mock` alone. It is the same source otherwise, so that the two cannot drift apart.
"""

import ast
from collections import defaultdict
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Final

from ssot_migrate.frozen import Frozen

#: The default target of a project that has no factory of its own.
SHIPPED: Final = "ssot_migrate.factory:SSotMockFactory"
_OURS: Final = "ssot_migrate.factory"
#: Its folder; not as a package, which would be imported, and unittest.mock with it.
_FOLDER: Final = Path(__file__).parents[1] / "factory"


def is_shipped(factory: tuple[str, str, str, bytes]) -> bool:
    """Say whether a factory (module, class, location, bytes) is the one of this package."""
    return f"{factory[0]}:{factory[1]}" == SHIPPED


def path() -> Path:
    """Give the file that the text is made from."""
    return _FOLDER / "mock_factory.py"


@cache
def source(user_context: str | None = None) -> bytes:
    """Give the factory as a module that needs nothing but the standard library.

    ``user_context`` is the project's class of user contexts, ``"package.module:Class"``, if any.
    """
    factory, plain = (
        _parts(_FOLDER.joinpath(name).read_text(encoding="utf-8"))
        for name in ("mock_factory.py", "plain.py")
    )
    text = "".join(
        (
            factory.docstring,
            "\n",
            _imports(factory, plain),
            factory.body,
            "\n\n",
            plain.body.lstrip("\n"),
        )
    )
    if user_context:
        text = text.replace("str | None] = None", f'str | None] = "{user_context}"')
    return text.encode()


class _Parts(Frozen):
    docstring: str
    imports: tuple[ast.stmt, ...]
    body: str


def _parts(text: str) -> _Parts:
    # Two empty lines end the imports; to parse all would take as long as everything else here.
    docstring, *rest = ast.parse(text.partition("\n\n\n")[0]).body
    imports = tuple(takewhile(lambda s: isinstance(s, ast.Import | ast.ImportFrom), rest))
    lines = text.splitlines(keepends=True)
    return _Parts(
        "".join(lines[: docstring.end_lineno]), imports, "".join(lines[imports[-1].end_lineno :])
    )


def _imports(*modules: _Parts) -> str:
    """Join the imports of modules, those of this package left out, in the usual order."""
    plain: set[str] = set()
    members: defaultdict[str, set[str]] = defaultdict(set)
    for statement in (statement for module in modules for statement in module.imports):
        match statement:
            case ast.Import(names=names):
                plain |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module), names=names) if not module.startswith(_OURS):
                members[module] |= {alias.name for alias in names}
    lines = [f"import {name}" for name in sorted(plain)]
    lines += [f"from {m} import {', '.join(sorted(n))}" for m, n in sorted(members.items())]
    return "\n".join([*lines, ""])
