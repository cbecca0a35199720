"""The page of the line ``expect``: what its range says, how often it is right, and where it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from selectmodel.records import Unlike
from selectmodel.selection import validation_origin
from selectmodel.selection.validation_origin import WITHHELD, WORDS

NAME = "expect"
#: In percent, of how many runs the range held the test accuracy: of the 2,188 runs and of the 2,034 other logs on 78
#: data sets that no constant was chosen on. They are not public, so nobody else can measure this again.
_KEPT_APART: Mapping[Unlike, tuple[int, int]] = {"noisy labels": (60, 47), "shifted": (72, 33), "resampled": (39, 11)}
_CLEAN = 91

_PAGE = """\
What the accuracy of the recommended epoch is worth on data like the validation set, with a 90 % range.

What it says
    The logged accuracy was looked for, so it is partly luck: the estimate is what is left without. The range is that of
    data like the validation set: drawn the same way, labelled the same way, no example twice. It says nothing of other
    data, and no log shows whether the data in use is like that.

Often right?
{right}

What to do
    Say how it differs, in selectmodel.toml or beside the log in selectmodel-data.toml:
        validation = "noisy labels"    some of its labels are wrong, those in use are right
        validation = "shifted"         the data in use come from elsewhere, or are noisier
        validation = "resampled"       classes are more or less frequent than in use
    If several hold, name the last of them. Then the range is as wide as such runs of the tuning corpus need it;
    "resampled" withholds it. The chance that no epoch is better and the verdict of compare on a loss are withheld as
    well. How often the wider range holds on the runs kept apart was not measured, and another shift may cost more. The
    only cure is to validate on data like those in use.

Source
    The runs kept apart: 2,188 runs and 2,034 other logs on 78 data sets that no constant was chosen on. They are not
    public, so these figures cannot be measured again; benchmarks/decisions/unlike.py measures the others.

Example
    selectmodel pick training.csv --set "validation=noisy labels"
"""


def text() -> str:
    """The page, its figures as they were measured."""
    return _PAGE.format(right="\n".join(_wrapped(line) for line in _often_right())).rstrip()


def _often_right() -> Iterator[str]:
    yield f"On runs kept apart it held the test accuracy in {_CLEAN} % where validation and test data were alike."
    for kind, (runs, logs) in _KEPT_APART.items():
        wider = validation_origin.measured()[kind]
        before, (after, low, high) = wider.before[0], wider.after
        told = f"Validated on {WORDS[kind]}, in {runs} and {logs} % (two sets of runs)"
        told += f"; on the {wider.runs} such runs of the tuning corpus in {100 * before:.0f} %"
        then = f"{100 * after:.0f} % (95 % interval {100 * low:.0f} to {100 * high:.0f} %, by folds)"
        if kind in WITHHELD:
            yield f"{told}. A range as wide as these need is no answer: half of all values, and it held only {then}."
        else:
            yield f"{told}, and in {then} once it is said and the range wider."


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 120, initial_indent="    ", subsequent_indent="    ")
