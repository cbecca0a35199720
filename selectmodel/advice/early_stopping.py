"""Early stopping: a patience for the next run, and where any would have ended this one and at what cost.

Formula
    Recommended is the validation loss, if the log has one, with a patience of a fifth of the validations of the run, 20
    at least (a score moves in steps: 30 at least). The fifth is the least share that on other runs lost no more than
    `points` points of test accuracy on average. For each monitor (the validation loss, its exponential average, the
    validation score), patience and min_delta the run's own framework is replayed: where its EarlyStopping would have
    stopped, and what the policy's rule picks of what was run until then.

Use when
    the job will be trained again, and the epochs after the best one are worth saving.

Avoid when
    the run had not finished improving, or is much shorter than the patience: then there is nothing to save. Stopping
    always costs a little on average; it never finds a better epoch.
    The patience is not fitted to the run: for runs of 80 to 150 epochs 20 to 30 serves nearly all. What is safe on one,
    three or five runs, their longest waits, where their best epochs lay and the learning rate schedule did no better on
    other runs of the same data than one patience for all; the length of the run did.

Cost
    O(n) for each setting and n epochs; about fifty settings are tried.

Source
    EarlyStopping of Keras 3 and Lightning, EarlyStoppingCallback of Hugging Face, as replayed by the rules of these
    names. Odds: 1,385 training runs of 80 epochs or more with a test set, written by benchmarks/advice/run.py; what was
    tried on other runs of the same data: benchmarks/advice/patience.md.

Example
    selectmodel advise training.csv --set advice.early_stopping.points=0.2
    asks for a patience that loses no more than 0.2 points on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.early_stopping import (
    LEAST,
    PATIENCES,
    Stop,
    WatchedCurve,
    followed,
    longest_wait,
    min_deltas,
    monitors,
    noise_of,
    of_length,
    replay,
)
from selectmodel.advice.hindsight.finished_run import Past, several, unit
from selectmodel.display import epochs, numbers
from selectmodel.frameworks import snippets
from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.records import Advice
from selectmodel.settings import Setting
from selectmodel.stats import long_arrays

#: Fewer validations have nothing to replay.
_SHORT = 5
#: What differs by less than this share is one number in single precision.
_ROUNDING = 2e-7
#: A smaller saving is not worth a line.
_WORTH_A_LINE = 0.1


def advise(
    pasts: Sequence[Past],
    *,
    points: Annotated[
        float,
        Setting(
            "percentage points of accuracy that a patience may lose on average, judged on other runs", low=0, high=10
        ),
    ] = 0.3,
) -> Iterator[Advice]:
    """The recommended line first, then other frameworks' snippets, then the table of what other settings would do."""
    watched = [[one for one in monitors(past.question) if one.kind != "loss_ema"] for past in pasts]
    if any(past.question.n < _SHORT for past in pasts) or not all(watched):
        return
    found = _asked(pasts, watched, points)
    if found is not None:
        yield _headline(pasts, found)
        for framework in snippets.ordered(pasts[0].framework)[1:]:
            code = snippets.early_stopping(
                framework, found.monitor.name, found.monitor.goal, found.patience, 0.0, pasts[0].framework
            )
            yield Advice(f"The same for {snippets.FRAMEWORKS[framework]}:", code)
    yield _table(pasts)


class _Setting(NamedTuple):
    monitor: WatchedCurve
    patience: int
    known: Mapping[str, float]
    stops: tuple[Stop, ...]


def _asked(pasts: Sequence[Past], watched: Sequence[Sequence[WatchedCurve]], points: float) -> _Setting | None:
    """The loss where every run logs it, else the score, with the patience for the longest run; None without either."""
    own = [{one.kind: one for one in found} for found in watched]
    kind = next((kind for kind in LEAST if all(kind in found for found in own)), None)
    if kind is None:
        return None
    known = corpus.length(kind, points)
    patience = of_length(kind, max(past.question.n for past in pasts), known["share"])
    curves = [found[kind] for found in own]
    stops = tuple(replay(past, one, patience) for past, one in zip(pasts, curves, strict=True))
    return _Setting(curves[0], patience, known, stops)


def _headline(pasts: Sequence[Past], found: _Setting) -> Advice:
    past, monitor, stop = pasts[0], found.monitor, found.stops[0]
    saved = float(np.mean([one.saved for one in found.stops]))
    name = snippets.literal(snippets.metric(monitor.name, past.framework or "keras", past.framework or "keras"))
    call = f"EarlyStopping(monitor={name}, patience={found.patience})"
    if past.framework == "huggingface":
        call = f"EarlyStoppingCallback({found.patience}) on {name}"
    if len(pasts) > 1:
        ended = sum(one.index is not None for one in found.stops)
        told = f"would have stopped {ended} of {len(pasts)} runs: "
        told += f"{_share(saved)} of the {unit(past.question)} saved, {_lost(pasts, found)}"
    elif stop.index is None:
        told = "would not have stopped this run: a guard for longer ones, nothing saved here"
    else:
        where = epochs.place(past.question, stop.index)
        told = (
            f"would have stopped at {where}: {_share(saved)} of the {unit(past.question)} saved, {_lost(pasts, found)}"
        )
    own = past.framework or "keras"
    code = snippets.early_stopping(own, monitor.name, monitor.goal, found.patience, 0.0, past.framework)
    evidence = {"patience": float(found.patience), "saved": saved, "lost": max(one.lost for one in found.stops)}
    if len(pasts) == 1 and stop.index is not None:
        evidence["stop"] = float(epochs.label(past.question, stop.index))
    worth = saved if saved >= _WORTH_A_LINE and _harmless(pasts, found) else 0.0
    return Advice(f"{call} {told}.", code, evidence, why=_why(pasts, found), worth=worth)


