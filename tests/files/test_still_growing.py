"""Whether a training still writes, and how quickly it goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import command, logged

from selectmodel.files import fingerprints, growth
from selectmodel.files.growth import Pace, still_growing

LOG = "epoch,loss,val_loss\n0,1.0,0.9\n1,0.5,0.7\n2,0.2,0.8\n3,0.1,0.9\n"


def test_the_pace_is_the_median_of_the_last_waits() -> None:
    pace = Pace()
    assert pace.each is None and pace.wait == 0
    for at, epoch in ((100.0, 0), (110.0, 1), (110.0, 1), (120.0, 2), (520.0, 3), (540.0, 5)):
        pace.see(at, epoch)
    assert pace.each == 10.0 and pace.wait == 400.0


def test_a_log_that_goes_back_begins_a_pace_of_its_own() -> None:
    pace = Pace()
    for at, epoch in ((100.0, 5), (110.0, 6), (115.0, 0), (120.0, 1)):
        pace.see(at, epoch)
    assert pace.each == 5.0


def test_it_is_not_over_while_its_own_waits_are_long(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    os.utime(log, (1000.0, 1000.0))
    assert still_growing([str(log)], [], now=1000.0 + 500)
    assert not still_growing([str(log)], [], now=1000.0 + 700)
    assert "counts as over after 60 minutes" in still_growing([str(log)], [], now=1000.0 + 700, wait=1200.0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux shows what processes have open")
@pytest.mark.parametrize(("mode", "writes"), [("a", True), ("r+", True), ("r", False)])
def test_a_log_that_a_process_holds_open_to_write_is_being_written(tmp_path: Path, mode: str, writes: bool) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    stamps = fingerprints.stamps([log])
    assert not growth.being_written([str(log)], stamps, stamps)
    code = "import sys; file = open(sys.argv[1], sys.argv[2]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(log), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        assert growth.being_written([str(log)], stamps, stamps) is writes
        os.utime(log, (1000.0, 1000.0))
        assert not growth.being_written([str(log)], stamps, stamps)  # it has long been left alone
        holder.communicate()


def test_a_log_that_changes_while_it_is_read_is_being_written() -> None:
    before = {"log.csv": (1, 1, 100, 5)}
    assert growth.being_written([], before, {"log.csv": (1, 1, 120, 6)})
    assert not growth.being_written([], before, before)


def test_pick_says_so_far_while_the_log_grows_and_not_because_it_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(tmp_path, monkeypatch, LOG)
    assert command(capsys, "pick", log).out.startswith("Ship epoch 1\n")
    monkeypatch.setattr(growth, "being_written", lambda *_: True)
    assert command(capsys, "pick", log).out.startswith("Ship epoch 1 so far\n")
    command(capsys, "pick", log, "-o", "report.md")
    assert "### Ship epoch 1 so far" in Path("report.md").read_text(encoding="utf-8")
