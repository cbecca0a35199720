"""What a rule picks, by its defaults, on small invented logs: figures in the package are stale once this changes.

The behaviour is compared, not the source: a rule may be rewritten, or moved, and keep its figures.
"""

from __future__ import annotations

import hashlib
import math
import random
from functools import cache

from selectmodel import registry
from selectmodel.policy.policy import Policy
from selectmodel.records import Question, Run, Series
from selectmodel.selection import expected
from selectmodel.selection.question import ask
from selectmodel.stats import two_epochs

LOGS = 60


def fingerprint(rule: str) -> str:
    """Sixteen hexadecimal digits of the picks of a rule, on val_loss and on val_accuracy."""
    function = registry.load("rules", rule).pick
    picks = []
    for seed in range(LOGS):
        for metric in ("val_loss", "val_accuracy"):
            picks.append(function(_asked(seed, metric)).index)
    return hashlib.sha256(repr(picks).encode()).hexdigest()[:16]


@cache
def _asked(seed: int, metric: str) -> Question:
    """The same for every rule; nothing in it can be changed."""
    return ask(_invented(seed), Policy(metric=metric)).question


def of_certainty() -> str:
    """Sixteen hexadecimal digits of what is said of how certain a choice is, on the same logs, by sure.md."""
    told = []
    for seed in range(LOGS):
        question = ask(_invented(seed), Policy(aim="accuracy")).question
        pick = registry.load("rules", "aim_accuracy").pick(question)
        assert pick.index is not None
        told.append((question.val_size, question.fewest, pick.alike))
        if question.val_size:
            pair, _ = two_epochs.shipped(question, (pick.index, question.n - 1))
            chance = expected.chance(question, "val_accuracy", "accuracy", pick.index)
            told.append((f"{pair.shipped_is_better(question.val_size) if pair else 0:.4f}", f"{chance or 0:.4f}"))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _invented(seed: int) -> Run:
    """A run that learns, then overfits, on 40 to 1,000 validation examples; :mod:`random` is alike everywhere."""
    draw = random.Random(seed)
    epochs, size = draw.randint(20, 120), draw.choice((40, 100, 200, 500, 1000))
    rate, turn, ceiling = draw.uniform(3, 30), draw.uniform(0.2, 0.9) * epochs, draw.uniform(0.6, 0.95)
    rows: list[tuple[float, ...]] = []
    for t in range(epochs):
        learnt = 1 - math.exp(-t / rate)
        worse = max(0.0, t - turn) / epochs
        right = 0.4 + (ceiling - 0.4) * learnt - 0.05 * worse + draw.uniform(-1, 1) / math.sqrt(size)
        right = round(min(max(right, 0.0), 1.0) * size) / size
        loss = (1.2 - learnt + worse) * math.exp(draw.uniform(-1, 1) / 10)
        rows.append((1.2 - learnt * 1.1, min(1.0, 0.4 + 0.6 * learnt), loss, right))
    numbers = list(range(1, epochs + 1))
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    series = {
        name: Series.of(name, numbers, numbers, values)
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    return Run(name=f"invented {seed}", source=f"invented {seed}", format="corpus", series=series)
