"""A regression with an error of its own beside the loss: what is judged, and what is said of the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm

T = np.arange(40)
LOSS = 1 / (T + 1) + 0.004 * np.maximum(0, T - 15)
ERROR = 0.9 / np.sqrt(T + 1) + 0.004 * np.maximum(0, T - 28)


def log(folder: Path, name: str = "val_mae", error: np.ndarray = ERROR) -> sm.Run:
    rows = [f"{t},{1 / (t + 1):.4f},{LOSS[t]:.4f},{error[t]:.4f}" for t in T]
    (folder / "log.csv").write_text("\n".join([f"epoch,loss,val_loss,{name}", *rows]) + "\n")
    return sm.read(folder / "log.csv")


def noted(report: sm.Report) -> list[str]:
    return [note.message for note in report.notes if note.code == "SM271"]


@pytest.mark.parametrize("name", ["val_mae", "val_rmse", "val_mean_absolute_error"])
def test_an_error_of_its_own_is_judged_where_it_is_named_and_said_where_it_is_not(tmp_path: Path, name: str) -> None:
    run = log(tmp_path, name)
    default, named = sm.recommend(run), sm.recommend(run, metric=name)
    assert default.recommended.epoch == LOSS.argmin() and default.monitor.name == "val_loss"
    assert named.recommended.epoch == ERROR.argmin() and noted(named) == []
    (message,) = noted(default)
    assert message.startswith(f"{name} is lowest at epoch {ERROR.argmin()} (") and message.endswith(f"--metric {name}")


def test_nothing_is_said_where_it_agrees_or_is_no_better_than_its_noise(tmp_path: Path) -> None:
    assert noted(sm.recommend(log(tmp_path, error=np.sqrt(LOSS)))) == []
    noise = np.random.default_rng(0).normal(0, 0.02, 40)
    assert noted(sm.recommend(log(tmp_path, error=np.sqrt(LOSS) + noise))) == []


def test_parts_of_a_loss_and_scores_are_no_such_errors(tmp_path: Path) -> None:
    assert noted(sm.recommend(log(tmp_path, "val_box_loss"))) == []
    assert noted(sm.recommend(log(tmp_path, "val_accuracy", 1 - ERROR))) == []
