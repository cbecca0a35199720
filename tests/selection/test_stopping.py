"""What early stopping would do is what Keras' EarlyStopping does on the same values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from questions import ask_of

from selectmodel.frameworks import keras
from selectmodel.policy.policy import Policy
from selectmodel.records import Goal
from selectmodel.selection.stopping import usual_patience, would_stop

VALUES = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=1, max_size=40)


@given(
    values=VALUES,
    patience=st.integers(1, 8),
    min_delta=st.sampled_from([0.0, 0.15]),
    goal=st.sampled_from(["min", "max"]),
)
def test_it_stops_where_keras_stops(values: list[float], patience: int, min_delta: float, goal: str) -> None:
    found = would_stop(ask_of(values, goal=goal), patience, min_delta=min_delta)
    assert found is not None
    done = keras.early_stopping(
        values, [True] * len(values), range(len(values)), goal=goal, patience=patience, min_delta=min_delta
    )  # fmt: skip
    assert found.stopped is (done.stop is not None)
    if done.stop is not None:
        assert found.at == done.stop
    assert found.best == done.best and found.at == found.best + patience


def test_what_is_counted() -> None:
    asked = ask_of([0.5, 0.4, 0.6])
    half = dataclasses.replace(asked, epochs=np.array([0.5, 1.0, 1.5]), steps=np.array([100, 200, 300]))
    epoch, validation, step = (would_stop(half, 200, unit) for unit in ("epoch", "validation", "step"))
    assert epoch is not None and (epoch.best, epoch.at) == (1.0, 201.0)
    assert validation is not None and (validation.best, validation.at) == (2.0, 202.0)
    assert step is not None and (step.best, step.at) == (200.0, 400.0)
    unknown = dataclasses.replace(asked, epochs=np.full(3, np.nan))
    assert would_stop(unknown, 2, "epoch") is None
    counted = would_stop(unknown, 2)
    assert counted is not None and (counted.unit, counted.best, counted.at) == ("validation", 2.0, 4.0)


def test_values_that_are_none_do_not_count() -> None:
    assert would_stop(ask_of([float("nan")] * 3), 2) is None


@pytest.mark.parametrize(("goal", "patience"), [("min", 20), ("max", 30)])
def test_the_usual_patience(goal: Goal, patience: int) -> None:
    asked = ask_of([0.5, 0.4], goal=goal)
    assert usual_patience(asked, Policy()) == patience
    assert usual_patience(asked, Policy(rules={"patience": {"patience": 7}})) == 7
