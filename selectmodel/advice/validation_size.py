"""A larger validation set: how many examples it takes to tell the epochs apart.

Formula
    Where the check `small_validation` fired: the number of examples at which the difference between the best epoch and
    the middle of those that cannot be told apart becomes significant (two-sided test of two shares at 95 %).

Use when
    many epochs cannot be told from the recommended one, and examples can be had or moved over.

Avoid when
    they would be taken from a training set that is too small already. Cross-validation is the way then.

Cost
    O(1).

Source
    The test is in selectmodel/stats/noise.py. Odds: test accuracy lost to the best epoch by validation size, rule
    aim_accuracy, 1,884 training runs with a test set; written by benchmarks/advice.

Example
    selectmodel advise training.csv --val-size 50
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.display.numbers import counted
from selectmodel.records import Advice
from selectmodel.stats import two_epochs


def advise(pasts: Sequence[Past]) -> Iterator[Advice]:
    """One piece of advice where the validation set is too small."""
    for past in pasts:
        finding, size = past.found("small_validation"), past.question.val_size
        if finding is None or size is None:
            continue
        needed = int(finding.evidence.get("needed", 0.0))
        rows = corpus.figures()["val_size"]
        ours = next(row for row in rows if size <= row["most"])
        larger = rows[-1]
        known = size < needed <= two_epochs.WORTH_SAYING
        takes = f" About {needed:,} would tell the best epochs apart." if known else ""
        message = f"Validate on more than {counted(size, 'example')}, if you can.{takes}"
        why = (
            f"{finding.code}: {finding.message}. On other runs the recommended epoch was {ours['regret']:g} percentage "
            f"points of test accuracy below the best one with a validation set of this size, {larger['regret']:g} with "
            f"more than {rows[-2]['most']}."
        )
        yield Advice(message, evidence={"needed": float(needed)}, why=why, worth=0.06 if ours is not larger else 0.0)
        return
