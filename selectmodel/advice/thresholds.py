"""Stopping when the metrics are good enough: limits for the next run, taken from this one.

Formula
    val_loss < a and val_accuracy > b. a and b are the values at the recommended epoch, let off by `spread` times their
    noise: the wiggle of the curve there and, for a score, half a standard error of the validation set. Of several runs
    the worst one counts, so that each of them would have met the limits.

Use when
    the job is trained again and again with the same data and settings, and good enough is good enough.

Avoid when
    data, network or learning rate change: then the next run stops too early or never. Early stopping needs no limits.

Cost
    O(n) for n validations.

Source
    A request of users (stop on `val_loss < a and val_acc > b`). Odds: the limits of a run applied to that very run,
    1,278 classification runs of 80 epochs or more with a test set; written by benchmarks/advice.

Example
    selectmodel advise trial.csv --set advice.thresholds.spread=1
    lets the limits off further, so that the next run is likelier to meet them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past, several, unit, until
from selectmodel.advice.hindsight.limits import estimate, first_met
from selectmodel.display import epochs, numbers
from selectmodel.frameworks import snippets
from selectmodel.frameworks.snippets import Limit
from selectmodel.records import Advice
from selectmodel.settings import Setting

#: Why pick does not end with it.
NOT_IN_PICK = "good enough is for the user to say"


def advise(
    pasts: Sequence[Past],
    *,
    spread: Annotated[float, Setting("how far the limits are let off, in noise of the curve", low=0, high=10)] = 0.5,
) -> Iterator[Advice]:
    """The limits with a callback for the log's own framework, for each where it is not known."""
    if any(past.question.n < 5 for past in pasts):
        return
    limits = estimate(pasts, spread)
    if limits is None:
        return
    own = pasts[0].framework
    first, *others = snippets.ordered(own)
    evidence = {limit.name: limit.value for limit in limits}
    why = f"{_reason(pasts, limits, spread)} {_danger(spread)}"
    yield Advice(_sentence(pasts, limits), snippets.good_enough(first, limits, own), evidence, why=why)
    for framework in others if own is None else ():
        code = snippets.good_enough(framework, limits, own)
        yield Advice(f"The same for {snippets.FRAMEWORKS[framework]}:", code)


def _sentence(pasts: Sequence[Past], limits: Sequence[Limit]) -> str:
    asked = " and ".join(f"{one.name} {'<' if one.goal == 'min' else '>'} {_written(one.value)}" for one in limits)
    met = [first_met(past.question, limits) for past in pasts]
    if len(pasts) > 1:
        return f"Stopping at {asked} would have ended {sum(one is not None for one in met)} of {len(pasts)} runs."
    past, at = pasts[0], met[0]
    if at is None:
        return f"{asked} was never met at one epoch of this run."
    question = past.question
    picked = past.pick(until(question, at + 1))
    told = f"Stopping at {asked} would have ended this run at {epochs.place(question, at)}"
    if picked is None:
        return f"{told}."
    sign = 1.0 if question.goal == "min" else -1.0
    lost = sign * float(question.values[picked] - question.values[past.index])
    cost = f"{numbers.figure(lost)} of {question.monitor} lost" if lost > 0 else "nothing lost"
    return f"{told}: {100 * (1 - (at + 1) / question.n):.0f} % of the {unit(question)} saved, {cost}."


def _written(value: float) -> str:
    return f"{value:.6g}"


def _reason(pasts: Sequence[Past], limits: Sequence[Limit], spread: float) -> str:
    parts = [f"{one.name} {numbers.figure(one.at)}, noise {one.noise:.2g}" for one in limits]
    where = epochs.place(pasts[0].question, pasts[0].index) if len(pasts) == 1 else "the best epochs, of the worst run"
    return f"The limits are {several(pasts)} at {where} ({'; '.join(parts)}), let off by {spread:g} times the noise."


def _danger(spread: float) -> str:
    known = min(corpus.figures()["thresholds"], key=lambda row: abs(row["spread"] - spread))
    return (
        f"On other runs such limits ended the very run they came from after {100 * known['run_share']:.0f} % of its "
        f"epochs and lost {known['points']:g} percentage points of test accuracy on average, more than one in "
        f"{100 * known['over_1']:.0f} %. The danger is that the next run never reaches them: another seed moves a "
        "curve by more than its own noise. Keep early stopping and a limit on the epochs beside them."
    )
