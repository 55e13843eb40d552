"""Say whether a call fits a function's parameters, as far as both can be read."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from ssot_migrate.code.names import FunctionNode
from ssot_migrate.frozen import Frozen


class Signature(Frozen):
    """The parameters of a function as a call sees them."""

    #: Parameters that take arguments by their place; the first ones only so.
    positional: tuple[str, ...]
    #: So many of them take no keyword.
    positional_only: int
    keyword_only: tuple[str, ...]
    #: Those without a default.
    required: frozenset[str]
    #: ``*args`` takes what is left, and ``**kwargs``.
    takes_rest: bool
    takes_keywords: bool

    @property
    def keywords(self) -> tuple[str, ...]:
        """The parameters that can be given by name."""
        return self.positional[self.positional_only :] + self.keyword_only


class Given(Frozen):
    """What a call gives for certain."""

    #: Arguments without a name, those that Python fills in among them.
    positional: int
    filled: int
    keywords: tuple[str, ...]
    #: It has a ``*…``: there may be more without a name.
    starred: bool
    #: It has a ``**…``: there may be more with one.
    mapped: bool


def signature_of(function: FunctionNode) -> Signature:
    """Read the parameters of a function, those that Python fills in among them."""
    arguments = function.args
    positional = [argument.arg for argument in arguments.posonlyargs + arguments.args]
    without = positional[: len(positional) - len(arguments.defaults)]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return Signature(
        tuple(positional),
        len(arguments.posonlyargs),
        tuple(argument.arg for argument in arguments.kwonlyargs),
        frozenset([*without, *(a.arg for a, default in pairs if default is None)]),
        takes_rest=arguments.vararg is not None,
        takes_keywords=arguments.kwarg is not None,
    )


def given_by(arguments: list[ast.expr], keywords: list[ast.keyword], filled: int = 0) -> Given:
    """Read the arguments of a call; so many are ``filled`` in by Python before them."""
    plain = [argument for argument in arguments if not isinstance(argument, ast.Starred)]
    return Given(
        filled + len(plain),
        filled,
        tuple(keyword.arg for keyword in keywords if keyword.arg),
        starred=len(plain) < len(arguments),
        mapped=any(keyword.arg is None for keyword in keywords),
    )


def misfits(signature: Signature, given: Given, *, partial: bool = False) -> Iterator[str]:
    """Say, each in some words, why Python would refuse the arguments.

    Nothing is said of what a ``*…`` or ``**…`` may bring, nor of what is missing in a ``partial``.
    """
    names = signature.positional
    if given.positional > len(names) and not signature.takes_rest:
        yield _too_many(len(names) - given.filled, given.positional - given.filled)
    taken = names[: given.positional]
    for keyword in given.keywords:
        if keyword in taken[signature.positional_only :]:
            yield f"is given {keyword} twice, by place and by name"
        elif keyword not in signature.keywords and not signature.takes_keywords:
            yield _unknown(signature, keyword)
    if not partial:
        missing = [name for name in _missing(signature, given) if name not in given.keywords]
        if missing:
            yield f"needs {', '.join(missing)}"


def _too_many(takes: int, given: int) -> str:
    if takes < 0:
        return "takes no self, and is called on an instance"
    arguments = "argument" if takes == 1 else "arguments"
    return f"takes {takes or 'no'} {arguments} by place, and is given {given}"


def _unknown(signature: Signature, keyword: str) -> str:
    if keyword in signature.positional:
        return f"takes {keyword} by place only"
    nearest = get_close_matches(keyword, signature.keywords, n=1)
    return f"has no parameter {keyword}" + (f" (the nearest is {nearest[0]})" if nearest else "")


def _missing(signature: Signature, given: Given) -> Iterator[str]:
    """Yield the parameters without a default that no argument without a name reaches.

    Only a keyword can fill one that takes no place, and only a place one that takes no keyword.
    """
    for index, name in enumerate(signature.positional):
        by_name = given.mapped and index >= signature.positional_only
        if name in signature.required and index >= given.positional:
            if not (given.starred or by_name):
                yield name
    for name in signature.keyword_only:
        if name in signature.required and not given.mapped:
            yield name
