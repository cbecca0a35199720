"""A disk that was full leaves empty files: they are told of, instead of asking for a folder that was looked into."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel
from selectmodel.errors import LogError


@pytest.mark.parametrize("judge", [selectmodel.prune, selectmodel.evaluate_next])
@pytest.mark.parametrize("folder", [".", "checkpoints"])
def test_empty_files_beside_the_log_are_told(judge: object, folder: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,val_loss\n0,1\n1,0.5\n2,0.7\n")
    (tmp_path / folder).mkdir(exist_ok=True)
    for epoch in range(3):
        (tmp_path / folder / f"model_{epoch}.pt").touch()
    assert callable(judge)
    with pytest.raises(LogError, match=r"has no checkpoint; .*model_0\.pt is empty \(0 bytes\).* \(and 1 more\)$"):
        judge(log)
