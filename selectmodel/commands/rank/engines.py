"""Where the work on a sweep is done: in this process, in several, or on an engine that runs already.

"batch" reads many small logs at once in one process, which is the fastest on one machine until hundreds of thousands of
runs. The others split the runs into pieces and hand them to joblib's backends; the pieces read their files themselves,
so every worker must see the folder under the same path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from selectmodel import progress
from selectmodel.errors import UsageError
from selectmodel.settings import did_you_mean

if TYPE_CHECKING:
    from selectmodel.commands.rank.cache import Cache
    from selectmodel.files.found_run import Found

NAMES = ("batch", "process", "dask", "ray")
_ELSEWHERE = ("dask", "ray")
#: Runs in a piece of work: enough to be read in batches, few enough to be shared out evenly.
PIECE = 256


@dataclass(frozen=True, slots=True)
class How:
    """How a sweep is worked through: ``engine`` is one of :data:`NAMES`, ``cache`` is asked and told what runs are."""

    engine: str = "batch"
    workers: int | None = None
    cache: Cache | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether workers may be on other machines."""
        return self.engine in _ELSEWHERE


class Work(Protocol):
    """What gives something for each of the runs it is called with, in order."""

    def __call__(self, found: Sequence[Found]) -> Iterator[Any]: ...

    def on(self, some: Sequence[Found]) -> Work:
        """This work with no more than these runs need."""


def check(engine: str) -> None:
    """Raises UsageError for an engine that is not known."""
    if engine not in NAMES:
        raise UsageError(f"--engine {engine}: no such engine; {did_you_mean(engine, NAMES)}")


def worked(found: Sequence[Found], work: Work, engine: str, workers: int | None) -> Iterator[Any]:
    """What ``work`` gives for each run, in order."""
    check(engine)
    if engine == "batch" or len(found) <= PIECE:
        yield from work(found)
        return
    joblib = imported("joblib", engine)
    pieces = (found[at : at + PIECE] for at in range(0, len(found), PIECE))
    with ExitStack() as stack:
        stack.enter_context(_backend(joblib, engine, workers, stack))
        jobs = (joblib.delayed(_piece)(work.on(piece), [_bare(item) for item in piece]) for piece in pieces)
        done = 0
        # Ray's backend hands back all results at once, and only then.
        form = "list" if engine == "ray" else "generator"
        for results in joblib.Parallel(return_as=form, pre_dispatch="4*n_jobs")(jobs):
            done += len(results)
            progress.tell("runs", done, len(found))
            yield from results


def _piece(work: Work, found: Sequence[Found]) -> list[Any]:
    return list(work(found))


def _bare(item: Found) -> Found:
    """The run without the bytes that were kept while it was found; sending them costs more than reading them again."""
    from dataclasses import replace

    return replace(item, source=replace(item.source, contents={})) if item.source.contents else item


def _backend(joblib: Any, engine: str, workers: int | None, stack: ExitStack) -> Any:
    if engine == "process":
        return joblib.parallel_config(backend="loky", n_jobs=workers or -1)
    if engine == "dask":
        client = dask_client(workers, stack)
        return joblib.parallel_config(backend="dask", client=client, n_jobs=workers or -1)
    joined_ray(workers, stack)
    imported("ray.util.joblib", engine).register_ray()
    return joblib.parallel_config(backend="ray", n_jobs=workers or -1)


def dask_client(workers: int | None, stack: ExitStack) -> Any:
    """The caller's client, one of the cluster that runs already, or one of a cluster of ``workers`` here."""
    distributed = imported("distributed", "dask")
    try:
        return distributed.get_client()
    except ValueError:
        running = imported("dask", "dask").config.get("scheduler-address", None)
        own = {"n_workers": workers} if workers and not running else {}
        return stack.enter_context(distributed.Client(**own))


def joined_ray(workers: int | None, stack: ExitStack) -> Any:
    """Ray, connected to the cluster that runs already or, until the stack is left, to one of ``workers`` here."""
    ray = imported("ray", "ray")
    if not ray.is_initialized():
        own = {"num_cpus": workers} if workers and not os.environ.get("RAY_ADDRESS") else {}
        ray.init(**own, include_dashboard=False, log_to_driver=False)
        stack.callback(ray.shutdown)
    return ray


def imported(module: str, engine: str) -> Any:
    """The module. Raises UsageError where it is not installed."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(
            f"--engine {engine}: needs {module.partition('.')[0]}; to install it: pip install 'selectmodel[engines]'"
        ) from None
