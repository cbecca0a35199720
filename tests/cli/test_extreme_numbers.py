"""Numbers at the end of what a float holds: no command breaks off, and nothing but its own words is on the screen."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from selectmodel.cli.main import run

TINY, HUGE = ["5e-324", "1e-320", "1e-300"], ["1.7e308", "1e308", "3.4e38"]
COLUMNS = {
    "tiny": ([TINY, TINY], ["val_loss", "train_loss"]),
    "huge": ([HUGE, HUGE], ["val_loss", "train_loss"]),
    "falls from huge to tiny": ([["1e300", "1e10", *TINY], ["1e300", "0.5", *TINY]], ["val_loss", "train_loss"]),
    "rises from tiny to huge": ([["1e-320", "1e-320", "1.7e308"], ["1e-320", "1.0", "1.7e308"]], ["val_loss", "loss"]),
    "scores of any size": ([[*HUGE, *TINY], [*TINY, "0.5"]], ["val_reward", "val_loss"]),
    "jumps of unit": ([["100.0", "1e-320", "90.0", "5e-324"], ["1", "2"]], ["val_accuracy", "val_loss"]),
    "one value of many": ([["1.7e308"], ["1.7e308"]], ["val_loss", "val_r2"]),
}
COMMANDS = (["pick"], ["pick", "--val-size", "2"], ["advise"], ["inspect"], ["gate", "--max", "val_loss=1e-300"])


def log(folder: Path, columns: list[list[str]], names: list[str]) -> Path:
    cycled = [itertools.cycle(column) for column in columns]
    rows = [",".join([str(e), *(next(column) for column in cycled)]) for e in range(24)]
    path = folder / "log.csv"
    path.write_text("\n".join([",".join(["epoch", *names]), *rows, ""]), "utf-8")
    return path


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(("columns", "names"), COLUMNS.values(), ids=list(COLUMNS))
def test_no_command_breaks_off(
    tmp_path: Path, columns: list[list[str]], names: list[str], arguments: list[str]
) -> None:
    command, *options = arguments
    assert run([command, str(log(tmp_path, columns, names)), *options]) in (0, 1, 2, 3)


@pytest.mark.parametrize(("columns", "names"), COLUMNS.values(), ids=list(COLUMNS))
@pytest.mark.parametrize("more", [[], ["--metric", "val_loss:max"]])
def test_a_policy_is_written_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: list[list[str]], names: list[str], more: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = log(tmp_path, columns, names)
    assert run(["pick", str(path), *more]) in (0, 2, 3)
    if run(["init", str(path)]) == 0:
        assert run(["init", "--check"]) == 0
