"""DVCLive's tables of a metric each: one run, named by their paths."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from places import SHARED

import selectmodel as sm
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


@pytest.mark.parametrize("odd", ["1e999", "inf", "1.5", "99999999999999999999"])
def test_a_step_that_is_none_is_refused_and_said(tmp_path: Path, odd: str) -> None:
    folder = tmp_path / "dvclive" / "plots" / "metrics" / "val"
    folder.mkdir(parents=True)
    (folder / "loss.tsv").write_text(f"step\tloss\n0\t0.5\n1\t0.25\n{odd}\t0.125\n2\t0.375\n")
    run = sm.read(tmp_path / "dvclive")
    assert run.series["val/loss"].values.tolist() == [0.5, 0.25, 0.375]
    assert any(note.degrades for note in run.notes)


def test_a_metric_whose_name_has_a_folder_called_metrics_is_of_the_same_run(tmp_path: Path) -> None:
    tables = {"metrics/mAP50-95(B)": "step\tmAP50-95(B)\n0\t0.5\n1\t0.75\n", **TABLES}
    plots(tmp_path / "dvclive/plots/metrics", tables)
    assert set(read(tmp_path).series) == {"metrics/mAP50-95(B)", "train/loss", "val/loss"}
    alone = read(tmp_path / "dvclive/plots/metrics/metrics/mAP50-95(B).tsv")
    assert set(alone.series) == {"metrics/mAP50-95(B)"}


@pytest.mark.parametrize("within", ["dvclive", "dvclive/plots", "dvclive/plots/metrics"])
def test_the_run_is_one_from_whichever_of_its_folders_it_is_named(
    tmp_path: Path, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plots(tmp_path / "dvclive/plots/metrics", TABLES)
    monkeypatch.chdir(tmp_path / within)
    assert set(read(Path()).series) == {"train/loss", "val/loss"}
    monkeypatch.chdir(tmp_path / "dvclive/plots/metrics/val")
    assert set(read(Path("loss.tsv")).series) == {"val/loss"}


def test_a_value_told_twice_at_the_last_step_does_not_part_the_tables(tmp_path: Path) -> None:
    again = {"test/loss": "step\tloss\n0\t2.0\n2\t1.0\n2\t1.0\n", "train/step": "step\n1.0\n2.0\n"}
    run = read(plots(tmp_path / "dvclive/plots/metrics", {**TABLES, **again}))
    assert set(run.series) == {"train/loss", "val/loss", "test/loss"}
    assert run.series["val/loss"].steps is not None and run.series["val/loss"].steps.tolist() == [0, 1, 2]


def test_tables_that_go_back_begin_their_next_training_together(tmp_path: Path) -> None:
    course = [f"{at}\t{worst / (1 + at)}\n" for worst in (1, 2) for at in range(5)]
    tables = {name: "".join(["step\tloss\n", *course]) for name in TABLES}
    plots(tmp_path / "dvclive/plots/metrics", tables)
    run = read(tmp_path)
    assert next(note.message for note in run.notes if note.code == "SM106").endswith(
        "(lines 6–10); for an earlier one: --segment 1"
    )
    assert all(series.values.tolist() == [2 / (1 + at) for at in range(5)] for series in run.series.values())


@pytest.mark.parametrize("tables", ["dvclive/scalars", "dvclive"])
def test_the_summary_of_an_old_version_stands_for_its_tables(tmp_path: Path, tables: str) -> None:
    plots(tmp_path / tables, {**TABLES, "f1": "step\tf1\n0\t0.5\n1\t0.75\n"})
    (tmp_path / "dvclive.json").write_text('{"step": 2, "train": {"loss": 0.25}}')
    assert "val/loss" in read(tmp_path / "dvclive.json").series
