"""What a task finds out before it is worth the way to another machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Far(Exception):  # noqa: N818 - no error: the rest is done elsewhere
    """A task came to what is done elsewhere."""


_IS_NEAR: ContextVar[bool] = ContextVar("is_near", default=False)


def begin() -> None:
    """Say that what follows takes longer than the way; raises Far where there is a way to go."""
    if _IS_NEAR.get():
        raise Far


@contextmanager
def near() -> Iterator[None]:
    """Do only what of tasks comes before their journey."""
    token = _IS_NEAR.set(True)
    try:
        yield
    finally:
        _IS_NEAR.reset(token)
