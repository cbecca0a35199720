"""Checkpoint files of every kind are found, and what cannot be told of them is said: names, endings, folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError, UsageError
from selectmodel.files.checkpoints import listing
from selectmodel.files.checkpoints.names import parse
from selectmodel.records import Run, Series
from selectmodel.selection.report import Report

EPOCHS = 15
LOSSES = [0.453 + 0.0094 * abs(epoch - 10) ** 1.5 + 0.0003 * epoch for epoch in range(EPOCHS)]
SCORES = [0.864 - 0.002 * (epoch - 12) ** 2 for epoch in range(EPOCHS)]


def log(folder: Path, head: str = "epoch,loss,val_loss,val_acc") -> Path:
    rows = [f"{e},{0.9 - 0.03 * e:.4f},{LOSSES[e]:.4f},{SCORES[e]:.4f}" for e in range(EPOCHS)]
    (folder / "training.csv").write_text("\n".join([head, *rows]) + "\n")
    return folder / "training.csv"


def answer(folder: Path, *names: str, **keys: object) -> Report:
    place = folder / "ckpts"
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"weights")
    return sm.recommend(sm.read(log(folder)), metric="val_loss", rule="best", **keys)


def codes(report: Report) -> list[str]:
    return [note.code for note in report.notes]


ALL = range(EPOCHS)
FOUND = {
    "best, epoch and value": ([f"best-{e:02d}-{LOSSES[e]:.3f}.ckpt" for e in ALL], "best-10-0.456.ckpt"),
    "counted from 1": ([f"best_model.{e + 1:02d}-{LOSSES[e]:.4f}.h5" for e in ALL], "best_model.11-0.4560.h5"),
    "ignite": ([f"best_model_{e}_accuracy={SCORES[e]:.4f}.pt" for e in ALL], "best_model_10_accuracy=0.8560.pt"),
    "the value alone": (["best_0.4560.pt"], "best_0.4560.pt"),
    "the value with its metric": (["best_val_loss_0.4560.h5"], "best_val_loss_0.4560.h5"),
    "no role, the value with its metric": (["model_val_loss_0.4560.pth"], "model_val_loss_0.4560.pth"),
    "bare numbers": (["best_3.pth", "best_8.pth", "best_10.pth"], "best_10.pth"),
    "the metric alone": (["best_loss.pth", "best_acc.pth"], "best_loss.pth"),
    "an unknown word": (["best_val_loss_resnet50.pth"], "best_val_loss_resnet50.pth"),
    "xgboost": ([f"{e:04d}.model" for e in ALL], "0010.model"),
    "tensorflow 1": ([f"model.ckpt-{e}{end}" for e in ALL for end in (".index", ".meta", ".data-00000-of-00001")],
                     "model.ckpt-10"),
    "orbax": ([f"{e}/default/_METADATA" for e in ALL], "10"),
    "orbax, with its mark": ([f"{e}/_CHECKPOINT_METADATA" for e in ALL], "10"),
    "two words in one": (["bestValLoss.pt"], "bestValLoss.pt"),
    "a percentage of what is logged as a share": (["best_acc_85.60.pt"], "best_acc_85.60.pt"),
    "orbax on a store": ([f"{e}/commit_success.txt" for e in ALL], "10"),
    "two values": ([f"best_acc_{SCORES[10]:.3f}_val_loss_0.456.pt"], "best_acc_0.856_val_loss_0.456.pt"),
    "an export beside": (["model_epoch_10.onnx", "model_epoch_10.pt", "model_epoch_10.zip"], "model_epoch_10.pt"),
    **{ending: ([f"model_epoch_{e:02d}.{ending}" for e in ALL], f"model_epoch_10.{ending}")
       for ending in ("pkl", "pickle", "zip", "npz", "onnx", "model", "joblib", "eqx", "gguf", "jit", "tar", "nemo")},
}  # fmt: skip


@pytest.mark.parametrize(("names", "right"), FOUND.values(), ids=FOUND.keys())
def test_the_file_of_the_best_epoch(tmp_path: Path, names: list[str], right: str) -> None:
    report = answer(tmp_path, *names)
    assert (report.recommended.epoch, report.recommended.checkpoint) == (10, str(tmp_path / "ckpts" / right))


NOT_TOLD = {
    "a fold": ["best_fold0.pth"],
    "folds": ["best_0.pth", "best_1.pth", "best_2.pth", "best_3.pth"],
    "by loss another epoch than by accuracy": ["best.pt"],
    "best on the training data": ["best_train_loss.pt"],
    "two values of two epochs": [f"best_acc_{SCORES[11]:.3f}_val_loss_0.456.pt"],
    "bits of the weights": ["model-q4_0.gguf"],
    "a value of another training": ["best_0.1234.pt"],
    "a value and a number of another training": ["best-10-0.1234.pt"],
    "steps of a log that knows none": ["checkpoint-500.pt", "model.ckpt-9000.index"],
    "predictions": ["preds_epoch_10.npz", "history_10.pkl", "features_10.zip"],
}


@pytest.mark.parametrize("names", NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_no_epoch_is_guessed(tmp_path: Path, names: list[str]) -> None:
    assert answer(tmp_path, *names).recommended.checkpoint is None


def test_a_value_that_does_not_fit_is_not_overruled(tmp_path: Path) -> None:
    """Loss and accuracy are best at one epoch, but the name tells a value that was never logged."""
    rows = [f"{e},{0.5 + abs(e - 3) / 10},{0.9 - abs(e - 3) / 10}" for e in range(7)]
    (tmp_path / "training.csv").write_text("\n".join(["epoch,val_loss,val_acc", *rows]) + "\n")
    for name, right in (("best.pt", True), ("best_0.1234.pt", False), ("best_val_loss_0.77.pt", False)):
        (tmp_path / name).write_bytes(b"w")
        found = sm.recommend(sm.read(tmp_path / "training.csv"), checkpoint_glob=name).recommended
        assert (found.epoch, found.checkpoint is not None) == (3, right)


def test_what_best_may_hold_is_said(tmp_path: Path) -> None:
    told = [note.message for note in answer(tmp_path, "best.pt").notes if note.code == "SM160"]
    assert told == ["its name tells no epoch, so it is not used: it may hold epoch 10 by val_loss, epoch 12 by val_acc"]


def test_last_is_the_last_epoch(tmp_path: Path) -> None:
    report = answer(tmp_path, "last.pt", only_saved=True)
    assert report.recommended.epoch == EPOCHS - 1
    assert codes(report) == []


def test_a_link_called_last_is_the_file_it_leads_to(tmp_path: Path) -> None:
    """Lightning's save_last="link" leads to the last file that was saved, not to the last epoch."""
    (tmp_path / "ckpts").mkdir()
    (tmp_path / "ckpts" / "last.ckpt").symlink_to("epoch=3.ckpt")
    report = answer(tmp_path, "epoch=3.ckpt", checkpoint_offset=0)
    assert (report.recommended.epoch, report.recommended.checkpoint) == (3, str(tmp_path / "ckpts" / "epoch=3.ckpt"))
    assert report.picks["last"].checkpoint is None


