"""Two epochs of one training: how often the one that is shipped is the better one, by what the log says of both.

Both are judged on the same examples, and err together the more the nearer they are in the training. On 889 real runs
the squared error of the difference of their accuracies was about

    2 p (1 - p) / n * (0.05 + 0.3 sqrt|ln t/s|)

for epochs s and t, n validation examples and accuracy p (a quarter less than that near each other, right from a factor
of 3 on), where independent examples would have 2 p (1 - p) / n. A significance test with that error still promises too
much, because real differences between epochs are small. The epoch shipped at t is better on test data than s in

    Phi(0.7 x / sqrt(1 + (0.3 x)^2) + 0.25 sign(t - s) sqrt|ln t/s| - 0.2 h)

of all cases: x is the difference in those errors, mean of that of the logged accuracies and that of the scores that
:mod:`selectmodel.rules.aim_accuracy` gives, which take noise out and hear the train score and the loss; h is 1 where
the one shipped has the highest accuracy of the log, -1 where the other has. It may be below one half. What was said and
what was found, on datasets that the weights did not see: benchmarks/decisions/sure.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Question
from selectmodel.stats import score

#: Share of the independent error that is left between neighbours, and how it grows with the distance.
NOW, LAG = 0.05, 0.3
#: What an error is worth, once it is known how small real differences are, and how that ends for large ones.
WORTH, BENT = 0.7, 0.3
#: What a later epoch has ahead, and what being the highest of the log flatters an epoch by.
LATER, FLATTERY = 0.25, 0.2
#: A difference means something when it points to the better epoch this often.
OFTEN = 0.95
_OFTEN_IN_ERRORS = 1.645  # of a normal distribution
#: Beyond so many examples a number is no help any more, and so exact that it misleads.
WORTH_SAYING = 10**6
#: No difference is said to take more examples.
_MOST_EXAMPLES = 10**12


class Pair(NamedTuple):
    """Two accuracies in 0..1 and the epochs at which they were reached, counted from 1; the first one is shipped.

    ``ahead`` is how much higher its score is, in 0..1, None where there is none; ``highest`` is 1 where it has the
    highest accuracy of the log, -1 where the other one has, 0 where both have, or neither.
    """

    shares: tuple[float, float]
    places: tuple[float, float]
    ahead: float | None = None
    highest: int = 0

    @property
    def difference(self) -> float:
        return self.shares[0] - self.shares[1]

    def error(self, size: int) -> float:
        """Standard error of the difference among ``size`` examples; p is kept half an example away from 0 and 1."""
        mean = min(max(sum(self.shares) / 2, 0.5 / size), 1 - 0.5 / size)
        return math.sqrt(2 * mean * (1 - mean) / size * self._apart)

    def shipped_is_better(self, size: int) -> float:
        """How often the first one is the better epoch, 0 to 1, with ``size`` validation examples."""
        ahead = self.difference if self.ahead is None else (self.difference + self.ahead) / 2
        errors = ahead / self.error(size)
        later = math.log(self.places[0] / self.places[1])
        told = WORTH * errors / math.hypot(1, BENT * errors) - FLATTERY * self.highest
        return 0.5 * (1 + math.erf((told + LATER * math.copysign(math.sqrt(abs(later)), later)) / math.sqrt(2)))

    @property
    def examples_needed(self) -> int | None:
        """Validation examples for the difference to point right in 95 of 100 cases; None where there is none.

        Whichever is shipped, and whichever is later.
        """
        mean = sum(self.shares) / 2
        if self.difference == 0 or not 0 < mean < 1:
            return None
        told = (_OFTEN_IN_ERRORS + FLATTERY * abs(self.highest)) / WORTH
        times = told / math.sqrt(1 - (BENT * told) ** 2) / self.difference
        return max(1, math.ceil(min(times * times * 2 * mean * (1 - mean) * self._apart, _MOST_EXAMPLES)))

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
    shares = float(logged[places[0]]) / unit, float(logged[places[1]]) / unit
    best = float(values.max()) / unit
    return (
        Pair(
            shares=shares,
            places=(float(counted[places[0]]), float(counted[places[1]])),
            highest=int(shares[0] >= best) - int(shares[1] >= best),
        ),
        unit,
    )


def shipped(question: Question, places: tuple[int, int]) -> tuple[Pair | None, float]:
    """Two candidates as shares of right answers with what the score says of them, the first of them shipped, and the
    unit of the monitored metric; None where that does not count right answers.
    """
    pair, unit = pair_of(question, places)
    if pair is None:
        return pair, unit
    scores = score.likely_true(question, question.monitor).values
    ahead = float(scores[places[0]] - scores[places[1]]) / unit
    return pair._replace(ahead=ahead if math.isfinite(ahead) else None), unit
