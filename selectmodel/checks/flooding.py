"""The training loss fell to a floor above zero and hovers there: flooding at work.

What it measures
    Whether the training loss of the last third stands at a level above zero, where the middle third stood too, while
    the training accuracy is far better than such a loss would suggest: the loss
    is several times the share of wrong answers. Less is asked where its lowest value comes well before the end.

Why it matters
    That is what flooding, loss = |loss - b| + b, looks like, and b is the level. It makes late epochs safer rather than
    the best epoch better. Label smoothing leaves such a floor too.

Often right?
    Fires in 7 % of 2,158 training runs. Right in 88 % of those (95 % interval 84 to 92 %): the run was flooded at that
    level, or its labels were smoothed.

What to do
    If it is flooding: compare with a run without it by validation accuracy. If it is not: look for label smoothing or a
    penalty that the loss includes.

Source
    T. Ishida et al., Do We Need Zero Training Loss After Achieving Zero Training Error?, 2020.

Example
    selectmodel pick training.csv --set checks.flooding=off
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import figure
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves, noise

CODE = "SM215"
LEVEL = "note"
#: A training loss that still falls has its minimum at the end.
_LOWEST_BY = 0.6
#: Change of the level since the middle third, as a share; half of it where the minimum is at the end, as it is where
#: the log holds the flooded loss itself or labels were smoothed. The loss must then be this many times higher.
_MOVED, _CLIPPED = 0.2, 10 / 3
#: Within this factor of the level it has been reached.
_NEAR = 1.1


def find(
    question: Question,
    pick: Pick,
    *,
    times: Annotated[float, Setting("training loss over the share of wrong answers, at least", low=0)] = 3.0,
    drift: Annotated[float, Setting("change of the level within the last third, as a share", low=0)] = 0.1,
) -> Iterator[Finding]:
    """One finding where the training loss hovers."""
    train, right = curves.course(question, question.train_loss, least=12), curves.share(question, question.train_score)
    if train is None or right is None or not float(train.values.min()) > 0:
        return
    third, lowest = train.n // 3, int(np.argmin(train.values))
    late, middle = train.values[-third:], train.values[third:-third]
    level, half = noise.median(late), third // 2
    drifted = abs(float(np.mean(late[half:]) - np.mean(late[:half]))) / level
    wrong = max(1e-3, 1 - float(np.mean(right.values[-third:])))
    moved, early = abs(noise.median(middle) / level - 1), lowest <= _LOWEST_BY * train.n
    bounds = (_MOVED, times) if early else (_MOVED / 2, _CLIPPED * times)
    if drifted > drift or moved > bounds[0] or level / wrong < bounds[1]:
        return
    reached = int(train.at[int(np.flatnonzero(train.values <= _NEAR * level)[0])])
    yield Finding(
        f"{train.name} hovers around {figure(level)} (the median of its last {third} values; first within "
        f"{100 * (_NEAR - 1):.0f} % of it at {place(question, reached)}), far above what its accuracy suggests: "
        f"{'flooding at work, or label smoothing' if early else 'label smoothing, or flooding'}",
        (reached, int(train.at[-1])),
        {"level": level, "drift": drifted, "loss to wrong answers": level / wrong},
    )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if not curves.course(question, question.train_loss, least=12):
        return "the log has no training loss of 12 or more epochs"
    return curves.lacking_share(question, question.train_score, "training")
