"""A store on a bad day is slow for the objects that fail, and for no others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

import pytest
import small_s3
import test_rank_stores
from test_rank_stores import Tagged, stored, sweep

import selectmodel as sm
from selectmodel.commands.rank import fetch, pieces, store
from selectmodel.commands.rank.pieces import Piece, Unit
from selectmodel.commands.rank.store import StoredObject

asyn = pytest.importorskip("fsspec.asyn")
fsspec = pytest.importorskip("fsspec")
tagged = test_rank_stores.tagged


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which takes any time."""
    made: list[float] = []
    monkeypatch.setattr(store, "PAUSES", (1.0, 2.0, 4.0))
    monkeypatch.setattr(fetch.time, "sleep", lambda seconds: made.append(seconds) if seconds else None)
    return made


def failing(times: int, runs: range) -> None:
    Tagged.faults = {f"b/s/g{at // 9}/run{at}/training.csv": [OSError("SlowDown")] * times for at in runs}


@pytest.mark.parametrize(("times", "most"), [(1, 0), (2, 1), (4, 3)])
def test_one_pause_serves_all_that_failed(
    times: int, most: int, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 8)
    stored(sweep(200), tmp_path)
    failing(times, range(0, 200, 36))
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    assert len(ranking.runs) == 200 and not ranking.left_out
    assert len(pauses) == most


def test_nobody_waits_for_what_never_comes(tmp_path: Path, pauses: list[float]) -> None:
    stored(sweep(), tmp_path)
    failing(99, range(5))
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    assert sorted(one.name for one in ranking.left_out) == [f"g0/run{at}/training.csv" for at in range(5)]
    assert len(ranking.runs) == 18


def test_a_store_that_always_fails_the_first_time(tmp_path: Path, pauses: list[float]) -> None:
    folder = stored(sweep(), tmp_path)
    failing(1, range(23))
    assert test_rank_stores.told(sm.rank("tagged://b/s")) == test_rank_stores.told(sm.rank(folder))


def test_a_second_look_knows_what_came_late(tmp_path: Path, pauses: list[float]) -> None:
    stored(sweep(), tmp_path)
    failing(2, range(4, 9))
    first = sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    Tagged.asked.clear()
    assert sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off") == first
    assert len(Tagged.asked) <= 1


class Waiting(asyn.AsyncFileSystem):  # type: ignore[misc]
    """A store of which some objects do not come before they are asked for again."""

    protocol = "waiting"
    cachable = False
    objects: ClassVar[dict[str, bytes]] = {}
    slow: ClassVar[Callable[[str, int], bool]] = staticmethod(lambda _name, _times: False)
    asked: ClassVar[Counter[str]] = Counter()
    called_off: ClassVar[list[str]] = []
    stuck: ClassVar[int] = 0

    async def _find(self, path: str, **_: Any) -> dict[str, dict[str, Any]]:
        return {name: {"name": name, "size": len(held), "type": "file"} for name, held in self.objects.items()}

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": len(self.objects[path]), "type": "file"}

    async def _cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        self.asked[path] += 1
        if type(self).slow(path, self.asked[path]):
            try:
                Waiting.stuck += 1
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                Waiting.stuck -= 1
                self.called_off.append(path)
                raise
        return self.objects[path][start:end]


class Pool(ThreadPoolExecutor):
    """Counts the reads that have not been told to have ended."""

    open: ClassVar[int] = 0

    def submit(self, *given: Any, **more: Any) -> Any:
        Pool.open += 1
        return super().submit(*given, **more)


class Ended(SimpleQueue[Any]):
    """Patience is at its end when all but what never comes has come, however long that takes on a busy machine."""

    patience: ClassVar[list[float]] = []

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        while True:
            try:
                ended = super().get(timeout=0.02)
                Pool.open -= 1
                return ended
            except Empty:
                if timeout is not None and Pool.open == Waiting.stuck:
                    self.patience.append(timeout)
                    raise


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Waiting]]:
    fsspec.register_implementation("waiting", Waiting, clobber=True)
    monkeypatch.setattr(fetch, "SimpleQueue", Ended)
    monkeypatch.setattr(fetch, "ThreadPoolExecutor", Pool)
    Waiting.objects = {f"b/s/{name}": content for name, content in sweep().items()}
    yield Waiting
    Waiting.slow = staticmethod(lambda _name, _times: False)
    Waiting.asked.clear()
    Waiting.called_off.clear()
    Ended.patience.clear()
    Pool.open = Waiting.stuck = 0


def test_what_does_not_come_is_called_off_and_asked_for_again(waiting: type[Waiting]) -> None:
    waiting.slow = staticmethod(lambda name, times: small_s3.number(name) in (4, 9) and times == 1)
    ranking = sm.rank("waiting://b/s", checkpoints="off")
    assert len(ranking.runs) == 23 and not ranking.left_out
    assert sorted(small_s3.number(name) for name in waiting.called_off) == [4, 9]
    assert waiting.asked["b/s/g0/run1/training.csv"] == 1
    assert Ended.patience and min(Ended.patience) >= fetch.PATIENCE


def unit(name: str, count: int = 2) -> Unit:
    return Unit(name, tuple(StoredObject(f"{name}/{at}.csv", 9) for at in range(count)))


def test_few_late_units_are_left_and_nothing_else() -> None:
    four = Piece(tuple(map(unit, "abcd")))
    rest, late = four.without({"b/1.csv"})
    assert [one.folder for one in rest.units] == ["a", "c", "d"] and [one.folder for one in late] == ["b"]
    assert four.may_leave({"b/1.csv", "b/0.csv"}) and not four.may_leave({"b/1.csv", "c/0.csv"})
    assert not Piece(four.units, again=True).may_leave({"b/1.csv"})
    assert not Piece(four.units[:1], peer=unit("e")).may_leave({"a/1.csv"})
    assert not Piece(four.units[:2]).may_leave({"a/1.csv"})


def test_late_units_make_pieces_that_wait() -> None:
    (piece,) = pieces.again([unit("c")], unit("a"))
    assert piece.again and piece.peer == unit("a")
    (piece,) = pieces.again([unit("c"), unit("b")], None)
    assert [one.folder for one in piece.units] == ["b", "c"] and piece.again
    assert not list(pieces.again([], unit("a")))
