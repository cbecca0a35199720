"""Where the validation set is said to differ from the data in use: what that does to what an accuracy is worth there.

No log shows it, so a policy or the file beside the log has to say it. Then the range is as wide as runs that were
validated so need it, or is withheld; ``benchmarks/decisions/unlike.py`` measured how wide that is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from selectmodel.records import Expected, Note, Question, Unlike

_FILE = Path(__file__).parent / "validation_origin.json"
#: As the end of "runs validated on …".
WORDS: Mapping[Unlike, str] = {
    "noisy labels": "noisy labels",
    "shifted": "shifted data",
    "resampled": "resampled classes",
}
#: Of these the range would reach over half of all accuracies, and hold too few of them even so.
WITHHELD: frozenset[Unlike] = frozenset({"resampled"})


class Elsewhere(NamedTuple):
    """The same shares ``before`` and ``after`` on ``runs`` of a corpus that had no part in the fit."""

    before: tuple[float, float, float]
    after: tuple[float, float, float]
    runs: int


class Wider(NamedTuple):
    """What was measured, in shares of 1: how far the range reaches ``below`` and ``above`` besides the luck of the
    sample, how often it held the test accuracy ``before`` and, of data sets that had no part in the fit, ``after``.

    The last two are means with the ends of their 95 % intervals, over ``runs`` on ``datasets``. ``elsewhere`` is what
    was found on other corpora, by name.
    """

    below: float
    above: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    runs: int
    datasets: int
    elsewhere: Mapping[str, Elsewhere]


@cache
def measured() -> Mapping[Unlike | Literal["like"], Wider]:
    """What was measured of each kind of validation set, and of one that is like the data in use."""
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    return {kind: Wider(**{**_shares(row), "elsewhere": {
                corpus: Elsewhere(**_shares(there)) for corpus, there in row["elsewhere"].items()
            }}) for kind, row in found.items()}  # fmt: skip


def _shares(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "before": tuple(row["before"]), "after": tuple(row["after"])}


def on_new_data(validation: Unlike, value: float, low: float, high: float) -> tuple[float, float] | None:
    """The range ``low`` … ``high`` (shares of right answers) of data like the validation set, widened to that of the
    data in use; None where it is withheld."""
    if validation in WITHHELD:
        return None
    wider = measured()[validation]
    return (
        max(0.0, value - math.hypot(value - low, wider.below)),
        min(1.0, value + math.hypot(high - value, wider.above)),
    )


def of_a_sweep(validation: Unlike | None, where: str) -> tuple[Note, ...]:
    """The note of a ranking, whose ranges stay those of data like the validation set: it tells runs apart."""
    if validation is None:
        return ()
    message = f"{_said(validation)}: the ranges are those of data like the validation set"
    return (Note("SM270", message, where),)


def _said(kind: Unlike) -> str:
    return f"the validation set is said to differ from the data in use ({kind})"


def told(question: Question, expected: Expected | None, where: str) -> tuple[Note, ...]:
    """The note that says what was made of it; none where nobody says that the validation set differs."""
    kind = question.validation
    if kind is None:
        return ()
    said = _said(kind)
    if expected is None:
        metric = question.score or question.monitor
        return (Note("SM270", f"{said}: what {metric} is worth there is not told", where),)
    wider = measured()[kind]
    reach = max((wider.below, "lower"), (wider.above, "higher"))
    message = (
        f"{said}: the range of {expected.metric} reaches further, as on {wider.runs} runs validated on "
        f"{WORDS[kind]}, whose test accuracy was up to {100 * reach[0]:.0f} points {reach[1]} than the sample explains "
        "19 times in 20"
    )
    return (Note("SM270", message, where),)
