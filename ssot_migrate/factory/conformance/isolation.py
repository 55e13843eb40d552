"""What belongs to one user is never seen by another: ids, call records, values that can change."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from unittest.mock import call

from ssot_migrate.factory.conformance.check import MANY, Check, Failed, Subject, none_wrong
from ssot_migrate.factory.conformance.documented import CLASSES, METHODS, SUITE
from ssot_migrate.factory.conformance.products import is_mock
from ssot_migrate.factory.conformance.reachable import answer, attributes, mutable, reachable

GROUP: Final = "isolation"

USERS = tuple(f"<user {number}>" for number in range(MANY))
IDS = frozenset(
    {"user_id", "thread_id", "run_id", "request_id", "connection_id", "websocket_client_id"}
)

#: Makes the product of a user.
Make = Callable[[str], Any]


def check_values(make: Callable[[Subject], Make], subject: Subject) -> None:
    """Check that nothing that could change in one product is part of another."""
    made = make(subject)
    one, other = made(USERS[0]), made(USERS[0])
    ours, theirs = mutable(one), mutable(other)
    none_wrong(
        [
            f"{path or 'the product'} is one and the same object in two products: "
            "make it anew for each"
            for identity, (path, _) in ours.items()
            if identity in theirs
        ]
    )
    mark = object()
    changed = [path for path, value in ours.values() if _leave(mark, value)]
    for product in (other, made(USERS[1])):
        if any(value is mark for _, value in reachable(product)):
            places = ", ".join(changed)
            raise Failed(f"what is put into one product ({places}) shows in another: copy it")


def check_threads(make: Callable[[Subject], Make], subject: Subject) -> None:
    """Check the products of users in threads: each has its own ids and calls."""
    made = make(subject)
    with ThreadPoolExecutor(len(USERS)) as threads:
        products = dict(zip(USERS, threads.map(partial(_again, made), USERS), strict=True))
        [*threads.map(_use, products, products.values())]
    none_wrong([line for user in USERS for line in _foreign(user, products[user])])


def check_tasks(make: Callable[[Subject], Make], subject: Subject) -> None:
    """Check the products of users in tasks of one event loop, who take turns at every call."""
    made = make(subject)
    products: dict[str, Any] = {}

    async def act(user: str) -> None:
        products[user] = made(user)
        for _, method in _methods(products[user]):
            await asyncio.sleep(0)
            answer(method, user)

    asyncio.run(_together(act))
    none_wrong([line for user in USERS for line in _foreign(user, products[user])])


async def _together(act: Callable[[str], Awaitable[None]]) -> None:
    await asyncio.gather(*map(act, USERS))


def _use(user: str, product: object) -> None:
    for _, method in _again(lambda: [*_methods(product)]):
        _again(answer, method, user)


def _again(action: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    """Do something until CPython lets it.

    An ``AsyncMock`` needs a signature that CPython before 3.12 reads with ``ast.parse``, which
    fails at random in threads: https://github.com/python/cpython/issues/106905
    """
    while True:
        try:
            return action(*arguments)
        except SystemError as error:
            if "AST constructor" not in str(error):
                raise


def _leave(mark: object, value: Any) -> bool:  # noqa: ANN401
    """Put a mark into a collection, unless it cannot hold one."""
    if isinstance(value, dict):
        value["mark"] = mark
    elif isinstance(value, list):
        value.append(mark)
    elif isinstance(value, set):
        value.add(mark)
    else:
        return False
    return True


def _methods(product: object) -> Iterator[tuple[str, Any]]:
    """Yield what can be called on a product, or on those of a suite."""
    if isinstance(product, dict):
        for name, part in product.items():
            yield from ((f"[{name!r}]{path}", method) for path, method in _methods(part))
    else:
        for path, value in attributes(product):
            if is_mock(value) and callable(value):
                yield path, value


def _foreign(user: str, product: object) -> Iterator[str]:
    """Say what of a product, which its user alone has used, is somebody else's or lost."""
    for path, method in _methods(product):
        calls = list(method.call_args_list)
        if calls != [call(user)]:
            shown = ", ".join(map(str, calls[:3])) + (", …" if len(calls) > 3 else "")
            told = f"was called once, by {user}, and recorded {len(calls)} calls ({shown})"
            yield f"{path} {told}: give each product a mock of its own"
    others = [other for other in USERS if other != user]
    for path, value in reachable(product):
        if isinstance(value, str) and any(other in value for other in others):
            yield f"{path} is {value!r} in the product of {user}: it is another user's"


def _by_method(name: str, subject: Subject) -> Make:
    method = subject.method(name)
    ids = [*IDS.intersection(inspect.signature(method).parameters)]
    return lambda user: method(**{identity: f"{identity} of {user}" for identity in ids})


def _by_suite(subject: Subject) -> Make:
    method = subject.method("create_mock_suite")
    return lambda _: method([*SUITE])


def _by_class(name: str, subject: Subject) -> Make:
    method = subject.method("create_mock")
    return lambda _: method(name)


_MAKERS: dict[str, Callable[[Subject], Make]] = {
    **{name: partial(_by_method, name) for name in METHODS},
    "create_mock_suite": _by_suite,
    **{f"create_mock-{name}": partial(_by_class, name) for name in CLASSES},
}

CHECKS: tuple[Check, ...] = tuple(
    Check(f"{GROUP}-{aspect}-{name}", GROUP, summary.format(name), partial(run, make))
    for name, make in _MAKERS.items()
    for aspect, summary, run in (
        ("values", "two products of {} share nothing that can change", check_values),
        ("threads", "products of {} in threads keep ids and calls to themselves", check_threads),
        ("tasks", "products of {} in tasks keep ids and calls to themselves", check_tasks),
    )
)
