"""The validation loss jumps from epoch to epoch more than it changes over the run.

What it measures
    The wiggle of the logarithm of the validation loss in the second half of the run (standard deviation around its
    trend, from second differences).

Why it matters
    Which epoch is best is then partly luck, and one epoch earlier or later would have made another model.

Often right?
    Fires in 2 % of 2,158 training runs. Right, with thresholds of other data sets, in 69 % (95 % interval 61 to 78 %):
    the test loss jumped too, at least half as much. In 1,792 public runs on which nothing was chosen it fires in 3 %
    and is right in 69 % (95 % interval 52 to 82 %).

What to do
    Lower the learning rate towards the end, take larger batches, or average the weights of the last epochs. Judge by
    a smoothed curve (--rule moving_average).

Source
    T. Gasser, L. Sroka, C. Jennen-Steinmetz, Biometrika 73 (1986), for the noise of a curve.

Example
    selectmodel pick training.csv --set checks.unstable.wiggle=0.1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves, noise

CODE = "SM207"
LEVEL = "note"
#: Fewer validations than this in the second half show no wiggle of their own.
_ENOUGH = 6


def find(
    question: Question,
    pick: Pick,
    *,
    wiggle: Annotated[float, Setting("standard deviation of ln(loss) around its trend", low=0)] = 0.1,
) -> Iterator[Finding]:
    """One finding where the second half of the curve jumps by more than ``wiggle``."""
    loss = curves.loss(question)
    if loss is None or loss.n - loss.n // 2 < _ENOUGH:
        return
    half = loss.n // 2
    seen = noise.curve_noise(np.log(loss.values[half:]))
    if seen > wiggle:
        jump = float(np.expm1(noise.median(np.abs(np.diff(np.log(loss.values[half:]))))))
        yield Finding(
            f"{loss.name} moves up or down by {curves.percent(jump)} from one validation to the next (median of the "
            "second half): which epoch is best is partly luck",
            (int(loss.at[half]), int(loss.at[-1])),
            {"wiggle": seen, "validations": float(loss.n - half)},
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_loss(question, least=2 * _ENOUGH - 1)
