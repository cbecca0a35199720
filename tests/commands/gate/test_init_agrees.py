"""What init writes for a log is a policy by which a gate can judge that log."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

LOGS = {
    "keras": ("epoch,accuracy,loss,val_accuracy,val_loss\n0,.6,1,.6,1\n1,.8,.5,.66,.9\n2,.95,.2,.65,1\n", ""),
    "training": ("epoch,accuracy,loss,val_loss\n0,.6,1,1\n1,.8,.5,.9\n2,.95,.2,1\n", "loss:min"),
    "record": ("epoch,best_val_acc,val_loss\n0,.6,1\n1,.7,.9\n2,.7,1\n3,.7,1.1\n", ""),
    "errors": ("epoch,val_error,val_loss\n0,40,1\n1,2,.9\n2,0.4,.8\n", ""),
    "word errors": ("epoch,val_wer,val_loss\n0,1.3,1\n1,.9,.9\n2,0.4,.8\n3,0.3,.9\n", ""),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_gate_passes_by_the_policy_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, metric = LOGS[name]
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(text)
    flags = ["--metric", metric] if metric else []
    assert command(capsys, "init", "log.csv", *flags).code == 0
    policy = Path("selectmodel.toml").read_text()
    assert ('split = "train"' in policy) == (name == "training")
    assert "best_val_acc is" not in policy
    done = command(capsys, "gate", "log.csv")
    assert done.code == 0, done