def _share(saved: float) -> str:
    return f"{100 * saved:.0f} %"


def _lost(pasts: Sequence[Past], found: _Setting) -> str:
    worst = int(np.argmax([stop.lost for stop in found.stops]))
    past, stop = pasts[worst], found.stops[worst]
    if stop.lost <= _ROUNDING * abs(float(past.question.values[past.index])):
        return "nothing lost"
    if not math.isfinite(stop.lost):
        return "before there was an epoch to ship"
    noise = noise_of(past)
    than = "no more" if stop.lost <= noise else "more"
    return f"{numbers.figure(stop.lost)} of {past.question.monitor} lost, {than} than its noise ({noise:.2g})"


def _harmless(pasts: Sequence[Past], found: _Setting) -> bool:
    return all(stop.lost <= noise_of(past) for past, stop in zip(pasts, found.stops, strict=True))


def _why(pasts: Sequence[Past], found: _Setting) -> str:
    known, count, least = found.known, corpus.figures()["long"], LEAST[found.monitor.kind]
    told = [
        f"The patience is {_share(known['share'])} of the length of a run, {least} at least. On {count['runs']:,} "
        f"other runs of {count['epochs']} epochs or more such a one ran {_share(known['run_share'])} of the epochs and "
        f"lost {known['points']:g} percentage points of test accuracy on average, more than one in "
        f"{_share(known['over_1'])}, and {known['loss_percent']:g} % of test loss; "
        "what one run would have needed tells little of the next."
    ]
    if not _harmless(pasts, found):
        told.append("Where that matters, train to the end and pick afterwards.")
    question = pasts[0].question
    if found.monitor.kind == "loss":
        wait = numbers.counted(max(longest_wait(next(monitors(past.question))) for past in pasts), "validation")
        told.append(f"In {several(pasts)} the longest wait for a better {found.monitor.name} was {wait}.")
    if found.monitor.name != question.monitor:
        told.append(
            f"It puts back the epoch that {found.monitor.name} likes best; to ship by {question.monitor}, keep every "
            "checkpoint and let pick choose."
        )
    if len(question.timeline) > question.n:
        told.append("Patience counts validations, of which there are fewer than epochs here.")
    elif question.n > long_arrays.distinct(question.epochs[np.isfinite(question.epochs)]) > 1:
        told.append("Patience counts validations, of which there are several an epoch here.")
    return " ".join(told)


def _table(pasts: Sequence[Past]) -> Advice:
    """Every monitor, patience and min_delta; those without min_delta first."""
    question = pasts[0].question
    alone = len(pasts) == 1
    head = ("monitor", "patience", "min_delta", "stop" if alone else "ends", "saved %")
    rows: list[tuple[float, int, int, tuple[str | float, ...]]] = []
    known = [{one.kind: one for one in monitors(past.question)} for past in pasts]
    for place, monitor in enumerate(known[0].values()):
        own = [found.get(monitor.kind) for found in known]
        curves = [one and (one, followed(past, one)) for past, one in zip(pasts, own, strict=True)]
        for rank, delta in enumerate(min_deltas(question, monitor)):
            for patience in PATIENCES:
                stops = [_replayed(*found, patience, delta) for found in zip(pasts, curves, strict=True)]
                others = corpus.stopping(monitor.kind, patience, rank)
                row = (
                    monitor.shown,
                    patience,
                    delta,
                    _where(pasts, stops),
                    round(100 * float(np.mean([stop.saved for stop in stops]))),
                    max(stop.lost for stop in stops),
                    round(100 * others["run_share"]),
                    others["points"],
                    round(100 * others["over_1"]),
                )
                rows.append((rank, place, patience, row))
    message = "What other settings would have done, here and on other runs:"
    header = (*head, "lost", "ran %", "% points", ">1 %")
    lost = question.monitor
    ours = f"Saved and lost ({lost}) are of this run."
    if not alone:
        ours = f"Of {several(pasts)}: how many it ends, what it saves on average, what it loses of {lost} at most."
    why = (
        f"{ours} The last three columns are other runs: epochs run, percentage points of test accuracy lost on "
        "average, share that lost more than one. A min_delta above 0 acts as a shorter patience and only "
        "hurts; a score needs twice the patience of a loss; an exponential average (EMA, 0.7 of the past) is a "
        "little better at the same cost, but needs code of its own."
    )
    return Advice(message, why=why, rows=(header, *(row for *_, row in sorted(rows, key=lambda one: one[:3]))))


def _replayed(past: Past, curve: tuple[WatchedCurve, CallbackRun] | None, patience: int, min_delta: float) -> Stop:
    unwatched = Stop(None, past.index, 0.0, 0.0, math.nan)
    return unwatched if curve is None else replay(past, curve[0], patience, min_delta, curve[1])


def _where(pasts: Sequence[Past], stops: Sequence[Stop]) -> str | float:
    if len(pasts) > 1:
        return sum(stop.index is not None for stop in stops)
    index = stops[0].index
    return "–" if index is None else epochs.label(pasts[0].question, index)
