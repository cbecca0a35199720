"""Validation loss rises while validation accuracy goes on improving: which to believe for what.

What it measures
    From the lowest smoothed validation loss to the highest smoothed validation accuracy after it: by how much the loss
    has risen and the accuracy improved. Both must be more than a trifle: the accuracy half a standard error.

Why it matters
    The network gets more answers right, and is surer of its wrong ones. Stopping at the lowest loss gives accuracy
    away; shipping the highest accuracy ships probabilities that claim too much.

Often right?
    Fires in 20 % of 2,158 training runs. Right, with thresholds of other data sets, in 78 % (95 % interval 69 to 85 %):
    test accuracy was higher at the later epoch. In 1,792 public runs on which nothing was chosen it fires in 24 % and
    is right in 88 % (95 % interval 79 to 93 %).

What to do
    For right answers take the later epoch (--aim accuracy), for probabilities the lowest loss (--aim loss), for both
    --aim both. Or take the later one and calibrate it by temperature scaling on validation data.

Source
    C. Guo et al., On Calibration of Modern Neural Networks, 2017.

Example
    selectmodel pick training.csv --aim accuracy
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM203"
LEVEL = "note"
#: How often test accuracy was higher at the later epoch; "right" in measured.json.
_ODDS = "4 of 5"
#: Number of validation examples taken where it is not known.
_UNKNOWN = 200


def find(
    question: Question,
    pick: Pick,
    *,
    rise: Annotated[float, Setting("rise of the loss, as a share of its minimum", low=0)] = 0.05,
    gain: Annotated[float, Setting("gain of the accuracy, in standard errors", low=0)] = 0.5,
) -> Iterator[Finding]:
    """One finding where the loss had risen and the accuracy grown by the time the accuracy was highest."""
    loss, score = curves.loss(question), curves.score(question)
    if loss is None or score is None:
        return
    bottom = int(loss.at[loss.lowest()])
    later = np.flatnonzero(score.at >= bottom)
    if len(later) < 2:
        return
    before, best = float(score.smooth[later[0]]), int(later[np.argmax(score.smooth[later])])
    top = int(score.at[best])
    gained = float(score.smooth[best]) - before
    lowest, there = float(loss.smooth.min()), float(np.interp(top, loss.at, loss.smooth))
    size = question.val_size or _UNKNOWN
    error = 0.5 / np.sqrt(size)
    if not (there / lowest - 1 > rise and gained > gain * error):
        return
    yield Finding(
        f"after {place(question, bottom)} {loss.name} rises by {curves.percent(there / lowest - 1)}, yet {score.name} "
        f"gains {curves.points(gained)} by {place(question, top)}{curves.averaged(loss, score)}: for right "
        f"answers believe {score.name} (right in {_ODDS} such runs), for probabilities {loss.name}",
        (bottom, top),
        {"rise of the loss": there / lowest - 1, "gain of the score": gained, "standard error": float(error)},
    )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_loss(question) or curves.lacking_score(question)
