"""Flooding: which levels to try where the training loss goes to zero, and whether a flooded run was better.

Formula
    loss' = |loss - b| + b on the mean loss of each batch: below b the gradient is turned round. The levels offered are
    0 and `levels` more, in equal ratios between the lowest training loss of the log and the training loss where the
    validation loss was lowest. A level outside of that either never acts or keeps the network from where it was best.

Use when
    the training loss nears zero while the validation loss rises, or training labels may be wrong.

Avoid when
    the best epoch is picked afterwards anyway and nothing else matters: flooding makes late epochs safer rather than
    the best one better. One level cannot be read off a log: several are trained, 0 among them, and the validation
    accuracy chooses.

Cost
    O(n) for n validations; a training for each level.

Source
    T. Ishida, I. Yamane, T. Sakai, G. Niu, M. Sugiyama, Do We Need Zero Training Loss After Achieving Zero Training
    Error?, ICML 2020. Odds: runs trained side by side with and without, on 30 datasets; written by benchmarks/advice.

Example
    selectmodel advise plain.csv flooded.csv
    recognises the flooded run and compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past, unit_of
from selectmodel.advice.hindsight.label_noise import suspected
from selectmodel.display import epochs, numbers
from selectmodel.frameworks import snippets
from selectmodel.records import Advice
from selectmodel.settings import Setting

#: The training loss counts as near zero below this share of where it started.
_NEAR_ZERO = 0.1
#: A run that fell below this share of another's floor could have gone on there, too: the floor was flooding.
_BELOW = 0.7

#: Why pick does not end with it.
NOT_IN_PICK = "it takes trainings to try"


def advise(
    pasts: Sequence[Past],
    *,
    levels: Annotated[int, Setting("flood levels to try, besides 0", low=1, high=10)] = 3,
) -> Iterator[Advice]:
    """A comparison where one of the runs was flooded, else a grid where flooding can help."""
    pair = _flooded(pasts)
    if pair is not None:
        yield _compared(*pair)
        return
    for past in pasts:
        reason = _can_help(past)
        bounds = _bounds(past) if reason else None
        if reason and bounds:
            yield from _grid(past, reason, bounds, levels)
            return


def _can_help(past: Past) -> str:
    """Why flooding may help this run, "" if nothing speaks for it."""
    train = past.curve(past.question.train_loss)
    finite = train[np.isfinite(train)]
    rising = past.found("overfitting", "overconfidence") is not None and _apart(past)
    if len(finite) and finite.min() <= _NEAR_ZERO * finite[0] and rising:
        return f"the training loss falls to {numbers.figure(float(finite.min()))} while the validation loss rises"
    if suspected(past) is not None:
        return "the training labels may be partly wrong (validation beats training, then falls as training rises)"
    return ""


def _apart(past: Past) -> bool:
    """Whether, from the lowest validation loss to the end, that loss rises and the training loss falls."""
    train, loss = past.curve(past.question.train_loss), past.curve(past.question.loss)
    both = np.isfinite(train) & np.isfinite(loss)
    if not both.any():
        return False
    train, loss = train[both], loss[both]
    return bool(loss[-1] > loss.min() and train[-1] < train[int(np.argmin(loss))])


def _bounds(past: Past) -> tuple[float, float] | None:
    """The lowest training loss, and that at the lowest validation loss; None where there is no room between."""
    question = past.question
    train, loss = past.curve(question.train_loss), past.curve(question.loss)
    both = np.isfinite(train) & np.isfinite(loss)
    if not both.any() or train[both].min() < 0:
        return None
    high = float(train[both][np.argmin(loss[both])])
    low = max(float(train[both].min()), high / 100)
    return (low, high) if high > 1.5 * low > 0 else None


def grid(low: float, high: float, count: int) -> list[float]:
    """0 and ``count`` levels strictly between ``low`` and ``high``, in equal ratios, two digits each."""
    ratio = (high / low) ** (1 / (count + 1))
    return sorted({0.0, *(float(f"{low * ratio**k:.2g}") for k in range(1, count + 1))})


def _grid(past: Past, reason: str, bounds: tuple[float, float], count: int) -> Iterator[Advice]:
    low, high = bounds
    tried = grid(low, high, count)
    shown = ", ".join(f"{level:g}" for level in tried)
    known = corpus.figures()["effects"]["flooding"]
    why = (
        f"Below {numbers.figure(low)} a level would never have acted in this run, above {numbers.figure(high)} it "
        "would have kept the network from where its validation loss was lowest. On other runs, trained side by side "
        f"with and without, flooding changed the best test accuracy by {_interval(known['best_acc'])} "
        f"percentage points, which "
        f"is no trend, and the last epoch's test loss by {_interval(known['last_loss'])} %: it makes late epochs safer "
        "rather than the best one better. Each level is a training of its own."
    )
    message = f"Flooding can be tried: {reason}. Train with each of b = {shown}; keep the best validation accuracy."
    evidence = {f"level {place}": level for place, level in enumerate(tried)}
    yield Advice(message, snippets.flooding_torch(tried), evidence, why=why)
    yield Advice("The same for Keras, as a loss around your own:", snippets.flooding_keras(tried))


def _interval(values: Sequence[float]) -> str:
    return f"{values[0]:+.1f} [{values[1]:+.1f}, {values[2]:+.1f}]"


def _flooded(pasts: Sequence[Past]) -> tuple[Past, Past, float] | None:
    """(without, with, level) where one run hovers on a floor that another one fell through."""
    for one in pasts:
        floor = one.found("flooding")
        level = math.nan if floor is None else floor.evidence.get("level", math.nan)
        for other in pasts:
            train = other.curve(other.question.train_loss)
            finite = train[np.isfinite(train)]
            if other is not one and len(finite) and finite.min() < _BELOW * level:
                return other, one, float(level)
    return None


def _compared(plain: Past, flooded: Past, level: float) -> Advice:
    head = (
        f"{flooded.name} looks flooded at about {numbers.figure(level)} (label smoothing and strong weight decay leave "
        f"such a floor too), {plain.name} does not."
    )
    told = []
    name = flooded.question.gain
    if name is not None and name == plain.question.gain:
        best, last = (_difference(plain, flooded, name, at) for at in ("best", "last"))
        told.append(
            f"{name} with that floor: {best:+.2f} percentage points at the recommended epoch, {last:+.2f} at the last."
        )
        error = _error(flooded, name)
        if error and abs(best) <= error:
            told.append(f"At the recommended epoch that is within the standard error of a difference ({error:.2g}).")
    rows: list[tuple[str | float, ...]] = [("run", "metric", "epoch", "recommended", "last")]
    for past in (plain, flooded):
        for metric in (past.question.loss, past.question.gain):
            if metric is not None:
                curve = past.question.metric(metric)
                at = epochs.label(past.question, past.index)
                rows.append((past.name, metric, at, float(curve[past.index]), float(curve[-1])))
    known = corpus.figures()["effects"]["flooding"]["best_acc"]
    why = (
        f"On other runs flooding changed the best test accuracy by {_interval(known)} percentage points. Two seeds of "
        "one setting differ as well."
    )
    return Advice(" ".join([head, *told]), evidence={"level": level}, why=why, rows=tuple(rows), worth=0.1)


def _difference(plain: Past, flooded: Past, name: str, at: str) -> float:
    def value(past: Past) -> float:
        curve = past.question.metric(name)
        return 100 * float(curve[past.index if at == "best" else -1]) / unit_of(curve)

    return value(flooded) - value(plain)


def _error(past: Past, name: str) -> float:
    """Standard error of a difference of two shares on this validation set, in points; 0 if its size is not known."""
    size = past.question.val_size
    share = float(past.question.metric(name)[past.index]) / unit_of(past.question.metric(name))
    return 100 * math.sqrt(2 * max(share * (1 - share), 0.0) / size) if size else 0.0
