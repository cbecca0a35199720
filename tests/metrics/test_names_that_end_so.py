"""A metric may be meant by the last part of its name, which is what tables call it: the whole name is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command, logged

LOG = "epoch,train_lr,val_loss,val_bbox/AP\n0,0.1,2.0,0.1\n1,0.1,1.5,0.3\n2,0.1,1.4,0.2\n"


@pytest.mark.parametrize("name", ["AP", "ap"])
def test_the_whole_name_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = logged(tmp_path, monkeypatch, LOG)
    refused = command(capsys, "pick", file, "--metric", name)
    assert refused.code == 2 and "did you mean --metric val_bbox/AP?" in refused.err
    gate = command(capsys, "gate", file, "--min", f"{name}=0.05")
    assert gate.code == 2 and "did you mean val_bbox/AP?" in " ".join(gate.out.split())
