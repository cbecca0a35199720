"""The training loss fell to a floor above zero and hovers there: flooding at work.

What it measures
    Whether the training loss of the last third neither falls nor rises, stays within a narrow band around a level above
    zero, and had fallen to it fast rather than creeping up on it.

Why it matters
    That is what flooding, loss = |loss - b| + b, looks like, and b is the level. It makes late epochs safer rather than
    the best epoch better. Without flooding, such a floor means that the network cannot fit the data any better.

Often right?
    (measured)

What to do
    If it is flooding: compare with a run without it by validation accuracy. If it is not: a larger network, a higher
    learning rate or less regularisation would lower the floor, if that is wanted.

Source
    T. Ishida et al., Do We Need Zero Training Loss After Achieving Zero Training Error?, 2020.

Example
    selectmodel pick training.csv --set checks.flooding=off
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel import noise, trends
from selectmodel.figures import figure
from selectmodel.labels import place
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting

CODE = "SM215"
LEVEL = "note"


def find(
    question: Question,
    pick: Pick,
    *,
    band: Annotated[float, Setting("width of the band, as a share of the level", low=0)] = 0.1,
    fall: Annotated[float, Setting("fall from the first training loss to the level, as a share", low=0, high=1)] = 0.3,
) -> Iterator[Finding]:
    """One finding where the training loss hovers."""
    train = trends.course(question, question.train_loss, least=12)
    if train is None or not float(train.values.min()) > 0:
        return
    late = train.values[-(train.n // 3) :]
    level = float(np.median(late))
    half = len(late) // 2
    drift = abs(float(np.mean(late[half:]) - np.mean(late[:half])))
    spread = float(np.std(late))
    reached = int(np.flatnonzero(train.values <= level * (1 + band))[0])
    if (
        spread > band * level
        or drift > max(0.1 * band * level, noise.curve_noise(late))
        or level > (1 - fall) * float(train.values[0])
    ):
        return
    yield Finding(
        f"{train.name} hovers around {figure(level)} from {place(question, int(train.at[reached]))} on: "
        "flooding, or all that this network can fit",
        (int(train.at[reached]), int(train.at[-1])),
        {"level": level, "spread": spread, "drift": drift},
    )
