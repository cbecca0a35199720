"""Layouts that people met: one row a split, downloads from pages, cells in percent; each with its right answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

LOGS = Path(__file__).parent / "logs"


@pytest.mark.parametrize(
    ("log", "flags", "printed", "answer"),
    [
        ("one_row_a_split/clm.csv", [], "step", "69"),
        ("one_row_a_split/clm_val_first.csv", [], "step", "69"),
        ("one_row_a_split/clm_val_first.csv", [], "epoch", "6"),
        ("one_row_a_split/metrics.csv", [], "epoch", "7"),
        ("one_row_a_split/log_headerless.csv", [], "epoch", "11"),
        ("downloads/run-validation-tag-epoch_loss.csv", [], "epoch", "15"),
        ("downloads/wandb_export.csv", [], "step", "15"),
        ("downloads/wandb_lightning.csv", [], "step", "799"),
        ("downloads/wandb_two_runs.csv", ["--run", "run-a"], "step", "15"),
        ("percent_cells/percent.csv", [], "epoch", "32"),
    ],
)
def test_the_right_epoch_is_chosen(
    log: str, flags: list[str], printed: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, "pick", LOGS / log, *flags, "--print", printed)
    assert (done.code, done.out.strip()) == (0, answer), done.err


def test_a_metric_that_mixes_splits_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "pick", LOGS / "one_row_a_split/clm_val_first.csv", "--metric", "value:min")
    assert done.code == 2
    assert "Ship" not in done.out


@pytest.mark.parametrize(
    "text", ["epoch\n0\n0\n1\n", "step\tepoch\n49\t0\n99\t1\n99\t1\n", "epoch,time\n0,00:10\n0,00:11\n1,00:12\n"]
)
@pytest.mark.parametrize("words", [["pick"], ["inspect"], ["gate", "--min", "a=1"]])
def test_nothing_but_an_axis_cannot_be_judged(
    text: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "epoch.csv"
    path.write_text(text)
    done = command(capsys, words[0], path, *words[1:])
    assert done.code == 3
    assert "no column holds numbers to judge by" in done.out + done.err
