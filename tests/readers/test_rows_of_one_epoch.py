"""Which rows count is told without sorting where the labels only rise, and rows are compared a piece at a time."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.api import read
from selectmodel.readers.table import axis, epoch_rows, segments


@given(st.lists(st.integers(0, 6), max_size=30), st.booleans())
def test_the_row_written_last_counts(labels: list[int], rising: bool) -> None:
    labels = sorted(labels) if rising else labels
    counted, old = segments.latest(np.array(labels, float))
    assert [labels[row] for row in counted.tolist()] == sorted(set(labels))
    assert all(labels[row] not in labels[row + 1 :] for row in counted.tolist())
    assert old.tolist() == sorted(set(range(len(labels))) - set(counted.tolist()))


@given(st.lists(st.integers(0, 9), max_size=12, unique=True), st.integers(0, 12))
def test_rows_are_taken_whole_only_where_they_are_all(rows: list[int], n: int) -> None:
    rows = [row for row in rows if row < n]
    taken = axis.inside(np.array(rows, np.int64), n)
    assert np.arange(n)[taken].tolist() == rows


@pytest.mark.parametrize("at_once", [1, 3, 1 << 16])
def test_pieces_make_no_difference(at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_rows, "_AT_ONCE", at_once)
    path = tmp_path / "log.csv"
    path.write_text("epoch,val_loss\n" + "0,0.9\n0,0.9\n1,0.5\n1,0.5\n1,0.5\n2,0.25\n")
    run = read(path)
    assert run.series["val_loss"].values.tolist() == [0.9, 0.5, 0.25]
    assert any(note.code == "SM105" and "the rows hold the same values" in note.message for note in run.notes)


def test_labels_that_rise_are_not_sorted() -> None:
    labels = np.repeat(np.arange(1000.0), 200)
    tracemalloc.start()
    counted, old = segments.latest(labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(counted) == 1000 and len(counted) + len(old) == len(labels)
    assert peak < 2 * labels.nbytes
