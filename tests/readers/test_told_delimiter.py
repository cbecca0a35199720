"""A first line ``sep=;``, which Excel takes and some programs write, names the delimiter and is no row."""

from pathlib import Path

import pytest

import selectmodel as sm

ROWS = ("epoch", "val_loss", "val_top5"), ("0", "0.5", "0.8"), ("1", "0.4", "0.9"), ("2", "0.45", "x")


@pytest.mark.parametrize("first", ["sep={}", '"sep={}"', "SEP={}"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n")])
def test_it_is_no_row(first: str, delimiter: str, encoding: str, end: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    lines = [first.format(delimiter), *(delimiter.join(row) for row in ROWS)]
    log.write_bytes((end.join(lines) + end).encode(encoding))
    run = sm.read(log)
    assert {name: series.steps.tolist() for name, series in run.series.items()} == {
        "val_loss": [0, 1, 2],
        "val_top5": [0, 1],
    }
    told = next(note for note in run.notes if note.code == "SM109")
    assert told.where == "log.csv:5", "lines are counted as an editor shows them"


def test_the_delimiter_is_the_one_that_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("sep=;\nepoch;val_loss;note\n0;0.5;a,b,c\n1;0.4;a,b,c\n2;0.45;a,b,c\n")
    assert sm.read(log).series["val_loss"].values.tolist() == [0.5, 0.4, 0.45]


def test_a_column_may_be_called_so(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,sep=;,val_loss\n0,1,0.5\n1,1,0.4\n")
    assert sm.read(log).series["val_loss"].values.tolist() == [0.5, 0.4]
