"""The folder of kept logs may be one that somebody else made: what lies there and is not ours stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from selectmodel.commands.rank import kept_logs
from selectmodel.commands.rank.kept_logs import KeptLogs, beside

OLD = time.time() - 200 * 86400


def test_old_logs_of_somebody_else_are_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = beside(tmp_path / "run")
    folder.mkdir()
    theirs = [folder / name for name in ("train.csv", "events.out.tfevents.1700000000.h", "ab" * 16 + ".csv")]
    ours = [folder / ("ab" * 16), folder / ("cd" * 16 + ".123-456")]
    for path in (*theirs, *ours):
        path.write_bytes(b"epoch,val_loss\n1,0.5\n")
        os.utime(path, (OLD, OLD))
    KeptLogs(str(folder)).tidy()
    assert sorted(folder.iterdir()) == sorted(theirs)
    ours[0].write_bytes(b"new")
    monkeypatch.setattr(kept_logs, "MOST", 2)
    KeptLogs(str(folder)).tidy()
    assert sorted(folder.iterdir()) == sorted(theirs)
