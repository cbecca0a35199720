"""Which setting matters is told, or not, of any settings and values that a log may hold; it always ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.commands.rank.questions import importance
from selectmodel.commands.rank.settings_axis import as_number
from selectmodel.stats.effects import effects

MANY = 40
LR = np.random.default_rng(3).uniform(size=MANY)


def sweep(folder: Path, settings: Callable[[int, float], dict[str, str | float]]) -> None:
    """Runs of which ``LR`` decides how good they are."""
    for at, lr in enumerate(LR):
        run = folder / f"run{at:02}"
        run.mkdir()
        rows = "".join(f"{epoch},{1 / (epoch + 1)},{(1 + lr) / (epoch + 1)}\n" for epoch in range(4))
        (run / "log.csv").write_text(f"epoch,train_loss,val_loss\n{rows}", encoding="utf-8")
        (run / "config.json").write_text(json.dumps(settings(at, lr)), encoding="utf-8")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e306, 1e200, 1e-200, 1e-315])
def test_values_of_any_size_are_told_apart(size: float) -> None:
    (low,), (high,) = np.quantile(effects([LR], LR * size), (0.02, 0.98), axis=0)
    assert 0.5 < low < high < 1.5


@pytest.mark.filterwarnings("error")
def test_of_a_setting_that_is_the_same_in_all_runs_nothing_is_due_to_it() -> None:
    same = importance._places([1, 1.0] * (MANY // 2))
    parts = effects([LR, same], LR)
    assert np.isfinite(parts).all() and not parts[:, 1].any()


def test_a_whole_number_beyond_all_numbers_is_a_name() -> None:
    assert as_number(10**400) is None and as_number(-(10**400)) is None and as_number(10**300) == 1e300
    assert importance._places([10**400, 1, 1, 10**400]).tolist() == [[0, 1], [1, 0], [1, 0], [0, 1]]


def test_infinity_has_its_place_among_numbers_and_what_is_none_is_a_name() -> None:
    assert importance._places([float("inf"), 2.0, 10.0, None]).tolist() == pytest.approx([1, 1 / 3, 2 / 3, 0])
    assert importance._places([float("nan"), 2.0, 10.0]).shape == (3, 3)


def test_of_names_that_each_run_has_for_itself_nothing_is_told(tmp_path: Path) -> None:
    sweep(tmp_path, lambda at, lr: {"remark": f"try {lr}", "net": "abc"[at % 3]})
    found = importance.importance(sm.rank(tmp_path))
    assert [row["setting"] for row in found.rows] == ["net"]
    assert found.said.endswith("; too many names to tell of: remark")


def test_which_names_are_too_many() -> None:
    assert importance._has_too_many([f"run {at}" for at in range(2_000)])
    assert importance._has_too_many([f"run {at % 61}" for at in range(2_000)])
    assert not importance._has_too_many([f"net {at % 12}" for at in range(40)])
    assert not importance._has_too_many(list(range(2_000)))


def test_no_part_of_the_variance_is_more_than_all_of_it(tmp_path: Path) -> None:
    sweep(tmp_path, lambda _, lr: {"lr": float(lr)})
    (row,) = importance.importance(sm.rank(tmp_path)).rows
    assert 0.5 < row["low"] <= row["importance"] <= row["high"] == 1.0
