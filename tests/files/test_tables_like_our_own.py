"""A user's table is read whatever its columns are called; of our own only what we wrote is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel
from selectmodel.files import own_outputs

HEAD = "epoch,mean,standard_error,min,max\n"


@pytest.mark.parametrize(
    "rows",
    [
        "1,0.50,0.1,0.40,0.70\n2,0.45,0.1,0.30,0.60\n3,0.47,0.1,0.31,0.61\n",
        "1,0.55,0.1,0.40,0.70\n2,0.45,0.1,0.30,0.60\n3,0.46,0.1,0.31,0.61\n",
        "1,0.50,,0.40,0.70\n2,0.45,0.1,0.30,0.60\n",
        "1,nan,0.1,0.40,0.70\n2,0.45,0.1,0.30,0.60\n",
    ],
)
def test_a_log_of_means_is_read(rows: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(HEAD + rows, encoding="utf-8")
    assert not own_outputs.is_one(file.read_bytes())
    assert selectmodel.read(file).series


def test_a_table_of_the_mean_of_runs_is_ours() -> None:
    rows = "1,0.5,0.1,0.4,0.6\n2,0.25,0.05,0.2,0.3\n"
    assert own_outputs.is_one((HEAD + rows).encode())
    assert own_outputs.is_one((HEAD + rows + "3,0.2").encode()[:-3]), "cut off where the first bytes end"


@pytest.mark.parametrize("head", ["checkpoint,loss,gain", "loss,mean,standard_error,a,b"])
def test_an_axis_is_an_epoch_or_a_step(head: str) -> None:
    assert not own_outputs.is_one(f"{head}\n1,0.5,0.1\n".encode())
