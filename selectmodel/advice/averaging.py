"""Average the last checkpoints: only where the last epoch is shipped and the learning rate never fell.

Formula
    Offered where the recommended epoch is among the last tenth, the learning rate is not known to fall and the run does
    not overfit: the mean of the weights of the last `last` checkpoints instead of the last one.

Use when
    training ends at a constant learning rate, where the last weights still jump about.

Avoid when
    the best epoch is picked: it was measured against the last epoch only. With a learning rate that falls to the end
    there is nothing left to average out.

Cost
    Reading `last` checkpoints.

Source
    P. Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, UAI 2018. Odds: the average
    of the last checkpoints against the last epoch, test data; written by benchmarks/advice.

Example
    selectmodel advise training.csv --set advice.averaging.last=10
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.frameworks import snippets
from selectmodel.records import Advice
from selectmodel.settings import Setting

#: Why pick does not end with it.
NOT_IN_PICK = "it is little, and only for the last epoch"


def advise(
    pasts: Sequence[Past],
    *,
    last: Annotated[int, Setting("checkpoints to average", low=2, high=100)] = 5,
) -> Iterator[Advice]:
    """One piece of advice where all of these runs end at their best and at a constant rate."""
    if not all(past.question.n >= 4 * last and past.share > 0.9 and _constant_rate(past) for past in pasts):
        return
    if any(past.found("overfitting", "diverged", "still_improving") for past in pasts):
        return
    known = corpus.figures()["averaging"]["constant_5"]
    gain, low, high = known["points"]
    fallen = corpus.figures()["averaging"]["decayed_5"]["points"][0]
    unknown = all(past.question.learning_rate is None for past in pasts)
    why = (
        f"On {known['runs'][0]:.0f} other runs with a constant learning rate the average of the last 5 was "
        f"{gain:+.2f} [{low:+.2f}, {high:+.2f}] percentage points of test accuracy better than the last epoch and "
        f"{-known['percent'][0]:.1f} % lower in test loss; with a learning rate that falls {fallen:+.2f} points. "
        "Against a picked epoch it was not measured."
        + (" This log does not tell the learning rate." if unknown else "")
    )
    message = f"If you ship the last epoch, ship the average of the last {last} checkpoints instead"
    files = _last_files(pasts[0], last) if len(pasts) == 1 else []
    named = f": {', '.join(Path(file).name for file in files)}." if files else "."
    snippet = snippets.averaging(pasts[0].framework, files)
    yield Advice(message + named, snippet, {"checkpoints": float(last)}, why=why)


def _last_files(past: Past, last: int) -> list[str]:
    """The checkpoints of the last validations, none where one of them has no file of its own."""
    files = [past.files.get(index, "") for index in range(past.question.n - last, past.question.n)]
    return files if all(files) else []


def _constant_rate(past: Past) -> bool:
    """Whether the learning rate never fell below nine tenths of its highest, as far as the log tells."""
    rate = past.question.learning_rate
    if past.found("lr_drop") is not None:
        return False
    finite = np.array([]) if rate is None else rate[np.isfinite(rate)]
    return not len(finite) or bool(finite[-1] >= 0.9 * finite.max())
