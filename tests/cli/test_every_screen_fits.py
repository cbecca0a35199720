"""Every command on 40 to 200 columns: no line is wider, no number is cut, and a 90 % stays beside its range."""

from __future__ import annotations

import re

import pytest
from cli import command
from places import ROOT

from selectmodel.display.epochs import place_of

LOG = "sample_logs/keras/overfitting.csv"
CYCLES = [f"sample_logs/cycles/cycle{number}.csv" for number in (1, 2, 3)]
FILES = [f"sample_logs/cycles/cycle{number}_predictions.csv" for number in (2, 3)]
COMMANDS = {
    "pick": ["pick", LOG],
    "all rules": ["pick", LOG, "-v"],
    "between": ["pick", LOG, "--between", "10,20"],
    "gate": ["gate", LOG, "--min", "val_accuracy=0.9", "--max", "val_loss=0.3"],
    "compare": ["compare", *CYCLES],
    "predictions": ["compare", *CYCLES[1:], "--predictions", *FILES],
    "seeds": ["compare", "--group", "old=sample_logs/cycles/seeds/old", "--group", "new=sample_logs/cycles/seeds/new"],
    "rank": ["rank", "sample_logs/sweep", "--no-cache"],
    "inspect": ["inspect", LOG],
    "rules": ["rules"],
    "checks": ["checks"],
    "explain": ["explain", "gap"],
}
#: Such lines are there to be copied, and are never broken.
WHOLE = ("more: ", "Ship ", "file  ")


@pytest.mark.parametrize("columns", [40, 47, 59, 60, 71, 80, 100, 120, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_it_fits(name: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", str(columns))
    done = command(capsys, *COMMANDS[name])
    assert done.code in (0, 1), done.err
    lines = done.out.splitlines()
    assert [line for line in lines if len(line) > columns and not line.startswith(WHOLE)] == []
    assert not [line for line in lines if re.search(r"\w…|…\w", line) and "=…" not in line]
    assert not [line for line in lines if line.endswith(("(90 %:", " ±", "90"))]
    assert (
        not re.search(r"(?<!percentage )(?<!% )(?<!more )\bpoints\b(?! of| to)|new data", done.out) or name == "explain"
    )


def test_a_step_that_stands_for_none_is_not_told() -> None:
    assert place_of(5.0, -1) == "epoch 5" and place_of(5.0, 0) == "epoch 5, step 0" and place_of(None, 7) == "step 7"
