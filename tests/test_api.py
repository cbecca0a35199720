"""The Python interface: reading, tables in and out, recommending, and what a notebook shows."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import SAMPLES

import selectmodel as sm


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"epoch": [3, 4, 5], "loss": [0.9, 0.5, 0.2], "val_loss": [1.0, 0.6, 0.7], "note": ["a", "b", "c"]}
    )


@pytest.mark.parametrize(
    "failure",
    [
        sm.PolicyError(["a.toml:1: no key 'rul'", "a.toml:2: no"]),
        sm.ChoiceError("log: holds 2 trainings; choose:", ["--segment 1", "--segment 2\n"]),
        sm.LogError("a", "b\nc"),
    ],
)
def test_an_error_comes_back_from_a_worker_as_it_was(failure: sm.SelectModelError) -> None:
    back = pickle.loads(pickle.dumps(failure))
    assert (type(back), str(back), vars(back)) == (type(failure), str(failure), vars(failure))


def test_a_table_in_and_out() -> None:
    run = sm.Run.from_frame(table(), name="mine")
    assert (run.name, list(run.series)) == ("mine", ["loss", "val_loss"])
    assert sm.recommend(run).recommended.epoch == 4
    again = sm.Run.from_frame(run.frame().set_index("epoch"))
    assert all(np.array_equal(again.series[name].values, run.series[name].values) for name in run.series)


def test_the_index_serves_as_epoch_and_a_missing_cell_is_not_logged() -> None:
    frame = pd.DataFrame({"val_loss": [1.0, np.nan, 0.5, np.inf]}, index=[0, 1, 2, 3])
    run = sm.Run.from_frame(frame)
    assert run.series["val_loss"].steps.tolist() == [0, 2, 3]
    assert sm.recommend(run).recommended.epoch == 2


@pytest.mark.parametrize("epochs", [[0.5, 1.0], ["a", "b"], [1, 1], [2, 1]])
def test_a_table_without_usable_epochs_is_refused(epochs: list[object]) -> None:
    with pytest.raises(ValueError, match=r"whole numbers|strictly increasing"):
        sm.Run.from_frame(pd.DataFrame({"epoch": epochs, "val_loss": [1.0, 2.0]}))


def test_a_log_survives_the_way_through_a_table() -> None:
    run = sm.read(SAMPLES / "keras" / "overfitting.csv")
    direct = sm.recommend(run)
    indirect = sm.recommend(sm.Run.from_frame(run.frame()))
    assert {name: pick.epoch for name, pick in direct.picks.items()} == {
        name: pick.epoch for name, pick in indirect.picks.items()
    }


def test_keywords_are_policy_keys_and_rule_settings() -> None:
    run = sm.read(SAMPLES / "keras" / "spike.csv")
    report = sm.recommend(run, metric="val_accuracy", rule="best", best={"ties": "last"}, min_epoch=5)
    assert report.recommended.epoch == 18
    assert report.to_dict()["recommended"]["values"]["val_accuracy"] == pytest.approx(0.88)
    with pytest.raises(sm.PolicyError) as failure:
        sm.recommend(run, rul="best", best={"tie": "last"}, min_epoch="soon")
    assert len(failure.value.problems) == 3


def test_a_policy_object_and_a_folder_of_checkpoints() -> None:
    run = sm.read(SAMPLES / "keras" / "overfitting.csv")
    policy = sm.Policy(rule="last", checkpoints=str(SAMPLES / "keras" / "overfitting_checkpoints"))
    report = sm.recommend(run, policy)
    assert report.recommended.checkpoint is not None
    assert Path(report.recommended.checkpoint).name.startswith("weights.60-")


def test_discover_reads_every_run_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    runs = sm.discover(SAMPLES / "lightning")
    assert [run.name for run in runs][:2] == ["overfitting/version_0", "resumed/version_0"]
    (tmp_path / "good.csv").write_text("epoch,val_loss\n0,1\n1,2\n")
    (tmp_path / "bad.csv").write_text("epoch,val_loss\n0,1\n1,2\n2,1\n0,5\n1,4\n")
    with pytest.raises(sm.ChoiceError, match="--segment"):
        sm.discover(tmp_path)
    assert [run.name for run in sm.discover(tmp_path, errors="skip")] == ["good.csv"]


def test_a_notebook_shows_the_table_and_runs_no_name() -> None:
    frame = table().rename(columns={"val_loss": "val_<script>alert(1)</script>_loss"})
    shown = sm.recommend(sm.Run.from_frame(frame))._repr_html_()
    assert "Ship" in shown
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_records_cannot_be_changed() -> None:
    run = sm.read(SAMPLES / "keras" / "short.csv")
    with pytest.raises(ValueError, match="read-only"):
        run.series["val_loss"].values[0] = 0.0
    with pytest.raises(TypeError):
        run.series["other"] = run.series["val_loss"]  # type: ignore[index]


def test_the_flag_that_names_a_run_is_quoted_for_the_shell(tmp_path: Path) -> None:
    for name in ("first try", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text("epoch,loss,val_loss\n0,1,2\n1,1,1\n")
    with pytest.raises(sm.ChoiceError) as choice:
        sm.read(tmp_path)
    assert choice.value.choices == ("--run 'first try/log.csv'", "--run second/log.csv")
    assert sm.read(tmp_path, runs=["first try/log.csv"]).name == "first try/log.csv"