def test_best_by_every_metric_or_none(tmp_path: Path) -> None:
    """best.pt may go by any metric of the validation data: where one of them is best elsewhere, nothing is said."""
    rows = [f"{e},{abs(e - 3) + 0.5},{0.9 - 0.1 * abs(e - 3):.2f},{0.8 - 0.1 * abs(e - 5):.2f}" for e in range(7)]
    (tmp_path / "best.pt").write_bytes(b"w")
    for head, right in (("val_loss,val_acc,lr", "best.pt"), ("val_loss,val_acc,val_auc", None)):
        (tmp_path / "training.csv").write_text("\n".join([f"epoch,{head}", *rows]) + "\n")
        found = sm.recommend(sm.read(tmp_path / "training.csv"), metric="val_loss").recommended
        assert (found.epoch, found.checkpoint and Path(found.checkpoint).name) == (3, right)


def test_two_folders_are_two_trainings(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no checkpoint file is known"):
        answer(tmp_path, "version_0/last.pt", "version_1/last.pt", only_saved=True)


@pytest.mark.parametrize("name", ["model_final.h5", "recovery-3-120.pth.tar", "last-3.ckpt"])
def test_what_may_not_be_the_last_epoch(tmp_path: Path, name: str) -> None:
    with pytest.raises(LogError, match="no checkpoint file is known for any epoch"):
        answer(tmp_path, name, only_saved=True)


def test_best_pt_of_ultralytics(tmp_path: Path) -> None:
    """By its own fitness, also where the losses beside are lowest elsewhere."""
    head = "epoch,train/box_loss,metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss"
    scores = [0.5 - 0.01 * abs(epoch - 6) for epoch in range(1, 11)]
    rows = [f"{e + 1},{1 - e / 20},{score + 0.2},{score},{1 + e / 20}" for e, score in enumerate(scores)]
    (tmp_path / "results.csv").write_text("\n".join([head, *rows]) + "\n")
    (tmp_path / "weights").mkdir()
    for name in ("best.pt", "last.pt", "best.onnx"):
        (tmp_path / "weights" / name).write_bytes(b"weights")
    found = sm.recommend(sm.read(tmp_path)).recommended
    assert (found.epoch, Path(found.checkpoint or "").name) == (6, "best.pt")


def test_any_ending_that_the_user_names(tmp_path: Path) -> None:
    names = [f"model_epoch_{e:02d}.foo" for e in ALL]
    assert answer(tmp_path, *names).recommended.checkpoint is None
    found = sm.recommend(sm.read(tmp_path / "training.csv"), metric="val_loss", rule="best", checkpoint_glob="*.foo",
                         checkpoints=str(tmp_path / "ckpts"))  # fmt: skip
    assert Path(found.recommended.checkpoint or "").name == "model_epoch_10.foo"


@pytest.mark.parametrize("name", ["net_{}", "net_{}.foo", "net_{}/weights.bin"])
def test_a_pattern_is_enough_beside_the_log(tmp_path: Path, name: str) -> None:
    """Files of an unknown ending, without one, and folders, in one of the usual places."""
    for epoch in ALL:
        file = tmp_path / "models" / name.format(epoch)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"weights")
    report = answer(tmp_path, checkpoint_glob="net_*")
    assert (report.recommended.checkpoint or "").startswith(str(tmp_path / "models" / "net_10"))


