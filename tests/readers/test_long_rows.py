"""One row per split or metric is read as the columns that it stands for, and never as one metric that mixes them."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import claiming
from selectmodel.files.opening import Source
from selectmodel.records import Run
from selectmodel.registry import load

HEADERLESS = "".join(
    f"{epoch},{split},{abs(epoch - 5) + 20 + 2 * (split == 'val')},{r2 - 0.01 * epoch},30.5,1288,91000,95000,20\n"
    for epoch in range(9)
    for split, r2 in (("train", 0.9), ("val", 0.8))
)


def read(text: str) -> Run:
    """The run of a log by the reader that claims it."""
    path = Path("training.csv")
    reader, certainty = claiming.Readers().best(path, text.encode(), named=True)
    assert certainty > 0, text
    return load("readers", reader).read(Source(path, (path,), "run", data=text.encode()))


def values(run: Run) -> dict[str, list[float]]:
    return {name: series.values.tolist() for name, series in run.series.items()}


WIDE = {"train_loss": [1.0, 0.5, 0.25, 0.2], "val_loss": [1.25, 0.75, 0.875, 1.0]}


@pytest.mark.parametrize("column", ["split", "phase", "mode", "dataset", "outcome", "whatever"])
@pytest.mark.parametrize(
    ("train", "val"), [("train", "val"), ("Training", "Validation"), ("TRAIN", "DEV"), ("fit", "validate")]
)
@pytest.mark.parametrize("first", [0, 1])
def test_splits_in_rows(column: str, train: str, val: str, first: int) -> None:
    rows = []
    for epoch in range(4):
        pair = [f"{epoch},{train},{WIDE['train_loss'][epoch]}", f"{epoch},{val},{WIDE['val_loss'][epoch]}"]
        rows += pair[::-1] if first else pair
    run = read(f"epoch,{column},loss\n" + "\n".join(rows) + "\n")
    assert sorted(values(run).values()) == sorted(WIDE.values())
    assert run.format == "generic_csv"
    assert run.series[next(name for name in run.series if name.lower() != "train_loss")].epochs.tolist() == [0, 1, 2, 3]
    assert [note.code for note in run.notes] == ["SM122"]


@pytest.mark.parametrize("names", ["outcome,value", "metric,value", "tag,score", "phase,amount"])
def test_split_and_metric_in_one_cell(names: str) -> None:
    rows = [
        f"{epoch},{10 * epoch + batch},{word},{WIDE[name][epoch] + batch / 64}"
        for epoch in range(4)
        for batch in range(10)
        for word, name in (("train loss", "train_loss"), ("validation loss", "val_loss"))
    ]
    run = read(f"epoch,minibatch,{names}\n" + "\n".join(rows) + "\n")
    assert sorted(run.series) == ["train_loss", "validation_loss"]
    assert run.series["validation_loss"].steps.tolist() == list(range(40))


def test_melted_tables_and_tables_of_split_metric_value() -> None:
    melted = [f"{epoch},{name},{column[epoch]}" for name, column in WIDE.items() for epoch in range(4)]
    assert values(read("epoch,variable,value\n" + "\n".join(melted) + "\n")) == WIDE
    split = [
        f"{epoch},{name.split('_')[0]},loss,{column[epoch]}" for epoch in range(4) for name, column in WIDE.items()
    ]
    assert values(read("epoch,split,metric,value\n" + "\n".join(split) + "\n")) == WIDE


def test_steps_of_two_metrics_that_are_logged_at_different_times() -> None:
    rows = [f"{step},train_loss,{1 / (step + 1)}" for step in range(0, 40, 2)]
    rows += [f"{step},val_loss,{2 / (step + 1)}" for step in range(5, 40, 5)]
    run = read("step,tag,value\n" + "\n".join(rows) + "\n")
    assert run.series["val_loss"].steps.tolist() == list(range(5, 40, 5))
    assert run.series["train_loss"].steps.tolist() == list(range(0, 40, 2))


def test_flags_name_the_split() -> None:
    rows = [
        f"{epoch},{flag},{WIDE[name][epoch]}"
        for epoch in range(4)
        for flag, name in ((1, "train_loss"), (0, "val_loss"))
    ]
    assert values(read("epoch,is_train,loss\n" + "\n".join(rows) + "\n")) == WIDE


def test_what_is_equal_for_all_splits_stays_one_column() -> None:
    rows = [f"{epoch},{split},0.1,{epoch + len(split)}" for epoch in range(4) for split in ("train", "val")]
    assert sorted(read("epoch,split,lr,loss\n" + "\n".join(rows) + "\n").series) == ["lr", "train_loss", "val_loss"]


def test_many_training_rows_an_epoch_are_averaged_and_the_validation_stays() -> None:
    rows = [row for epoch in range(3) for row in (f"{epoch},train,1.0", f"{epoch},train,0.5", f"{epoch},val,{epoch}.5")]
    run = read("epoch,phase,loss\n" + "\n".join(rows) + "\n")
    assert values(run) == {"train_loss": [0.75] * 3, "val_loss": [0.5, 1.5, 2.5]}
    assert [(note.code, note.level, note.degrades) for note in run.notes][1:] == [("SM122", "warn", False)]


def test_a_log_that_starts_over_is_two_trainings() -> None:
    once = "".join(f"{epoch},{split},{epoch}.{len(split)}\n" for epoch in range(3) for split in ("train", "val"))
    run = read("epoch,phase,loss\n" + once + once.replace(".", ".5"))
    assert "SM106" in {note.code for note in run.notes}
    assert values(run)["val_loss"] == [0.53, 1.53, 2.53]


def test_words_that_are_no_splits_are_refused_and_no_flag_is_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.csv"
    for name, words in (("class", ("cat", "dog")), ("kind", ("A", "B", "C")), ("phase", ("1", "2"))):
        rows = [f"{epoch},{word},{epoch}.5" for epoch in range(6) for word in words]
        path.write_text(f"epoch,{name},val_loss\n" + "\n".join(rows) + "\n")
        done = command(capsys, "pick", path)
        assert done.code == 2
        assert f"column '{name}' tells {len(words)} rows of one epoch apart" in done.err
        assert "--metric" not in done.err


def test_a_text_column_beside_metrics_tells_no_rows_apart() -> None:
    files = "".join(f"{epoch},best_val_{epoch}.pt,{epoch}.5\n" for epoch in range(5))
    assert list(read("epoch,checkpoint,val_loss\n" + files).series) == ["val_loss"]
    notes = "".join(f"{epoch},{'improved' if epoch % 2 else 'no change'},{epoch}.5\n" for epoch in range(5))
    assert list(read("epoch,note,val_loss\n" + notes).series) == ["val_loss"]


@pytest.mark.parametrize(
    "around", [("", ""), ("Starting run from scratch\n", "Best validation loss 22 from epoch 5\n")]
)
def test_rows_without_a_header_that_are_known(around: tuple[str, str]) -> None:
    run = read(around[0] + HEADERLESS + around[1])
    assert min(zip(run.series["val_loss"].values, run.series["val_loss"].epochs, strict=True)) == (22.0, 5.0)
    assert {note.code for note in run.notes} == {"SM122", "SM123"}


def test_other_rows_without_a_header_are_refused() -> None:
    text = "0,train,1.5,0.5\n0,val,1.25,0.75\n"
    with pytest.raises(LogError, match="no header line"):
        load("readers", "generic_csv").read(Source(Path("x.csv"), (Path("x.csv"),), "x", data=text.encode()))


@given(
    st.integers(1, 6),
    st.lists(st.sampled_from(["train", "val", "test"]), min_size=2, max_size=3, unique=True),
    st.lists(st.sampled_from(["loss", "acc", "f1"]), min_size=1, max_size=3, unique=True),
    st.sampled_from(["by epoch", "by split", "each epoch in another order"]),
    st.randoms(use_true_random=False),
)
def test_a_long_table_is_the_wide_one(
    epochs: int, splits: list[str], metrics: list[str], order: str, luck: random.Random
) -> None:
    cells = {key: luck.random() for key in itertools.product(range(epochs), splits, metrics)}
    keys = list(itertools.product(range(epochs), splits))
    if order == "by split":
        keys.sort(key=lambda key: splits.index(key[1]))
    if order == "each epoch in another order":
        keys.sort(key=lambda key: (key[0], luck.random()))
    rows = [
        f"{epoch},{split}," + ",".join(repr(cells[epoch, split, metric]) for metric in metrics) for epoch, split in keys
    ]
    run = read(f"epoch,split,{','.join(metrics)}\n" + "\n".join(rows) + "\n")
    for split, metric in itertools.product(splits, metrics):
        expected = [cells[epoch, split, metric] for epoch in range(epochs)]
        assert run.series[f"{split}_{metric}"].values.tolist() == expected
        assert not any(map(math.isnan, run.series[f"{split}_{metric}"].epochs))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["train", "val", "", "x y"]), st.sampled_from(["0.5", "", "a"])),
        max_size=9,
    )
)
def test_any_rows_give_a_run_or_a_refusal(rows: list[tuple[int, str, str]]) -> None:
    text = "epoch,split,loss\n" + "".join(f"{epoch},{split},{loss}\n" for epoch, split, loss in rows)
    try:
        load("readers", "generic_csv").read(Source(Path("x.csv"), (Path("x.csv"),), "x", data=text.encode()))
    except SelectModelError:
        return


def test_objects_of_json_that_name_their_split() -> None:
    rows = [(epoch, split, WIDE[f"{split}_loss"][epoch]) for epoch in range(4) for split in ("train", "val")]
    text = "".join(f'{{"epoch": {epoch}, "split": "{split}", "loss": {loss}}}\n' for epoch, split, loss in rows)
    path = Path("log.jsonl")
    assert values(load("readers", "json_lines").read(Source(path, (path,), "run", data=text.encode()))) == WIDE
