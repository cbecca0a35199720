"""The training loss fell to a floor above zero and hovers there, as flooding leaves it.

What it measures
    Whether the training loss of the last third stands at a level above zero, where the middle third stood too, while
    the training accuracy is far better than such a loss would suggest: the loss is several times the share of wrong
    answers (1 % at least). Less is asked where its lowest value comes well before the end.

Why it matters
    That is what flooding, loss = |loss - b| + b, looks like, and b is the level. It makes late epochs safer rather than
    the best epoch better. Label smoothing and strong weight decay leave such a floor too: the log does not tell them
    apart. Of the 2,158 runs below a third was flooded or smoothed, of the public ones none: elsewhere it is right less
    often.

Often right?
    Fires in 5 % of 2,158 training runs. Right, with thresholds of other data sets, in 84 % (95 % interval 71 to 93 %):
    the run was flooded at that level, or its labels were smoothed. In 1,792 public runs on which nothing was chosen it
    found nothing.

What to do
    If it is flooding: compare with a run without it by validation accuracy. If it is not: look for label smoothing,
    weight decay or a penalty that the loss includes.

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
_MOVED, _CLIPPED = 0.2, 2.0
#: Fewer wrong answers than this say nothing of the loss: weight decay alone keeps it at 0.01 or 0.02.
_WRONG = 0.01
#: Within this factor of the level it has been reached.
_NEAR = 1.1


def find(
    question: Question,
    pick: Pick,
    *,
    times: Annotated[float, Setting("training loss over the share of wrong answers, at least", low=0)] = 4.0,
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
    wrong = max(_WRONG, 1 - float(np.mean(right.values[-third:])))
    moved, early = abs(noise.median(middle) / level - 1), lowest <= _LOWEST_BY * train.n
    bounds = (_MOVED, times) if early else (_MOVED / 2, _CLIPPED * times)
    if drifted > drift or moved > bounds[0] or level / wrong < bounds[1]:
        return
    reached = int(train.at[int(np.flatnonzero(train.values <= _NEAR * level)[0])])
    yield Finding(
        f"{train.name} hovers around {figure(level)} (the median of its last {third} values; first within "
        f"{100 * (_NEAR - 1):.0f} % of it at {place(question, reached)}), far above what its accuracy suggests: "
        f"perhaps {'flooding, label smoothing' if early else 'label smoothing, flooding'} or strong weight decay",
        (reached, int(train.at[-1])),
        {"level": level, "drift": drifted, "loss to wrong answers": level / wrong},
    )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if not curves.course(question, question.train_loss, least=12):
        return "the log has no training loss of 12 or more epochs"
    return curves.lacking_share(question, question.train_score, "training")
