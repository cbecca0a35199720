"""Were runs validated on the same examples? What can be told, and what it means for their ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectmodel.commands.rank.ranking import RankedRun, Z

#: ``fold_0``, ``fold-3``, ``fold=1`` between other words of a name.
_FOLD = re.compile(r"(?<![a-z])k?folds?[-_= ]*([0-9]{1,4})(?![0-9])", re.IGNORECASE)
#: A range that is hardly wider than by what runs are told apart needs no such word.
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
    if _holds_more(runs[0]):
        return "; a range also holds the error that runs validated on the same examples share"
    return ""


def _folds(runs: Sequence[RankedRun]) -> bool:
    """Whether at least two runs, and most of them, are named as different folds."""
    found = [numbers[-1] for run in runs if (numbers := _FOLD.findall(run.name))]
    return len(set(found)) > 1 and 2 * len(found) > len(runs)


def _holds_more(run: RankedRun) -> bool:
    """Whether the range of a run is wider than what tells it from the others."""
    if run.own_se is None or run.low is None or run.high is None:
        return False
    return 2 * Z * run.own_se < _NARROWER * (run.high - run.low)
