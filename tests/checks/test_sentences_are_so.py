"""The sentence of every check, read back and computed anew from the values as logged: it must be so.

Each law parses the whole sentence, so that no part of it can be said without one; what is a mean says that it is one,
and is computed here from the definition of a mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples
from questions import ask_of
from small_logs import small_questions

from selectmodel import registry
from selectmodel.records import Pick, Question, frozen

N = r"-?[\d.,]+(?:e[-+]?\d+)?"
E = r"epoch (\d+)"
MEANS = r"(?: \(means of up to ([\d and]+) validations\))?"


def number(text: str) -> float:
    return float(text.replace(",", ""))


def course(question: Question, name: str) -> tuple[Any, Any]:
    """Epochs and values of what was logged of a metric."""
    values = question.metric(name)
    logged = np.isfinite(values)
    return question.epochs[logged], values[logged]


def at(question: Question, name: str, epoch: str) -> float:
    epochs, values = course(question, name)
    return float(values[list(epochs).index(float(epoch))])


def means(values: Any, window: int) -> Any:
    half = window // 2
    return np.array([np.mean(values[max(0, i - half) : i + half + 1]) for i in range(len(values))])


def smooth(question: Question, name: str, windows: str | None, *, share: bool = False) -> tuple[Any, Any]:
    """Epochs and values, as means where the sentence says so."""
    epochs, values = course(question, name)
    window = 1 if windows is None else int(windows.split(" and ")[-1 if len(values) >= 30 else 0])
    unit = 100 if share and values.max() > 1.000001 else 1
    return epochs, means(values, window) / unit


def close(text: str, value: float, digits: float = 0.51) -> bool:
    """Whether a printed number is the value, rounded to the decimals it shows."""
    mantissa, _, power = text.replace(",", "").partition("e")
    places = len(mantissa.partition(".")[2])
    return abs(number(text) - value) <= digits * 10.0 ** (int(power or 0) - places) + 1e-9 * abs(value)


def same(one: float, other: float) -> bool:
    """Equal but for rounding in the sum of a mean."""
    return bool(np.isclose(one, other, rtol=1e-9, atol=0))


def overfitting(question: Question, found: re.Match[str]) -> None:
    share, times, lowest, since, windows, then, now = found.groups()
    epochs, values = smooth(question, "val_loss", windows)
    bottom = list(epochs).index(float(lowest))
    assert same(values[bottom], values.min())
    ratio = values[-1] / values.min()
    if share:
        assert close(share, 100 * (ratio - 1))
    else:
        assert close(times, ratio, 0.51) or abs(number(times) / ratio - 1) < 0.01
    if since:
        after = epochs >= float(since)
        assert (values[after] > 1.01 * values.min()).all() and not (
            values[epochs < float(since)][-1:] > 1.01 * values.min()
        ).any()
    if then:
        train_at, train = course(question, "loss")
        nearest = int(np.argmin(np.abs(train_at - epochs[int(np.argmin(course(question, "val_loss")[1]))])))
        assert close(then, train[nearest]) and close(now, train[-1]) and number(now) > number(then)


def saturated(question: Question, found: re.Match[str]) -> None:
    least, share, epoch, reached, where, rest = found.groups()
    epochs, values = course(question, "accuracy")
    values = values / (100 if values.max() > 1.000001 else 1)
    after = epochs >= float(epoch or where)
    if share:
        low = 100 * values[after].min()
        assert number(share) <= low + 1e-9 and (least or (values[after] == 1).all())
        assert not least or low - number(share) < 0.011
    else:
        assert number(reached) <= 100 * values[after][0] + 1e-9 and 100 * values[after][0] - number(reached) < 0.011
        assert (values[epochs < float(where)] < 0.999).all()
    first = float(epoch or where)
    for name, begin, end, best in re.findall(rf"(val_\w+) ({N}) → ({N}) \(best ({N})\)", rest):
        on, later = course(question, name)
        later = later[on >= first]
        assert close(begin, later[0]) or close(begin, later[0] / 100)
        unit = 1 if close(begin, later[0]) else 100
        assert close(end, later[-1] / unit)
        assert close(best, (later.min() if name == "val_loss" else later.max()) / unit)
    on, train = course(question, "loss")
    ratio = train[on >= first][-1] / train[on >= first][0] if (on >= first).any() else np.nan
    for said, so in (("hardly fell", 0.8 <= ratio <= 1), ("rose", ratio > 1), ("went on falling", ratio < 0.8)):
        assert said not in rest or so
    if "clearly better accuracy later" in rest:
        score = course(question, "val_accuracy")[1]
        assert score.max() / (100 if score.max() > 1.000001 else 1) < 1


def overconfidence(question: Question, found: re.Match[str]) -> None:
    bottom, rise, gain, top, windows = found.groups()
    on, loss = smooth(question, "val_loss", windows)
    there, score = smooth(question, "val_accuracy", windows, share=True)
    assert close(rise, 100 * (np.interp(float(top), on, loss) / loss[list(on).index(float(bottom))] - 1))
    assert same(loss[list(on).index(float(bottom))], loss.min())
    before, best = score[there >= float(bottom)][0], score[list(there).index(float(top))]
    assert (
        close(gain, 100 * (best - before))
        and same(best, score[there >= float(bottom)].max())
        and float(top) > float(bottom)
    )


def disagree(question: Question, found: re.Match[str]) -> None:
    high, low, more, lost, windows = found.groups()
    on, loss = smooth(question, "val_loss", windows)
    there, score = smooth(question, "val_accuracy", windows, share=True)
    assert same(score[list(there).index(float(high))], score.max())
    assert same(loss[list(on).index(float(low))], loss.min())
    assert close(more, 100 * (np.interp(float(high), on, loss) / loss.min() - 1)) and float(high) < float(low)
    assert close(lost, 100 * (score.max() - np.interp(float(low), there, score)))


def double_descent(question: Question, found: re.Match[str]) -> None:
    first, up, peak, down, apart, side, windows, stop, when = found.groups()
    epochs, values = smooth(question, "val_loss", windows)
    one, top = (values[list(epochs).index(float(epoch))] for epoch in (first, peak))
    again = values[epochs >= float(peak)].min()
    assert same(one, values[epochs <= float(peak)].min()) and float(first) < float(peak)
    assert close(up, 100 * (top / one - 1)) and close(down, 100 * (1 - again / top))
    assert close(apart, 100 * abs(again / one - 1)) and (side == "below") == (again < one)
    on, raw = course(question, "val_loss")
    waits = [i for i in range(10, len(raw)) if raw[: i - 9].min() <= raw[i - 9 : i + 1].min()]
    if stop is None:
        assert not waits
    else:
        assert on[waits[0]] == float(stop)
        second = epochs[epochs >= float(peak)][int(np.argmin(values[epochs >= float(peak)]))]
        place = float(stop)
        said = (
            "before the second descent"
            if place <= float(peak)
            else "within the second descent"
            if place < second
            else "after it"
        )
        assert when == said


def still_improving(question: Question, found: re.Match[str]) -> None:
    name, best, gain, back, windows, most = found.groups()
    _, values = course(question, name)
    sign = 1 if name == "val_loss" else -1
    count = number(back) if back else 1
    if best:
        before, after = (sign * values)[: -int(count)].min(), (sign * values).min()
        assert close(gain, before - after) and number(gain) > 0 and number(most) <= 1.42 * number(gain)
        return
    if windows is None:
        assert sign * values[-1] == (sign * values).min(), "the best is the last one"
    values = means(values, int(windows or 1))
    assert close(gain, sign * (values[-1 - int(count)] - values[-1])) and number(gain) > 0
    assert same(values[-1], sign * (sign * values).min())
    assert number(most) >= 0


def unstable(question: Question, found: re.Match[str]) -> None:
    values = course(question, "val_loss")[1]
    second = values[len(values) // 2 :]
    factors = np.maximum(second[1:], second[:-1]) / np.minimum(second[1:], second[:-1])
    low, high = 100 * (np.sort(factors)[(len(factors) - 1) // 2] - 1), 100 * (np.sort(factors)[len(factors) // 2] - 1)
    assert low - 1 <= number(found[1]) <= high + 1


def small_validation(question: Question, found: re.Match[str]) -> None:
    size, error, near, of, one, other, needed = found.groups()
    values = course(question, "val_accuracy")[1]
    unit = 100 if values.max() > 1.000001 else 1
    best = min(max(values.max() / unit, 0.5 / question.val_size), 1 - 0.5 / question.val_size)
    margin = (best * (1 - best) / question.val_size) ** 0.5
    assert int(size) == question.val_size and close(error, 100 * margin) and int(of) == len(values)
    assert int(near) == int(np.count_nonzero(values / unit >= values.max() / unit - margin))
    if one:
        assert close(one, values.max()) and number(one) > number(other) and number(needed) <= 1_000_000
        assert any(close(other, value) for value in values)


def val_better_than_train(question: Question, found: re.Match[str]) -> None:
    count, of, val, train, epoch = found.groups()
    on, _ = course(question, "val_loss")
    half = [e for e in on[len(on) // 2 :] if e in course(question, "loss")[0]]
    below = sum(at(question, "val_loss", e) < at(question, "loss", e) for e in half)
    assert int(of) == len(half) and below == (int(of) if count == "each" else int(count))
    assert close(val, at(question, "val_loss", epoch)) and close(train, at(question, "loss", epoch))
    assert number(val) < number(train) and float(epoch) == on[-1]


def too_good(question: Question, found: re.Match[str]) -> None:
    level, least, since, count, of, too, already, first = found.groups()
    epochs, values = course(question, "val_accuracy")
    share = values / (100 if values.max() > 1.000001 else 1)
    if already:
        assert close(already, values[0]) and float(first) == epochs[0] and (number(already) != 1 or values[0] == 1)
        return
    good = share >= (1 if level == "perfect" else number(least) / 100)
    if since:
        assert good[epochs >= float(since)].all(), "on means at every one from there"
        assert not good[epochs < float(since)][-1:].any() or level == "perfect", "and it is where that begins"
    else:
        assert int(count) == good.sum() and int(of) == len(share) and bool(too) == bool(good[-1])
        assert not too or (good[epochs >= float(too)].all() and not good[epochs < float(too)][-1])


def constant(question: Question, found: re.Match[str]) -> None:
    name, value, every, count, stuck, since = found.groups()
    epochs, values = course(question, name)
    if count:
        assert (values == values[0]).all() and close(value, values[0]) and int(count) == len(values)
        assert (every == "every one of") == (len(values) == question.n)
    else:
        after = values[epochs >= float(since)]
        assert (after == after[0]).all() and close(stuck, after[0]) and values[epochs < float(since)][-1] != after[0]


def lone_spike(question: Question, found: re.Match[str]) -> None:
    name, best, epoch, beside, others = found.groups()
    epochs, values = course(question, name)
    sign = 1 if name == "val_loss" else -1
    place = list(epochs).index(float(epoch))
    sides = [values[i] for i in range(place - 2, place + 3) if i != place]
    assert sign * values[place] == (sign * values).min() and close(best, values[place])
    assert close(beside, sign * min(sign * side for side in sides))
    assert close(others, sign * np.delete(sign * values, place).min())
    written = max(len(str(float(value)).partition(".")[2]) for value in values)
    assert abs(number(best) - number(beside)) > 1.01 * 10.0**-written, "one step of the last decimal is no spike"
    assert sign * number(best) < sign * number(others)


def lr_drop(question: Question, found: re.Match[str]) -> None:
    rate, then, epoch, before, after = found.groups()
    on, loss = course(question, "val_loss")
    place = list(on).index(float(epoch))
    assert close(rate, question.learning_rate[question.epochs == on[place - 1]][0])
    assert close(then, question.learning_rate[question.epochs == on[place]][0]) and number(then) < number(rate)
    assert close(before, loss[place - 3 : place].mean()) and close(after, loss[place : place + 3].mean())


def flooding(question: Question, found: re.Match[str]) -> None:
    level, count, epoch = found.groups()
    epochs, train = course(question, "loss")
    last = np.sort(train[-int(count) :])
    median = (last[(len(last) - 1) // 2] + last[len(last) // 2]) / 2
    assert close(level, median) and int(count) == len(train) // 3
    assert epochs[train <= 1.1 * median * (1 + 1e-9)][0] == float(epoch)


def sparse_evaluation(question: Question, found: re.Match[str]) -> None:
    assert int(found[1]) == question.n and int(found[2]) == len(question.timeline)


Law = Callable[[Question, "re.Match[str]"], None]
RISES = rf"(?:; the training loss rises too, from ({N}) to ({N}), so the fit broke down rather than overfitted)?"
LAWS: dict[str, tuple[str, Law]] = {
    "overfitting": (
        rf"val_loss ends (?:({N}) % above its minimum|at ({N}) times its minimum) of {E}"
        rf"(?: and stays more than 1 % above it from {E} on)?{MEANS}{RISES}",
        overfitting,
    ),
    "saturated": (
        rf"accuracy (?:is (at least )?({N}) % from {E} on|reaches ({N}) % at {E})((?:; .*)?)",
        saturated,
    ),
    "overconfidence": (
        rf"after {E} val_loss rises by ({N}) %, yet val_accuracy gains ({N}) percentage points by {E}{MEANS}: for "
        r"right answers believe val_accuracy \(right in 4 of 5 such runs\), for probabilities val_loss",
        overconfidence,
    ),
    "disagree": (
        rf"val_accuracy is best around {E}, val_loss only around {E}: the one costs ({N}) % of loss, the other "
        rf"({N}) percentage points of val_accuracy{MEANS}",
        disagree,
    ),
    "double_descent": (
        rf"val_loss fell to {E}, rose by ({N}) % to {E} and fell again by ({N}) %, ({N}) % (below|above) "
        rf"the first minimum{MEANS}; patience 10 would (?:not have stopped it|have stopped at {E}, (.*))",
        double_descent,
    ),
    "still_improving": (
        rf"(val_\w+) was still improving at the end, (its best )?by ({N}) over the last (?:validation|"
        rf"(\d+) validations){MEANS}; as long again brought between nothing and ({N}) in 9 of 10 such runs",
        still_improving,
    ),
    "unstable": (
        rf"val_loss moves up or down by ({N}) % from one validation to the next \(median of the second half\): which "
        "epoch is best is partly luck",
        unstable,
    ),
    "small_validation": (
        rf"(\d+) validation examples leave a standard error of ({N}) percentage points: (\d+) of (\d+) validations are "
        rf"within it of the best val_accuracy(?:; to tell ({N}) from ({N}) takes about ({N}))?",
        small_validation,
    ),
    "val_better_than_train": (
        rf"val_loss is below loss at (each|\d+) of (\d+) validations of the second half \(({N}) against ({N}) at "
        rf"{E}\), as dropout, augmentation and running means make it; without any of them look for leakage",
        val_better_than_train,
    ),
    "too_good": (
        rf"val_accuracy is (?:(perfect|at least ({N}) %) (?:from {E} on|at (\d+) of (\d+) validations"
        rf"(?:, and from {E} on)?)|({N}) at {E} already): look for copies .*",
        too_good,
    ),
    "constant": (
        rf"(val_\w+) is (?:({N}) at (every one of|all that it was logged at:) (\d+) validations: it cannot choose one|"
        rf"stuck at ({N}) from {E} on)",
        constant,
    ),
    "lone_spike": (
        rf"the best (val_\w+), ({N}) at {E}, is a spike \(the two validations on either side reach ({N}), all "
        rf"others ({N})\): on data like the validation set expect less",
        lone_spike,
    ),
    "lr_drop": (
        rf"the learning rate falls from ({N}) to ({N}) at {E}, and val_loss with it from ({N}) to "
        rf"({N}) \(means of 3 validations\): the schedule explains the jump",
        lr_drop,
    ),
    "flooding": (
        rf"loss hovers around ({N}) \(the median of its last (\d+) values; first within 10 % of it at {E}\), far above "
        "what its accuracy suggests: perhaps (?:flooding, label smoothing|label smoothing, flooding) or strong weight "
        "decay",
        flooding,
    ),
    "sparse_evaluation": (
        r"val_\w+ was measured at (\d+) of (\d+) logged epochs: the best may lie between",
        sparse_evaluation,
    ),
}  # fmt: skip
#: Said of what the question holds beside its curves: files, notes, splits, and where a loss is not finite.
ELSEWHERE = {
    "diverged", "framework_best", "no_checkpoint", "no_validation", "resumed", "selecting_on_test",
    "selecting_on_train",
}  # fmt: skip


def test_every_check_has_a_law_or_says_itself_what_it_says() -> None:
    """A check that is new need write nothing here: cases in its own file hold what it says, and when it is silent."""
    assert set(LAWS) | ELSEWHERE <= set(registry.names("checks"))
    for check in set(registry.names("checks")) - set(LAWS) - ELSEWHERE:
        said = [message for _, _, message in registry.load("checks", check).cases]
        assert any(said) and not all(said), f"{check}: CASES show no log it speaks of, or none it passes over"


@pytest.mark.parametrize("check", LAWS)
@settings(max_examples=examples(150), deadline=None, derandomize=True, database=None)
@given(question=small_questions())
def test_what_a_check_says_is_so(check: str, question: Question) -> None:
    pattern, law = LAWS[check]
    for message in said(check, question):
        read = re.fullmatch(pattern, message)
        assert read is not None, message
        law(question, read)


def said(check: str, question: Question) -> list[str]:
    index = int(np.argmin(question.cost)) if question.allowed.any() else None
    with np.errstate(all="ignore"):
        return [found.message for found in registry.load("checks", check).find(question, Pick(index, "lowest"))]


@settings(max_examples=examples(200), deadline=None, derandomize=True, database=None)
@given(question=small_questions(), kept=st.integers(0, 44))
def test_what_a_framework_would_keep_is_no_better(question: Question, kept: int) -> None:
    question = replace(question, replayed={"keras": kept % question.n})
    for message in said("framework_best", question):
        pattern = rf"keras would keep {E}, not {E}: (?:a tie|{question.monitor} ({N}) instead of ({N}))"
        read = re.fullmatch(pattern, message)
        assert read is not None, message
        theirs, best = (at(question, question.monitor, epoch) for epoch in (read[1], read[2]))
        assert question.epochs[kept % question.n] == float(read[1])
        sign = 1 if question.goal == "min" else -1
        assert sign * best == question.cost.min()
        if read[3]:
            assert close(read[3], theirs) and close(read[4], best) and sign * best < sign * theirs
            assert read[3] != read[4]
        else:
            assert best == theirs


@pytest.mark.parametrize("name", ["val_loss", "val_psnr", "validation/foo", "val_accuracy", "valid_mae", "eval_cider"])
def test_a_log_with_any_validation_metric_has_validation_values(name: str) -> None:
    question = ask_of([3.0, 2.0, 1.0], monitor="loss", split="train", companions={name: [1.0, 2.0, 3.0]})
    assert (
        said("no_validation", question) == []
        and "though the log has validation" in said("selecting_on_train", question)[0]
    )
    lost = replace(
        question, companions={"lr": frozen([0.1] * 3), "train_mae": frozen([1.0] * 3)}, val_loss=None, val_score=None
    )
    assert said("selecting_on_train", lost) == [] and "no validation values" in said("no_validation", lost)[0]
