"""Builds the questions that tests ask of rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from selectmodel.records import Goal, Question, frozen
from selectmodel.settings import Option


def ask_of(
    values: ArrayLike,
    goal: Goal = "min",
    *,
    monitor: str | None = None,
    train: ArrayLike | None = None,
    val_loss: ArrayLike | None = None,
    val_score: ArrayLike | None = None,
    epochs: ArrayLike | None = None,
    steps: ArrayLike | None = None,
    allowed: ArrayLike | None = None,
    has_file: ArrayLike | None = None,
    val_size: int | None = None,
    timeline: ArrayLike | None = None,
    companions: Mapping[str, ArrayLike] | None = None,
    learning_rate: ArrayLike | None = None,
    **more: Any,
) -> Question:
    """A question about ``values``, which are ``val_loss`` (goal min) or ``val_accuracy`` (goal max) if not named.

    ``train``, ``val_loss`` and ``val_score`` are (n,) companions of the same candidates; the monitor takes the place of
    val_loss or val_score itself. ``more`` are other fields of Question. Every finite value is allowed, every candidate
    has a file, epochs count from 0 and all were validated, unless told otherwise.
    """
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    name = monitor or ("val_loss" if goal == "min" else "val_accuracy")
    known = {key: frozen(column) for key, column in (companions or {}).items()}
    twin = "train_" + name.removeprefix("val_") if train is not None else None
    for key, column in ((twin, train), ("val_loss", val_loss), ("val_accuracy", val_score)):
        if key is not None and column is not None and key != name:
            known[key] = frozen(column)
    wanted = np.isfinite(array) & (True if allowed is None else np.asarray(allowed, dtype=bool))
    cost = np.where(wanted, array if goal == "min" else -array, np.inf)
    goals: dict[str, Goal] = {key: "min" if "loss" in key else "max" for key in known}
    if twin is not None:
        goals[twin] = goal
    present = {name, *known}
    return Question(
        monitor=name,
        goal=goal,
        epochs=frozen(range(n) if epochs is None else epochs),
        steps=frozen(range(n) if steps is None else steps, np.int64),
        values=frozen(array),
        cost=frozen(cost),
        allowed=frozen(wanted, np.bool_),
        has_file=frozen(np.ones(n) if has_file is None else has_file, np.bool_),
        companions=known,
        goals=goals,
        train_twin=twin,
        val_loss="val_loss" if "val_loss" in present else None,
        val_score="val_accuracy" if "val_accuracy" in present else None,
        val_size=val_size,
        timeline=frozen(range(n) if timeline is None else timeline, np.int64),
        learning_rate=None if learning_rate is None else frozen(learning_rate),
        **more,
    )


def refused(option: Option) -> list[Any]:
    """Values just outside of what a setting takes."""
    wrong: list[Any] = [["a", 1]] if option.kind is tuple else [object()]
    if option.choices:
        wrong.append("no-such-choice")
    if option.low is not None:
        wrong.append(option.kind(option.low - 1))
    if option.high is not None:
        wrong.append(option.kind(option.high + 1))
    return wrong + ([math.nan, math.inf] if option.kind is float else [])
