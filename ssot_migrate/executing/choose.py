"""Choose where the tasks of a run are done."""

from ssot_migrate.executing.executor import Executor
from ssot_migrate.executing.pool import Pool
from ssot_migrate.model import Request


def executor(request: Request) -> Executor:
    """Return what does the tasks of a request: a cluster where it names one."""
    if request.scheduler is None:
        return Pool(request.jobs)
    from ssot_migrate.executing.dask import Dask

    return Dask(request.scheduler)
