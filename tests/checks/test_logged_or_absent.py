"""A value that was not logged is no NaN: nothing is said to have diverged where the log is silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slow_events as slow
from hypothesis import given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Series
from selectmodel.selection.question import ask
from selectmodel.stats import curves

N = 12
LOSS = np.linspace(1.0, 0.5, N)


def told(log: Path) -> set[str]:
    return {finding.code for finding in sm.recommend(sm.read(log)).findings}


@pytest.mark.parametrize("at", [[7], [3, 4], [0, 1, 2, 3, 4, 5, 6], [2, 9], [0]])
def test_a_training_loss_that_is_logged_rarely_has_not_diverged(tmp_path: Path, at: list[int]) -> None:
    rows = [f"{e},{14 * e + 13},,{LOSS[e]:.3f}" for e in range(N)]
    rows += [f"{e},{14 * e + 9},{LOSS[e] + 0.1:.3f}," for e in at]
    rows.sort(key=lambda row: int(row.split(",")[1]))
    (tmp_path / "metrics.csv").write_text("epoch,step,train_loss,val_loss\n" + "\n".join(rows) + "\n", "utf-8")
    content = slow.version()
    for e in range(N):
        content += slow.scalar("train_loss", 14 * e + 9, 0.6) if e in at else b""
        content += slow.scalar("val_loss", 14 * e + 13, float(LOSS[e]))
    events = tmp_path / "events.out.tfevents.1700000000.host.7.0"
    events.write_bytes(content)
    for log in (tmp_path / "metrics.csv", events):
        assert "SM206" not in told(log)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_loss_that_was_logged_as_no_number_has(tmp_path: Path, number: str) -> None:
    rows = [f"{e},{LOSS[e] if e < 8 else number},{0.5 + e / 40}" for e in range(N)]
    (tmp_path / "log.csv").write_text("epoch,train_loss,val_accuracy\n" + "\n".join(rows) + "\n", "utf-8")
    assert "SM206" in told(tmp_path / "log.csv")


def test_blank_cells_of_both_losses_are_how_tables_write_nan(tmp_path: Path) -> None:
    rows = [f"{e},{f'{LOSS[e]},{LOSS[e]}' if e < 8 else ','},{0.5 + e / 40}" for e in range(N)]
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss,val_accuracy\n" + "\n".join(rows) + "\n", "utf-8")
    assert "SM206" in told(tmp_path / "log.csv")


@given(st.lists(st.sampled_from([0.5, np.nan, np.inf, None]), min_size=3, max_size=12))
def test_the_law(column: list[float | None]) -> None:
    """What is said of the end of a curve is what was logged there."""
    n = len(column)
    at = [i for i, value in enumerate(column) if value is not None]
    series = {"val_accuracy": Series.of("val_accuracy", range(n), range(n), np.linspace(0.1, 0.2, n))}
    if at:
        series["loss"] = Series.of("loss", at, at, [column[i] for i in at])
    question = ask(Run("run", "run.csv", "keras_csv", series), Policy()).question
    if "loss" not in question.companions:
        return
    since = curves.not_finite_since(question, "loss")
    finite = [i for i in at if np.isfinite(column[i] or 0)]
    broken = [i for i in at if i > max(finite, default=n) and not np.isfinite(column[i] or 0)]
    assert since == min(broken, default=None)
    for i in range(n):
        assert bool(question.absent.get("loss", np.zeros(n, bool))[i]) == (column[i] is None)
