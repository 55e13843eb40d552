"""Write signatures as text, and say what a caller of one would miss in another."""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

_ASYNC = "async "


class _Default:
    """A default as the source would have it; what is no literal is ``...``."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        text = repr(self.value)
        try:
            return text if ast.literal_eval(text) == self.value else "..."
        except (ValueError, SyntaxError):
            return "..."


@dataclass(frozen=True, slots=True)
class _Signature:
    """What callers may pass."""

    is_async: bool
    #: Names that positional arguments go to, in order.
    positional: list[str]
    #: Names that keyword arguments may have.
    keywords: list[str]
    #: What may be left out, and what it is then.
    defaults: dict[str, str]
    has_args: bool
    has_kwargs: bool

    @property
    def named(self) -> list[str]:
        """All parameters that have a name."""
        return list(dict.fromkeys([*self.positional, *self.keywords]))

    @property
    def required(self) -> list[str]:
        """Those that must be given."""
        return [name for name in self.named if name not in self.defaults]


def public_methods(factory: type) -> dict[str, Callable[..., Any]]:
    """Return the methods of a factory that tests call, by name."""
    kinds = (FunctionType, staticmethod, classmethod)
    return {
        name: getattr(factory, name)
        for name in dir(factory)
        if not name.startswith("_") and isinstance(inspect.getattr_static(factory, name), kinds)
    }


def text_of(method: Callable[..., Any]) -> str:
    """Write a signature without its annotations: ``(user_id='test-user', *, spec=None)``."""
    signature = inspect.signature(method)
    parameters = [
        parameter.replace(
            annotation=inspect.Parameter.empty,
            default=parameter.default
            if parameter.default is inspect.Parameter.empty
            else _Default(parameter.default),
        )
        for parameter in signature.parameters.values()
    ]
    start = _ASYNC if inspect.iscoroutinefunction(method) else ""
    return f"{start}{inspect.Signature(parameters)}"


def problems(old: str, new: str, *, defaults: bool = True) -> Iterator[str]:
    """Say what callers that were written for one signature miss in another.

    ``defaults`` says whether another default is a problem, too. Raises ValueError for a text that
    is no signature.
    """
    before, after = _parsed(old), _parsed(new)
    if before.is_async != after.is_async:
        yield "is async now" if after.is_async else "is sync now"
    gone = [name for place, name in enumerate(before.positional) if _is_gone(name, place, after)]
    yield from (f"{name} is gone" for name in gone)
    yield from _moved(before, after)
    for name in before.keywords:
        if name not in gone and not _takes_keyword(name, after):
            yield f"takes no {name}="
    for name in before.defaults.keys() & after.defaults if defaults else ():
        if before.defaults[name] != after.defaults[name]:
            yield f"{name} is {after.defaults[name]} by default, was {before.defaults[name]}"
    for name in after.required:
        if name not in before.required:
            yield f"{name} must be given"
    if before.has_args and not after.has_args:
        yield "takes no further positional arguments"
    if before.has_kwargs and not after.has_kwargs:
        yield "takes no further keywords"


def _is_gone(name: str, place: int, after: _Signature) -> bool:
    """Say whether a positional parameter is there by no name, and no ``*args`` in its place."""
    return name not in after.named and not (after.has_args and len(after.positional) <= place)


def _moved(before: _Signature, after: _Signature) -> Iterator[str]:
    """Say which positional arguments go elsewhere now."""
    for place, name in enumerate(before.positional):
        if name in after.positional and after.positional[place : place + 1] != [name]:
            yield f"{name} is argument {after.positional.index(name) + 1}, was {place + 1}"
        elif name in after.keywords and name not in after.positional:
            yield f"{name} is a keyword only"
    more = after.positional[len(before.positional) :]
    if before.has_args and more:
        yield f"{more[0]} takes the first of the further positional arguments"


def _takes_keyword(name: str, after: _Signature) -> bool:
    if name in after.positional and name not in after.keywords:
        return after.has_kwargs and name in after.defaults
    return name in after.keywords or after.has_kwargs


def _parsed(text: str) -> _Signature:
    try:
        function = ast.parse(f"def f{text.removeprefix(_ASYNC)}: ...").body[0]
    except SyntaxError:
        raise ValueError(f"`{text}` is no signature") from None
    if not isinstance(function, ast.FunctionDef):
        raise ValueError(f"`{text}` is no signature")  # noqa: TRY004 (the text's fault, not a type's)
    given = function.args
    positional = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    late = positional[len(positional) - len(given.defaults) :]
    defaults = dict(zip(late, map(ast.unparse, given.defaults), strict=True))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        defaults |= {argument.arg: ast.unparse(default)} if default else {}
    return _Signature(
        is_async=text.startswith(_ASYNC),
        positional=positional,
        keywords=[argument.arg for argument in (*given.args, *given.kwonlyargs)],
        defaults=defaults,
        has_args=given.vararg is not None,
        has_kwargs=given.kwarg is not None,
    )
