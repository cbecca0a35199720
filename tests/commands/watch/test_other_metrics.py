"""Logs that are judged by another metric from some moment on: begun anew with other columns, or grown by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.commands.watch.watching import Watch
from selectmodel.policy.policy import Policy

LOG = Path("training.csv")
LOSSES = "epoch,loss,val_loss\n0,1.0,0.9\n1,0.9,0.8\n2,0.8,0.7\n"


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A watch that has seen three epochs, judged by the loss."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    LOG.write_text(LOSSES)
    watch = Watch(LOG, Policy())
    watch.step()
    return watch


def test_a_training_that_begins_anew_may_log_other_metrics(watch: Watch) -> None:
    LOG.write_text("epoch,loss,val_loss,val_accuracy\n0,1.0,0.95,0.5\n")
    change = watch.step()
    assert change is not None and change.event == "restarted"
    assert "the log began anew or was cut: it ends at epoch 0 and had epoch 2" in change.message
    assert "(was epoch 2)" not in change.message and len(change.moves) == 1


def test_a_metric_that_comes_late_begins_nothing_anew(watch: Watch) -> None:
    LOG.write_text("epoch,loss,val_loss,val_accuracy\n0,1.0,0.9,0.5\n1,0.9,0.8,0.6\n2,0.8,0.7,\n3,0.7,0.6,\n")
    change = watch.step()
    assert change is not None and change.report is not None
    assert change.report.monitor.name == "val_accuracy" and change.event != "restarted"
