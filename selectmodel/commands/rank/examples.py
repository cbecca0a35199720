"""Were runs validated on the same examples? What can be told, and what it means for their ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from selectmodel.commands.rank.ranking import RankedRun, Z
from selectmodel.display.numbers import figure

#: ``fold_0``, ``fold-3``, ``fold=1`` between other words of a name.
_FOLD = re.compile(r"(?<![a-z])k?folds?[-_= ]*([0-9]{1,4})(?![0-9])", re.IGNORECASE)
#: A range that is nearly as wide as that of a run alone needs no such word.
_NARROWER = 0.9


def told(runs: Sequence[RankedRun]) -> str:
    """What is to be said of the validation examples of runs with ranges, to go behind a sentence; mostly something."""
    if len(runs) < 2:
        return ""
    if _folds(runs):
        return "; their names say folds, each validated on other examples: the first may be the one with the easiest"
    sizes = sorted({run.val_size for run in runs if run.val_size})
    if len(sizes) > 1 and sizes[-1] != 2 * sizes[0]:  # half the true size is what a log may tell
        return f"; validated on {sizes[0]:,} to {sizes[-1]:,} examples, so not all on the same: some may be easier"
    further = _in_common(runs[0])
    if further is None:
        return ""
    return f"; were all validated on the same examples, they also err together, by up to {figure(further)}"


def _folds(runs: Sequence[RankedRun]) -> bool:
    """Whether at least two runs, and most of them, are named as different folds."""
    found = [numbers[-1] for run in runs if (numbers := _FOLD.findall(run.name))]
    return len(set(found)) > 1 and 2 * len(found) > len(runs)


def _in_common(run: RankedRun) -> float | None:
    """Half the range of a run alone, where what it says together with the others is narrower; else None."""
    if run.low is None or run.high is None or not run.val_size:
        return None
    unit = 100.0 if run.percent else 1.0
    share = min(max(run.expected / unit, 1 / (run.val_size + 4)), 1 - 1 / (run.val_size + 4))
    own = Z * unit * math.sqrt(share * (1 - share) / run.val_size)
    return own if (run.high - run.low) / 2 < _NARROWER * own else None
