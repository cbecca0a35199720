"""Logs in many small files: a split and a metric each, and the JSON that TensorBoard's page offers beside its CSV."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError

N = 8
LOSS = np.round(0.4 + (np.linspace(0, 1, N) - 0.5) ** 2, 4)
ACCURACY = np.round(0.9 - (np.linspace(0, 1, N) - 0.6) ** 2, 4)


def write(path: Path, **columns: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (",".join(map(str, row)) for row in zip(range(N), *columns.values(), strict=True))
    path.write_text("\n".join([",".join(["epoch", *columns]), *rows]) + "\n")


@pytest.mark.parametrize("form", ["{split}_{metric}.csv", "{metric}-{split}.csv", "{split}/{metric}.csv"])
def test_a_file_for_each_split_and_metric_is_one_run(tmp_path: Path, form: str) -> None:
    for split, loss, accuracy in (("train", LOSS / 2, ACCURACY + 0.05), ("val", LOSS, ACCURACY)):
        write(tmp_path / form.format(split=split, metric="loss"), loss=loss)
        write(tmp_path / form.format(split=split, metric="acc"), acc=accuracy)
    run = sm.read(tmp_path)
    assert {*run.series} == {"train_loss", "val_loss", "train_acc", "val_acc"}
    assert run.series["val_acc"].values.tolist() == ACCURACY.tolist()
    assert [note.code for note in run.notes] == ["SM123"]


def test_files_of_several_runs_stay_apart(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(tmp_path / f"{name}_train_loss.csv", loss=LOSS / 2)
        write(tmp_path / f"{name}_val_loss.csv", loss=LOSS)
    with pytest.raises(ChoiceError, match="holds 2 runs"):
        sm.read(tmp_path)


def test_one_file_of_one_validation_metric(tmp_path: Path) -> None:
    write(tmp_path / "val_acc.csv", acc=ACCURACY)
    assert sm.recommend(sm.read(tmp_path / "val_acc.csv")).monitor.name == "acc"


def points(values: list[object]) -> str:
    return json.dumps([[1_600_000_000.25 + at, at * 10, value] for at, value in enumerate(values)])


def test_json_of_tensorboards_page(tmp_path: Path) -> None:
    path = tmp_path / "run-exp_validation-tag-epoch_loss.json"
    path.write_text(points([*LOSS.tolist(), "NaN"]))
    run = sm.read(path)
    assert (run.format, [*run.series]) == ("tensorboard_csv", ["validation/epoch_loss"])
    found = run.series["validation/epoch_loss"]
    assert found.epochs.tolist() == [at * 10 for at in range(N + 1)]
    assert found.values[:-1].tolist() == LOSS.tolist() and np.isnan(found.values[-1])
    (tmp_path / "run-exp_train-tag-epoch_loss.json").write_text(points((LOSS / 2).tolist()))
    assert {*sm.read(tmp_path).series} == {"validation/epoch_loss", "train/epoch_loss"}


@pytest.mark.parametrize(
    "text", ["[]", "[[1600000000.5, 0]]", "[[1600000000.5, 0, 0.5], 3]", "[[1600000000.5, 0, 0.5]"]
)
def test_json_that_is_no_curve(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run-a-tag-val_loss.json"
    path.write_text(text)
    with pytest.raises(LogError):
        sm.read(path)