@pytest.mark.parametrize(
    ("pattern", "says"), [("*.foo", "fits no checkpoint name"), ("read*", "fits readme.txt, but no name tells")]
)
def test_a_pattern_that_fits_nothing(tmp_path: Path, pattern: str, says: str) -> None:
    with pytest.raises(UsageError, match="fits") as failure:
        answer(tmp_path, "readme.txt", checkpoints=str(tmp_path / "ckpts"), checkpoint_glob=pattern)
    assert says in str(failure.value)


@pytest.mark.parametrize(
    ("names", "says"),
    [((), "holds no checkpoint"), (("readme.txt", "args.json"), "it holds 2 names such as args.json")],
)
def test_a_folder_that_was_named(tmp_path: Path, names: tuple[str, ...], says: str) -> None:
    (tmp_path / "ckpts").mkdir()
    report = answer(tmp_path, *names, checkpoints=str(tmp_path / "ckpts"))
    (note,) = [note for note in report.notes if note.code == "SM150"]
    assert says in note.message
    assert note.where == str(tmp_path / "ckpts")


def test_checkpoints_of_a_table(tmp_path: Path) -> None:
    """A run without a log file has no folder beside it, but may have one that is named."""
    report = answer(tmp_path, *[f"epoch_{e}.pt" for e in ALL])
    table = Run("frame", "frame", "frame", report.run.series)
    assert sm.recommend(table, metric="val_loss").recommended.checkpoint is None
    named = sm.recommend(table, metric="val_loss", checkpoints=str(tmp_path / "ckpts"))
    assert Path(named.recommended.checkpoint or "").name == "epoch_10.pt"


NAMES = [
    "best.pt", "last.pt", "best-10-0.456.ckpt", "epoch_10.pt", "epoch_3.onnx", "model.ckpt-10.index", "best_10.pth",
    "best_0.4560.pt", "best_k_models.json", "last_checkpoint", "checkpoint", "10/_METADATA", "checkpoint-10/model.bin",
    "step=10.ckpt", "epoch=10-val_loss=0.46.ckpt", "epoch_11.pt/", "epoch_12.pt",
]  # fmt: skip


@settings(deadline=None, max_examples=examples(60))
@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)), st.booleans())
def test_every_checkpoint_that_is_named_exists(
    tmp_path_factory: pytest.TempPathFactory, there: set[str], hinted: set[str], steps: bool
) -> None:
    """Whatever a log, a list beside the files, or the caller names: what a report names is there when it is made."""
    folder = tmp_path_factory.mktemp("run")
    for name in there:
        (folder / "ckpts" / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            (folder / "ckpts" / name).mkdir()
        else:
            text = json.dumps({"ckpts/epoch_7.pt": 0.1}) if name.endswith(".json") else "epoch_8.pt"
            (folder / "ckpts" / name).write_text(text)
    values = np.array(LOSSES)
    series = {"val_loss": Series.of("val_loss", np.arange(EPOCHS), np.arange(EPOCHS), values)}
    hints = tuple(item for name in hinted | {"model.ckpt-10"} if (item := parse(name.rstrip("/"))))
    file = str(log(folder))
    for files in ((file,), ()):
        run = Run("run", file, "any", series, "step" if steps else "epoch", checkpoints=hints, files=files)
        try:
            report = sm.recommend(run)
        except ChoiceError:  # two files of one epoch
            return
        named = [pick.checkpoint for pick in (report.recommended, *report.picks.values()) if pick.checkpoint]
        assert all(listing.is_there(Path(path)) for path in named)
        assert all(listing.is_there(Path(item.path)) for item in report.run.checkpoints)
