"""A store cut into pieces gives what a folder gives: runs that belong together, begun ones, faults, a second look."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import small_s3
import test_rank_trackers

import selectmodel as sm
from selectmodel.commands.rank import fetch, pieces, store, store_look
from selectmodel.commands.rank.pieces import Piece, Unit
from selectmodel.commands.rank.ranking import Ranking
from selectmodel.commands.rank.store import StoredObject

fsspec = pytest.importorskip("fsspec")


class Tagged(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """A store in memory whose objects bear tags; ``faults`` says what goes wrong, as often as it is listed."""

    protocol = "tagged"
    cachable = False
    objects: ClassVar[dict[str, bytes]] = {}
    faults: ClassVar[dict[str, list[Exception | bytes]]] = {}
    asked: ClassVar[Counter[str]] = Counter()

    def find(self, path: str, **_: Any) -> dict[str, dict[str, Any]]:
        return {name: self.info(name) for name in self.objects if name.startswith(path)}

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        content = self.objects[path]
        tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return {"name": path, "size": len(content), "type": "file", "ETag": tag}

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        self.asked[path] += 1
        if self.faults.get(path):
            fault = self.faults[path].pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        return self.objects[path][start:end]


@pytest.fixture(autouse=True)
def tagged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fsspec.register_implementation("tagged", Tagged, clobber=True)
    monkeypatch.setattr(store, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(fetch, "PATIENCE", 3600.0)  # it is counted what is asked for, also where nobody has time
    monkeypatch.setattr(pieces, "PIECE", 4)
    yield
    Tagged.objects, Tagged.faults = {}, {}
    Tagged.asked.clear()


def stored(files: dict[str, bytes], folder: Path) -> Path:
    """The files in the store, below ``tagged://b/s``, and in a folder."""
    for name, content in files.items():
        place = folder / "s" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    Tagged.objects = {f"b/s/{name}": content for name, content in files.items()}
    return folder / "s"


def told(ranking: Ranking) -> Any:
    runs = [(run.name, run.value, run.epoch, dict(run.hparams), run.degraded, run.state) for run in ranking.runs]
    return runs, [one.name for one in ranking.left_out], [config.name for config in ranking.configs]


def sweep(count: int = 23) -> dict[str, bytes]:
    return {f"g{at // 9}/run{at}/training.csv": small_s3.run_of(at, count) for at in range(count)}


SETTINGS = {f"g{at // 9}/run{at}/config.json": f'{{"lr": {at % 3}, "seed": {at}}}'.encode() for at in range(23)}
KEPT_APART = {
    "plain": sweep(),
    "flat": {f"run{at}.csv": small_s3.run_of(at, 11) for at in range(11)},
    "settings": sweep() | SETTINGS,
    "settings above": sweep() | SETTINGS | {"config.json": b'{"lr": 9}', "g0/hparams.yaml": b"lr: 8\n"},
    "begun": sweep() | {"g9/run99/training.csv": b"", "g0/run98/training.csv": b"", "zz/notes.txt": b""},
    "a card": sweep() | {"README.md": b"| epoch | val_loss |\n|---|---|\n| 1 | 0.5 |\n| 2 | 0.4 |\n"},
    "cut off": sweep() | {"g1/run9/training.csv": small_s3.run_of(9, 23) + b"4,0.1"},
    "a pointer": sweep() | {"p/training.csv": b"version https://git-lfs.github.com/spec/v1\n"},
    "one deep": {"a/b/c/d/training.csv": small_s3.run_of(1, 5)} | {f"a/x{at}/notes.txt": b"hello\n" for at in range(9)},
}


@pytest.mark.parametrize("case", KEPT_APART)
def test_pieces_give_what_the_whole_gives(case: str, tmp_path: Path) -> None:
    folder = stored(KEPT_APART[case], tmp_path)
    there, here = sm.rank("tagged://b/s"), sm.rank(folder)
    assert told(there) == told(here)
    assert [note.code for note in there.notes] == [note.code for note in here.notes]


def test_checkpoints_are_named_where_they_lie(tmp_path: Path) -> None:
    best = {f"g0/run{at}/checkpoints/epoch{epoch}.pt": b"x" for at in range(3) for epoch in range(4)}
    folder = stored(sweep() | best, tmp_path)
    there, here = sm.rank("tagged://b/s", checkpoint_offset=0), sm.rank(folder, checkpoint_offset=0)
    assert told(there) == told(here)
    names = [run.checkpoint for run in there.runs]
    assert names == [run.checkpoint and run.checkpoint.replace(str(folder), "tagged://b/s") for run in here.runs]
    assert any(names)


def test_errors_that_pass_are_tried_again_and_others_are_not(tmp_path: Path) -> None:
    stored(sweep(), tmp_path)
    names = [f"b/s/g{at // 9}/run{at}/training.csv" for at in (0, 12, 2, 3)]
    Tagged.faults = {
        names[0]: [OSError("SlowDown")] * 3,
        names[1]: [PermissionError("no")] * 9,
        names[2]: [Tagged.objects[names[2]][:20]] * 2,
        names[3]: [OSError("SlowDown")] * 9,
    }
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    assert {one.name: one.reason for one in ranking.left_out} == {
        "g1/run12/training.csv": "cannot be read (PermissionError: no)",
        "g0/run3/training.csv": "cannot be read (OSError: SlowDown)",
    }
    assert len(ranking.runs) == 21
    assert [Tagged.asked[name] for name in names[1:]] == [1, 3, 4]


