"""Checkpoints that somebody else takes away between the look and the removal."""

from pathlib import Path

import pytest

import selectmodel as sm
from selectmodel.commands.prune import answer, removal
from selectmodel.errors import LogError
from selectmodel.policy.policy import Policy


@pytest.mark.parametrize("kept", [5, 9], ids=["the recommended", "the last"])
def test_where_one_that_was_to_stay_is_gone_nothing_goes(tmp_path: Path, kept: int) -> None:
    rows = [f"{epoch},{1 / (epoch + 1)},{0.3 + abs(epoch - 5) / 100}" for epoch in range(10)]
    (tmp_path / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *rows, ""]))
    for epoch in range(10):
        (tmp_path / f"epoch_{epoch}.pt").write_text("weights")
    plan = answer.answer(sm.read(tmp_path), Policy(), over=True)
    (tmp_path / f"epoch_{kept}.pt").unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(LogError, match=f"epoch_{kept}.pt: was to stay, and is not there any more"):
        removal.remove(plan)
    assert sorted(tmp_path.iterdir()) == before
    assert removal.remove(answer.answer(sm.read(tmp_path), Policy(), over=True)).action == "deleted"
    assert (tmp_path / ("epoch_5.pt" if kept == 9 else "epoch_4.pt")).exists()
