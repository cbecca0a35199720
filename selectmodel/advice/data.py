"""Check the data before training again: examples in both sets, wrong labels, a broken metric.

Formula
    Tied to the checks `too_good`, `val_better_than_train` and `constant`. Wrong labels are suspected where validation
    beats training at the best epoch by `margin` and training passes validation later while validation falls.

Use when
    a curve looks better or odder than training can explain.

Avoid when
    dropout, augmentation or running means explain it: they make training look worse than validation.

Cost
    O(n) for n validations; the snippet reads each example once.

Source
    What networks do with wrong labels: C. Zhang et al., Understanding deep learning requires rethinking generalization,
    2017. How often the suspicion was right: runs with known label noise; written by benchmarks/advice.

Example
    selectmodel advise training.csv --set advice.data.margin=0.1
    suspects wrong labels only where validation beats training by ten points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.advice.hindsight.label_noise import suspected
from selectmodel.frameworks import snippets
from selectmodel.records import Advice
from selectmodel.settings import Setting


def advise(
    pasts: Sequence[Past],
    *,
    margin: Annotated[
        float, Setting("lead of validation over training from which labels are suspected", low=0, high=1)
    ] = 0.05,
) -> Iterator[Advice]:
    """What to look at, the likeliest harm first."""
    for past in pasts:
        whose = "" if len(pasts) == 1 else f"{past.name}: "
        good = past.found("too_good", "val_better_than_train")
        if good is not None:
            leak = good.check == "too_good"
            yield Advice(
                f"{whose}Look for training examples in the validation set before you trust this run.",
                snippets.shared_examples(),
                why=f"{good.code}: {good.message}. The snippet finds exact copies only; near copies, other crops and "
                "the same person or document in both sets have to be looked for by hand.",
                worth=1.0 if leak else 0.0,
            )
        broken = past.found("constant")
        if broken is not None:
            yield Advice(
                f"{whose}Check how the metric is computed.", why=f"{broken.code}: {broken.message}.", worth=0.5
            )
        noisy = suspected(past, margin)
        if noisy is not None:
            known = corpus.figures()["label_noise"]
            yield Advice(
                f"{whose}Look for wrong labels among the training examples with the highest loss at the best epoch.",
                evidence={
                    "train": noisy.train,
                    "val": noisy.val,
                    "train end": noisy.train_end,
                    "val end": noisy.val_end,
                },
                why=f"Where validation was best ({noisy.val:.3f}) training was at {noisy.train:.3f}; it then rose to "
                f"{noisy.train_end:.3f} while validation fell to {noisy.val_end:.3f} (means of up to 5 validations). "
                f"Of {known['fired']:.0f} other runs that did so, {100 * known['right']:.0f} % had wrong training "
                f"labels ({100 * known['base']:.0f} % of all).",
                worth=0.15,
            )
