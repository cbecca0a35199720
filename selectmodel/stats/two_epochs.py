"""Two epochs of one training: how much of the difference of their accuracies is chance.

Both are judged on the same examples, and err together the more the nearer they are in the training. On 889 real runs
the squared error of the difference was about

    2 p (1 - p) / n * (0.05 + 0.3 sqrt|ln t/s|)

for epochs s and t, n validation examples and accuracy p (a quarter less than that near each other, right from a factor
of 3 on), where independent examples would have 2 p (1 - p) / n. A significance test with that error still promises too
much, because real differences between epochs are small: one that is z errors wide pointed to the epoch that is better
on test data with probability

    Phi(z / 2 - 0.1 ln E), the second term only if one of the two is the best of E validations

and at least 0.5. What this said and what was found, in 30,000 pairs: .65 and .66, .75 and .76, .85 and .86, .93 and
.95, .98 and .98; where one was the highest of its log and the other the last: .65 and .63, .75 and .68, .85 and .81.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Question

#: Share of the independent error that is left between neighbours, and how it grows with the distance.
NOW, LAG = 0.05, 0.3
#: What an error is worth, once it is known how small real differences are.
WORTH = 0.5
#: What being the best of E validations flatters an epoch by, per ln E.
FLATTERY = 0.1
#: A difference means something when it points to the better epoch this often.
OFTEN = 0.95
_OFTEN_IN_ERRORS = 1.645  # of a normal distribution
#: Beyond so many examples a number is no help any more, and so exact that it misleads.
WORTH_SAYING = 10**6
#: No difference is said to take more examples.
_MOST_EXAMPLES = 10**12


class Pair(NamedTuple):
    """Two accuracies in 0..1 and the epochs at which they were reached, counted from 1.

    ``best_of`` is the number of validations of which one of the two is the best; 1 where neither is.
    """

    shares: tuple[float, float]
    places: tuple[float, float]
    best_of: int = 1

    @property
    def difference(self) -> float:
        return self.shares[0] - self.shares[1]

    def error(self, size: int) -> float:
        """Standard error of the difference among ``size`` examples; p is kept half an example away from 0 and 1."""
        mean = min(max(sum(self.shares) / 2, 0.5 / size), 1 - 0.5 / size)
        return math.sqrt(2 * mean * (1 - mean) / size * self._apart)

    def pointing_right(self, size: int) -> float:
        """How often a difference like this one points to the better epoch, 0.5 to 1."""
        errors = abs(self.difference) / self.error(size)
        return max(0.5, 0.5 * (1 + math.erf((WORTH * errors - self._flattery) / math.sqrt(2))))

    @property
    def examples_needed(self) -> int | None:
        """Validation examples for the difference to point right in 95 of 100 cases; None where there is none."""
        mean = sum(self.shares) / 2
        if self.difference == 0 or not 0 < mean < 1:
            return None
        errors = (_OFTEN_IN_ERRORS + self._flattery) / WORTH
        times = errors / self.difference
        return max(1, math.ceil(min(times * times * 2 * mean * (1 - mean) * self._apart, _MOST_EXAMPLES)))

    @property
    def _flattery(self) -> float:
        return FLATTERY * math.log(self.best_of)

    @property
    def _apart(self) -> float:
        return NOW + LAG * math.sqrt(abs(math.log(self.places[0] / self.places[1])))


def examples_needed(question: Question, places: tuple[int, int], metric: str | None = None) -> int | None:
    """Validation examples for the difference of two candidates to mean something; None where that cannot be told.

    ``metric`` is the score that differs, the monitored one if not given.
    """
    pair, _ = pair_of(question, places, metric)
    return pair.examples_needed if pair else None


def pair_of(question: Question, places: tuple[int, int], metric: str | None = None) -> tuple[Pair | None, float]:
    """The two as shares of right answers, and the metric's unit; None where it does not count right answers."""
    name = metric or question.monitor
    logged = question.right(name)
    values = logged[np.isfinite(logged)]
    unit = question.errors.get(name) or units.scale_of(values)
    if unit is None or question.score_kind != "counts" or name != question.score:
        return None, 1.0
    at = question.epochs if np.isfinite(question.epochs).all() else question.steps.astype(np.float64)
    counted = np.maximum(at + (1 if at[0] <= 0 else 0), 0.5)
    best = max(logged[place] for place in places) >= values.max()
    return (
        Pair(
            shares=(float(logged[places[0]]) / unit, float(logged[places[1]]) / unit),
            places=(float(counted[places[0]]), float(counted[places[1]])),
            best_of=len(values) if best else 1,
        ),
        unit,
    )
