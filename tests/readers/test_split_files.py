"""A file per split is one run; a name that tells the split of a lone file is believed, and said."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

from selectmodel.files import discovery
from selectmodel.records import Run

TRAIN = "epoch,loss,acc\n" + "".join(f"{at},{1 / (at + 1)},{0.5 + at / 20}\n" for at in range(6))
VAL = "epoch,loss,acc\n" + "".join(f"{at},{(at - 3) ** 2 + 1},{0.75 - abs(at - 4) / 20}\n" for at in range(6))


def only(place: Path) -> Run:
    (found,) = discovery.find(place)
    return found.read()


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("train.csv", "val.csv"), ("train_log.csv", "val_log.csv"), ("log_train.tsv", "log_valid.tsv"),
        ("training.csv", "validation.csv"), ("metrics.train.csv", "metrics.eval.csv"), ("train/log.csv", "val/log.csv"),
        ("run/train/metrics.csv", "run/validation/metrics.csv"), ("Train.csv", "Val.csv"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("own", ["none", "in each"])
def test_a_pair_is_one_run(train: str, val: str, own: str, tmp_path: Path) -> None:
    texts = (TRAIN, VAL)
    if own == "in each":
        texts = TRAIN.replace("loss,acc", "train_loss,train_acc"), VAL.replace("loss,acc", "val_loss,val_acc")
    run = only(put(tmp_path, dict(zip((train, val), texts, strict=True))))
    assert len(run.series) == 4
    (name,) = [name for name in run.series if name.startswith(("val", "eval")) and name.endswith("loss")]
    assert run.series[name].values.tolist() == [10, 5, 2, 1, 2, 5]
    assert [note.code for note in run.notes] == ["SM123"]


@pytest.mark.parametrize(
    "files",
    [
        {"train.csv": TRAIN, "val.csv": VAL.replace("epoch,loss", "epoch,train_loss")},
        {"train.csv": TRAIN.replace("acc", "val_acc"), "val.csv": VAL},
        {"a_train.csv": TRAIN, "b_val.csv": VAL},
        {"train.csv": TRAIN, "training.csv": TRAIN},
        {"train_val.csv": TRAIN, "train.csv": VAL},
    ],
)
def test_what_is_no_pair_stays_apart(files: dict[str, str], tmp_path: Path) -> None:
    assert len(discovery.find(put(tmp_path, files))) == 2


def test_pairs_of_a_sweep_are_ranked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for run, shift in (("a", "0.75"), ("b", "0.85")):
        put(tmp_path / "sweep" / run, {"train.csv": TRAIN, "val.csv": VAL.replace("0.75", shift)})
    done = command(capsys, "rank", tmp_path / "sweep", "--no-cache")
    assert done.code == 0
    assert "of b" in done.out.splitlines()[0]
    assert sorted(item.name for item in discovery.find(tmp_path / "sweep")) == ["a", "b"]


def test_two_pairs_in_one_folder_have_two_names(tmp_path: Path) -> None:
    put(tmp_path, {"a_train.csv": TRAIN, "a_val.csv": VAL, "b_train.csv": TRAIN, "b_val.csv": VAL})
    assert sorted(item.name for item in discovery.find(tmp_path)) == ["a_train.csv", "b_train.csv"]


def test_a_test_file_is_the_third(tmp_path: Path) -> None:
    run = only(put(tmp_path, {"train.csv": TRAIN, "val.csv": VAL, "test.csv": VAL}))
    assert {name.partition("_")[0] for name in run.series} == {"train", "val", "test"}


@pytest.mark.parametrize("name", ["val.csv", "validation_metrics.csv", "val/log.csv"])
def test_a_lone_validation_file(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, {name: VAL}) / name
    run = only(path)
    assert {hint.split for hint in run.hints.values()} == {"val"}
    assert [note.code for note in run.notes] == ["SM123"]


@pytest.mark.parametrize(
    "name",
    [
        "training.csv",
        "train.csv",
        "dev/training.csv",
        "eval/training.csv",
        "value.csv",
        "no_validation.csv",
        "wo_val.csv",
    ],
)
def test_other_names_tell_no_validation(name: str, tmp_path: Path) -> None:
    assert not only(put(tmp_path, {name: TRAIN}) / name).hints


def test_files_that_count_differently_are_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, {"train.csv": TRAIN.replace("epoch", "step"), "val.csv": VAL})
    done = command(capsys, "pick", tmp_path)
    assert done.code == 2
    assert "do not count the same (train.csv steps, val.csv epochs)" in done.err
    assert f"selectmodel pick {tmp_path}/val.csv" in done.err


def test_columns_that_name_their_split_are_believed(tmp_path: Path) -> None:
    path = put(tmp_path, {"val.csv": "epoch,loss,val_loss\n0,1,1\n1,0.5,0.75\n"}) / "val.csv"
    run = only(path)
    assert not run.notes and not run.hints


def test_a_lone_log_of_keras_stays_one(tmp_path: Path) -> None:
    path = put(tmp_path, {"training.csv": TRAIN}) / "training.csv"
    assert only(path).format == "keras_csv"
    put(tmp_path, {"validation.csv": VAL.replace("loss,acc", "acc,f1")})
    assert only(tmp_path).format == "generic_csv"


def test_training_by_batch_beside_validation_by_epoch(tmp_path: Path) -> None:
    batches = "epoch\tbatch\titer\tloss\n" + "".join(
        f"{at}\t{batch}\t{3 * at + batch}\t{1 / (at + 1) + (batch - 2) / 16}\n"
        for at in range(6)
        for batch in (1, 2, 3)
    )
    run = only(put(tmp_path, {"train.log": batches, "val.log": VAL.replace(",", "\t")}))
    assert run.x_axis == "epoch"
    assert run.series["train_loss"].values.tolist() == pytest.approx([1 / (at + 1) for at in range(6)])
    assert run.series["val_loss"].values.tolist() == [10, 5, 2, 1, 2, 5]
    assert [(note.code, note.degrades) for note in run.notes] == [("SM123", False), ("SM122", False)]
