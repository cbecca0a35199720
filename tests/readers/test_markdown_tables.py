"""Tables in Markdown: bars and dashes are no cells, what stands around the table is no row."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.errors import LogError
from selectmodel.files import discovery
from selectmodel.records import Run

ROWS = [(0, 1.25, 0.5), (1, 0.75, 0.7), (2, 0.875, 0.8)]
TABLE = "| epoch | val_loss | val_acc |\n|:--|--:|---|\n" + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in ROWS)
BARE = "epoch | val_loss | val_acc\n--- | --- | ---\n" + "".join(f"{a} | {b} | {c}\n" for a, b, c in ROWS)
PSQL = " epoch | val_loss | val_acc\n-------+----------+---------\n" + "".join(
    f" {a} | {b} | {c}\n" for a, b, c in ROWS
)
OTHER = "| setting | value |\n|---|---|\n| lr | 0.1 |\n\n"


def only(place: Path) -> Run:
    (found,) = discovery.find(place)
    return found.read()


@pytest.mark.parametrize(
    "text",
    [
        TABLE, BARE, PSQL + "(3 rows)\n", f"# Results\n\n{TABLE}", f"{OTHER}Text.\n\n{TABLE}\nMore | text.\n",
        TABLE.replace("0.7 ", "**0.7** "), TABLE.replace("\n", "\r\n"), "text\n" * 60 + TABLE,
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["notes.md", "training.txt"])
def test_the_rows_are_read_and_nothing_is_said(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, newline="")
    for place in (tmp_path, tmp_path / name):
        run = only(place)
        assert {metric: series.values.tolist() for metric, series in run.series.items()} == {
            "val_loss": [row[1] for row in ROWS],
            "val_acc": [row[2] for row in ROWS],
        }
        assert run.series["val_acc"].epochs.tolist() == [0, 1, 2]
        assert not run.notes


def test_a_model_card_is_read_where_its_folder_holds_no_log(tmp_path: Path) -> None:
    card = (
        "---\nlicense: mit\n---\n# A model\n\n### Training results\n\n"
        "| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n|:---:|:---:|:---:|:---:|:---:|\n"
        "| No log | 1.0 | 250 | 0.321 | 0.88 |\n| 0.25 | 2.0 | 500 | 0.29 | 0.90 |\n\n- Transformers 4.20\n"
    )
    (tmp_path / "README.md").write_text(card)
    run = only(tmp_path)
    assert run.series["Validation Loss"].values.tolist() == [0.321, 0.29]
    assert run.series["Training Loss"].steps.tolist() == [500]
    assert not run.notes
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "training.csv").write_text("epoch,loss,val_loss\n0,1.5,1.25\n1,0.5,0.75\n")
    assert "val_loss" in only(tmp_path).series


def test_two_tables_that_count_epochs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(TABLE + "\n" + TABLE.replace("val_", "test_"))
    with pytest.raises(LogError, match=r"holds 2 tables \(lines 1, 7\); several count epochs"):
        only(path)
    path.write_text(OTHER + OTHER.replace("setting", "name"))
    with pytest.raises(LogError, match="none of them counts epochs"):
        only(path)


@pytest.mark.parametrize(
    "names", ["Unnamed: 0,epoch", ",epoch", "index,epoch", "Unnamed: 0.1,Unnamed: 0,epoch", ",,epoch"]
)
def test_a_column_that_numbers_rows_is_no_metric(names: str, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    before = names.count(",")
    lines = [f"{names},val_loss"] + [",".join([str(row)] * before) + f",{row + 1},{1 / (row + 1)}" for row in range(4)]
    if names.startswith(",,"):  # blank columns that only leading delimiters made
        lines[1:] = [f",,{row + 1},{1 / (row + 1)}" for row in range(4)]
    path.write_text("\n".join(lines) + "\n")
    run = only(path)
    assert list(run.series) == ["val_loss"]
    assert run.series["val_loss"].epochs.tolist() == [1, 2, 3, 4]
    assert not run.notes


@pytest.mark.parametrize("rule", ["+-------+----------+---------+", "+=======+==========+=========+"])
@pytest.mark.parametrize("between", [True, False])
def test_tables_in_a_frame(rule: str, between: bool, tmp_path: Path) -> None:
    line = "+-------+----------+---------+\n"
    rows = (line if between else "").join(f"|   {a} |   {b} |  {c} |\n" for a, b, c in ROWS)
    path = tmp_path / "log.txt"
    path.write_text(f"{line}| epoch | val_loss | val_acc |\n{rule}\n{rows}{line}")
    run = only(path)
    assert run.series["val_loss"].values.tolist() == [row[1] for row in ROWS]
    assert not run.notes
