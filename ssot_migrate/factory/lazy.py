"""Mock classes whose children are made when somebody first looks at them.

A factory's block sets many children, and a test touches few of them; each costs as much as the
product itself (an ``AsyncMock`` 0.1 to 0.5 ms). With these classes in place of those of
``unittest.mock`` the same block makes the same product::

    websocket = MagicMock(spec=spec)  # a product: made at once, by unittest.mock
    websocket.send_text = AsyncMock()  # a child: noted, and made when it is first read

A mock that is given its spec, even ``None``, is a product; every other one waits. What is made is
made by ``unittest.mock`` itself, by the assignment that was put off, so that nobody can tell it
from the mock that the block would have set. The attributes of mocks that this module knows beside
their public ones (``_mock_children``, ``_mock_methods``, ``_mock_sealed``, ``_spec_asyncs``,
``_spec_set``) have the same meaning in CPython 3.11, 3.12 and 3.13; the tests compare both.
"""

from threading import RLock
from typing import TYPE_CHECKING, Any
from unittest import mock

_lock = RLock()
_NO_SPEC = {"spec": None}
#: What a mock's constructor takes for itself and does not set as an attribute.
_CONSTRUCTOR = frozenset(
    {"spec", "spec_set", "wraps", "name", "unsafe", "return_value", "side_effect"}
)
#: Values that a mock takes as they are, and names that are its own.
_PLAIN = frozenset({str, int, float, bool, dict, type(None)})
_TAKEN = frozenset(dir(mock.AsyncMock))


class Waiting:
    """A mock that is made when somebody first needs it."""

    __slots__ = ("_kind", "_made", "_settings")

    _kind: type[mock.Mock]
    _settings: dict[str, Any]
    _made: mock.Mock | None

    def __init__(self, kind: type[mock.Mock], settings: dict[str, Any]) -> None:
        set_own = super().__setattr__
        set_own("_kind", kind)
        set_own("_settings", settings)
        set_own("_made", None)

    def made(self) -> mock.Mock:
        """Give the mock, always the same one."""
        with _lock:
            made = self._made
            if made is None:
                made = _make(self._kind, self._settings)
                super().__setattr__("_made", made)
            return made

    def reset_mock(
        self,
        visited: Any = None,
        *,
        return_value: bool = False,
        side_effect: bool = False,
    ) -> None:
        """Reset as its parent is reset: nothing was recorded yet, but there may be presets."""
        if self._made is not None or return_value or side_effect:
            self.made().reset_mock(
                visited, return_value=return_value, side_effect=side_effect
            )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.made(), name, value)


def _make(kind: type[mock.Mock], settings: dict[str, Any]) -> mock.Mock:
    # An AsyncMock needs a signature that CPython before 3.12 reads with `ast.parse`, which fails
    # at random in threads: https://github.com/python/cpython/issues/106905
    with _lock:
        return _made(kind, settings)


def _made(kind: type[mock.Mock], settings: dict[str, Any]) -> mock.Mock:
    if settings == _NO_SPEC:
        return _bare(kind)
    own = {name: _ready(settings[name]) for name in settings if name in _CONSTRUCTOR}
    made = kind(**own)
    for name, hook in _HOOKS.items():
        setattr(type(made), name, hook)
    rest = {name: settings[name] for name in settings if name not in _CONSTRUCTOR}
    if rest:
        made.configure_mock(**rest)
    return made


def _bare(kind: type[mock.Mock]) -> mock.Mock:
    """Do what ``kind(spec=None)`` does, a mock's own class and all, with less ado."""
    made: mock.Mock = object.__new__(type(kind.__name__, (kind,), _NAMES[kind]))
    made.__init__()  # type: ignore[misc]
    return made


def _read(parent: mock.NonCallableMock, name: str) -> Any:
    children = vars(parent).get("_mock_children", {})
    child = children.get(name)
    if type(child) is not Waiting:
        return mock.NonCallableMock.__getattr__(parent, name)
    with _lock:
        made = child.made()
        if children.get(name) is child:
            parent.__dict__[name] = made  # A sealed mock takes only what it has.
            mock.NonCallableMock.__setattr__(parent, name, made)
    return made


def _write(parent: mock.NonCallableMock, name: str, value: Any) -> None:
    own = parent.__dict__
    if (
        type(value) in _PLAIN
        and name not in _TAKEN
        and not name.startswith("_")
        and not own["_spec_set"]
        and not own["_mock_sealed"]
    ):
        own[name] = (
            value  # All that `unittest.mock` does with such a value, in the end.
        )
    elif type(value) is not Waiting or name in _CONSTRUCTOR or name.startswith("__"):
        mock.NonCallableMock.__setattr__(parent, name, _ready(value))
    else:
        own.pop(name, None)
        own["_mock_children"][name] = _kept_to_spec(parent, name, value)


def _whole(parent: mock.NonCallableMock, protocol: Any) -> Any:
    """Make all children first: a copy shares them with its original."""
    for name, child in list(parent._mock_children.items()):
        if type(child) is Waiting:
            _read(parent, name)
    return object.__reduce_ex__(parent, protocol)


_HOOKS = {"__getattr__": _read, "__setattr__": _write, "__reduce_ex__": _whole}
#: What stands in the class that a mock has of its own.
_NAMES: dict[type[mock.Mock], dict[str, Any]] = {
    kind: {"__doc__": kind.__doc__, "__module__": kind.__module__, **_HOOKS}
    for kind in (mock.AsyncMock, mock.MagicMock)
}


def _kept_to_spec(parent: Any, name: str, child: Waiting) -> Any:
    """Give what a parent's spec leaves of a child: another kind, or nothing, see `plain`."""
    if parent._mock_methods is None or name.startswith("_"):
        return child
    if name not in parent._mock_methods:
        return mock.sentinel.DELETED  # What `del parent.name` leaves there.
    kind = mock.AsyncMock if name in parent._spec_asyncs else mock.MagicMock
    return child if kind is child._kind else Waiting(kind, {})


def _ready(value: Any) -> Any:
    """Make what waits, also in a list."""
    if type(value) is list:
        value[:] = map(_ready, value)
    return value.made() if type(value) is Waiting else value


if TYPE_CHECKING:
    from unittest.mock import AsyncMock, MagicMock
else:

    class _Kind(type):
        """A class whose calls give mocks of another one, at once or later."""

        def __call__(cls, **settings: Any) -> Any:
            given = "spec" in settings
            return _make(cls.kind, settings) if given else Waiting(cls.kind, settings)

    class AsyncMock(metaclass=_Kind):
        """Stands for ``unittest.mock.AsyncMock``."""

        kind = mock.AsyncMock

    class MagicMock(metaclass=_Kind):
        """Stands for ``unittest.mock.MagicMock``."""

        kind = mock.MagicMock


__all__ = ["AsyncMock", "MagicMock"]
