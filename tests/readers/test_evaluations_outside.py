"""Rows that sentence-transformers' evaluators write when they are called by themselves, not while training."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel as sm

INSIDE = "0,100,0.70\n0,-1,0.75\n1,100,0.81\n1,-1,0.80\n"


@pytest.mark.parametrize("text", [INSIDE + "-1,-1,0.95\n", "-1,-1,0.95\n" + INSIDE])
def test_an_evaluation_outside_of_the_training_is_no_epoch(tmp_path: Path, text: str) -> None:
    path = tmp_path / "similarity_evaluation_results.csv"
    path.write_text("epoch,steps,cosine_spearman\n" + text)
    run = sm.read(path)
    assert run.series["cosine_spearman"].values.tolist() == [0.70, 0.75, 0.81, 0.80]
    assert sorted((note.code, note.degrades) for note in run.notes) == [("SM115", False), ("SM118", False)]
    assert not run.refused


def test_an_epoch_of_minus_one_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text("epoch,step,val_loss\n0,10,0.5\n-1,20,0.4\n1,20,0.4\n2,30,0.3\n")
    assert [note.code for note in sm.read(path).notes] == ["SM104"]


def test_what_is_left_out_moves_no_line_and_takes_no_row_with_it(tmp_path: Path) -> None:
    path = tmp_path / "similarity_evaluation_results.csv"
    path.write_text("epoch,steps,cosine_spearman\n0,100,0.70\n-1,-1,0.6\n1,200,bad\n2,300,0.81\n3,400,0.83\n-1,-1,0.95")
    run = sm.read(path)
    assert run.series["cosine_spearman"].values.tolist() == [0.70, 0.81, 0.83]
    assert [note.where.rpartition(":")[2] for note in run.notes if note.code == "SM109"] == ["4"]
    assert {note.code for note in run.notes} == {"SM109", "SM115"}
