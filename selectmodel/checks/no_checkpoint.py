"""The best epoch has no checkpoint file, though others have.

What it measures
    Which epochs have a file, by the files' names alone.

Why it matters
    The best model is gone; only the log of it is left. The best epoch that has a file is recommended in its place.

Often right?
    Not a matter of measurement: the names say it.

What to do
    Ship the recommended epoch, or train again. In the next run save whenever the metric that you choose by improves,
    and monitor that one in the callback.

Source
    Definition.

Example
    selectmodel pick training.csv --checkpoints ckpt
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.records import Finding, Pick, Question

CODE = "SM221"
LEVEL = "warn"


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding where files are known, but none of the best candidate."""
    saved = np.flatnonzero(question.has_file)
    if pick.index is None or not len(saved) or question.has_file[pick.index]:
        return
    # Of a network that had diverged no file is of use, however near.
    sound = saved if question.diverged is None else saved[~question.diverged[saved]]
    places: tuple[int, ...] = (pick.index,)
    have = "all of them where the network had diverged"
    if len(sound):
        nearest = int(sound[np.argmin(np.abs(sound - pick.index))])
        which = "the nearest" if len(sound) == len(saved) else "the nearest that had not diverged"
        have, places = f"{which} is {place(question, nearest)}", (pick.index, nearest)
    yield Finding(
        f"{place(question, pick.index)} has no checkpoint; {len(saved)} of {question.n} have, {have}: next time save "
        f"whenever {question.monitor} improves",
        places,
        {"saved": float(len(saved)), "of": float(question.n)},
    )
