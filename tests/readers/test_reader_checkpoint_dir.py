"""A folder of checkpoints without a log, read by the names of the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from selectmodel.errors import ChoiceError, LogError
from selectmodel.files.checkpoints.match import match
from selectmodel.files.opening import Source
from selectmodel.readers import checkpoint_dir
from selectmodel.records import Run


def put(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"w")
    return folder


def read(folder: Path) -> Run:
    return checkpoint_dir.read(Source(folder, (folder,), folder.name))


@pytest.mark.parametrize(
    ("names", "claimed"),
    [
        (["weights.38-0.944.hdf5", "weights.39-0.950.hdf5"], True),
        (["epoch=3-val_loss=0.21.ckpt", "epoch=4-val_loss=0.20.ckpt", "last.ckpt"], True),
        (["weights.38-0.944.hdf5"], False),
        (["epoch_1.pth", "epoch_2.pth"], False),
        (["best_0.93.pth", "last.pth"], False),
        (["notes.txt"], False),
    ],
)
def test_sniff(tmp_path: Path, names: list[str], claimed: bool) -> None:
    assert (checkpoint_dir.sniff_directory(put(tmp_path, *names)) > 0) is claimed


def test_sniff_is_for_folders(tmp_path: Path) -> None:
    assert checkpoint_dir.sniff_directory(put(tmp_path, "a.h5") / "a.h5") == 0
    assert checkpoint_dir.sniff_directory(tmp_path / "gone") == 0


def test_unnamed_values(tmp_path: Path) -> None:
    run = read(put(tmp_path, "weights.10-0.944.hdf5", "weights.9-0.95.hdf5", "best.hdf5"))
    assert (run.format, run.x_axis, list(run.series)) == ("checkpoint names", "epoch", ["value"])
    assert run.series["value"].epochs.tolist() == [9, 10]
    assert run.series["value"].values.tolist() == [0.95, 0.944]
    assert {item.path for item in run.checkpoints} == {str(path) for path in tmp_path.iterdir()}
    assert [(note.code, note.degrades) for note in run.notes] == [("SM156", False)]
    assert "rounded to 3 decimals" in run.notes[0].message


def test_named_values(tmp_path: Path) -> None:
    run = read(put(tmp_path, "ssd7_epoch-24_loss-2.09_val_loss-2.25.h5", "ssd7_epoch-25_loss-2.08_val_loss-2.26.h5"))
    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "loss": [2.09, 2.08],
        "val_loss": [2.25, 2.26],
    }


def test_steps_order_several_validations_of_one_epoch(tmp_path: Path) -> None:
    run = read(put(tmp_path, "epoch=0-step=8-val_loss=0.30.ckpt", "epoch=0-step=4-val_loss=0.20.ckpt"))
    assert (run.x_axis, run.series["val_loss"].steps.tolist()) == ("step", [4, 8])
    assert run.series["val_loss"].epochs.tolist() == [0, 0]


@pytest.mark.parametrize(
    "names",
    [
        ["a.01-0.50.h5", "a.02-0.40.h5", "b.01-0.30.h5"],  # two trainings
        ["w.1-0.50.h5", "w.01-0.40.h5"],  # one epoch twice
        ["epoch=1-val_loss=0.3.ckpt", "epoch=1-val_loss=0.4.ckpt"],
    ],
)
def test_the_user_must_choose(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(ChoiceError, match="folder"):
        read(put(tmp_path, *names))


def test_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="fewer than two"):
        read(put(tmp_path, "epoch_1.pth"))


def test_source_paths_choose_files(tmp_path: Path) -> None:
    put(tmp_path, "a.01-0.50.h5", "a.02-0.40.h5", "b.01-0.30.h5")
    chosen = tuple(tmp_path / name for name in ("a.01-0.50.h5", "a.02-0.40.h5"))
    assert checkpoint_dir.read(Source(tmp_path, chosen, "a")).series["value"].values.tolist() == [0.5, 0.4]


@pytest.mark.parametrize(
    "names",
    [
        ["w.01-0.50.h5", "w.02-0.50.h5", "w.03-0.50.h5"],
        ["epoch=0-step=1-val_loss=0.3.ckpt", "epoch=0-step=2-val_loss=0.3.ckpt", "epoch=1-step=3-val_loss=0.3.ckpt"],
    ],
)
def test_every_candidate_gets_its_own_file_even_where_values_tie(tmp_path: Path, names: list[str]) -> None:
    run = read(put(tmp_path, *names))
    (series,) = run.series.values()
    found = match(
        run.checkpoints,
        epochs=series.epochs,
        steps=series.steps,
        has_steps=run.x_axis == "step",
        metrics={series.name: series.values},
        monitor=series.name,
        format=run.format,
    )
    assert [Path(found.files[i].path).name for i in range(3)] == names
    assert np.isfinite(series.values).all()
