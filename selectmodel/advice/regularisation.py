"""Regularise: what weight decay and dropout did for runs that overfit.

Formula
    Offered where the check `overfitting` fired. What it did elsewhere is the mean difference between runs of the same
    dataset and network, trained side by side with and without, with a 95 % interval over datasets.

Use when
    the validation loss ends well above its minimum.

Avoid when
    the fit broke down instead (training loss rises too): lower the learning rate.

Cost
    O(1); a training to try it.

Source
    Runs trained side by side on 30 datasets; written by benchmarks/advice. Weight decay of 0.001 or more; small
    networks, so the sizes of the effects may differ for large ones.

Example
    selectmodel advise training.csv --set advice.regularisation.weight_decay=0.05
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.frameworks import snippets
from selectmodel.records import Advice
from selectmodel.settings import Setting


def advise(
    pasts: Sequence[Past],
    *,
    weight_decay: Annotated[float, Setting("weight decay in the snippet", low=0, high=10)] = 0.01,
) -> Iterator[Advice]:
    """One piece of advice where a run overfits."""
    found = [(past, finding) for past in pasts if (finding := past.found("overfitting")) is not None]
    overfit = [(past, finding) for past, finding in found if not finding.evidence.get("broke down")]
    if not overfit or any(past.found("diverged") for past, _ in overfit):
        return
    past, finding = overfit[0]
    effects = corpus.figures()["effects"]
    decay, dropout = effects["weight_decay"], effects["dropout"]
    why = (
        f"{finding.code}: {finding.message}. Among runs trained side by side, weight decay changed the best test "
        f"accuracy by {_interval(decay['best_acc'])} percentage points and the share that overfits by "
        f"{_interval(decay['overfits'])}; dropout by {_interval(dropout['best_acc'])} and "
        f"{_interval(dropout['overfits'])}: it prevents overfitting better than it finds a better epoch."
    )
    whose = "This run" if len(pasts) == 1 else past.name
    message = f"{whose} overfits: try weight decay first, then dropout."
    code = snippets.weight_decay(past.framework or "keras", weight_decay)
    yield Advice(message, code, why=why, worth=0.02)


def _interval(values: Sequence[float]) -> str:
    return f"{values[0]:+.1f} [{values[1]:+.1f}, {values[2]:+.1f}]"
