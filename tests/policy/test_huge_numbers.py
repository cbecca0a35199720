"""Numbers in a policy that are larger than a float holds, or than Python writes, are refused like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command, logged

LOG = "epoch,val_loss,val_accuracy\n" + "".join(f"{i},{0.9 - 0.05 * i:.2f},{0.5 + 0.04 * i:.2f}\n" for i in range(9))
HUGE = ("9" * 400, "0x" + "f" * 4000, "[0x" + "f" * 4000 + "]", "-" + "9" * 400, "9" * 4000, "1e400", "9" * 400 + ".5")
PLACES = {
    **{kind: f'[[gate]]\nmetric = "val_accuracy"\n{kind} = {{}}\n' for kind in ("min", "max", "max_worse", "min_gain")},
    "min_epochs": "[require]\nmin_epochs = {}\n",
    "max_age_days": "[require]\nmax_age_days = {}\n",
    "min_epoch": "min_epoch = {}\n",
    "val_size": "val_size = {}\n",
    "weight": "[gap]\nweight = {}\n",
    "threshold": "[checks.overfitting]\nthreshold = {}\n",
    "on": '[[gate]]\nmetric = "val_accuracy"\nmin = 1\non = {}\n',
    "metric": "metric = {}\n",
    "level": "checks.overfitting = {}\n",
    "metrics": "[metrics]\nval_accuracy = {}\n",
    "first_run": "[require]\nfirst_run = {}\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", HUGE, ids=lambda number: f"{number[:3]}…{len(number)}")
def test_a_number_of_too_many_digits_is_refused(
    place: str, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(tmp_path, monkeypatch, LOG)
    policy = tmp_path / "policy.toml"
    policy.write_text(PLACES[place].format(number))
    done = command(capsys, "gate", log, "--policy", policy, "--min", "val_accuracy=0.1")
    assert done.code == 2 and f"{policy}:" in done.err
    assert len(done.err) < 600
    if number[0] in "-9" and place in ("min", "max", "max_worse", "min_gain"):
        flag = "--" + place.replace("_", "-")
        assert command(capsys, "gate", log, flag, f"val_accuracy={number}").code == 2
