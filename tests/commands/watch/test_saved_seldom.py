"""A training that saves seldom is no worse for it: when it ends is told by its log, whatever may be shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel as sm
from selectmodel.commands.watch.watching import Watch
from selectmodel.policy.policy import Policy
from selectmodel.selection import until

LOG = Path("training.csv")


@pytest.mark.parametrize("only_saved", [False, True])
def test_only_what_is_shipped_must_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only_saved: bool) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    LOG.write_text("epoch,loss,val_loss\n" + "".join(f"{at},1,{0.9 - at / 20}\n" for at in range(10)))
    Path("epoch_0.pt").write_text("weights")
    watch = Watch(LOG, Policy(only_saved=only_saved), conditions=[until.parse("no better for 5 epochs")])
    change = watch.step()
    assert change is not None and change.ended == ""
    assert change.moves[-1].epoch == 0
    assert change.stopping is not None and (change.stopping.best, change.stopping.stopped) == (9, False)
    with LOG.open("a") as file:
        file.write("".join(f"{at},1,0.7\n" for at in range(10, 15)))
    change = watch.step()
    assert change is not None and change.ended == "until"
    assert change.message.startswith("val_loss is no better since epoch 9 (0.450)")


@pytest.mark.parametrize("only_saved", [False, True])
def test_a_tracker_stops_by_the_same(tmp_path: Path, only_saved: bool) -> None:
    tracker = sm.Tracker(tmp_path, stop="no better for 2 epochs", only_saved=only_saved)
    for epoch in range(6):
        tracker.log(epoch, val_loss=0.9 - epoch / 20)
        if epoch == 0:
            (tmp_path / "epoch_0.pt").write_text("weights")
            tracker.keep(tmp_path / "epoch_0.pt")
    assert not tracker.should_stop
