"""The page of the line ``expect``: what its range says, how often it is right, and where it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from selectmodel.selection import validation_origin
from selectmodel.selection.validation_origin import WITHHELD, WORDS, Wider

NAME = "expect"
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
    well. Another shift may cost more. The only cure is to validate on data like those in use.

Source
    Written by benchmarks/decisions/unlike.py. The tuning corpus is not public; public and fine-tuning are corpora on
    which nothing of this was chosen, and which anybody can make (benchmarks/decisions/README.md).

Example
    selectmodel pick training.csv --set "validation=noisy labels"
"""


def text() -> str:
    """The page, its figures as they were measured."""
    return _PAGE.format(right="\n".join(_wrapped(line) for line in _often_right())).rstrip()


def _often_right() -> Iterator[str]:
    found = validation_origin.measured()
    alike = _held(found["like"])
    yield f"Where validation and test data were alike, it held the test accuracy in {alike}."
    for kind, words in WORDS.items():
        wider = found[kind]
        told = f"Validated on {words}, in {_held(wider)}"
        after, low, high = (100 * value for value in wider.after)
        then = f"{after:.0f} % (95 % interval {low:.0f} to {high:.0f} %, by folds)"
        if kind in WITHHELD:
            yield f"{told}. A range as wide as these need is no answer: half of all values, and it held only {then}."
            continue
        others = [f"{100 * one.after[0]:.0f} % ({name})" for name, one in wider.elsewhere.items()]
        yield f"{told}. Once that is said and the range wider: {', '.join([then, *others])}."


def _held(wider: Wider) -> str:
    """How often the range held as it is said of data like the validation set, and on how many runs of each corpus."""
    told = [f"{100 * wider.before[0]:.0f} % of {wider.runs:,} runs of the tuning corpus"]
    told += [f"{100 * one.before[0]:.0f} % of {one.runs:,} {name} runs" for name, one in wider.elsewhere.items()]
    return ", ".join(told)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 120, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
