"""Several rows of one epoch or step: parts of one row, processes, folds, evaluations, fits in a loop; no restarts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel.errors import ChoiceError
from selectmodel.readers.table import row_parts

LOGS = Path(__file__).parent / "logs"
REPEATED, LOOPS = LOGS / "rows_of_one_epoch", LOGS / "fit_in_a_loop"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def codes(run: sm.Run) -> list[str]:
    return [note.code + "!" * note.degrades for note in run.notes]


def test_processes_are_averaged_where_a_column_names_them() -> None:
    run = sm.read(REPEATED / "rank_column.csv")
    accuracy = run.series["valid_accuracy"]
    assert (len(accuracy.steps), codes(run)) == (20, ["SM119"])
    assert (int(accuracy.epochs[np.argmax(accuracy.values)]), max(accuracy.values)) == (10, pytest.approx(0.88875))
    assert "4 adjacent rows hold one epoch, one a rank; their mean was read" in run.notes[0].message


def test_processes_in_blocks_are_averaged_too(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{rank},{1 / (epoch + 1) + rank / 10}\n" for rank in range(2) for epoch in range(3))
    run = sm.read(written(tmp_path, "epoch,local_rank,val_loss\n" + rows))
    assert run.series["val_loss"].values == pytest.approx([1.05, 0.55, 1 / 3 + 0.05])


def test_processes_of_a_training_that_began_anew(tmp_path: Path) -> None:
    places = [(epoch, rank) for last in (3, 6) for epoch in range(last) for rank in (0, 1)]
    rows = "".join(f"{epoch},{rank},{1 / (epoch + 1) + rank / 10}\n" for epoch, rank in places)
    run = sm.read(written(tmp_path, "epoch,rank,val_loss\n" + rows))
    assert (codes(run), list(run.series)) == (["SM119", "SM106"], ["val_loss"])
    assert run.series["val_loss"].values == pytest.approx([1 / (epoch + 1) + 0.05 for epoch in range(6)])


def test_processes_without_a_column_are_known_by_their_course() -> None:
    run = sm.read(REPEATED / "ranks_differ.csv")
    accuracy = run.series["valid_accuracy"]
    assert int(accuracy.epochs[np.argmax(accuracy.values)]) == 15
    assert codes(run) == ["SM119!"]  # an assumption: a gate asks for more


def test_evaluations_of_an_epoch_are_never_averaged(capsys: pytest.CaptureFixture[str]) -> None:
    log = REPEATED / "int_epoch_repeated.csv"
    answer = command(capsys, "pick", log)
    assert (answer.code, "lines 2–5 are all of epoch 0" in answer.err, "--index row" in answer.err) == (2, True, True)
    by_row = sm.recommend(sm.read(log, index="row"))
    assert by_row.recommended.values["eval_loss"] == pytest.approx(0.6034)


def test_equal_rows_are_no_resume() -> None:
    report = sm.recommend(sm.read(REPEATED / "exact3.csv"))
    assert report.recommended.epoch == 13
    assert "SM219" not in [finding.code for finding in report.findings]


@pytest.mark.parametrize(("name", "fits"), [("loop.csv", "all of epoch 0"), ("loop4.csv", "9 go on where the one")])
def test_a_fit_in_a_loop_asks(capsys: pytest.CaptureFixture[str], name: str, fits: str) -> None:
    answer = command(capsys, "pick", LOOPS / name)
    assert (answer.code, fits in answer.err, "--index row" in answer.err) == (2, True, True)


@pytest.mark.parametrize(("name", "best"), [("loop.csv", 22), ("loop4.csv", 19)])
def test_a_fit_in_a_loop_is_read_by_rows(name: str, best: int) -> None:
    report = sm.recommend(sm.read(LOOPS / name, index="row"), metric="val_accuracy", rule="best")
    assert report.recommended.epoch == best


def test_a_training_that_began_anew_is_no_loop(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, "epoch,loss,val_loss\n0,9,9\n1,5,6\n0,8.9,9\n1,4.9,7\n2,3,5\n"))
    assert (list(run.series["val_loss"].values), codes(run)) == ([9, 7, 5], ["SM106!"])


@pytest.mark.parametrize("column", ["fold", "seed", "cv_fold", "dataset"])
@pytest.mark.parametrize("blocks", [False, True])
def test_folds_and_seeds_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, blocks: bool
) -> None:
    if column == "dataset" and blocks:
        return  # nothing says that such a column tells trainings apart
    places = [(fold, epoch) for epoch in range(4) for fold in (1, 2, 3)]
    name = ["a", "b", "c"] if column == "dataset" else [0, 1, 2]
    rows = [f"{epoch},{name[fold - 1]},{fold + epoch}\n" for fold, epoch in (sorted(places) if blocks else places)]
    log = written(tmp_path, f"epoch,{column},val_loss\n" + "".join(rows))
    answer = command(capsys, "pick", log)
    assert (answer.code, f"column '{column}' tells 3 rows of one epoch apart" in answer.err) == (2, True)
    assert f"--segment 2   {column} {name[1]}" in answer.err
    run = sm.read(log, segment=2)
    assert (list(run.series["val_loss"].values), codes(run)) == ([2, 3, 4, 5], ["SM121"])
    assert command(capsys, "pick", log, "--segment", 4).code == 2


def test_folds_seeds_and_processes_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = [(epoch, fold, seed, rank) for epoch in range(4) for fold in (0, 1) for seed in (7, 8) for rank in (0, 1)]
    rows = "".join(f"{e},{f},{s},{r},{e + 10 * f + 100 * (s - 7) + r}\n" for e, f, s, r in places)
    log = written(tmp_path, "epoch,fold,seed,rank,val_loss\n" + rows)
    asked = command(capsys, "pick", log)
    assert (asked.code, "columns fold, seed tell 4 rows of one epoch apart" in asked.err) == (2, True)
    run = sm.read(log, segment=2)
    assert run.series["val_loss"].values == pytest.approx([100.5, 101.5, 102.5, 103.5])
    assert (codes(run), list(run.series)) == (["SM121", "SM119"], ["val_loss"])


def test_a_resumed_training_is_not_another_one(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{run},{10 - epoch - run / 2}\n" for run in (1, 2) for epoch in range(4 * run - 4, 5 * run))
    run = sm.read(written(tmp_path, "epoch,attempt,val_loss\n" + rows))
    assert (codes(run), len(run.series["val_loss"].steps)) == (["SM105!"], 10)


def test_a_column_of_unknown_name_may_number_the_evaluations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{epoch},{check},{9 - 2 * epoch - check}\n" for epoch in range(4) for check in (0, 1))
    asked = command(capsys, "pick", written(tmp_path, "epoch,check,val_loss\n" + rows))
    assert (asked.code, "--index row" in asked.err, "--segment 2   check 1" in asked.err) == (2, True, True)


PARTS = "step,train_loss,val_loss\n100,0.9,\n100,,0.8\n200,0.5,\n200,,0.6\n300,0.4,\n300,,0.7\n"


def test_rows_that_complete_each_other_are_one(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, PARTS))
    assert (list(run.series["train_loss"].values), list(run.series["val_loss"].values)) == (
        [0.9, 0.5, 0.4],
        [0.8, 0.6, 0.7],
    )
    assert codes(run) == []


def test_of_two_values_in_completing_rows_the_last_counts_and_it_is_said(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, PARTS + "300,,0.3\n"))
    assert (list(run.series["val_loss"].values), codes(run)) == ([0.8, 0.6, 0.3], ["SM105!"])
    assert list(run.series["train_loss"].values) == [0.9, 0.5, 0.4]


def test_a_cell_that_is_no_number_is_told_of_completing_rows_too(tmp_path: Path) -> None:
    run = sm.read(written(tmp_path, PARTS.replace(",,0.6", ",,bad")))
    assert codes(run) == ["SM109!"]


@given(
    st.lists(st.floats(0.01, 1), min_size=6, max_size=12),
    st.integers(2, 5),
    st.booleans(),
)
def test_no_row_is_lost_without_a_word(
    tmp_path_factory: pytest.TempPathFactory, losses: list[float], times: int, equal: bool
) -> None:
    """Whatever repeats: the log is asked about, averaged with a note, or holds the same values."""
    rows = [f"{at},{loss if equal else loss + turn / 7}" for at, loss in enumerate(losses) for turn in range(times)]
    log = written(tmp_path_factory.mktemp("rows"), "epoch,val_loss\n" + "\n".join(rows) + "\n")
    try:
        run = sm.read(log)
    except ChoiceError as asked:
        assert not equal and "--index row" in str(asked)
        return
    means = [loss if equal else loss + (times - 1) / 14 for loss in losses]
    assert run.series["val_loss"].values == pytest.approx(means)
    assert codes(run) == (["SM105"] if equal else ["SM119!"])


def _row(epoch: int, split: str, value: float) -> dict[str, float]:
    return {"epoch": epoch, split: value}


#: The order in which (epoch, metric) are logged, each in a row of its own.
ORDERS = {
    "one below the other": [(epoch, name) for epoch in range(5) for name in ("loss", "val_loss")],
    "a block each": [(epoch, name) for name in ("loss", "val_loss") for epoch in range(5)],
    "evaluated one epoch later": [
        at for epoch in range(6) for at in ((epoch, "loss"), (epoch - 1, "val_loss")) if 0 <= at[0] < 5
    ],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("clock", ["", "time", "eta", "gpu_memory"])
def test_parts_of_a_row_are_joined_wherever_they_stand(
    tmp_path: Path, order: list[tuple[int, str]], clock: str
) -> None:
    """In a table as in JSON lines, and whatever a clock says in each."""
    rows = [_row(epoch, name, 1 / (epoch + 1) + (name == "val_loss") / 10) for epoch, name in order]
    rows = [row | {clock: 10.5 * at + 1} for at, row in enumerate(rows)] if clock else rows
    names = ["epoch", "loss", "val_loss", *([clock] if clock else [])]
    text = "".join(",".join(str(row.get(name, "")) for name in names) + "\n" for row in rows)
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for path in (written(tmp_path, ",".join(names) + "\n" + text), tmp_path / "log.jsonl"):
        run = sm.read(path)
        assert codes(run) == []
        for name, more in (("loss", 0), ("val_loss", 0.1)):
            assert run.series[name].epochs.tolist() == [0, 1, 2, 3, 4]
            assert run.series[name].values == pytest.approx([1 / (epoch + 1) + more for epoch in range(5)])


VALUES = st.one_of(st.none(), st.sampled_from([0.0, 1.0, float("nan")]))


@given(st.lists(st.tuples(st.integers(0, 2), VALUES, VALUES, VALUES, VALUES), max_size=12))
def test_parts_are_the_same_of_columns_and_of_objects(rows: list[tuple[int, *tuple[float | None, ...]]]) -> None:
    names = ("loss", "val_loss", "acc", "eta")
    metrics = [
        row_parts.Logged(
            np.array([np.nan if row[at] is None else row[at] for row in rows], float),
            np.array([row[at] is not None for row in rows], bool),
        )
        for at, name in enumerate(names, 1)
        if not row_parts.named_as_clock(name)
    ]
    objects = [{name: row[at] for at, name in enumerate(names, 1) if row[at] is not None} for row in rows]
    places = [row[0] for row in rows]
    found = row_parts.wholes(np.array(places, float), metrics).tolist()
    assert found == row_parts.wholes_of_objects(places, objects)
