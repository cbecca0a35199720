"""The best value stands alone: on data like the validation set expect less.

What it measures
    How far the best value of the monitored metric, of the validation loss and score, lies above its two neighbours on
    either side, in standard deviations of the curve's wiggle.

Why it matters
    What no neighbour shares is mostly luck with the validation examples: the value will not be met on other data. The
    epoch itself may still be as good a choice as its neighbours.

Often right?
    Fires in 6 % of 2,158 training runs. Right, with thresholds of other data sets, in 87 % (95 % interval 81 to 92 %):
    the test metric had no such spike. In 1,792 public runs on which nothing was chosen it fires in 6 % and is right in
    94 % (95 % interval 89 to 97 %).

What to do
    Do not report the value. To ship an epoch from a stretch of good ones, use --rule moving_average or --rule one_se,
    or measure both on other data.

Source
    2,158 training runs: at the spike, test data seldom shows one.

Example
    selectmodel pick training.csv --rule moving_average
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves, noise

CODE = "SM213"
LEVEL = "note"
_SIDE = 2
#: Height of a spike in steps from one validation to the next: a smooth curve that turns is one step high.
_STEPS = 1.5


def find(
    question: Question,
    pick: Pick,
    *,
    wiggles: Annotated[float, Setting("height of the spike, in standard deviations of the wiggle", low=0)] = 2.5,
    ahead: Annotated[float, Setting("lead over the second best, as a share of the height", low=0, high=1)] = 0.3,
) -> Iterator[Finding]:
    """One finding for each metric whose best value is a spike."""
    for name in dict.fromkeys(n for n in (question.monitor, question.val_loss, question.val_score) if n is not None):
        course = curves.course(question, name, least=10)
        if course is None:
            continue
        lower = (question.goal if name == question.monitor else question.goals.get(name, "max")) == "min"
        cost = course.values if lower else -course.values
        best = int(np.argmin(cost))
        sides = [i for i in range(best - _SIDE, best + _SIDE + 1) if 0 <= i < course.n and i != best]
        if len(sides) < 2 * _SIDE:
            continue
        height = float(cost[sides].min() - cost[best])
        lead = float(np.delete(cost, best).min() - cost[best])
        around = cost[max(0, best - 15) : best + 16]
        # A height of one step of the log's last decimal is rounding, one of the curve's own steps is its turn.
        wiggle = max(noise.curve_noise(around), noise.unit_logged(course.values) / 2)
        least = max(wiggles * wiggle, _STEPS * noise.median(np.abs(np.diff(around))))
        if height > least and height > 0 and lead > ahead * height:
            sign = 1.0 if lower else -1.0
            logged = (cost[best], cost[sides].min(), np.delete(cost, best).min())
            values = column([sign * float(value) for value in logged])
            yield Finding(
                f"the best {name}, {values[0]} at {place(question, int(course.at[best]))}, is a spike (the two "
                f"validations on either side reach {values[1]}, all others {values[2]}): on data like "
                "the validation set expect less",
                (int(course.at[best]),),
                {"height": height, "lead": lead, "wiggle": wiggle},
            )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if curves.course(question, question.monitor, least=10) else curves.too_short(question.monitor, 10)
