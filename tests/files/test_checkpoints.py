"""Checkpoint names, listings, and which file belongs to which epoch."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SHARED

from selectmodel.errors import ChoiceError
from selectmodel.files.checkpoints.listing import beside, listing
from selectmodel.files.checkpoints.match import Match, match
from selectmodel.files.checkpoints.names import parse
from selectmodel.records import Checkpoint

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")

# name → epoch number, step, values, version, role
NAMES: list[tuple[str, int | None, int | None, dict[str, str], int, str]] = [
    ("weights.38-0.944.hdf5", 38, None, {"": "0.944"}, 0, "epoch"),
    ("resnet_v1.5_lr0.001_epoch_38.pt", 38, None, {}, 0, "epoch"),
    ("lr=0.001-dropout0.5-epoch=3-val_loss=0.21.ckpt", 3, None, {"val_loss": "0.21"}, 0, "epoch"),
    ("weights.38--0.944.hdf5", 38, None, {"": "-0.944"}, 0, "epoch"),
    ("weights.05-0.31.keras", 5, None, {"": "0.31"}, 0, "epoch"),
    ("weights-improvement-05-0.31.hdf5", 5, None, {"": "0.31"}, 0, "epoch"),
    ("weights-improvement-05-0.31-0.92.hdf5", 5, None, {"": "0.31", "#2": "0.92"}, 0, "epoch"),
    ("weights.05.0.31.hdf5", 5, None, {"": "0.31"}, 0, "epoch"),
    ("01-0.3245.weights.h5", 1, None, {"": "0.3245"}, 0, "epoch"),
    ("m01.weights.h5", 1, None, {}, 0, "epoch"),
    ("fer2013_mini_XCEPTION.102-0.66.hdf5", 102, None, {"": "0.66"}, 0, "epoch"),
    ("ssd7_epoch-24_loss-2.0928_val_loss-2.2581.h5", 24, None, {"loss": "2.0928", "val_loss": "2.2581"}, 0, "epoch"),
    ("pruned_weights.01-2.23.h5", 1, None, {"": "2.23"}, 0, "epoch"),
    ("model.05-val_loss1.2e-05.h5", 5, None, {"val_loss": "1.2e-05"}, 0, "epoch"),
    ("ssd7_0.h5", 0, None, {}, 0, "epoch"),
    ("30epoch.pth", 30, None, {}, 0, "epoch"),
    ("epoch=3-step=400.ckpt", 3, 400, {}, 0, "epoch"),
    ("epoch=3-step=400-v2.ckpt", 3, 400, {}, 2, "epoch"),
    ("epoch=3.ckpt", 3, None, {}, 0, "epoch"),
    ("epoch=02-val_loss=0.32.ckpt", 2, None, {"val_loss": "0.32"}, 0, "epoch"),
    ("epoch=02-val_loss=-16.42.ckpt", 2, None, {"val_loss": "-16.42"}, 0, "epoch"),
    ("epoch=3-val_loss=nan.ckpt", 3, None, {"val_loss": "nan"}, 0, "epoch"),
    ("epoch=3-val_loss=-inf.ckpt", 3, None, {"val_loss": "-inf"}, 0, "epoch"),
    ("epoch=0-val_accuracy=0.95-val_f1=0.8.ckpt", 0, None, {"val_accuracy": "0.95", "val_f1": "0.8"}, 0, "epoch"),
    ("epoch=3-step=400-acc=1.ckpt", 3, 400, {"acc": "1"}, 0, "epoch"),
    ("model-epoch=01-val/acc=0.64.ckpt", 1, None, {"val/acc": "0.64"}, 0, "epoch"),
    ("sub/model-epoch=01-val/acc=0.64.ckpt", 1, None, {"val/acc": "0.64"}, 0, "epoch"),
    ("ep02-acc0.77.ckpt", 2, None, {"acc": "0.77"}, 0, "epoch"),
    ("step=1000.ckpt", None, 1000, {}, 0, "epoch"),
    ("best-epoch=3-val_loss=0.21.ckpt", 3, None, {"val_loss": "0.21"}, 0, "best"),
    ("last.ckpt", None, None, {}, 0, "last"),
    ("last-v1.ckpt", None, None, {}, 1, "last"),
    ("best.keras", None, None, {}, 0, "best"),
    ("best.pt", None, None, {}, 0, "best"),
    ("best_model.pth", None, None, {}, 0, "best"),
    ("model_best.pth.tar", None, None, {}, 0, "best"),
    ("your_best_model_20230101.pth", None, None, {}, 0, "best"),
    ("last.pth.tar", None, None, {}, 0, "last"),
    ("model_final.pth", None, None, {}, 0, "last"),
    ("checkpoint_latest.pth", None, None, {}, 0, "last"),
    ("recovery-3-120.pth.tar", None, None, {}, 0, "last"),
    ("model-best", None, None, {}, 0, "best"),
    ("best_accuracy_epoch_4.pth", 4, None, {}, 0, "best"),
    ("checkpoint-500", None, 500, {}, 0, "epoch"),
    ("results/checkpoint-500", None, 500, {}, 0, "epoch"),
    ("checkpoint-500/adapter_model.safetensors", None, 500, {}, 0, "epoch"),
    ("global_step500", None, 500, {}, 0, "epoch"),
    ("checkpoint_20", 20, None, {}, 0, "epoch"),
    ("checkpoint-3.pth.tar", 3, None, {}, 0, "epoch"),
    ("checkpoint-0.pth", 0, None, {}, 0, "epoch"),
    ("checkpoint_epoch_12.pth", 12, None, {}, 0, "epoch"),
    ("epoch3.pt", 3, None, {}, 0, "epoch"),
    ("weights/epoch12.pt", 12, None, {}, 0, "epoch"),
    ("epoch_3.pth", 3, None, {}, 0, "epoch"),
    ("Epoch_3.PTH", 3, None, {}, 0, "epoch"),
    ("iter_300.pth", None, 300, {}, 0, "epoch"),
    ("model_0000039.pth", None, 39, {}, 0, "epoch"),
    ("m_3.pth", 3, None, {}, 0, "epoch"),
    ("model_12.pt", 12, None, {}, 0, "epoch"),
    ("model-e12.pt", 12, None, {}, 0, "epoch"),
    ("resnet50_12.pth", 12, None, {}, 0, "epoch"),
    ("model_val_loss_0.31_epoch_3.pt", 3, None, {"val_loss": "0.31"}, 0, "epoch"),
    ("model_epoch_3_val_acc_0.91.pth", 3, None, {"val_acc": "0.91"}, 0, "epoch"),
    ("net_epoch_12_f1_0.81.pth", 12, None, {"f1": "0.81"}, 0, "epoch"),
    ("unet_ep12_dice0.91.pth", 12, None, {"dice": "0.91"}, 0, "epoch"),
    ("model_epoch10_top1_71.2.pth", 10, None, {"top1": "71.2"}, 0, "epoch"),
    ("model.ckpt-280", None, 280, {}, 0, "epoch"),
    ("cp-0004.ckpt", 4, None, {}, 0, "epoch"),
]  # fmt: skip

NOT_CHECKPOINTS = [
    "", ".", "notes.txt", "training.log", "checkpoint", "checkpoints", "epoch", "resnet50.pth", "vgg16.h5",
    "model_CNN_V2.h5", "simple_CNN.hdf5", "mini_XCEPTION_KDEF.hdf5", "ssd7_0_weights.h5",
    "dataset_udacity_traffic_train.h5", "unpruned_model_1812_0105_with_optimizer_10_epochs.h5",
    "optimizer.pt", "scheduler.pt", "rng_state.pth", "rng_state_0.pth", "training_args.bin", "epoch_3_optimizer.pt",
    "checkpoint-500/optimizer.pt", "random_states_0.pt", "instances_predictions.pth", "pytorch_model.bin",
    "model-00001-of-00002.safetensors", "model.safetensors", "1700000000.pt", "model_20230101.pth",
    "../epoch_3.pth", "a/../epoch_3.pth", "epoch_3.pth\0", "epoch_3.pth/", "x" * 2000 + "_3.pth",
]  # fmt: skip


@pytest.mark.parametrize(("name", "number", "step", "values", "version", "role"), NAMES, ids=[n[0] for n in NAMES])
def test_a_name_says(
    name: str, number: int | None, step: int | None, values: dict[str, str], version: int, role: str
) -> None:
    found = parse(name)
    assert found is not None
    assert found.path == name
    assert (found.number, found.step, dict(found.values), found.version, found.role) == (
        number, step, values, version, role,
    )  # fmt: skip


@pytest.mark.parametrize("name", NOT_CHECKPOINTS)
def test_no_checkpoint(name: str) -> None:
    assert parse(name) is None


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("model.ckpt-280.index", "model.ckpt-280"),
        ("model.ckpt-280.meta", "model.ckpt-280"),
        ("model.ckpt-280.data-00000-of-00002", "model.ckpt-280"),
        ("cp-0004.ckpt.data-00000-of-00001", "cp-0004.ckpt"),
        ("ckpt-5.index", "ckpt-5"),
        ("weights.05-0.31.index", "weights.05-0.31"),
    ],
)
def test_tensorflow_parts_are_one_checkpoint(part: str, whole: str) -> None:
    found = parse(part)
    assert found is not None
    assert found.path == whole


_PARTS = [
    "epoch", "step", "best", "checkpoint", "val", "loss", "=", "-", "_", ".", "/", "0", "12", "0.5", "nan", "e5", "²",
    "٣", "v1", ".ckpt", ".h5", ".pth", ".index", "9" * 30,
]  # fmt: skip
_PIECES = st.lists(st.sampled_from(_PARTS), max_size=14).map("".join)


@given(st.one_of(st.text(max_size=60), _PIECES))
def test_parse_never_raises(text: str) -> None:
    for name in (text, f"{text}.ckpt", f"{text}.h5"):
        found = parse(name)
        if found is not None:
            assert all(isinstance(float(value), float) for value in found.values.values())
            assert found.number is None or 0 <= found.number < 10**15
            assert found.step is None or 0 <= found.step < 10**15


# --- listing ---------------------------------------------------------------------------------------------------------


def put(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"w")
    return folder


def paths(folder: Path, pattern: str | None = None) -> list[str]:
    return [item.path for item in listing(folder, pattern=pattern)[0]]


def test_listing_is_in_natural_order_and_leaves_companions_out(tmp_path: Path) -> None:
    put(tmp_path, "epoch_10.pth", "epoch_9.pth", "optimizer.pt", "log.csv", "last.pth")
    assert paths(tmp_path) == ["epoch_9.pth", "epoch_10.pth", "last.pth"]


def test_folders_and_parts_count_as_one(tmp_path: Path) -> None:
    put(
        tmp_path,
        "checkpoint-900/model.safetensors",
        "checkpoint-1000/optimizer.pt",
        "checkpoint-1000/pytorch_model.bin",
    )
    put(tmp_path, "epoch=1-step=8.ckpt/shard_0.pt", "m_7/saved_model.pb", "model.ckpt-280.index", "model.ckpt-280.meta")
    put(tmp_path, "model.ckpt-280.data-00000-of-00001", "model-epoch=01-val/acc=0.64.ckpt")
    assert sorted(paths(tmp_path)) == [
        "checkpoint-1000",
        "checkpoint-900",
        "epoch=1-step=8.ckpt",
        "m_7",
        "model-epoch=01-val/acc=0.64.ckpt",
        "model.ckpt-280",
    ]
    assert next(item.number for item in listing(tmp_path)[0] if item.path == "m_7") == 7


def test_sub_folders_only_where_the_folder_holds_none(tmp_path: Path) -> None:
    put(tmp_path, "run/weights/epoch1.pt", "run/.git/epoch5.pt", "a/b/c/d/e/f/g/h/i/epoch3.pt")
    assert paths(tmp_path) == ["run/weights/epoch1.pt"]
    put(tmp_path, "epoch2.pt")
    assert paths(tmp_path) == ["epoch2.pt"]


def test_unusable_files_are_noted(tmp_path: Path) -> None:
    put(tmp_path, "epoch_1.pth")
    (tmp_path / "epoch_2.pth").touch()
    (tmp_path / "epoch_3.pth").symlink_to(tmp_path / "gone.pth")
    (tmp_path / "checkpoint-4").mkdir()
    (tmp_path / "last.pth").symlink_to(tmp_path / "epoch_1.pth")
    found, notes = listing(tmp_path)
    assert [item.path for item in found] == ["epoch_1.pth", "last.pth"]
    said = " ".join(note.message for note in notes)
    assert {note.code for note in notes} == {"SM151"}
    assert "0 bytes" in said
    assert "does not exist" in said
    assert "empty folder" in said


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", "x.txt", "deep/epoch_1.pth")
    inside = put(tmp_path / "inside", "notes.txt")
    (inside / "link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    assert paths(inside) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_noted(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        assert [note.code for note in listing(tmp_path)[1]] == ["SM151"]
    finally:
        tmp_path.chmod(0o700)


def test_a_missing_folder_is_noted_not_raised(tmp_path: Path) -> None:
    found, notes = listing(tmp_path / "gone")
    assert found == ()
    assert {note.code for note in notes} == {"SM151"}


def test_pattern_keeps_matching_names(tmp_path: Path) -> None:
    put(tmp_path, "epoch=1-step=16.ckpt", "epoch=1-step=16-v1.ckpt", "odd[1]_3.pth")
    assert paths(tmp_path, "*-v1.ckpt") == ["epoch=1-step=16-v1.ckpt"]
    assert paths(tmp_path, "odd[1]_3.pth") == ["odd[1]_3.pth"]
    assert paths(tmp_path, "nothing") == []


def test_best_k_models_gives_values_by_base_name(tmp_path: Path) -> None:
    put(tmp_path, "checkpoints/epoch=28-step=65250.ckpt", "checkpoints/epoch=27-step=63000.ckpt")
    named = {
        "/home/x/exp/checkpoints/epoch=28-step=65250.ckpt": -16.4165,
        "..": 1.0,
        "C:\\x\\epoch=27-step=63000.ckpt": 2,
    }
    (tmp_path / "best_k_models.json").write_text(json.dumps(named))
    found, notes = listing(tmp_path / "checkpoints")
    assert [dict(item.values) for item in found] == [{"": "2"}, {"": "-16.4165"}]
    assert notes == ()


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "[1]", "\x00", '{"a": {}}', '{"epoch_1.pth": NaN}'])
def test_a_broken_sidecar_stops_nothing(tmp_path: Path, content: str) -> None:
    put(tmp_path, "epoch_1.pth")
    (tmp_path / "best_k_models.json").write_text(content)
    assert paths(tmp_path) == ["epoch_1.pth"]
    assert not any(item.values for item in listing(tmp_path)[0])


def test_sidecars_that_name_missing_files(tmp_path: Path) -> None:
    put(tmp_path, "epoch_1.pth", "model.ckpt-3000.index")
    (tmp_path / "last_checkpoint").write_text("/elsewhere/work/epoch_4.pth\n")
    (tmp_path / "checkpoint").write_text(
        'model_checkpoint_path: "model.ckpt-3000"\nall_model_checkpoint_paths: "../../etc/model.ckpt-1"\n'
    )
    messages = [note.message for note in listing(tmp_path)[1]]
    assert messages == [
        "names epoch_4.pth, which is not in the folder",
        "names model.ckpt-1, which is not in the folder",
    ]


def test_beside_a_log(tmp_path: Path) -> None:
    put(tmp_path, "run/training.log", "run/Weights/epoch0.pt", "run/models/notes.txt", "run/other/epoch1.pt")
    assert beside(tmp_path / "run/training.log") == [tmp_path / "run/Weights"]
    put(tmp_path, "run/best.keras")
    assert beside(tmp_path / "run/training.log") == [tmp_path / "run", tmp_path / "run/Weights"]
    put(tmp_path, "mm/epoch_1.pth", "mm/2026/vis_data/scalars.json")
    assert beside(tmp_path / "mm/2026/vis_data/scalars.json") == [tmp_path / "mm"]
    put(tmp_path, "hf/checkpoint-5/trainer_state.json", "hf/runs/x/events", "hf/checkpoint-9/model.safetensors")
    assert beside(tmp_path / "hf/checkpoint-5/trainer_state.json") == [tmp_path / "hf"]
    assert beside(tmp_path / "hf/runs/x") == [tmp_path / "hf"]


# --- match -----------------------------------------------------------------------------------------------------------


def matched(
    names: Sequence[str],
    epochs: Sequence[float],
    metrics: Mapping[str, Sequence[float]] | None = None,
    *,
    steps: Sequence[int] | None = None,
    format: str = "generic_csv",
    offset: int | None = None,
) -> Match:
    found = [item for item in (parse(name) for name in names) if item is not None]
    values = {name: np.array(column, float) for name, column in (metrics or {}).items()}
    counted = np.array(steps if steps is not None else range(len(epochs)), np.int64)
    return match(
        found,
        epochs=np.array(epochs, float),
        steps=counted,
        has_steps=steps is not None,
        metrics=values,
        monitor=next(iter(values), None),
        format=format,
        offset=offset,
    )


def files(result: Match) -> dict[int, str]:
    return {index: item.path for index, item in result.files.items()}


LOSS = {"val_loss": [0.9123, 0.8234, 0.7345, 0.7456]}


def test_values_settle_base_one() -> None:
    result = matched(["w.02-0.82.h5", "w.03-0.73.h5"], [0, 1, 2, 3], LOSS)
    assert files(result) == {1: "w.02-0.82.h5", 2: "w.03-0.73.h5"}
    assert result.offset == 1
    assert result.how == "epoch number in the names is the log's plus 1: settled by the metric values in 2 of 2 names"
    assert result.notes == ()


def test_values_settle_base_zero_although_keras_counts_from_one() -> None:
    result = matched(["w.01-0.82.h5", "w.02-0.73.h5"], [0, 1, 2, 3], LOSS, format="keras_csv")
    assert (result.offset, files(result)) == (0, {1: "w.01-0.82.h5", 2: "w.02-0.73.h5"})


def test_an_unnamed_value_may_be_any_metric_but_the_monitor_is_asked_first() -> None:
    metrics = {**LOSS, "val_acc": [0.82, 0.73, 0.5, 0.6]}
    assert matched(["w.02-0.82.h5", "w.03-0.73.h5"], [0, 1, 2, 3], metrics).offset == 1
    assert matched(["w.02-0.50.h5", "w.03-0.60.h5"], [0, 1, 2, 3], metrics).offset == 0


def test_a_name_may_leave_out_the_split() -> None:
    metrics = {"val/acc": [0.56, 0.64, 0.73, 0.77]}
    assert matched(["ep02-acc0.73.ckpt", "ep03-acc0.77.ckpt"], [0, 1, 2, 3], metrics).offset == 0


def test_a_coarser_log_is_compared_in_its_own_decimals() -> None:
    assert matched(["w.02-0.8234.h5"], [0, 1, 2], {"val_loss": [0.91, 0.82, 0.73]}).offset == 1
    with pytest.raises(ChoiceError):  # one value of the column has three decimals, so 0.5 is 0.500
        matched(["w.02-0.5300.h5"], [0, 1, 2], {"val_loss": [0.912, 0.5, 0.73]})


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["w.01-0.50.h5", "w.02-0.60.h5"], [0.1, 0.2, 0.3, 0.4]),  # contradicted under every base
        (["w.02-0.50.h5", "w.03-0.50.h5"], [0.5, 0.5, 0.5, 0.5]),  # both bases fit
        (["w.02-0.20.h5", "w.03-0.99.h5"], [0.1, 0.2, 0.3, 0.4]),  # one of two contradicted
    ],
)
def test_values_that_settle_nothing_ask_the_user(names: list[str], values: list[float]) -> None:
    with pytest.raises(ChoiceError) as caught:
        matched(names, [0, 1, 2, 3], {"val_loss": values}, format="keras_csv")
    said = str(caught.value)
    assert "--checkpoint-offset 0" in said
    assert "--checkpoint-offset 1" in said
    assert all(name in said for name in names)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("offset", [0, 1])
def test_the_user_settles_the_base(offset: int) -> None:
    result = matched(["w.02-0.50.h5", "w.03-0.50.h5"], [0, 1, 2, 3], {"val_loss": [0.5] * 4}, offset=offset)
    assert files(result) == {2 - offset: "w.02-0.50.h5", 3 - offset: "w.03-0.50.h5"}
    assert "as told" in result.how


def test_a_told_base_against_the_values_is_warned_of() -> None:
    result = matched(["w.02-0.82.h5"], [0, 1, 2, 3], LOSS, offset=0)
    assert files(result) == {2: "w.02-0.82.h5"}
    assert [(note.code, note.level) for note in result.notes] == [("SM153", "warn")]


def test_files_of_another_training_are_left_out() -> None:
    names = ["a.02-0.82.h5", "a.03-0.73.h5", "other.01-0.11.h5", "other.02-0.12.h5"]
    result = matched(names, [0, 1, 2, 3], LOSS)
    assert files(result) == {1: "a.02-0.82.h5", 2: "a.03-0.73.h5"}
    assert [note.code for note in result.notes] == ["SM153"]


def test_equal_values_are_settled_by_range_where_it_can() -> None:
    names = [f"w.{n:02d}-0.50.h5" for n in range(1, 5)]
    result = matched(names, [0, 1, 2, 3], {"val_loss": [0.5] * 4})
    assert (result.offset, "and their range" in result.how) == (1, True)


@pytest.mark.parametrize(
    ("names", "epochs", "format", "offset", "assumed"),
    [
        (["model_0.pt", "model_1.pt"], [0, 1, 2], "generic_csv", 0, False),  # 0 is there
        (["model_0.pt", "model_1.pt"], [1, 2, 3], "generic_csv", -1, False),
        (["model_1.pt", "model_3.pt"], [0, 1, 2], "generic_csv", 1, False),  # one past the last
        (["m_1.h5", "m_3.h5"], [1, 2, 3], "keras_csv", 0, False),
        (["m_2.h5", "m_4.h5"], [1, 3], "keras_csv", 1, True),  # validated every second epoch, from 0
        (["m_1.pt", "m_2.pt"], [0, 1, 2], "generic_csv", 0, True),
        (["m_1.h5", "m_2.h5"], [0, 1, 2], "generic_csv", 1, True),  # Keras suffix
        (["m_1.index"], [0, 1, 2], "keras_csv", 1, True),
        (["m_2.h5"], [1, 2, 3], "keras_csv", 0, True),
        (["m_1.pt", "m_2.pt"], [0, 1, 2], "keras_csv", 0, True),  # the log looks like Keras', the files do not
        (["weights/epoch1.pt", "weights/epoch2.pt"], [1, 2, 3], "generic_csv", -1, True),
        (["weights/epoch1.pt"], [0, 1, 2], "generic_csv", 0, True),
        (["checkpoint-1.pth.tar"], [0, 1, 2, 3], "generic_csv", 0, True),
        (["epoch=1.ckpt"], [0, 1, 2], "lightning_csv", 0, True),
        ([f"m_{n}.pt" for n in range(1, 41)], [14, 27, 40], "generic_csv", 0, True),  # validated late and seldom
    ],
)
def test_without_values(names: list[str], epochs: list[float], format: str, offset: int, assumed: bool) -> None:
    result = matched(names, epochs, {"val_loss": [0.3] * len(epochs)}, format=format)
    assert result.offset == offset
    assert ("assumed" in result.how) is assumed
    assert [note.code for note in result.notes] == (["SM152"] if assumed else [])
    assert all("--checkpoint-offset" in note.message for note in result.notes)


def test_lightning_steps_are_the_logs_plus_one() -> None:
    names = ["epoch=0-step=4.ckpt", "epoch=0-step=8.ckpt", "epoch=1-step=12.ckpt", "last.ckpt"]
    result = matched(names, [0, 0, 1], steps=[3, 7, 11], format="lightning_csv")
    assert files(result) == {0: names[0], 1: names[1], 2: names[2]}
    assert (result.offset, result.notes) == (None, ())


def test_lightning_prefers_plus_one_where_both_exist_and_checks_the_epoch() -> None:
    result = matched(["epoch=1-step=2.ckpt"], [0, 1, 2], steps=[0, 1, 2], format="lightning_csv")
    assert files(result) == {1: "epoch=1-step=2.ckpt"}
    result = matched(["epoch=2-step=2.ckpt"], [0, 1, 2], steps=[0, 1, 2], format="lightning_csv")
    assert files(result) == {2: "epoch=2-step=2.ckpt"}
    assert [note.code for note in result.notes] == ["SM152"]


def test_lightning_falls_back_on_the_epoch_where_no_step_fits() -> None:
    # with two optimizers the file name counts twice as many steps as the log
    result = matched(["epoch=0-step=16.ckpt", "epoch=1-step=32.ckpt"], [0, 1], steps=[7, 15], format="lightning_csv")
    assert files(result) == {0: "epoch=0-step=16.ckpt", 1: "epoch=1-step=32.ckpt"}


def test_hugging_face_steps_are_the_logs() -> None:
    result = matched(["checkpoint-5", "checkpoint-10", "checkpoint-12"], [0.5, 1.0], steps=[5, 10], format="hf_trainer")
    assert files(result) == {0: "checkpoint-5", 1: "checkpoint-10"}
    assert result.how == "step in the names is the log's: 2 of 3 files"


def test_bare_numbers_are_steps_where_the_log_has_no_epochs() -> None:
    nan = float("nan")
    result = matched(["model_100.pt", "model_200.pt"], [nan, nan, nan], steps=[100, 200, 300])
    assert files(result) == {0: "model_100.pt", 1: "model_200.pt"}


def test_two_files_of_one_epoch_are_ambiguous() -> None:
    names = ["epoch=1-step=16.ckpt", "epoch=1-step=16-v1.ckpt", "epoch=0-step=8.ckpt"]
    result = matched(names, [0, 1], steps=[7, 15], format="lightning_csv")
    assert files(result) == {0: "epoch=0-step=8.ckpt"}
    assert {index: {item.version for item in items} for index, items in result.ambiguous.items()} == {1: {0, 1}}
    assert result.saved == {0, 1}


def test_best_and_last_never_match_unless_they_name_an_epoch_that_has_no_other_file() -> None:
    names = [
        "epoch_0.pth",
        "epoch_1.pth",
        "best_accuracy_epoch_1.pth",
        "best_accuracy_epoch_2.pth",
        "last.pth",
        "best.pt",
    ]
    result = matched(names, [0, 1, 2])
    assert files(result) == {0: "epoch_0.pth", 1: "epoch_1.pth", 2: "best_accuracy_epoch_2.pth"}
    assert result.ambiguous == {}


def test_several_validations_of_an_epoch() -> None:
    metrics = {"val_loss": [0.9, 0.8, 0.7, 0.6]}
    result = matched(["epoch=0-val_loss=0.80.ckpt", "epoch=1-val_loss=0.70.ckpt"], [0, 0, 1, 1], metrics)
    assert files(result) == {1: "epoch=0-val_loss=0.80.ckpt", 2: "epoch=1-val_loss=0.70.ckpt"}
    result = matched(["epoch=0.ckpt"], [0, 0, 1, 1], metrics)
    assert files(result) == {}
    assert "SM155" in [note.code for note in result.notes]


@pytest.mark.parametrize("names", [[], ["best.pt", "last.pt"]])
def test_nothing_to_match(names: list[str]) -> None:
    result = matched(names, [0, 1])
    assert (files(result), result.offset, result.ambiguous) == ({}, None, {})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=8), st.integers(0, 1))
def test_match_gives_a_file_of_the_epoch_or_asks(pairs: list[tuple[int, int]], first: int) -> None:
    names = [f"w.{number:02d}-{value / 10:.2f}.h5" for number, value in pairs]
    epochs = [first + i for i in range(8)]
    try:
        result = matched(names, epochs, {"val_loss": [0.1 * i for i in range(8)]})
    except ChoiceError:
        return
    for index, item in result.files.items():
        assert item.number is not None
        assert result.offset == item.number - epochs[index]


# --- names and logs that frameworks and people wrote -----------------------------------------------------------------


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, *names: str) -> tuple[list[float], dict[str, list[float]]]:
    found = rows(path)
    epochs = [float(row["epoch"]) for row in found]
    return epochs, {name: [float(row[name]) for row in found] for name in names}


def manifest(repo: str) -> list[str]:
    entries: list[dict[str, Any]] = json.loads((SHARED / "real_logs/manifest.json").read_text())
    return sorted({name for e in entries if e["repo"] == repo for name in e.get("checkpoint_names") or []})


@needs_shared
def test_real_ssd_keras_is_one_based_nine_of_nine() -> None:
    log = SHARED / "real_logs/keras_csv/pierluigiferrari__ssd_keras/ssd7_training_log_unpr.csv"
    epochs, metrics = table(log, "val_loss", "loss")
    names = [name for name in manifest("pierluigiferrari/ssd_keras") if name.startswith("ssd7_epoch")]
    result = matched(names, epochs, metrics, format="keras_csv")
    assert (len(result.files), result.offset) == (9, 1)
    assert "9 of 9" in result.how
    assert files(result)[epochs.index(23)] == "ssd7_epoch-24_loss-2.0928_val_loss-2.2581.h5"
    assert matched(manifest("pierluigiferrari/ssd_keras"), epochs, metrics, format="keras_csv").offset == 1


@needs_shared
def test_real_early_keras_is_zero_based_27_of_27() -> None:
    log = SHARED / "real_logs/keras_csv/oarriaga__face_classification/trained_models/emotion_models"
    epochs, metrics = table(log / "fer2013_emotion_training.log", "val_loss", "val_acc", "acc", "loss")
    models = [name for name in manifest("oarriaga/face_classification") if "/emotion_models/" in name]
    names = [name for name in models if name.startswith("trained_models/") and "fer2013_mini" in name]
    result = matched(names, epochs, metrics, format="keras_csv")
    assert (len(names), len(result.files), result.offset) == (27, 27, 0)
    assert "27 of 27" in result.how
    everything = [name for name in models if name.startswith("trained_models/")]
    assert matched(everything, epochs, metrics, format="keras_csv").offset == 0


@needs_shared
def test_real_lightning_versions() -> None:
    entries: list[dict[str, Any]] = json.loads((SHARED / "real_logs/manifest.json").read_text())
    checked = 0
    for entry in entries:
        names = [name for name in entry.get("checkpoint_names") or [] if "step=" in name]
        if not names or not entry["path"].endswith("metrics.csv"):
            continue
        found = [row for row in rows(SHARED / "real_logs" / entry["local"]) if row["epoch"]]
        last = {float(row["epoch"]): int(row["step"]) for row in found}
        steps = sorted(set(last.values()))
        epochs = [max(epoch for epoch, step in last.items() if step == wanted) for wanted in steps]
        (item,) = (parse(name) for name in names)
        assert item is not None
        assert item.step is not None
        result = matched(names, epochs, steps=steps, format="lightning_csv")
        if item.step - 1 in steps and abs(epochs[steps.index(item.step - 1)] - (item.number or 0)) < 1:
            assert files(result) == {steps.index(item.step - 1): names[0]}
            checked += 1
    assert checked >= 20


@needs_shared
def test_sample_keras() -> None:
    run = SHARED / "samples/keras_csvlogger/plain"
    epochs, metrics = table(run / "training.log", "val_loss", "loss")
    assert beside(run / "training.log") == [run, run / "ckpt"]
    result = of_folder(run / "ckpt", epochs, metrics, format="keras_csv")
    assert (result.offset, files(result)[2]) == (1, "03-0.3078.weights.h5")
    assert "6 of 6" in result.how
    assert [(item.path, item.role) for item in listing(run)[0]] == [("best.keras", "best")]


def of_folder(
    folder: Path,
    epochs: Sequence[float],
    metrics: Mapping[str, Sequence[float]] | None = None,
    *,
    steps: Sequence[int] | None = None,
    format: str = "generic_csv",
) -> Match:
    found, notes = listing(folder)
    assert notes == ()
    return matched([item.path for item in found], epochs, metrics, steps=steps, format=format)


def validations(path: Path, metric: str) -> tuple[list[float], list[int], dict[str, list[float]]]:
    found = [row for row in rows(path) if row[metric]]
    return (
        [float(row["epoch"]) for row in found],
        [int(row["step"]) for row in found],
        {metric: [float(row[metric]) for row in found]},
    )


@needs_shared
@pytest.mark.parametrize(
    ("log", "folder", "count"),
    [
        ("basic/lightning_logs/version_0", "checkpoints", 2),
        ("basic/lightning_logs/version_1", "checkpoints", 2),
        ("check_val_every2/lightning_logs/version_0", "checkpoints", 2),
        ("crash_default_flush/lightning_logs/version_0", "checkpoints", 2),
        ("nan/lightning_logs/version_0", "checkpoints", 3),
        ("val_check_interval_half/lightning_logs/version_0", "checkpoints", 6),
        ("slash_and_noauto/exp/myrun", "checkpoints", 3),
        ("slash_and_noauto/exp/myrun", "../../noauto", 4),
    ],
)
def test_sample_lightning(log: str, folder: str, count: int) -> None:
    run = SHARED / "samples/lightning_csv" / log
    metric = "val/acc" if "slash" in log else "val_loss"
    epochs, steps, metrics = validations(run / "metrics.csv", metric)
    result = of_folder(run / folder, epochs, metrics, steps=steps, format="lightning_csv")
    assert len(result.files) == min(count, len(epochs))
    for index, item in result.files.items():
        assert item.number == epochs[index]
        assert item.step is None or item.step == steps[index] + 1


@needs_shared
def test_sample_lightning_same_folder_for_two_fits_is_ambiguous() -> None:
    run = SHARED / "samples/lightning_csv/same_dir_version_suffix"
    epochs, steps, metrics = validations(run / "lightning_logs/version_0/metrics.csv", "val_loss")
    result = of_folder(run / "ck", epochs, metrics, steps=steps, format="lightning_csv")
    assert [len(items) for items in result.ambiguous.values()] == [2]
    assert result.files == {}


@needs_shared
@pytest.mark.parametrize(("run", "count"), [("epoch_best_acc", 2), ("resumed", 4), ("steps_eval", 3), ("nan", 2)])
def test_sample_hugging_face(run: str, count: int) -> None:
    folder = SHARED / "samples/hf_trainer" / run
    state = max(folder.glob("checkpoint-*/trainer_state.json"), key=lambda path: int(path.parent.name[11:]))
    history = [row for row in json.loads(state.read_text())["log_history"] if "eval_loss" in row]
    steps = sorted({row["step"] for row in history})
    epochs = [next(row["epoch"] for row in history if row["step"] == step) for step in steps]
    result = of_folder(folder, epochs, steps=steps, format="hf_trainer")
    assert {index: f"checkpoint-{steps[index]}" for index in result.files} == files(result)
    assert len(result.files) >= count - 1
    assert beside(state) == [folder]


@needs_shared
def test_sample_ultralytics_files_are_zero_based_and_rows_one_based() -> None:
    run = SHARED / "samples/ultralytics/train"
    epochs, _ = table(run / "results.csv")
    result = of_folder(run / "weights", epochs)
    assert (result.offset, files(result)) == (-1, {i: f"epoch{i}.pt" for i in range(4)})


@needs_shared
@pytest.mark.parametrize(
    ("folder", "epochs", "expected"),
    [
        ("fastai/models", [0, 1, 2, 3], {i: f"m_{i}.pth" for i in range(4)}),
        ("timm/run", [0, 1, 2, 3], {1: "checkpoint-1.pth.tar", 3: "checkpoint-3.pth.tar"}),
        ("mmengine/run", [1, 2, 3, 4], {i: f"epoch_{i + 1}.pth" for i in range(4)}),
        ("detectron2/output", [0, 1], {}),
    ],
)
def test_other_samples(folder: str, epochs: list[float], expected: dict[int, str]) -> None:
    found, _ = listing(SHARED / "samples" / folder)
    assert files(matched([item.path for item in found], epochs)) == expected


def test_match_takes_paths_with_a_folder_in_front() -> None:
    found = [Checkpoint("/data/x/w.02-0.82.h5", 2, None, {"": "0.82"})]
    result = match(
        found,
        epochs=np.array([0.0, 1.0]),
        steps=np.array([0, 1]),
        has_steps=False,
        metrics={"val_loss": np.array([0.91, 0.82])},
        monitor="val_loss",
        format="keras_csv",
    )
    assert files(result) == {1: "/data/x/w.02-0.82.h5"}
