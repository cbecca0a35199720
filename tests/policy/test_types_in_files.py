"""A policy file says numbers as numbers: text in quotes is refused, on the command line every value is text."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

LOG = str(SAMPLES / "keras" / "overfitting.csv")


@pytest.mark.parametrize(
    "line",
    [
        'min_epoch = "3"',
        '[gap]\nweight = "0.3"',
        '[require]\nmin_epochs = "5"',
        '[require]\nallow_degraded = "false"',
        '[advice.early_stopping]\npoints = "0.2"',
    ],
)
def test_text_is_no_number_in_a_file(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy.toml").write_text(f"{line}\n")
    refused = command(capsys, "pick", LOG, "--policy", str(tmp_path / "policy.toml"))
    assert refused.code == 2 and line.split(' = "')[1].rstrip('"') in refused.err
    (tmp_path / "policy.toml").write_text(line.replace('"', "") + "\n")
    assert command(capsys, "pick", LOG, "--policy", str(tmp_path / "policy.toml")).code == 0


def test_text_is_a_number_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "pick", LOG, "--set", "gap.weight=0.3", "--set", "min_epoch=3", "--print", "epoch").code == 0
    assert command(capsys, "pick", LOG, "--set", "gap.weight=much").code == 2
