"""Event files as runs: which files belong together, names, splits, epochs, restarts, and what is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slow_events as slow
from places import ROOT, SHARED

from selectmodel import progress
from selectmodel.cli import main
from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.files import discovery
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.notes import MEANINGS
from selectmodel.policy.policy import Policy
from selectmodel.readers import keras_csv, tensorboard
from selectmodel.readers.tfevents import tfrecord
from selectmodel.records import Run
from selectmodel.selection import recommend

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is absent")
HEADER = slow.version()


def name(seconds: int, count: int, process: int = 7, suffix: str = "") -> str:
    return f"events.out.tfevents.{seconds}.host.{process}.{count}{suffix}"


def curve(tag: str, steps: Sequence[int], numbers: Sequence[float] | None = None) -> bytes:
    numbers = [1 / (step + 2) for step in steps] if numbers is None else numbers
    return b"".join(slow.scalar(tag, step, number) for step, number in zip(steps, numbers, strict=True))


def keras_epochs(steps: Sequence[int], number: float = 0.5) -> bytes:
    return HEADER + b"".join(slow.keras("epoch_loss", step, number) for step in steps)


def write(root: Path, files: dict[str, bytes]) -> list[Path]:
    paths = [root / path for path in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return paths


def read(place: Path, paths: Sequence[Path] = (), **options: object) -> Run:
    found = tuple(paths) or (tuple(sorted(place.rglob("*tfevents*"))) if place.is_dir() else (place,))
    return tensorboard.read(Source(place, found, place.name, ReadOptions(**options)))  # type: ignore[arg-type]


def codes(run: Run) -> list[str]:
    assert all(note.code in MEANINGS for note in run.notes)
    return [note.code for note in run.notes]


def runs_below(root: Path) -> dict[str, int]:
    found = tensorboard.group(sorted(root.rglob("*tfevents*")))
    return {place.relative_to(root).as_posix(): len(paths) for place, paths in found}


@pytest.mark.parametrize(
    ("file", "head", "confidence"),
    [
        ("events.out.tfevents.1.host", HEADER, 1.0),
        ("events.out.tfevents", HEADER, 1.0),
        ("events.out.tfevents.1.host", b"", 1.0),
        ("events.out.tfevents.1.host", HEADER[:7], 1.0),
        ("events.out.tfevents.1.host.profile-empty", HEADER, 1.0),
        ("events.out.tfevents.1.host", b"epoch,loss,val_loss\n0,1,2\n", 0.5),
        ("training.log", HEADER, 0.6),
        ("training.log", b"epoch,loss,val_loss\n0,1,2\n", 0.0),
        ("training.log", slow.record(b"\x0a\x01x"), 0.0),
        ("training.log", b"", 0.0),
    ],
)
def test_sniff(file: str, head: bytes, confidence: float) -> None:
    assert tensorboard.sniff(Path(file), head) == confidence


LOSS = HEADER + curve("loss", range(3))
BOTH = HEADER + curve("train/loss", range(3)) + curve("val/loss", range(3))
LAYOUTS: dict[str, tuple[dict[str, bytes], dict[str, int]]] = {
    "keras": ({"a/train/" + name(1, 0, 7, ".v2"): keras_epochs(range(3)),
               "a/validation/" + name(1, 1, 7, ".v2"): keras_epochs(range(3)),
               "b/train/" + name(2, 0, 8, ".v2"): keras_epochs(range(3)),
               "b/validation/" + name(2, 1, 8, ".v2"): keras_epochs(range(3))}, {"a": 2, "b": 2}),
    "keras, train only": ({"a/train/" + name(1, 0): keras_epochs(range(3)), "b/train/" + name(1, 0): LOSS},
                          {"a": 1, "b": 1}),
    "ultralytics calls its runs train": ({"train/" + name(1, 0): BOTH, "train2/" + name(2, 0): BOTH},
                                         {"train": 1, "train2": 1}),
    "runs named test and base": ({"test/" + name(1, 0): LOSS, "base/" + name(1, 0): LOSS}, {"test": 1, "base": 1}),
    "estimator": ({name(1, 0): LOSS, "eval/" + name(2, 0): LOSS}, {".": 2}),
    "torch add_scalars": ({name(1, 0): HEADER, "loss_train/" + name(1, 1): LOSS, "loss_val/" + name(1, 2): LOSS},
                          {".": 3}),
    "add_scalars, parent lost": ({"r/loss_a/" + name(1, 1): LOSS, "r/loss_b/" + name(1, 2): LOSS,
                                  "s/" + name(1, 1): LOSS}, {"r": 2, "s": 1}),
    "tensorboardX add_scalars": ({name(1, 0): HEADER, "data/g/a/" + name(1, 1): HEADER + curve("data/g", range(3))},
                                 {".": 2}),
    "runs below a run that is older": ({name(1, 0): LOSS, "run_b/" + name(1, 1): LOSS}, {".": 1, "run_b": 1}),
    "add_hparams": ({name(1, 0): LOSS, "1795226247.6051786/" + name(1, 1): HEADER + curve("hparam/acc", [0])},
                    {".": 2}),
    "lightning versions": ({"version_2/" + name(1, 0): LOSS, "version_10/" + name(1, 0): LOSS,
                            "version_10/" + name(2, 1): HEADER + curve("test_acc", [3])},
                           {"version_2": 1, "version_10": 2}),
    "no scalars": ({"a/" + name(1, 0): HEADER, "b/" + name(1, 0): b"", "c/" + name(1, 0) + ".profile-empty": HEADER,
                    "d/" + name(1, 0): HEADER + slow.record(slow.event(0, other=slow.bytes_field(4, b"x" * 200)))},
                   {}),
    "catboost": ({"catboost_info/learn/events.out.tfevents": curve("Logloss", range(3)),
                  "catboost_info/test/events.out.tfevents": curve("Logloss", range(3)), "x/" + name(1, 0): LOSS},
                 {"catboost_info": 2, "x": 1}),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_which_files_are_one_run(tmp_path: Path, layout: str) -> None:
    files, expected = LAYOUTS[layout]
    write(tmp_path, files)
    assert runs_below(tmp_path) == expected


def test_no_run_is_placed_above_the_folder_that_was_searched(tmp_path: Path) -> None:
    write(tmp_path, {"logs/validation/" + name(1, 1): keras_epochs(range(3))})
    (place, paths), *others = tensorboard.group([tmp_path / "logs/validation" / name(1, 1)])
    assert (place, others) == (tmp_path / "logs/validation", [])
    run = read(place, paths)
    assert list(run.series) == ["epoch_loss"]
    assert run.hints["epoch_loss"].split == "val"


def test_keras_trainings_in_one_log_dir_are_told_apart(tmp_path: Path) -> None:
    files = {}
    for process, epochs in ((11, 4), (12, 2), (13, 6)):
        for folder, count in (("train", 0), ("validation", 1)):
            files[f"Logs/{folder}/" + name(100 + process, count, process, ".v2")] = keras_epochs(range(epochs), process)
    write(tmp_path, files)
    found = tensorboard.group(sorted(tmp_path.rglob("*tfevents*")))
    assert [len(paths) for _, paths in found] == [2, 2, 2]
    assert len({place for place, _ in found}) == 3
    for (place, paths), (process, epochs) in zip(found, ((11, 4), (12, 2), (13, 6)), strict=True):
        run = read(place, paths)
        assert list(run.series) == ["train/epoch_loss", "validation/epoch_loss"]
        for series in run.series.values():
            assert series.epochs.tolist() == list(range(epochs))
            assert set(series.values) == {process}


def test_a_keras_training_that_is_resumed_stays_one_run(tmp_path: Path) -> None:
    write(tmp_path, {
        "train/" + name(1, 0, 7, ".v2"): keras_epochs(range(3)),
        "validation/" + name(1, 1, 7, ".v2"): keras_epochs([0]),
        "train/" + name(1, 2, 7, ".v2"): keras_epochs([3, 4]),
        "validation/" + name(1, 3, 7, ".v2"): keras_epochs([3]),
    })  # fmt: skip
    assert runs_below(tmp_path) == {".": 4}


def test_keras(tmp_path: Path) -> None:
    other = curve("evaluation_loss_vs_iterations", [8, 16, 24])
    write(tmp_path, {
        "train/" + name(1, 0, 7, ".v2"): keras_epochs(range(3), 0.25) + curve("batch_loss", range(9)),
        "validation/" + name(1, 1, 7, ".v2"): keras_epochs(range(3), 0.75) + other,
    })  # fmt: skip
    run = read(tmp_path)
    assert run.x_axis == "epoch"
    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "train/epoch_loss": [0.25] * 3, "validation/epoch_loss": [0.75] * 3,
    }  # fmt: skip
    assert run.series["train/epoch_loss"].epochs.tolist() == [0, 1, 2]
    assert [(hint.split, hint.why) for hint in run.hints.values()] == [
        ("train", "directory train/"), ("val", "directory validation/"),
    ]  # fmt: skip
    assert codes(run) == ["SM139"]
    assert "batch_loss" in run.notes[0].message and "vs_iterations" in run.notes[0].message
    assert not run.degraded


def test_lightning_tells_the_epoch_of_a_step(tmp_path: Path) -> None:
    data = HEADER + curve("hp_metric", [0], [-1.0])
    for epoch, step in ((0, 7), (1, 15), (2, 23)):
        data += curve("train_loss", [step - 4]) + curve("epoch", [step - 4], [epoch])
        data += curve("val_loss", [step]) + curve("epoch", [step], [epoch]) + curve("train_loss_epoch", [step])
    (path,) = write(tmp_path, {name(1, 0): data + curve("epoch", [23], [2])})
    run = read(path)
    assert run.x_axis == "step"
    assert set(run.series) == {"train_loss", "val_loss", "train_loss_epoch"}
    assert run.series["val_loss"].steps.tolist() == [7, 15, 23]
    assert run.series["val_loss"].epochs.tolist() == run.series["train_loss"].epochs.tolist() == [0, 1, 2]
    assert codes(run) == ["SM139"] and not run.degraded


def test_before_the_first_epoch_is_logged_it_is_not_known(tmp_path: Path) -> None:
    (path,) = write(tmp_path, {name(1, 0): HEADER + curve("val_loss", [1, 5, 9]) + curve("epoch", [5, 8], [0, 1])})
    assert np.array_equal(read(path).series["val_loss"].epochs, [np.nan, 0, 1], equal_nan=True)


def hugging_face(steps: Sequence[int], *, closing: bool = True) -> bytes:
    data = HEADER
    for step in steps:
        data += curve("train/loss", [step]) + curve("train/epoch", [step], [step / 6])
        data += curve("eval/loss", [step]) + curve("train/epoch", [step], [step / 6])
    if closing:
        data += curve("train/train_runtime", [steps[-1]]) + curve("train/train_loss", [steps[-1]])
        data += curve("train/epoch", [steps[-1]], [steps[-1] / 6])
    return data


def test_hugging_face(tmp_path: Path) -> None:
    (path,) = write(tmp_path, {name(1, 0): hugging_face([6, 12, 18])})
    run = read(path)
    assert {name: series.epochs.tolist() for name, series in run.series.items()} == {
        "train/loss": [1, 2, 3], "eval/loss": [1, 2, 3],
    }  # fmt: skip
    assert codes(run) == ["SM139"] and not run.degraded


LATE = curve("eval/loss", [18], [0.001]) + curve("train/epoch", [18], [3.0])


@pytest.mark.parametrize("same_file", [True, False])
def test_evaluation_after_the_training_is_of_no_epoch(tmp_path: Path, same_file: bool) -> None:
    data = hugging_face([6, 12, 18])
    files = {name(1, 0): data + LATE} if same_file else {name(1, 0): data, name(1, 1): HEADER + LATE}
    write(tmp_path, files)
    run = read(tmp_path)
    assert run.series["eval/loss"].values[-1] != pytest.approx(0.001)
    assert run.series["eval/loss"].steps.tolist() == [6, 12, 18]
    assert "SM138" in codes(run) and not run.degraded


def test_lightning_validate_and_test_after_the_fit(tmp_path: Path) -> None:
    fit = HEADER + curve("train_loss", [3, 7]) + curve("val_acc", [3, 7], [0.5, 0.6]) + curve("epoch", [3, 7], [0, 1])
    write(tmp_path, {
        name(1, 0): fit,
        name(2, 1): HEADER + curve("val_acc", [8], [0.9]) + curve("epoch", [8], [1]),
        name(3, 2): HEADER + curve("test_acc", [8], [0.8]) + curve("epoch", [8], [2]),
    })  # fmt: skip
    run = read(tmp_path)
    assert set(run.series) == {"train_loss", "val_acc"}
    assert run.series["val_acc"].values.tolist() == pytest.approx([0.5, 0.6])
    assert codes(run) == ["SM138"]


def test_ultralytics_evaluates_its_best_weights_as_one_epoch_more(tmp_path: Path) -> None:
    data = HEADER + curve("lr/pg0", [1, 2, 3]) + curve("train/box_loss", [1, 2, 3])
    (path,) = write(tmp_path, {name(1, 0): data + curve("metrics/mAP50(B)", [1, 2, 3, 4], [0.1, 0.3, 0.2, 0.31])})
    run = read(path)
    assert run.series["metrics/mAP50(B)"].steps.tolist() == [1, 2, 3]
    assert codes(run) == ["SM138"] and not run.degraded


def test_evaluations_that_have_a_file_each_are_of_the_training(tmp_path: Path) -> None:
    write(tmp_path, {
        name(1, 0): HEADER + curve("train/loss", range(20)),
        name(2, 1): HEADER + curve("eval/acc", [9]), name(3, 2): HEADER + curve("eval/acc", [19]),
    })  # fmt: skip
    run = read(tmp_path)
    assert run.series["eval/acc"].steps.tolist() == [9, 19]
    assert codes(run) == []


def test_estimator_with_exact_checkpoints(tmp_path: Path) -> None:
    def evaluated(step: int, path: str) -> bytes:
        text = slow.tensor(7, slow.bytes_field(8, path.encode())) + slow.metadata("text")
        return HEADER + curve("loss", [step]) + slow.record(slow.event(step, slow.value("checkpoint_path", text)))

    write(tmp_path, {
        name(1, 0): HEADER + curve("loss", [1, 280]), "eval/" + name(2, 0): evaluated(280, "./model/model.ckpt-280"),
        name(3, 0): HEADER + curve("loss", [281, 560]), "eval/" + name(4, 0): evaluated(560, "C:\\m\\model.ckpt-560"),
        "eval/" + name(5, 0): evaluated(560, "evil/.."),
    })  # fmt: skip
    run = read(tmp_path)
    assert [(item.path, item.step) for item in run.checkpoints] == [("model.ckpt-280", 280), ("model.ckpt-560", 560)]
    assert {name: series.steps.tolist() for name, series in run.series.items()} == {
        "loss": [1, 280, 281, 560], "eval/loss": [280, 560],
    }  # fmt: skip
    assert run.hints["eval/loss"].split == "val" and "loss" not in run.hints


def test_runs_read_as_one(tmp_path: Path) -> None:
    flat = write(tmp_path, {
        "version_0/" + name(1, 0): HEADER + curve("val_loss", [3, 7]) + curve("epoch", [3, 7], [0, 1]),
        "version_1/" + name(2, 0): HEADER + curve("val_loss", [11]) + curve("epoch", [11], [2]),
    })  # fmt: skip
    run = read(tmp_path / "version_0", flat)
    assert run.series["val_loss"].epochs.tolist() == [0, 1, 2]
    split = write(tmp_path, {
        f"{run}/{folder}/{name(at, 0, 7, '.v2')}": keras_epochs([at])
        for at, run in enumerate("ab") for folder in ("train", "validation")
    })  # fmt: skip
    run = read(tmp_path / "a", split)
    assert {name: series.epochs.tolist() for name, series in run.series.items()} == {
        "train/epoch_loss": [0, 1], "validation/epoch_loss": [0, 1],
    }  # fmt: skip


def test_add_scalars_and_hparams(tmp_path: Path) -> None:
    write(tmp_path, {
        name(1, 0): HEADER, "loss_train/" + name(1, 1): LOSS, "loss_val/" + name(1, 2): LOSS,
        "1795226247.6051786/" + name(1, 1): HEADER + curve("hparam/acc", [0]),
    })  # fmt: skip
    run = read(tmp_path)
    assert list(run.series) == ["loss_train", "loss_val"]
    assert codes(run) == ["SM140"]


def test_a_folder_that_is_a_run_says_nothing_of_the_split_when_the_tags_do(tmp_path: Path) -> None:
    write(tmp_path, {"train/" + name(1, 0): BOTH})
    assert not read(tmp_path / "train").hints


def test_files_are_ordered_by_number_and_later_points_supersede(tmp_path: Path) -> None:
    write(tmp_path, {
        name(1, 9): HEADER + curve("val_loss", range(6), [1.0] * 6),
        name(1, 10): HEADER + curve("val_loss", [3, 4], [2.0] * 2),
    })  # fmt: skip
    run = read(tmp_path)
    assert run.series["val_loss"].steps.tolist() == [0, 1, 2, 3, 4]
    assert run.series["val_loss"].values.tolist() == [1, 1, 1, 2, 2]
    assert codes(run) == ["SM136"] and run.degraded
    assert run.notes[0].message.startswith("3 points were superseded")


def test_points_logged_again_with_the_same_value_lose_nothing(tmp_path: Path) -> None:
    data = HEADER + curve("val_loss", range(5), [1.0, 2.0, float("nan"), 3.0, 4.0])
    again = HEADER + curve("val_loss", [2, 3, 4, 5], [float("nan"), 3.0, 4.0, 5.0])
    write(tmp_path, {name(1, 0): data, name(2, 0): again})
    run = read(tmp_path)
    assert len(run.series["val_loss"].steps) == 6
    assert codes(run) == ["SM136"] and not run.degraded


def passes(tmp_path: Path, ranges: Sequence[range], *, one_file: bool) -> Path:
    pieces = [
        b"".join(slow.scalar("loss", step, at + 1) + slow.scalar("val_loss", step, at + 1) for step in steps)
        for at, steps in enumerate(ranges)
    ]
    if one_file:
        write(tmp_path, {name(1, 0): HEADER + b"".join(pieces)})
    else:
        write(tmp_path, {name(at, 0): HEADER + piece for at, piece in enumerate(pieces, 1)})
    return tmp_path


@pytest.mark.parametrize("one_file", [True, False])
def test_a_second_shorter_training_makes_the_user_choose(tmp_path: Path, one_file: bool) -> None:
    place = passes(tmp_path, [range(6), range(3)], one_file=one_file)
    with pytest.raises(ChoiceError) as refusal:
        read(place)
    assert [choice.partition("   ")[0] for choice in refusal.value.choices] == ["--segment 1", "--segment 2"]
    for segment, count in ((1, 6), (2, 3)):
        run = read(place, segment=segment)
        assert run.series["val_loss"].values.tolist() == [segment] * count
        assert codes(run) == ["SM137"] and not run.degraded
    with pytest.raises(UsageError, match="has no segment 3"):
        read(place, segment=3)


@pytest.mark.parametrize("one_file", [True, False])
def test_a_second_training_that_covers_the_first_replaces_it(tmp_path: Path, one_file: bool) -> None:
    run = read(passes(tmp_path, [range(3), range(6)], one_file=one_file))
    assert run.series["val_loss"].values.tolist() == [2] * 6
    assert codes(run) == ["SM137"] and run.degraded


def test_a_tag_that_counts_batches_anew_does_not_start_the_others_over(tmp_path: Path) -> None:
    data = HEADER
    for epoch in range(4):
        data += curve("train/batch", range(5)) + curve("val/loss", [epoch])
    (path,) = write(tmp_path, {name(1, 0): data})
    run = read(path)
    assert run.series["val/loss"].steps.tolist() == [0, 1, 2, 3]


def test_all_steps_zero_needs_the_users_word(tmp_path: Path) -> None:
    (path,) = write(tmp_path, {name(1, 0): HEADER + curve("loss", [0, 0, 0], [3.0, 1.0, 2.0])})
    with pytest.raises(UsageError, match="--index row"):
        read(path)
    run = read(path, index="row")
    assert run.x_axis == "row"
    assert run.series["loss"].values.tolist() == [3, 1, 2]
    assert codes(run) == ["SM143"]
    (path,) = write(tmp_path, {name(1, 0): LOSS})
    assert read(path, index="row").x_axis == "step"  # a step that was logged is never thrown away


def test_damage_is_told_with_its_place(tmp_path: Path) -> None:
    records = [HEADER, *(slow.scalar("loss", step, 1.0) for step in range(5))]
    torn = b"".join(records)[:-5]
    damaged = bytearray(records[2])
    damaged[15] ^= 4
    (path,) = write(tmp_path, {name(1, 0): torn})
    run = read(path)
    assert codes(run) == ["SM131"] and not run.degraded
    assert run.notes[0].where == f"{name(1, 0)}@{len(b''.join(records[:5]))}"
    (path,) = write(tmp_path, {name(1, 0): b"".join([*records[:2], bytes(damaged), *records[3:]])})
    run = read(path)
    assert codes(run) == ["SM132"] and run.degraded
    assert run.series["loss"].steps.tolist() == [0, 2, 3, 4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (HEADER, "holds no scalars yet"),
        (HEADER[:30], "unfinished record"),
        (b"epoch,loss\n0,1\n1,2\n", "length of a record is damaged"),
        (HEADER + curve("hp_metric", [0], [-1.0]), "no metric of the training"),
    ],
)
def test_nothing_to_read(tmp_path: Path, content: bytes, message: str) -> None:
    (path,) = write(tmp_path, {name(1, 0): content})
    with pytest.raises(LogError, match=message):
        read(path)


def test_one_unreadable_file_of_several(tmp_path: Path) -> None:
    (path,) = write(tmp_path, {name(1, 0): LOSS})
    run = read(tmp_path, [path, tmp_path / name(2, 0)])
    assert codes(run) == ["SM141"] and run.degraded


def test_standard_input() -> None:
    run = tensorboard.read(Source(Path("-"), (Path("-"),), "standard input", data=LOSS))
    assert run.series["loss"].steps.tolist() == [0, 1, 2]


def test_clock_and_sign_of_a_step_decide_nothing(tmp_path: Path) -> None:
    data = b"".join(slow.scalar("loss", step, 1.0, float("nan") if step else 0.0) for step in (-2, -1, 0, 1))
    (path,) = write(tmp_path, {name(1, 0): data})
    run = read(path)
    assert run.series["loss"].steps.tolist() == [-2, -1, 0, 1]
    assert codes(run) == ["SM142"] and not run.degraded


def test_a_name_from_a_folder_never_meets_a_tag(tmp_path: Path) -> None:
    write(tmp_path, {name(1, 0): HEADER + curve("train/loss", [0, 1]), "train/" + name(1, 1): LOSS})
    assert sorted(read(tmp_path).series) == ["train//loss", "train/loss"]


def test_cut_or_flipped_anywhere_gives_a_run_or_a_plain_error(tmp_path: Path) -> None:
    data = HEADER + curve("loss", range(4)) + curve("val_loss", range(4), [4.0, 2.0, 1.0, 3.0])
    path = tmp_path / name(1, 0)
    best = 2
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        for content in (data[:at], bytes(flipped)):
            path.write_bytes(content)
            try:
                run = read(path)
            except SelectModelError:
                continue
            series = run.series.get("val_loss")
            if series is not None and series.steps[series.values.argmin()] != best and content != data[:at]:
                assert run.degraded, at


def test_keras_csv_and_event_files_of_one_training_agree() -> None:
    events = read(ROOT / "sample_logs/keras_tensorboard/overfitting")
    table = ROOT / "sample_logs/keras/overfitting.csv"
    rows = keras_csv.read(Source(table, (table,), table.name))
    for tag, column in (("train/epoch_loss", "loss"), ("validation/epoch_loss", "val_loss"),
                        ("validation/epoch_accuracy", "val_accuracy")):  # fmt: skip
        ours, theirs = events.series[tag], rows.series[column]
        assert np.array_equal(ours.epochs, theirs.epochs)
        assert np.array_equal(ours.values.astype(np.float32), theirs.values.astype(np.float32))
        assert ours.values.argmin() == theirs.values.argmin()


@pytest.mark.parametrize(
    ("events", "table"),
    [
        ("keras_tensorboard/overfitting", "keras/overfitting.csv"),
        ("lightning_tensorboard/overfitting", "lightning/overfitting"),
        ("summarywriter/plateau", "generic/plateau.csv"),
    ],
)
def test_the_same_training_gives_the_same_recommendation(events: str, table: str) -> None:
    picks = []
    for place in (events, table):
        (found,) = discovery.find(ROOT / "sample_logs" / place)
        best = recommend.recommend(found.read(), Policy()).recommended
        picks.append(best.step if best.epoch is None else best.epoch)  # a SummaryWriter knows steps only
    assert picks[0] == picks[1] is not None


@needs_shared
def test_a_public_training_logged_twice() -> None:
    folder = "GYQ-AI__Distributed-training-basline-demo-using-TF2.0/logs"
    events = read(SHARED / "real_logs/tensorboard" / folder)
    table = SHARED / "real_logs/keras_csv" / folder / "log.csv"
    rows = keras_csv.read(Source(table, (table,), table.name))
    for metric in ("loss", "categorical_accuracy"):
        ours, theirs = events.series[f"validation/epoch_{metric}"], rows.series[f"val_{metric}"]
        assert np.allclose(ours.values, theirs.values, rtol=1e-6)
        assert np.array_equal(ours.epochs, theirs.epochs)


#: Samples: series, x axis, epochs of the last series that is listed, codes.
SAMPLES: dict[str, tuple[dict[str, int], str, list[float], list[str]]] = {
    "keras_tensorboard/batch": (
        {"train/epoch_loss": 4, "validation/epoch_accuracy": 4}, "epoch", [0, 1, 2, 3], ["SM139"]),
    "keras_tensorboard/resume_same_dir": (
        {"train/epoch_loss": 5, "validation/epoch_loss": 5}, "epoch", [0, 1, 2, 3, 4], ["SM136", "SM139"]),
    "hf_trainer/epoch_best_acc/runs": ({"train/loss": 7, "eval/f1": 3}, "step", [1, 2, 3], ["SM138", "SM139"]),
    "hf_trainer/resumed/runs": ({"train/loss": 9, "eval/loss": 4}, "step", [1, 2, 3, 4], ["SM139"]),
    "lightning_tb/lightning_logs/version_0": (
        {"train_loss_step": 10, "val/acc": 4}, "step", [0, 1, 2, 3], ["SM139"]),
    "catboost/catboost_info": ({"learn/Logloss": 8, "test/AUC:0": 8}, "step", [], []),
    "tb_tf1_filewriter": ({"val/acc": 4}, "step", [], []),
    "torch_summarywriter/add_scalars": ({"loss_train": 6, "loss_val": 6}, "step", [], []),
    "torch_summarywriter/tensorboardX": ({"data/val_loss": 6, "data/g/a": 6, "data/g/b": 6}, "step", [], []),
    "torch_summarywriter/resume_purge_step3": ({"val_loss": 5}, "step", [], ["SM136"]),
    "torch_summarywriter/corrupt_bad_data_crc": ({"Loss/train": 5, "Loss/val": 6}, "step", [], ["SM132"]),
    "torch_summarywriter/corrupt_bad_len_crc": ({"Loss/train": 2, "Loss/val": 1}, "step", [], ["SM133"]),
    "torch_summarywriter/corrupt_truncated_mid_record": ({"Loss/val": 5}, "step", [], ["SM131"]),
    "torch_summarywriter/hparams": ({"val_loss": 3}, "step", [], ["SM140"]),
}  # fmt: skip


@needs_shared
@pytest.mark.parametrize("sample", SAMPLES)
def test_samples(sample: str) -> None:
    lengths, axis, epochs, expected = SAMPLES[sample]
    (place, paths), *others = tensorboard.group(sorted((SHARED / "samples" / sample).rglob("*tfevents*")))
    assert not others
    run = read(place, paths)
    assert run.x_axis == axis
    assert {name: len(run.series[name].steps) for name in lengths} == lengths
    found = run.series[list(lengths)[-1]].epochs
    assert found.tolist() == pytest.approx(epochs) if epochs else np.isnan(found).all()
    assert codes(run) == expected


@needs_shared
def test_every_public_log_reads_or_says_why_not() -> None:
    root = SHARED / "real_logs/tensorboard"
    found = tensorboard.group(sorted(root.rglob("*tfevents*")))
    assert len(found) > 30
    refused = []
    for place, paths in found:
        try:
            run = read(place, paths)
        except SelectModelError as failure:
            refused.append((place.relative_to(root).parts[0], type(failure)))
        else:
            assert all(np.all(np.diff(series.steps) > 0) for series in run.series.values())
    assert refused == [("root-master__DenseNet-Kaggle-Planet", ChoiceError)]


def test_many_runs_are_read_as_each_alone(tmp_path: Path) -> None:
    for at, (files, _) in enumerate(LAYOUTS.values()):
        write(tmp_path / str(at), files)
    write(tmp_path / "damaged", {name(1, 0): LOSS[:-5], "train/" + name(2, 0): LOSS[:70] + b"x" + LOSS[71:]})
    write(tmp_path / "empty", {name(1, 0): b""})
    places = [tmp_path / str(at) for at in range(len(LAYOUTS))] + [tmp_path / "damaged", tmp_path / "empty"]
    sources = [
        Source(place, paths, place.name)
        for place in places for place, paths in tensorboard.group(sorted(place.rglob("*tfevents*")))
    ]  # fmt: skip
    sources += [Source(Path("-"), (Path("-"),), "standard input", data=LOSS)]
    sources += [Source(path, (path, tmp_path / "lost"), "x", ReadOptions(max_bytes=100))
                for path in (tmp_path / "empty" / name(1, 0), tmp_path / "damaged" / name(1, 0))]  # fmt: skip
    found = list(tensorboard.read_many(sources))
    assert len(found) == len(sources)
    for source, one in zip(sources, found, strict=True):
        try:
            alone = tensorboard.read(source)
        except SelectModelError as failure:
            assert isinstance(one, SelectModelError) and (type(one), str(one)) == (type(failure), str(failure))
        else:
            assert isinstance(one, Run)
            assert (one.name, one.notes, one.hints, one.checkpoints) == (
                alone.name, alone.notes, alone.hints, alone.checkpoints,
            )  # fmt: skip
            assert list(one.series) == list(alone.series)
            for key, series in one.series.items():
                assert np.array_equal(series.steps, alone.series[key].steps)
                assert np.array_equal(series.values, alone.series[key].values, equal_nan=True)
                assert np.array_equal(series.epochs, alone.series[key].epochs, equal_nan=True)
    assert list(tensorboard.read_many([])) == []


def test_a_sweep_is_held_a_bounded_number_of_bytes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = []
    for at in range(5):
        write(tmp_path / str(at), {name(1, 0): LOSS})
        sources.append(Source(tmp_path / str(at), (tmp_path / str(at) / name(1, 0),), str(at)))
    monkeypatch.setattr(tensorboard, "_BYTES_TOGETHER", 2 * len(LOSS))
    assert [len(some) for some in tensorboard._batches(sources)] == [2, 2, 1]
    monkeypatch.setattr(tensorboard, "_BYTES_TOGETHER", 1)
    assert [len(some) for some in tensorboard._batches(sources)] == [1] * 5
    assert [run.name for run in tensorboard.read_many(sources) if isinstance(run, Run)] == list("01234")


def test_how_far_an_event_file_has_been_read_is_told_and_ctrl_c_leaves_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {name(1, 0): LOSS})
    monkeypatch.setattr(tfrecord, "BLOCK_BYTES", 80)
    told: list[tuple[str, float, float]] = []
    with progress.heard(lambda *what: told.append(what)):
        tensorboard.read(Source(tmp_path, (tmp_path / name(1, 0),), "run"))
    assert len(told) > 2 and told == sorted(told)
    assert told[-1] == ("MB", len(LOSS) / 1e6, len(LOSS) / 1e6)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "tell", interrupted)
    assert main.run(["pick", str(tmp_path)]) == 130


def test_looking_at_a_text_log_imports_nothing_of_event_files() -> None:
    code = (
        "import sys; from pathlib import Path; from selectmodel.readers import tensorboard; "
        "tensorboard.sniff(Path('a.csv'), b'epoch,loss\\n1,2\\n'); "
        "print([name for name in sys.modules if name.startswith(('selectmodel.events', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


WITH_RUNS = [layout for layout, (_, expected) in LAYOUTS.items() if expected]


@pytest.mark.parametrize("layout", WITH_RUNS)
def test_what_was_read_to_find_runs_is_not_read_again(
    tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(tmp_path, LAYOUTS[layout][0])
    known = {path: path.read_bytes() for path in paths}
    assert tensorboard.group(sorted(paths), known) == tensorboard.group(sorted(paths))
    afresh = [replace(item, source=replace(item.source, contents={})).read() for item in discovery.find(tmp_path)]
    opened: list[str] = []
    really = os.open
    monkeypatch.setattr(os, "open", lambda path, flags: opened.append(str(path)) or really(path, flags))
    found = discovery.find(tmp_path)
    for one, other in zip(discovery.read_all(found), afresh, strict=True):
        assert isinstance(one, Run) and one.notes == other.notes and list(one.series) == list(other.series)
    assert sorted(opened) == sorted(map(str, paths))
    for item, other in zip(found, afresh, strict=True):
        assert [found.values.tolist() for found in item.read().series.values()] == [
            found.values.tolist() for found in other.series.values()
        ]


@pytest.mark.parametrize("layout", WITH_RUNS)
def test_the_current_folder_holds_the_same_runs(tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, LAYOUTS[layout][0])
    there = [(item.name, len(item.source.paths)) for item in discovery.find(tmp_path)]
    monkeypatch.chdir(tmp_path)
    assert [(item.name, len(item.source.paths)) for item in discovery.find(Path())] == there
