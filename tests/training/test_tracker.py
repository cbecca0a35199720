"""The Tracker: what it logs, keeps, and says is what ``pick`` says of its log."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from cli import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import SAMPLES

import selectmodel as sm
from selectmodel.files.fingerprints import of_file
from selectmodel.training.columns import Columns
from selectmodel.training.log_file import add, begin


def overfitting() -> list[dict[str, float]]:
    """The rows of a real training that overfits from epoch 13 on."""
    run = sm.read(SAMPLES / "keras" / "overfitting.csv")
    names = list(run.series)
    return [{name: float(run.series[name].values[epoch]) for name in names} for epoch in range(60)]


def trained(tracker: sm.Tracker, rows: list[dict[str, float]], *, stops: bool = True) -> int:
    """Goes through the rows, with a file an epoch, until it should stop; the number of epochs."""
    for epoch, row in enumerate(rows):
        tracker.log(epoch, **row)
        file = tracker.folder / f"epoch_{epoch}.pt"
        file.write_bytes(b"w" * 1000)
        tracker.keep(file)
        if stops and tracker.should_stop:
            return epoch + 1
    return len(rows)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pt"))


def test_a_training_from_begin_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop="no better for 20 epochs")
    count = trained(tracker, overfitting())
    assert 20 < count < 40 and "is no better since epoch" in tracker.stop_reason
    report = tracker.finish()
    assert report is not None
    assert tracker.recommended is not None and tracker.recommended.epoch == report.recommended.epoch
    assert Path(str(report.recommended.checkpoint)).read_bytes() == b"w" * 1000
    assert len(files(tracker.folder)) <= 5
    assert f"Ship epoch {report.recommended.epoch:.0f} → " in capsys.readouterr().out


def test_it_says_what_pick_says_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop=(), aim="loss", checks={"overfitting": "off"})
    trained(tracker, overfitting())
    report = tracker.finish(quiet=True)
    assert report is not None
    told = ["--aim", "loss", "--set", "checks.overfitting=off", "--format", "json"]
    done = command(capsys, "pick", tracker.log_file, *told, "--record", tmp_path / "by_pick.json")
    assert json.loads(done.out) == json.loads(json.dumps(report.to_dict()))
    assert (tmp_path / "by_pick.json").read_bytes() == (tracker.folder / "decision.json").read_bytes()
    assert not any(note.code == "SM150" for note in report.notes)  # what was thinned out is not missed


def test_its_folder_is_a_run_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        tracker = sm.Tracker(tmp_path / name, stop=())
        trained(tracker, overfitting()[: 20 if name == "a" else 40])
    assert command(capsys, "pick", tmp_path / "b").out.startswith("Ship epoch ")
    assert [row.name for row in sm.rank(tmp_path).runs] and len(sm.rank(tmp_path).runs) == 2


@pytest.mark.parametrize("most", [2, 3, 5, 8])
def test_so_many_stay_and_the_recommended_and_the_last_are_among_them(tmp_path: Path, most: int) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop=(), most=most, val_size=300)
    for epoch, row in enumerate(overfitting()):
        tracker.log(epoch, **row)
        file = tracker.folder / f"epoch_{epoch}.pt"
        file.write_bytes(b"w")
        tracker.keep(file)
        assert len(files(tracker.folder)) <= most
        assert file.exists()
        assert tracker.recommended is not None and Path(str(tracker.recommended.checkpoint)).exists()


def test_no_file_but_its_own_is_ever_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    mine = {folder / "epoch_77.pt": b"mine", folder / "best.pt": b"mine", tmp_path / "epoch_1.pt": b"mine"}
    for path, content in mine.items():
        path.write_bytes(content)
    trained(sm.Tracker(folder, stop=(), most=2), overfitting())
    assert all(path.read_bytes() == content for path, content in mine.items())


def test_a_folder_of_weights_is_one_checkpoint(tmp_path: Path) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop=(), most=2)
    for epoch, row in enumerate(overfitting()[:20]):
        tracker.log(epoch, step=10 * epoch, **row)
        folder = tracker.folder / f"checkpoint-{10 * epoch}"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"w")
        tracker.keep(folder)
    left = [path.name for path in tracker.folder.iterdir() if path.is_dir()]
    assert len(left) == 2 and "checkpoint-190" in left
    report = tracker.finish(quiet=True)
    assert report is not None and Path(str(report.recommended.checkpoint)).name in left


def test_it_stops_at_a_value_that_was_asked_for(tmp_path: Path) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop=["no better for 50 epochs", "val_accuracy>=0.9"])
    rows = overfitting()
    count = trained(tracker, rows)
    assert rows[count - 1]["val_accuracy"] >= 0.9 > max(row["val_accuracy"] for row in rows[: count - 1])
    assert tracker.stop_reason.startswith("val_accuracy was 0.9")


def test_never_before_the_least_epoch(tmp_path: Path) -> None:
    falling = [{"val_loss": 1.0 + epoch} for epoch in range(40)]
    assert trained(sm.Tracker(tmp_path / "a", stop="no better for 3 epochs"), falling) == 4
    late = sm.Tracker(tmp_path / "b", stop="no better for 3 epochs", min_epoch=20)
    assert trained(late, falling) == 24
    assert late.recommended is not None and late.recommended.epoch == 20


def test_a_training_that_was_killed_goes_on(tmp_path: Path) -> None:
    rows = overfitting()
    whole = sm.Tracker(tmp_path / "whole", stop=())
    trained(whole, rows)
    first = sm.Tracker(tmp_path / "halves", stop=())
    trained(first, rows[:25])
    with first.log_file.open("ab") as file:
        file.write(b'{"epoch": 25, "metr')  # as a killed program leaves it
    second = sm.Tracker(tmp_path / "halves", stop=(), resume=True)
    for epoch in range(25, 60):
        second.log(epoch, **rows[epoch])
        path = second.folder / f"epoch_{epoch}.pt"
        path.write_bytes(b"w")
        second.keep(path)
    one, other = whole.report(), second.report()
    assert one.recommended.epoch == other.recommended.epoch
    assert Path(str(one.recommended.checkpoint)).name == Path(str(other.recommended.checkpoint)).name
    assert files(whole.folder) == files(second.folder)


def test_a_log_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    trained(sm.Tracker(tmp_path / "run"), overfitting()[:3])
    before = of_file(tmp_path / "run" / "log.jsonl")
    with pytest.raises(sm.UsageError, match="resume=True"):
        sm.Tracker(tmp_path / "run")
    assert of_file(tmp_path / "run" / "log.jsonl") == before


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda tracker: tracker.log(0, loss="high"), "is no number"),
        (lambda tracker: tracker.log(0.5, loss=1.0), "is no whole number; give step="),
        (lambda tracker: tracker.log(loss=1.0), "give step="),
        (lambda tracker: (tracker.log(1, loss=1.0), tracker.log(0, loss=1.0)), "goes forward"),
        (lambda tracker: (tracker.log(1, loss=1.0), tracker.log(1, loss=2.0)), "already"),
        (lambda tracker: (tracker.log(1, loss=1.0), tracker.log(step=2, loss=2.0)), "give a epoch"),
        (lambda tracker: tracker.keep(tracker.folder / "x.pt"), "log the epoch first"),
        (lambda tracker: (tracker.log(0, loss=1.0), tracker.keep("/etc/hostname")), "save it in"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, call: object, words: str) -> None:
    with pytest.raises(sm.UsageError, match=words):
        call(sm.Tracker(tmp_path / "run"))  # type: ignore[operator]


@pytest.mark.parametrize("given", [{"stop": "sometime"}, {"most": 1}, {"aim": "fame"}, {"metrik": "val_loss"}])
def test_settings_that_are_none_are_refused(tmp_path: Path, given: dict[str, object]) -> None:
    with pytest.raises(sm.UsageError):
        sm.Tracker(tmp_path / "run", **given)  # type: ignore[arg-type]
    assert not (tmp_path / "run").exists()


def test_training_and_validation_may_be_logged_one_after_the_other(tmp_path: Path) -> None:
    tracker = sm.Tracker(tmp_path / "run", stop=())
    for epoch, row in enumerate(overfitting()):
        tracker.log(epoch, loss=row["loss"], accuracy=row["accuracy"])
        tracker.log(epoch, val_loss=row["val_loss"], val_accuracy=row["val_accuracy"])
    together = sm.recommend(SAMPLES / "keras" / "overfitting.csv", checkpoints="off")
    assert tracker.report().recommended.epoch == together.recommended.epoch


def test_the_chosen_checkpoint_is_restored(tmp_path: Path) -> None:
    loaded: list[str] = []
    tracker = sm.Tracker(tmp_path / "run", stop=())
    trained(tracker, overfitting())
    report = tracker.finish(loaded.append, quiet=True)
    assert report is not None and loaded == [report.recommended.checkpoint]


numbers = st.one_of(st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 0.1, 1e300]))
rows = st.lists(st.dictionaries(st.sampled_from(["loss", "val_loss", "a/b", "µ 1"]), numbers, min_size=1), min_size=1)


@given(rows=rows, stepped=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_what_it_judges_is_what_is_read_from_its_log(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, float]], stepped: bool
) -> None:
    folder = tmp_path_factory.mktemp("run")
    log, columns = begin(folder / "run", resume=False), Columns("run", "selectmodel_log")
    for epoch, row in enumerate(rows):
        at = {"epoch": epoch, "step": 7 * epoch} if stepped else {"epoch": epoch}
        columns.add(at["epoch"], at.get("step"), row)
        add(log, {**at, "metrics": row})
    live, read = columns.run(), sm.read(log)
    assert live.x_axis == read.x_axis and set(read.series) <= set(live.series)
    for name, series in read.series.items():
        np.testing.assert_array_equal(series.steps, live.series[name].steps)
        np.testing.assert_array_equal(series.epochs, live.series[name].epochs)
        np.testing.assert_array_equal(series.values, live.series[name].values)
