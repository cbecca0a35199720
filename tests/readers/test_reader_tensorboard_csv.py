"""Curves downloaded from TensorBoard's page: a file's name tells run and metric, those of a folder are one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from selectmodel.errors import LogError, UsageError
from selectmodel.files import discovery
from selectmodel.records import Run

SAMPLES = Path(__file__).parents[2] / "sample_logs"
DOWNLOAD = SAMPLES / "tensorboard_download" / "overfitting"
CURVE = "Wall time,Step,Value\n" + "".join(f"{1.6e9 + 10 * at},{at},{(at - 3) ** 2 + 1}\n" for at in range(6))


def only(place: Path) -> Run:
    (found,) = discovery.find(place)
    assert found.reader == "tensorboard_csv"
    return found.read()


def test_a_download_is_what_the_event_files_hold() -> None:
    (events,) = discovery.find(SAMPLES / "keras_tensorboard" / "overfitting")
    run, before = only(DOWNLOAD), events.read()
    assert run.x_axis == before.x_axis == "epoch"
    assert len(run.series) == 4
    for name, series in run.series.items():
        assert np.array_equal(series.values, before.series[name].values)
        assert np.array_equal(series.epochs, before.series[name].epochs)
    assert not run.notes


@pytest.mark.parametrize(
    ("file", "metric", "noted"),
    [
        ("run-validation-tag-epoch_loss.csv", "validation/epoch_loss", False),
        ("run-validation-tag-epoch_loss (1).csv", "validation/epoch_loss", False),
        ("run-version_0-tag-val_loss.csv", "val_loss", False),
        ("run-.-tag-loss_val.csv", "loss_val", False),
        ("run-exp_1_validation-tag-loss.csv", "validation/loss", False),
        ("val_loss.csv", "val_loss", True),
    ],
)
def test_the_name_tells_the_metric(file: str, metric: str, noted: bool, tmp_path: Path) -> None:
    (tmp_path / file).write_text(CURVE)
    for place in (tmp_path, tmp_path / file):
        run = only(place)
        assert list(run.series) == [metric]
        assert run.series[metric].steps.tolist() == list(range(6))
        assert [note.code for note in run.notes] == ["SM123"] * noted


def test_runs_that_differ_in_more_than_a_split_stay_apart(tmp_path: Path) -> None:
    for run in ("a", "b"):
        for split in ("train", "validation"):
            (tmp_path / f"run-{run}_{split}-tag-loss.csv").write_text(CURVE)
    found = discovery.find(tmp_path)
    assert [sorted(item.read().series) for item in found] == [["train/loss", "validation/loss"]] * 2


def test_the_same_download_twice_is_one_and_another_is_refused(tmp_path: Path) -> None:
    for name in ("run-train-tag-loss.csv", "run-train-tag-loss (1).csv"):
        (tmp_path / name).write_text(CURVE)
    assert list(only(tmp_path).series) == ["train/loss"]
    (tmp_path / "run-train-tag-loss (1).csv").write_text(CURVE + "1600000060.0,6,2\n")
    with pytest.raises(UsageError, match="two files hold different curves of train/loss"):
        only(tmp_path)


def test_a_curve_of_so_many_points_may_be_thinned(tmp_path: Path) -> None:
    rows = "".join(f"1600000000,{7 * at},{1 / (at + 1)}\n" for at in range(1000))
    (tmp_path / "run-.-tag-val_loss.csv").write_text("Wall time,Step,Value\n" + rows)
    assert [note.code for note in only(tmp_path).notes] == ["SM124"]


def test_another_header_is_refused(tmp_path: Path) -> None:
    from selectmodel.files.opening import Source
    from selectmodel.registry import load

    path = tmp_path / "x.csv"
    path.write_text(CURVE.replace("Step", "Stop"))
    with pytest.raises(LogError, match="not Wall time, Step, Value"):
        load("readers", "tensorboard_csv").read(Source(path, (path,), "x"))


def test_beside_the_event_files_of_the_same_run(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "keras_tensorboard" / "overfitting", tmp_path / "run")
    shutil.copytree(DOWNLOAD, tmp_path / "run", dirs_exist_ok=True)
    assert {item.reader for item in discovery.find(tmp_path / "run")} <= {"tensorboard_csv", "tensorboard"}
