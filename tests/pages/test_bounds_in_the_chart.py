"""The chart of a verdict: a line across at each bound, with its outcome in words, beside the picked epoch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from places import SAMPLES

import selectmodel as sm

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

LOG = SAMPLES / "keras" / "overfitting.csv"


def rows(spec: Any) -> list[dict[str, Any]]:
    """Every row of data in a chart."""
    if isinstance(spec, dict):
        here = spec["values"] if isinstance(spec.get("values"), list) else []
        return [*here, *(row for value in spec.values() for row in rows(value))]
    return [row for value in spec for row in rows(value)] if isinstance(spec, list) else []


def drawn(*conditions: dict[str, Any], **more: Any) -> dict[str, list[tuple[str, float]]]:
    """The lines across the panel of each metric: their words and their heights."""
    found = {}
    for panel in sm.gate(LOG, conditions=conditions, **more).panels():
        spec = panel.spec()
        lines = {(row["words"], row["y"]) for row in rows(spec) if "words" in row}
        found[spec["title"]] = sorted(lines)
        assert any("the pick (epoch 12)" in str(row.get("line")) for row in rows(spec))
        for words, _ in lines:
            assert words.rpartition(" ")[2] in panel.caption
    return found


def test_each_bound_is_a_line_in_the_panel_of_its_metric() -> None:
    bounds = drawn(
        {"metric": "val_accuracy", "min": 0.95},
        {"metric": "val_loss", "max": 0.5},
        {"metric": "accuracy", "min": 0.7, "split": "train"},
    )
    assert bounds == {
        "val_accuracy": [("≥ 0.95 fail", 0.95)], "val_loss": [("≤ 0.5 pass", 0.5)], "accuracy": [("≥ 0.7 pass", 0.7)],
    }  # fmt: skip


def test_what_a_baseline_asks_for_is_a_line_too() -> None:
    bounds = drawn(
        {"metric": "val_accuracy", "max_worse": "1%"}, baseline=SAMPLES / "cycles" / "cycle2.csv", val_size=500
    )
    ((words, height),) = bounds["val_accuracy"]
    assert words == "≥ 0.921 fail" and height == pytest.approx(0.93 * 0.99)


def test_what_could_not_be_judged_is_no_line() -> None:
    assert drawn({"metric": "accuracy", "min": 0.7})["val_accuracy"] == []


def test_words_of_bounds_that_lie_close_are_apart() -> None:
    verdict = sm.gate(LOG, conditions=[{"metric": "val_accuracy", "min": at} for at in (0.9, 0.901, 0.902)])
    panel = next(iter(verdict.panels()))
    marks = [layer["mark"] for layer in panel.spec()["layer"]]
    moved = [mark["dy"] for mark in marks if isinstance(mark, dict) and "dy" in mark]
    assert moved[0] == 0 and all(after - before > 13 for before, after in pairwise(moved))


def test_a_bound_that_has_no_logarithm_leaves_its_panel_without_that_scale() -> None:
    verdict = sm.gate(LOG, conditions=[{"metric": "val_loss", "max": 0.0}])
    assert [panel.log for panel in verdict.panels()] == [False, False]
    verdict.plot(log=True).to_dict(validate=True)
