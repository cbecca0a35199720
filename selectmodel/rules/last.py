"""The last validation, which is what training leaves on disk.

Formula
    the last allowed validation that has the monitored metric.

Use when
    the schedule decays to zero and nothing overfits, or to see what choosing an epoch gains over not choosing.

Avoid when
    the validation loss rises at the end: then its test loss lies far above the lowest one, as the table below shows.

Cost
    O(n) for n validations.

Source
    what a framework leaves without a checkpoint callback (Keras `fit`, Lightning `last.ckpt`). The figures below are
    written by benchmarks/decisions.

Example
    selectmodel pick training.csv --rule last
    ships the last epoch of the log.
"""

from __future__ import annotations

import numpy as np

from selectmodel.records import Pick, Question

LUCK = 0.0, 0.0
SHOWN = "always"


def pick(question: Question) -> Pick:
    """The last allowed candidate."""
    allowed = np.flatnonzero(question.allowed)
    if len(allowed) == 0:
        return Pick(None, f"no {question.monitor} to choose from")
    index = int(allowed[-1])
    return Pick(index, f"last validation with {question.monitor}", {question.monitor: float(question.values[index])})
