"""Rows of one training in any order, and a log that stands in its file twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.errors import ChoiceError

N = 20
LOSS = np.round(0.4 + (np.linspace(0, 1, N) - 0.5) ** 2, 4)


def read(folder: Path, order: list[int], *, header_at: int | None = None) -> sm.Run:
    rows = [f"{at},{LOSS[at]}" for at in order]
    if header_at is not None:
        rows.insert(header_at, "epoch,val_loss")
    path = folder / "training.csv"
    path.write_text("\n".join(["epoch,val_loss", *rows]) + "\n")
    return sm.read(path)


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_rows_are_put_in_order(tmp_path: Path, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(N).tolist()
    run = read(tmp_path, order)
    assert run.series["val_loss"].values.tolist() == LOSS.tolist()
    assert [note.code for note in run.notes] == ["SM126"]


def test_a_later_part_that_stands_first_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match="choose one"):
        read(tmp_path, [*range(10, N), *range(10)])


def test_a_log_that_stands_there_twice_was_not_resumed(tmp_path: Path) -> None:
    report = sm.recommend(read(tmp_path, [*range(N), *range(N)], header_at=N))
    assert "SM219" not in [finding.code for finding in report.findings]
    assert "the others hold the same values" in next(note.message for note in report.notes if note.code == "SM106")