def test_a_run_judged_without_all_of_its_objects_says_so(tmp_path: Path) -> None:
    stored(sweep() | SETTINGS, tmp_path)
    Tagged.faults = {"b/s/g0/run2/config.json": [FileNotFoundError()] * 9}
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    (run,) = [run for run in ranking.runs if run.name.startswith("g0/run2/")]
    assert run.degraded and sum(each.degraded for each in ranking.runs) == 1
    assert [(note.code, "g0/run2" in note.message) for note in ranking.notes] == [("SM280", True)]


def test_a_second_look_reads_only_what_changed(tmp_path: Path) -> None:
    stored(sweep(), tmp_path)
    first = sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    Tagged.asked.clear()
    assert sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off") == first
    looked_at = {first.best.source.removeprefix("tagged://")}
    assert set(Tagged.asked) <= looked_at, "the run to ship alone, for what the checks see in it"
    Tagged.asked.clear()
    Tagged.objects |= {"b/s/g1/run12/training.csv": small_s3.run_of(12, 23) + b"4,0.001,0.1\n"}
    second = sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    assert second.best.name == "g1/run12/training.csv"
    assert len(second.runs) == 23 and len(Tagged.asked) <= 3


def test_what_was_done_before_an_end_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(sweep(), tmp_path)
    kept: list[Piece] = []
    remember = store_look.StoreLook._remember

    def ended(look: store_look.StoreLook, piece: Piece, judged: Any) -> None:
        remember(look, piece, judged)
        kept.append(piece)
        if len(kept) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store_look.StoreLook, "_remember", ended)
        with pytest.raises(KeyboardInterrupt):
            sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    Tagged.asked.clear()
    assert len(sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off").runs) == 23
    done = {f"b/s/{entry.name}" for piece in kept for unit in piece.units for entry in unit.entries}
    assert len(done) >= 9 and sum(name in Tagged.asked for name in done) <= 2


def cut(*names: str, known: tuple[str, ...] = ()) -> list[list[str]]:
    entries, _ = pieces.usable(StoredObject(name, 9) for name in names)
    return [[entry.name for entry in piece.entries] for piece in pieces.cut(entries, lambda unit: unit.folder in known)]


def test_what_is_one_run_is_one_piece() -> None:
    events = [f"run/{split}/events.out.tfevents.{at}.h" for split in ("train", "validation") for at in range(3)]
    states = [f"out/checkpoint-{at}/trainer_state.json" for at in range(6)]
    assert sorted(map(sorted, cut(*events, *states, "a/x.csv", "b/y.csv"))) == sorted(
        map(sorted, (events, states, ["a/x.csv", "b/y.csv"]))
    )
    assert cut(*events[:4], "run/events.out.tfevents.9.h", "run/curve/events.out.tfevents.8.h") != []


def test_a_lone_folder_has_a_peer() -> None:
    names = [f"r{at}/x.csv" for at in range(6)]
    assert cut(*names, known=("r0", "r1", "r2", "r4", "r5")) == [["r3/x.csv", "r5/x.csv"]]


def test_a_worker_that_fails_loses_nothing_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(sweep(), tmp_path)
    judge = store_look.Judge.__call__

    def failing(self: store_look.Judge, piece: Piece) -> Any:
        if any(unit.holds("g1/run9/training.csv") for unit in piece.units):
            raise RuntimeError("killed")
        return judge(self, piece)

    monkeypatch.setattr(store_look.Judge, "__call__", failing)
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    assert len(ranking.runs) + len(ranking.left_out) == 23 and ranking.left_out
    assert {one.reason for one in ranking.left_out} == {"its worker failed (RuntimeError: killed)"}


def test_a_unit_holds_what_lies_in_its_folder() -> None:
    assert Unit("a", ()).holds("a") and Unit("a", ()).holds("a/b") and not Unit("a", ()).holds("ab")


def test_a_second_look_knows_the_metrics_that_are_asked_for(tmp_path: Path) -> None:
    stored(sweep(), tmp_path)
    asked: dict[str, Any] = {"cache": tmp_path / "cache", "checkpoints": "off"}
    sm.rank("tagged://b/s", **asked)
    first, second = (sm.rank("tagged://b/s", where=["loss<=0.5"], pareto="val_loss,loss:min", **asked) for _ in "12")
    assert len(first.runs) == 23 and first == second


def test_what_a_tracker_says_of_its_runs_is_told_of_a_store_too(tmp_path: Path) -> None:
    folder = stored({"study.db": test_rank_trackers.study(tmp_path / "study.db").read_bytes()}, tmp_path)
    there, here = sm.rank("tagged://b/s", checkpoints="off"), sm.rank(folder, checkpoints="off")
    (note,) = [note for note in there.notes if note.code == "SM285"]
    assert note.message in {note.message for note in here.notes} and note.where == "tagged://b/s/study.db"
