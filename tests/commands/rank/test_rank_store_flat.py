"""A folder of many logs in a store is shared out to workers, and gives what it gives as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slow_events as slow
import small_s3
import test_rank_stores
from test_rank_stores import Tagged, stored, told

import selectmodel as sm
from selectmodel.commands.rank import flat_folder, pieces, store_look
from selectmodel.commands.rank.pieces import Piece
from selectmodel.commands.rank.store import StoredObject

pytest.importorskip("fsspec")
tagged = test_rank_stores.tagged
RUNS = {f"run{at}.csv": small_s3.run_of(at, 11) for at in range(11)}
TB = b"Wall time,Step,Value\n" + b"".join(b"16000000%02d.5,%d,%.2f\n" % (at, at, 1 / (at + 1)) for at in range(12))


def monitor(at: int) -> bytes:
    rows = "".join(f"{episode + at}.5,{10 + episode},{episode}.25\n" for episode in range(30))
    return f'#{{"t_start": 1600000000.{at}, "env_id": "CartPole-v1"}}\nr,l,t\n{rows}'.encode()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The names of the objects in each piece that was judged."""
    seen: list[list[str]] = []
    judge = store_look.Judge.__call__

    def noting(self: store_look.Judge, piece: Piece) -> Any:
        seen.append([entry.name for entry in piece.entries])
        return judge(self, piece)

    monkeypatch.setattr(store_look.Judge, "__call__", noting)
    return seen


DIVIDED = {
    "logs": RUNS,
    "in a folder": {f"deep/er/{name}": content for name, content in RUNS.items()},
    "settings called like them": RUNS | {f"run{at}.yaml": f"lr: {at % 3}\n".encode() for at in range(0, 11, 2)},
    "settings of nobody": RUNS | {"config.json": b'{"lr": 3}'},
    "checkpoints": RUNS | {f"epoch{at}.pt": b"x" for at in range(4)} | {"checkpoints/epoch1.pt": b"x"},
    "logs and folders": RUNS | {f"g/r{at}/training.csv": small_s3.run_of(at, 7) for at in range(7)},
    "packed beside": RUNS | {"run3.csv.gz": b"\x1f\x8bnothing"},
    "one damaged": RUNS | {"run4.csv": b"epoch,val_loss\n\0\1\2,3\n"},
    "one that is none": RUNS | {"data.csv": b"name,town\nAnn,Rome\nBob,Bonn\n"},
    "one begun": RUNS | {"run5.csv": b""},
    "one cut off": RUNS | {"run6.csv": small_s3.run_of(6, 11) + b"4,0.1"},
}
AS_ONE = {
    "one run among tables": {f"t{at}.csv": b"name,town\nAnn,Rome\nBob,Bonn\n" for at in range(9)}
    | {"run1.csv": RUNS["run1.csv"], "config.json": b'{"lr": 3}', "epoch1.pt": b"x"},
    "a tag each": {f"loss{at}.csv": TB for at in range(9)},
    "a monitor each": {f"{at}.monitor.csv": monitor(at) for at in range(9)},
    "a split each": {f"r{at // 2}_{('train', 'val')[at % 2]}.csv": small_s3.run_of(at, 12) for at in range(12)},
    "of two kinds": RUNS | {"run1.log": RUNS["run1.csv"]},
    "a card": RUNS | {"README.md": b"| epoch | val_loss |\n|---|---|\n| 1 | 0.5 |\n| 2 | 0.4 |\n"},
    "an event file": RUNS
    | {"events.out.tfevents.1.h": slow.version() + b"".join(slow.scalar("loss", at, 1 / (at + 1)) for at in range(9))},
}


@pytest.mark.parametrize("case", DIVIDED)
def test_a_folder_of_logs_is_shared_out(case: str, tmp_path: Path, judged: list[list[str]]) -> None:
    folder = stored(DIVIDED[case], tmp_path)
    there = sm.rank("tagged://b/s", checkpoint_offset=0)
    assert max(map(len, judged)) <= 2 * pieces.PIECE
    here = sm.rank(folder, checkpoint_offset=0)
    assert told(there) == told(here)
    assert [note.code for note in there.notes] == [note.code for note in here.notes]
    assert [run.checkpoint for run in there.runs] == [
        run.checkpoint and run.checkpoint.replace(str(folder), "tagged://b/s") for run in here.runs
    ]
    assert [run.trouble for run in there.runs] == [run.trouble for run in here.runs]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("case", AS_ONE)
def test_a_folder_of_other_files_is_looked_at_as_one(case: str, again: bool, tmp_path: Path) -> None:
    folder = stored(AS_ONE[case], tmp_path)
    asked: dict[str, Any] = {"checkpoint_offset": 0, "cache": tmp_path / "cache"}
    if again:
        got(lambda: sm.rank("tagged://b/s", **asked))
    there, here = got(lambda: sm.rank("tagged://b/s", **asked)), got(lambda: sm.rank(folder, checkpoint_offset=0))
    assert there == here


def got(look: Any) -> Any:
    try:
        ranking = look()
    except sm.SelectModelError as failure:
        return type(failure)
    runs = [(run.checkpoint or "").rpartition("/")[2] for run in ranking.runs]
    return told(ranking), [note.code for note in ranking.notes], runs


def test_a_second_look_reads_only_the_logs_that_changed(tmp_path: Path) -> None:
    stored(RUNS, tmp_path)
    sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    Tagged.asked.clear()
    Tagged.objects |= {"b/s/run7.csv": RUNS["run7.csv"] + b"4,0.001,0.1\n", "b/s/run99.csv": small_s3.run_of(3, 7)}
    second = sm.rank("tagged://b/s", cache=tmp_path / "cache", checkpoints="off")
    assert set(Tagged.asked) == {"b/s/run7.csv", "b/s/run99.csv"} and second.best.name == "run7.csv"
    assert second == sm.rank("tagged://b/s", checkpoints="off")


def test_a_log_that_is_lost_is_no_part_of_the_others(tmp_path: Path) -> None:
    stored(RUNS, tmp_path)
    Tagged.faults = {"b/s/run2.csv": [FileNotFoundError()] * 9}
    ranking = sm.rank("tagged://b/s", checkpoints="off")
    assert [one.name for one in ranking.left_out] == ["run2.csv"] and len(ranking.runs) == 10
    assert not any(run.degraded for run in ranking.runs) and not ranking.notes


def test_a_log_that_comes_late_is_a_piece_with_others(tmp_path: Path, judged: list[list[str]]) -> None:
    stored(RUNS, tmp_path)
    Tagged.faults = {f"b/s/run{at}.csv": [OSError("SlowDown")] for at in (1, 10)}
    assert len(sm.rank("tagged://b/s", checkpoints="off").runs) == 11
    assert Tagged.asked["b/s/run0.csv"] <= 2, "none but those that were late, and the first"


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["a.csv", "b.csv"], 2),
        (["a.csv", "a.csv.gz", "a.yaml", "b.csv"], 2),
        (["a.csv", "weights.bin", "config.yaml"], 1),
        (["a.csv", "b.jsonl"], 0),
        (["a.csv", "history.json"], 0),
        (["a.csv", "LICENSE"], 0),
        (["val.csv", "b.csv"], 0),
        (["a.json", "b.json"], 0),
        (["weights.bin"], 0),
    ],
)
def test_which_folders_are_flat(names: list[str], count: int) -> None:
    assert len(flat_folder.by_log(StoredObject(f"d/{name}", 9) for name in names)) == count
