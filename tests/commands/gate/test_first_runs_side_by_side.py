"""Jobs that run side by side where there is no baseline yet: one of them begins it, and none replaces it unseen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli import command

from selectmodel.cli import gate

BASELINE = Path("production.json")
LOG = "epoch,loss,val_loss\n0,1,0.9\n1,0.8,0.6\n2,0.6,{last}\n"
ASKED = ("--max-worse", "val_loss=1%", "--baseline", str(BASELINE), "--first-run", "record")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, last in (("one", 0.3), ("two", 0.5)):
        Path(f"{name}.csv").write_text(LOG.format(last=last))


@pytest.mark.parametrize("promote", [(), ("--promote",)], ids=["record", "promote"])
def test_the_second_of_two_first_runs_replaces_nothing(
    promote: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = gate._verdict

    def while_another_job_is_quicker(case: Any) -> Any:
        found = judged(case)
        monkeypatch.setattr(gate, "_verdict", judged)
        assert command(capsys, "gate", "one.csv", *ASKED, *promote).code == 0
        return found

    monkeypatch.setattr(gate, "_verdict", while_another_job_is_quicker)
    done = command(capsys, "gate", "two.csv", *ASKED, *promote)
    assert (done.code, "production.json: was written by another program meanwhile" in done.err) == (4, True), done.err
    assert "there was none before" not in done.err
    assert json.loads(BASELINE.read_text())["run"]["name"] == "one.csv"
    assert sorted(path.name for path in Path().iterdir()) == [".git", "one.csv", "production.json", "two.csv"]
    # run again it is compared with what is there now
    assert command(capsys, "gate", "two.csv", *ASKED, *promote).code == 1
