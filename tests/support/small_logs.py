"""Small logs of every shape that a sentence may be said of: for laws that recompute the sentence from the log."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from questions import ask_of

from selectmodel.records import Question

#: A curve as whole numbers of its last decimal, as an adversary would write it.
_WRITTEN = st.lists(st.integers(1, 60), min_size=1, max_size=16)


def _loss(random: np.random.Generator, kind: str, n: int) -> Any:
    t = np.arange(n)
    noise = random.normal(0, random.choice([0.0, 0.003, 0.03, 0.15]), n)
    fall = random.uniform(0.2, 1.5) * np.exp(-t / random.uniform(1, 12))
    rise = random.uniform(0, 0.08) * np.maximum(0, t - random.integers(0, n))
    shapes = {
        "falls": 0.4 + fall,
        "turns": 0.4 + fall + rise,
        "twice": 0.4 + fall + random.uniform(0, 0.9) * np.exp(-(((t - n / 2) / (1 + n / 8)) ** 2)),
        "steps": np.repeat(random.uniform(0.2, 1, n), random.integers(1, 6))[:n],
        "flat": np.full(n, 0.7) + (t < random.integers(0, n + 1)) * 0.1,
        "jumps": 0.5 * np.exp(random.normal(0, 0.4, n)),
        "explodes": 0.1 * random.uniform(1, 1.6) ** t,
    }
    return np.abs(shapes[kind] + noise * (kind != "flat")) + 1e-3


def _score(random: np.random.Generator, kind: str, n: int) -> Any:
    t = np.arange(n)
    noise = random.normal(0, random.choice([0.0, 0.003, 0.02, 0.1]), n)
    shapes = {
        "grows": 0.9 - 0.5 * np.exp(-t / random.uniform(1, 9)),
        "full": np.minimum(1, 0.5 + t / random.uniform(2, 12)),
        "nearly": np.where(random.random(n) < 0.8, random.choice([1.0, 0.9996, 0.9999]), random.uniform(0.4, 1, n)),
        "sinks": 0.9 - random.uniform(0, 0.02) * t,
        "spike": np.where(t == random.integers(0, n), 0.98, 0.8),
        "flat": np.full(n, 0.5),
    }
    return np.clip(shapes[kind] + noise * (kind not in ("flat", "nearly", "full")), 0, 1)


KINDS_OF_LOSS = ("falls", "turns", "twice", "steps", "flat", "jumps", "explodes")
KINDS_OF_SCORE = ("grows", "full", "nearly", "sinks", "spike", "flat")


@st.composite
def small_questions(draw: st.DrawFn) -> Question:
    """1 to 45 validations with losses, scores and a learning rate, some of them rounded or not always logged."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    written = draw(st.none() | st.none() | _WRITTEN)
    n = len(written) if written else draw(st.integers(1, 45))
    decimals = draw(st.sampled_from([2, 3, 4, 15]))
    loss = np.array(written) / 50 if written else _loss(random, draw(st.sampled_from(KINDS_OF_LOSS)), n)
    train = _loss(random, draw(st.sampled_from(KINDS_OF_LOSS)), n) * random.choice([0.2, 1.0, 1.5])
    if draw(st.booleans()):  # a floor, with some wiggle
        train = np.maximum(train, 0.3) + random.normal(0, 0.002, n)
    score = _score(random, draw(st.sampled_from(KINDS_OF_SCORE)), n)
    size = draw(st.sampled_from([None, 20, 120, 900]))
    if size:
        score = np.round(score * size) / size
    learnt = _score(random, draw(st.sampled_from(KINDS_OF_SCORE)), n)
    unit = draw(st.sampled_from([1.0, 1.0, 100.0]))
    columns = [np.round(column, decimals) for column in (loss, train, score * unit, learnt * unit)]
    gaps = draw(st.sampled_from([0.0, 0.0, 0.3]))
    missing = [np.where(random.random(n) < gaps, np.nan, column) for column in columns]
    rate = np.where(np.arange(n) < random.integers(0, n + 1), 0.1, 0.01)
    by_loss = draw(st.booleans())
    monitored = columns[0] if by_loss else columns[2]
    apart = draw(st.sampled_from([1, 1, 5]))
    return ask_of(
        monitored,
        "min" if by_loss else "max",
        val_loss=missing[0],
        val_score=missing[2],
        companions={"loss": missing[1], "accuracy": missing[3]},
        train_loss="loss",
        train_score="accuracy",
        split="val",
        val_size=size,
        score_kind="counts",
        learning_rate=rate,
        epochs=apart * np.arange(n) + draw(st.sampled_from([0, 1])),
        timeline=np.repeat(np.arange(n), 1)
        if apart == 1
        else np.where(np.arange(5 * n) % 5 == 0, np.arange(5 * n) // 5, -1),
    )
