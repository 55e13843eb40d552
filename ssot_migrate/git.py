"""Ask git about the files of a checkout."""

import os
import subprocess
from typing import Final

#: Variables that change how git compares, or what it takes a path for.
_STEERING: Final = frozenset(
    "GIT_DIFF_OPTS GIT_GLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_LITERAL_PATHSPECS"
    " GIT_NOGLOB_PATHSPECS".split()
)


def run(folder: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, whatever settings a hook or a user has left in the environment.

    Raises OSError where it cannot be run.
    """
    return subprocess.run(
        ["git", "-C", folder, *arguments],
        env=_environment(),
        input=given,
        capture_output=True,
        check=False,
    )


def _environment() -> dict[str, str]:
    # Without optional locks it never blocks another git command of the user's.
    given = {name: value for name, value in os.environ.items() if name not in _STEERING}
    if "GIT_WORK_TREE" not in given:
        # Hooks have it alone, and then the tree would begin wherever git runs.
        given.pop("GIT_DIR", None)
    return given | {"GIT_OPTIONAL_LOCKS": "0"}
