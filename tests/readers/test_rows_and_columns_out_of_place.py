"""Rows out of order are put in order; columns that should differ and do not are told, and refused by a gate."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import SelectModelError
from selectmodel.files.opening import Source
from selectmodel.readers import generic_csv, keras_csv
from selectmodel.records import Run

LOSS = {at: 1 / (at + 1) + 0.02 * at for at in range(12)}


def read(text: str) -> Run:
    path = Path("training.csv")
    return generic_csv.read(Source(path, (path,), "run", data=text.encode()))


def table(epochs: list[int], axis: str = "epoch") -> str:
    return f"{axis},loss,val_loss\n" + "".join(f"{at},{0.9 - at / 40},{LOSS[at]}\n" for at in epochs)


def codes(run: Run) -> list[str]:
    return [note.code for note in run.notes]


@pytest.mark.parametrize("axis", ["epoch", "step"])
@pytest.mark.parametrize(
    "epochs",
    [
        [*range(11, -1, -1)],
        [0, 1, 2, 4, 3, *range(5, 12)],
        [1, 0, *range(2, 12)],
        [*range(10), 11, 10],
        [2, 0, 1, 3, 4, 5],
    ],
)
def test_rows_that_were_turned_or_swapped_are_one_training(epochs: list[int], axis: str) -> None:
    run = read(table(epochs, axis))
    assert run.series["val_loss"].steps.tolist() == sorted(epochs)
    assert run.series["val_loss"].values.tolist() == [LOSS[at] for at in sorted(epochs)]
    assert codes(run) == ["SM126"]


@pytest.mark.parametrize("epochs", [[*range(6, 12), *range(6)], [0, 1, 2, 3, 0, 1, 2, 3, 4]])
def test_a_training_that_starts_over_is_none_out_of_order(epochs: list[int]) -> None:
    try:
        assert "SM126" not in codes(read(table(epochs)))
    except SelectModelError:
        return


@given(st.permutations(range(8)))
def test_no_row_is_lost_or_moved_in_silence(epochs: list[int]) -> None:
    try:
        run = read(table(epochs))
    except SelectModelError:
        return
    values = dict(zip(run.series["val_loss"].epochs.tolist(), run.series["val_loss"].values.tolist(), strict=True))
    assert all(value == LOSS[int(at)] for at, value in values.items())
    assert len(values) == 8 or codes(run)
    assert epochs == sorted(epochs) or codes(run)


def equal(*, differs_at: int | None = None, constant: bool = False) -> str:
    rows = []
    for at in range(6):
        loss = 0.5 if constant else 1 / (at + 1)
        rows.append(f"{at},{loss},{loss + (0.125 if at == differs_at else 0)}")
    return "epoch,loss,val_loss\n" + "\n".join(rows) + "\n"


def test_validation_that_equals_training_does_not_pass_a_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "training.csv"
    path.write_text(equal())
    done = command(capsys, "gate", path, "--max", "val_loss=0.9", "--allow-running")
    assert done.code == 3
    assert "val_loss equals loss at every epoch" in done.out + done.err
    path.write_text(equal(differs_at=3))
    assert command(capsys, "gate", path, "--max", "val_loss=0.9", "--allow-running").code == 0


def test_what_hardly_changes_may_be_equal() -> None:
    assert not codes(read(equal(constant=True)))


@pytest.mark.parametrize("second", ["val_loss", "val_loss.1", "val_loss_2"])
def test_a_second_column_of_the_same_values_is_told(second: str) -> None:
    rows = "".join(f"{at},{LOSS[at]},{LOSS[at]}\n" for at in range(5))
    assert codes(read(f"epoch,val_loss,{second}\n{rows}")) == ["SM125"]


def test_many_logs_read_at_once_are_told_the_same() -> None:
    texts = [equal(), equal(differs_at=2), equal(constant=True)] * 4
    sources = []
    for at, text in enumerate(texts):
        path = Path(f"{at}/training.csv")
        sources.append(Source(path, (path,), str(at), contents={path: text.encode()}))
    for source, run in zip(sources, keras_csv.read_many(sources), strict=True):
        alone = keras_csv.read(Source(source.path, source.paths, source.name, data=source.contents[source.path]))
        assert isinstance(run, Run)
        assert run.notes == alone.notes
        for name, series in run.series.items():
            assert all(map(math.isclose, series.values, alone.series[name].values))
