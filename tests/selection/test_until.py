"""The conditions that a watched training is waited for by."""

from __future__ import annotations

import math

import numpy as np
import pytest
from questions import ask_of

from selectmodel.errors import UsageError
from selectmodel.records import Run, Series
from selectmodel.selection.until import Finished, NoBetter, Reached, not_logged, parse, reached


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no better for 20 epochs", NoBetter(20, "epochs")),
        (" No better  for 1 epoch ", NoBetter(1, "epochs")),
        ("no better by 0.001 for 5 validations", NoBetter(5, "validations", 0.001)),
        ("no better for 500 steps", NoBetter(500, "steps")),
        ("val_loss<0.3", Reached("val_loss", "<", 0.3)),
        ("val_loss <= .3", Reached("val_loss", "<=", 0.3)),
        ("metrics/mAP50(B) >= 1e-2", Reached("metrics/mAP50(B)", ">=", 0.01)),
        ("val acc>90", Reached("val acc", ">", 90.0)),
        ("finished", Finished()),
    ],
)
def test_what_is_meant(text: str, found: object) -> None:
    assert parse(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "no better", "no better for 0 epochs", "no better for ten epochs", "finish"),
        *("val_loss", "val_loss<", "<3", "val_loss<x", "val_loss<1e999"),
        "no better by 1e999 for 3 epochs",
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(UsageError, match="no better for 20 epochs"):
        parse(text)


EMPTY = Run("run", "run", "test", {})


@pytest.mark.parametrize(
    ("values", "by", "stops"),
    [
        ([5, 4, 3, 3, 3], 0.0, True),  # as Keras' patience of 2: two epochs without a new best
        ([5, 4, 3, 3], 0.0, False),
        ([5, 4, 3, 2.99, 2.98], 0.1, True),
        ([5, 4, 3, 2.99, 2.98], 0.0, False),
        ([5, math.nan, math.nan], 0.0, True),
        ([math.nan, math.nan, math.nan], 0.0, False),
        ([1, 2], 0.0, False),
    ],
)
def test_no_better_counts_as_patience_does(values: list[float], by: float, stops: bool) -> None:
    assert bool(reached(NoBetter(2, "epochs", by), EMPTY, ask_of(values))) is stops
    assert bool(reached(NoBetter(2, "validations", by), EMPTY, ask_of(values))) is stops


def test_where_a_log_has_no_epochs_they_are_not_counted() -> None:
    assert reached(NoBetter(1, "epochs"), EMPTY, ask_of([1, 2, 3, 4], epochs=[math.nan] * 4)) == ""


def test_a_value_that_was_reached_says_where() -> None:
    run = Run("run", "run", "test", {"val_loss": Series.of("val_loss", range(4), range(4), [0.5, np.nan, 0.3, 0.4])})
    question = ask_of([0.5, 0.3, 0.4])
    assert reached(parse("val_loss<0.35"), run, question) == "val_loss was 0.300 at epoch 2"
    assert reached(parse("val_loss<0.3"), run, question) == ""
    assert reached(parse("val_loss<=0.3"), run, question) != ""
    assert reached(parse("val_los<0.35"), run, question) == ""
    assert "val_loss" in not_logged(parse("val_los<0.35"), run)
    assert not_logged(parse("val_loss<0.35"), run) == not_logged(Finished(), run) == ""
    assert reached(Finished(), run, question) == ""
