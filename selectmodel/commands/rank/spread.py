"""Pieces of work shared out to the workers of an engine, a few ahead of what they do, and handed back as they are done.

A piece that fails is handed back with its failure and stops no other: the loss of a worker is one of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, Generic, Protocol, TypeVar

from selectmodel.commands.rank import engines

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")

#: How often a piece is begun again whose worker is gone.
_AGAIN = 2


class Pool(Protocol):
    """The workers of an engine; ``ahead`` is how many pieces they may hold."""

    ahead: int

    def begin(self, work: Callable[[Any], Any], piece: Any) -> Any:
        """Something that stands for the piece at work, and can be the key of a mapping."""

    def first(self, begun: list[Any]) -> Any:
        """One of those begun that is done, waited for if none is."""

    def result(self, begun: Any) -> Any:
        """What it came to. Raises what went wrong."""


def spread(
    pieces: Iterable[_Piece], work: Callable[[_Piece], _Done], engine: str, workers: int | None
) -> Iterator[tuple[_Piece, _Done | Exception]]:
    """Each piece with what ``work`` makes of it, or what went wrong; in the order in which they are done."""
    with ExitStack() as stack:
        pool = _POOLS[engine](workers, stack)
        at_work: dict[Any, _Piece] = {}
        waiting = iter(pieces)
        more = True
        while more or at_work:
            while more and len(at_work) < pool.ahead:
                try:
                    piece = next(waiting)
                except StopIteration:
                    more = False
                    break
                at_work[pool.begin(work, piece)] = piece
            if at_work:
                begun = pool.first(list(at_work))
                piece = at_work.pop(begun)
                try:
                    done: _Done | Exception = pool.result(begun)
                except Exception as failure:
                    done = failure
                yield piece, done


class _Here:
    """This process, one piece at a time."""

    ahead = 1

    def __init__(self, workers: int | None, stack: ExitStack) -> None:
        pass

    @staticmethod
    def begin(work: Callable[[Any], Any], piece: Any) -> _Call[Any]:
        return _Call(work, piece)

    @staticmethod
    def first(begun: list[Any]) -> Any:
        return begun[0]

    @staticmethod
    def result(begun: _Call[Any]) -> Any:
        return begun.work(begun.piece)


class _Call(Generic[_Piece]):
    def __init__(self, work: Callable[[_Piece], Any], piece: _Piece) -> None:
        self.work, self.piece = work, piece


class _Processes:
    """Processes of this machine and of this look alone: those that joblib keeps for its callers are left to them."""

    def __init__(self, workers: int | None, stack: ExitStack) -> None:
        self._loky = engines.imported("joblib.externals.loky", "process")
        self._count, self._stack = workers or os.cpu_count() or 1, stack
        self._executor = self._started()
        self.ahead = 2 * self._count

    def _started(self) -> Any:
        executor = self._loky.ProcessPoolExecutor(max_workers=self._count)
        self._stack.callback(executor.shutdown, kill_workers=True)
        return executor

    def begin(self, work: Callable[[Any], Any], piece: Any) -> Any:
        try:
            return self._executor.submit(work, piece)
        except RuntimeError:  # a process was killed, and all of them went with it
            self._executor = self._started()
            return self._executor.submit(work, piece)

    @staticmethod
    def first(begun: list[Any]) -> Any:
        from concurrent.futures import FIRST_COMPLETED, wait

        return next(iter(wait(begun, return_when=FIRST_COMPLETED).done))

    @staticmethod
    def result(begun: Any) -> Any:
        return begun.result()


class _Dask:
    """The workers of a Dask cluster. What is let go of is forgotten there too."""

    def __init__(self, workers: int | None, stack: ExitStack) -> None:
        self._client = engines.dask_client(workers, stack)
        self.ahead = 2 * max(sum(self._client.ncores().values()), 1)

    def begin(self, work: Callable[[Any], Any], piece: Any) -> Any:
        return self._client.submit(work, piece, pure=False, retries=_AGAIN)

    @staticmethod
    def first(begun: list[Any]) -> Any:
        distributed = engines.imported("distributed", "dask")
        return next(iter(distributed.wait(begun, return_when="FIRST_COMPLETED").done))

    @staticmethod
    def result(begun: Any) -> Any:
        return begun.result()


class _Ray:
    """The workers of a Ray cluster."""

    def __init__(self, workers: int | None, stack: ExitStack) -> None:
        self._ray = engines.joined_ray(workers, stack)
        self._begin = self._ray.remote(max_retries=_AGAIN)(_called)
        self.ahead = 2 * max(int(self._ray.cluster_resources().get("CPU", 1)), 1)

    def begin(self, work: Callable[[Any], Any], piece: Any) -> Any:
        return self._begin.remote(work, piece)

    def first(self, begun: list[Any]) -> Any:
        return self._ray.wait(begun, num_returns=1)[0][0]

    def result(self, begun: Any) -> Any:
        return self._ray.get(begun)


def _called(work: Callable[[Any], Any], piece: Any) -> Any:
    return work(piece)


_POOLS: dict[str, Callable[[int | None, ExitStack], Pool]] = {
    "batch": _Here,
    "process": _Processes,
    "dask": _Dask,
    "ray": _Ray,
}
