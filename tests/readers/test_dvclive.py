"""DVCLive's tables of a metric each: one run, named by their paths."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from places import SHARED

from selectmodel.errors import LogError
from selectmodel.files import discovery
from selectmodel.records import Run


def plots(folder: Path, tables: dict[str, str]) -> Path:
    for name, text in tables.items():
        path = folder / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def read(path: Path) -> Run:
    (found,) = discovery.find(path)
    return found.read()


TABLES = {
    "train/loss": "step\tloss\n0\t1.0\n1\t0.5\n2\t0.25\n",
    "val/loss": "timestamp\tstep\tloss\n1700\t0\t1.5\n1701\t1\t1.25\n1702\t2\tnan\n",
}


@pytest.mark.parametrize("below", ["dvclive/plots/metrics", "dvclive", "training_metrics/scalars"])
def test_the_tables_of_a_folder_are_one_run(tmp_path: Path, below: str) -> None:
    plots(tmp_path / below, TABLES)
    run = read(tmp_path)
    assert set(run.series) == {"train/loss", "val/loss"} and run.format == "dvclive" and not run.notes
    values = run.series["val/loss"].values.tolist()
    assert values[:2] == [1.5, 1.25] and math.isnan(values[2])


def test_two_folders_are_two_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        plots(tmp_path / name / "dvclive" / "plots" / "metrics", TABLES)
    assert [item.name for item in discovery.find(tmp_path)] == ["a/dvclive", "b/dvclive"]


def test_one_table_and_the_summary_lead_to_the_values(tmp_path: Path) -> None:
    plots(tmp_path / "dvclive" / "plots" / "metrics", TABLES)
    summary = tmp_path / "dvclive" / "metrics.json"
    summary.write_text('{"train": {"loss": 0.25}, "val": {"loss": "nan"}, "step": 2}')
    assert set(read(summary).series) == {"train/loss", "val/loss"}
    assert set(read(tmp_path / "dvclive" / "plots" / "metrics" / "val" / "loss.tsv").series) == {"val/loss"}
    assert set(read(tmp_path).series) == {"train/loss", "val/loss"}


def test_a_step_that_was_logged_again_and_a_cut_line_are_said(tmp_path: Path) -> None:
    again = "step\tloss\n0\t1.5\n1\t1.25\n2\t1.75\n1\t1.0\n2\t0.5\n3\t0."
    run = read(plots(tmp_path / "dvclive" / "plots" / "metrics", {"val/loss": again}))
    assert run.series["val/loss"].values.tolist() == [1.5, 1.0, 0.5]
    assert run.degraded and {"SM101", "SM105"} <= {note.code for note in run.notes}


def test_a_table_without_rows_is_no_run(tmp_path: Path) -> None:
    plots(tmp_path / "dvclive" / "plots" / "metrics", {"val/loss": "step\tloss\n"})
    with pytest.raises(LogError, match="no epochs logged yet"):
        read(tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_a_run_of_the_real_writer() -> None:
    run = read(SHARED / "samples" / "dvclive_run")
    assert run.series["val/loss"].values.min() == 0.05 and math.isnan(run.series["nanm"].values[0])
