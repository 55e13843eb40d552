"""The cluster of a Dask scheduler: what is sent there, and what comes back."""

import logging
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Any, Final

from ssot_migrate.executing import remote
from ssot_migrate.executing.executor import Shared
from ssot_migrate.hashing import blake2b
from ssot_migrate.model import UserError

#: Seconds in which a scheduler has to answer, and for which a cluster may be without workers.
ANSWER, PATIENCE = 5.0, 20.0
#: Seconds after which the workers are counted again: they come and go.
_COUNT: Final = 2.0


class Cluster:
    """The workers of a scheduler.

    Batches travel inside of the graph of tasks, by way of the scheduler: it keeps each until it is
    done, and so can give it to another worker where one is lost.
    """

    def __init__(self, scheduler: str, client: Any) -> None:  # noqa: ANN401 (Dask has no types)
        #: Of all workers.
        self.threads = 1
        self._scheduler = scheduler
        self._client = client
        self._executor = client.get_executor(pure=False)
        #: Of what tasks share, held with it: another object could get the same id.
        self._names: dict[int, tuple[Shared, str]] = {}
        self._shared: dict[str, object] = {}
        #: When the workers were counted, and when there were some.
        self._counted = self._seen = 0.0
        self.check()

    def submit(self, batch: remote.Batch) -> "Future[bytes]":
        """Send a batch; what its tasks share is sent before the first that needs it."""
        names: dict[str, None] = {}

        def name(shared: Shared) -> str:
            found = self._name(shared)
            names[found] = None
            return found

        data = remote.encoded(batch, name)
        shared = {one: self._shared[one] for one in names}
        future: Future[bytes] = self._executor.submit(
            _there, remote.do.__name__, remote.build(), data, shared
        )
        return future

    def _name(self, shared: Shared) -> str:
        known = self._names.get(id(shared))
        if known:
            return known[1]
        data = pickle.dumps(shared, pickle.HIGHEST_PROTOCOL)
        name = f"ssot-migrate-{blake2b(data, digest_size=16).hexdigest()}"
        if name not in self._shared:
            self._shared[name] = self._client.submit(_there, remote.keep.__name__, data, key=name)
        self._names[id(shared)] = (shared, name)
        return name

    def told(self, future: "Future[bytes]") -> list[remote.Told] | None:
        """Return what came of a batch; nothing where it ended one worker after another."""
        from distributed import KilledWorker

        try:
            told: list[remote.Told] = pickle.loads(future.result())  # noqa: S301 (we trust workers)
        except KilledWorker:
            return None
        except CancelledError:
            raise UserError(_gone(self._scheduler)) from None
        except ModuleNotFoundError as error:
            raise UserError(_lacking(self._scheduler, error)) from None
        return told

    def check(self) -> None:
        """Count the workers now and then. Raises UserError where all are gone, or the scheduler."""
        now = time.monotonic()
        if now - self._counted < _COUNT:
            return
        self._counted = now
        try:
            threads = sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            raise UserError(_gone(self._scheduler)) from None
        if threads:
            self._seen = now
        elif now - self._seen > PATIENCE:
            raise UserError(_without_workers(self._scheduler))
        self.threads = max(threads, 1)


@contextmanager
def connected(scheduler: str) -> Iterator[Cluster]:
    """Connect to a cluster; at the end, or at a break, its scheduler drops what is not done.

    Raises UserError where nobody answers, where there is no worker, or one of another build.
    """
    client = _client(scheduler)
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise UserError(_without_workers(scheduler)) from None
        _check_builds(scheduler, client)
        yield Cluster(scheduler, client)
    finally:
        client.close(timeout=ANSWER)


def _there(name: str, *arguments: Any) -> Any:  # noqa: ANN401 (whatever it takes and gives)
    """Call a function of ``remote`` on a worker."""
    from ssot_migrate.executing import remote

    return getattr(remote, name)(*arguments)


# Of such a module cloudpickle sends functions themselves, of others their names. Schedulers read
# them, too, and would need us; a worker without us would end where it should raise an error.
_there.__module__ = "__main__"


def check_installed() -> None:
    """Raise UserError where there is no Dask here."""
    try:
        import distributed  # noqa: F401 - it is enough that it is there
    except ModuleNotFoundError:
        raise UserError(
            '--executor dask needs Dask; install it with `pip install "ssot-migrate[dask]"`'
        ) from None


def _client(scheduler: str) -> Any:  # noqa: ANN401 (Dask has no types)
    check_installed()
    import dask
    from distributed import Client

    # A batch may be as large as its largest file, and errors are told in one line.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"})
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    client: Any = Client
    try:
        return client(scheduler, timeout=ANSWER, set_as_default=False, name="ssot-migrate")
    except (OSError, ValueError) as error:
        raise UserError(f"--scheduler {scheduler}: nobody answers ({error})") from None


def _check_builds(scheduler: str, client: Any) -> None:  # noqa: ANN401 (as above)
    try:
        builds: dict[str, str] = client.run(_there, remote.build.__name__)
    except ModuleNotFoundError as error:
        raise UserError(_lacking(scheduler, error)) from None
    for worker, build in builds.items():
        if build != remote.build():
            raise UserError(
                f"worker {worker} has {build}, here is {remote.build()}, and results could differ;"
                " install the same there"
            )


def _lacking(scheduler: str, error: ModuleNotFoundError) -> str:
    return f"{scheduler}: a worker has no module {error.name}; install ssot-migrate there"


def _without_workers(scheduler: str) -> str:
    return (
        f"{scheduler}: the cluster has had no workers for {PATIENCE:.0f} s; start some:"
        f" `dask worker {scheduler}`"
    )


def _gone(scheduler: str) -> str:
    return f"{scheduler}: the scheduler is gone; start it, and run again"
