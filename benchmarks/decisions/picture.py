"""One picture: what the rules lose in accuracy, and how that depends on the size of the validation set."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from corpus import SIZES
from scored import Scored

#: Rules on the left panel: their defaults, and the early stopping that people use.
MOST = 26


def draw(scored: Scored, file: Path) -> None:
    """Left: points lost by each rule with its interval; right: the same by size of the validation set."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 6.5), width_ratios=(3, 2), layout="constrained")
    places = [
        place
        for place, variant in enumerate(scored.variants)
        if not variant.settings or (variant.rule == "keras" and variant.metric == "val_loss")
    ]
    means = {place: scored.mean(scored.points, place) for place in places}
    shown = sorted(places, key=lambda place: -means[place].mean)[-MOST:]
    for row, place in enumerate(shown):
        mean, ours = means[place], scored.variants[place].rule.startswith("aim_")
        error = [[mean.mean - mean.low], [mean.high - mean.mean]]
        colour = "tab:blue" if ours else "0.45"
        left.errorbar(mean.mean, row, xerr=error, fmt="o", color=colour, capsize=2, markersize=4)
    left.set_yticks(range(len(shown)), [scored.variants[place].name for place in shown], fontsize=8)
    left.set_xlabel("test accuracy lost to the best epoch, points (95 % interval)")
    left.set_xlim(left=0)
    left.grid(axis="x", alpha=0.3)
    for rule, metric in (
        ("best", "val_loss"),
        ("best", "val_accuracy"),
        ("moving_average", "val_accuracy"),
        ("aim_both", "val_accuracy"),
        ("aim_accuracy", "val_accuracy"),
    ):
        place = scored.column(rule, metric)
        lost = [scored.mean(scored.points, place, scored.within(size)).mean for size in SIZES]
        right.plot(np.arange(len(SIZES)), lost, "o-", label=scored.variants[place].name)
    right.set_xticks(range(len(SIZES)), SIZES)
    right.set_xlabel("validation examples")
    right.set_ylabel("test accuracy lost, points")
    right.set_ylim(bottom=0)
    right.grid(alpha=0.3)
    right.legend(fontsize=8)
    figure.savefig(file, dpi=110, metadata={"Software": None})
    plt.close(figure)
