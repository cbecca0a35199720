"""The best validations are the last ones, and the curve was still getting better: train longer.

What it measures
    Whether the best smoothed value of the validation loss, or of the monitored metric, is at the end, and by how much
    it improved over the last fifth of the validations compared with its wiggle. The gain is told as logged where the
    last value is the best and shows it, else as one of means.

Why it matters
    The best epoch has probably not been trained yet.

Often right?
    Fires in 21 % of 2,158 training runs, of which it saw the first 50 %. Right, with thresholds of other data sets, in
    80 % (95 % interval 73 to 86 %): going on made that metric better on test data, by 1 % or half a point. In 1,792
    public runs on which nothing was chosen it fires in 20 % and is right in 81 % (95 % interval 76 to 85 %).

What to do
    Train longer, half as long again for a start, from the last checkpoint if there is one. A learning rate that shrank
    to nothing has to be raised again.

Source
    Runs that went on: 2,158 trainings were cut in the middle. What as many validations again brought lay between
    nothing and 1.4 times the gain in 9 of 10 of those that were still improving.

Example
    selectmodel pick training.csv --set checks.still_improving=warn
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from selectmodel.display.epochs import place
from selectmodel.display.numbers import figure
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM205"
LEVEL = "note"
UNFINISHED = True
#: As many validations again brought at most this many times the gain, in 19 of 20 runs that were cut in the middle, and
#: nothing or less in 1 of 20; "gain_high" in measured.json.
_UP_TO = 1.4
#: Share of the smoothed gain within which the gain as logged is told instead.
_NEAR = 0.5


def find(
    question: Question,
    pick: Pick,
    *,
    gain: Annotated[float, Setting("improvement over the last fifth, as a share of the value", low=0)] = 0.01,
    wiggles: Annotated[float, Setting("the same, in standard deviations of the curve's wiggle", low=0)] = 1.0,
) -> Iterator[Finding]:
    """One finding where the end is the best and better than what came shortly before."""
    if _broke(question):
        return  # the last values that are numbers are not its end
    for name in dict.fromkeys(n for n in (question.val_loss, question.monitor) if n is not None):
        course = curves.course(question, name, least=3)
        if course is None:
            continue
        goal = question.goal if name == question.monitor else question.goals.get(name, "min")
        sign = 1.0 if goal == "min" else -1.0
        cost = sign * course.smooth
        back = max(1, course.n // 5)
        gained = float(cost[-1 - back] - cost[-1])
        latest = course.n - 1 - int((sign * course.values).argmin()) <= max(1, course.n // 20)
        enough = max(gain * abs(float(course.smooth[-1])), wiggles * course.wiggle())
        if latest and int(cost.argmin()) == course.n - 1 and gained > enough:
            span = "validation" if back == 1 else f"{back:,} validations"
            told, most = _told(course, sign, back, gained)
            yield Finding(
                f"{name} was still improving at the end, {told[0]} over the last {span}{told[1]}; as long "
                f"again brought between nothing and {figure(_UP_TO * most)} in 9 of 10 such runs",
                (int(course.at[-1 - back]), int(course.at[-1])),
                {"gain": gained, "at most": _UP_TO * gained, "validations": float(back), "wiggle": course.wiggle()},
            )
            return


def _told(course: curves.Course, sign: float, back: int, gained: float) -> tuple[tuple[str, str], float]:
    """The gain in words, before and after what it is over, and its size: as logged, of the best so far, or of means."""
    cost = sign * course.values
    raw, best = float(cost[-1 - back] - cost[-1]), float(cost[:-back].min() - cost.min())
    if cost[-1] == cost.min() and abs(raw - gained) <= _NEAR * gained:
        return (f"by {figure(raw)}", ""), gained
    if best > 0:
        return (f"its best by {figure(best)}", ""), min(gained, best)
    return (f"by {figure(gained)}", curves.averaged(course)), gained


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if broke := _broke(question):
        name, since = broke
        return f"{name} is not finite from {place(question, since)} on"
    return "" if curves.course(question, question.monitor, least=3) else curves.too_short(question.monitor, 3)


def _broke(question: Question) -> tuple[str, int] | None:
    """Which loss, or the monitored metric, is no number to the end, and since when: there the network had diverged."""
    return curves.broke(question, question.val_loss, question.train_loss, question.monitor)
