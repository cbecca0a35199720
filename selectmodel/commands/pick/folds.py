"""From several runs of one recipe to their mean: k folds, seeds or loaders, judged at one epoch for all.

Sources: M. Stone, J. R. Stat. Soc. B 36 (1974), for the mean over folds; Y. Bengio and Y. Grandvalet, JMLR 5 (2004):
the spread between folds, which share training data, makes its error look smaller than it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from selectmodel.commands.pick.across import Across, Member
from selectmodel.display import epochs, numbers
from selectmodel.errors import ChoiceError, LogError, UsageError
from selectmodel.files.choose_run import shortened
from selectmodel.metrics import monitor, units
from selectmodel.metrics.monitor import Monitor
from selectmodel.policy.policy import Policy
from selectmodel.records import Bools, Floats, Note, Question, Run, Series
from selectmodel.selection import recommend
from selectmodel.selection.question import Asked, ask
from selectmodel.selection.recommend import Decision

#: Notes on checkpoint files, of which a mean has none; that their names are rounded (SM156) matters all the same.
_OF_FILES = frozenset(("SM129", "SM147", *(f"SM{code}" for code in range(150, 161) if code != 156)))


def across(runs: Sequence[Run], policy: Policy) -> Across:
    """The epoch that is best in the mean of the runs, by the rule that would judge one of them.

    The runs are of one recipe on other parts of the data, or by other seeds. Raises UsageError for fewer than two runs
    and where they are judged by different metrics, LogError where they have no epoch in common, and what recommend
    raises.
    """
    _refuse_unfit(runs, policy)
    alone = replace(policy, checkpoints="off", only_saved=False)
    names = _names(runs)
    asked = [_asked(run, alone, name) for run, name in zip(runs, names, strict=True)]
    _refuse_twice(asked)
    _refuse_unlike(asked, names)
    labels, axis = _common(asked, names)
    tables = [_at(one, labels, axis) for one in asked]
    mean = _judged(_mean_run(asked, tables, labels, axis), _of_the_mean(alone, asked), asked[0].monitor)
    index = int(np.searchsorted(labels, epochs.label(mean.asked.question, mean.index)))
    metric = asked[0].monitor.name
    curves = np.array([table[metric] for table in tables])
    return Across(
        metric=metric,
        goal=asked[0].monitor.goal,
        split=asked[0].monitor.split,
        axis=axis,
        labels=labels,
        means=curves.mean(axis=0),
        errors=_errors(curves),
        index=index,
        rule=mean.pick.rule,
        reason=mean.pick.reason,
        values=mean.pick.values,
        epochs=_epochs(float(labels[index]), asked, axis),
        as_good_as=_alike(
            curves if asked[0].monitor.goal == "min" else -curves, index, _allowed(mean.asked.question, labels)
        ),
        members=tuple(
            _member(run, one, name, table[metric], alone, axis)
            for run, one, name, table in zip(runs, asked, names, tables, strict=True)
        ),
        notes=tuple(_notes(asked, names, labels, curves, axis)),
    )


def _refuse_unfit(runs: Sequence[Run], policy: Policy) -> None:
    if len(runs) < 2:
        raise UsageError("--across: takes the mean over several runs, and there is one; without it, pick judges one")
    if policy.only_saved:
        raise UsageError("--across: the mean of several runs has no checkpoint file; leave out only_saved")


def _refuse_twice(asked: Sequence[Asked]) -> None:
    """One file may hold several folds; one fold may not count twice."""
    for at, one in enumerate(asked):
        for other in asked[:at]:
            # folds that have learnt their data have equal scores, and losses of their own
            if one.run.files and one.run.files == other.run.files and _equal(one.run, other.run):
                raise UsageError(f"--across: {one.run.source} is given twice")


def _equal(one: Run, other: Run) -> bool:
    return one.series.keys() == other.series.keys() and all(
        np.array_equal(series.steps, other.series[name].steps)
        and np.array_equal(series.values, other.series[name].values, equal_nan=True)
        for name, series in one.series.items()
    )


def _names(runs: Sequence[Run]) -> list[str]:
    """A name for each that no other has, as short as can be."""
    names = shortened([run.source for run in runs])
    if len(set(names)) == len(names):
        return names
    names = [run.name for run in runs]
    return names if len(set(names)) == len(names) else [f"{name} #{at}" for at, name in enumerate(names, start=1)]


def _asked(run: Run, policy: Policy, name: str) -> Asked:
    try:
        asked = ask(run, policy)
    except ChoiceError as failure:  # the sentence is made for one log, and here are several
        message, choices = failure.given
        raise ChoiceError(f"{name}: {message}", choices) from None
    if asked.records:
        raise LogError(f"{name}: {asked.monitor.name} holds the best value so far, which has no mean over runs")
    return asked


def _refuse_unlike(asked: Sequence[Asked], names: Sequence[str]) -> None:
    """One metric, one direction, one unit."""
    first = asked[0].monitor
    for one, name in zip(asked[1:], names[1:], strict=True):
        own = one.monitor
        if (own.name, own.goal) != (first.name, first.goal):
            raise UsageError(
                f"--across: {names[0]} is judged by {first.name}:{first.goal}, {name} by {own.name}:{own.goal}; "
                f"name one metric for all, e.g. {monitor.flag(first.name)}"
            )
    scales = [units.rate_scale(one.meanings[first.name].base, one.question.values) for one in asked]
    for scale, name in zip(scales, names, strict=True):
        if scale != scales[0] and None not in (scale, scales[0]):
            of = {units.SCALE["share"]: "as a share of 1", units.SCALE["percent"]: "in percent"}
            raise UsageError(
                f"--across: {first.name} is logged {of.get(scales[0] or 0)} by {names[0]} and "
                f"{of.get(scale or 0)} by {name}; their mean would be of neither"
            )


def _labels(asked: Asked, axis: str) -> Floats | None:
    """(n,) what the candidates are called on this axis; None where that tells them not apart."""
    question = asked.question
    labels = question.epochs if axis == "epoch" else question.steps.astype(np.float64)
    return labels if np.isfinite(labels).all() and len(np.unique(labels)) == len(labels) else None


def _common(asked: Sequence[Asked], names: Sequence[str]) -> tuple[Floats, str]:
    """The epochs that all runs have, ascending; their steps where epochs are not known, or none is common."""
    for axis in ("epoch", "step"):
        labels = [_labels(one, axis) for one in asked]
        if axis == "step" and any(one.run.x_axis != "step" for one in asked):
            break
        common = labels[0]
        for other in labels[1:]:
            common = None if common is None or other is None else np.intersect1d(common, other)
        if common is not None and len(common):
            _refuse_other_counts(asked, names, axis)
            return np.sort(common), axis
    raise LogError(f"--across: {', '.join(names)} have no epoch in common at which {asked[0].monitor.name} is logged")


def _refuse_other_counts(asked: Sequence[Asked], names: Sequence[str], axis: str) -> None:
    """An epoch 5 counted from 0 is not the epoch 5 counted from 1."""
    starts = [float(one.question.epochs[0]) for one in asked] if axis == "epoch" else []
    if 0 in starts and 1 in starts:
        one, other = names[starts.index(0)], names[starts.index(1)]
        raise UsageError(f"--across: {one} counts its epochs from 0, {other} from 1, so that no epoch is the same")


def _at(asked: Asked, labels: Floats, axis: str) -> dict[str, Floats]:
    """(n,) every metric at the common epochs."""
    own = _labels(asked, axis)
    assert own is not None  # as _common found
    order = np.argsort(own, kind="stable")
    at = order[np.searchsorted(own[order], labels)]
    question = asked.question
    return {name: question.metric(name)[at] for name in (question.monitor, *question.companions)}


def _mean_run(asked: Sequence[Asked], tables: Sequence[dict[str, Floats]], labels: Floats, axis: str) -> Run:
    """The run that logs the mean of every metric that all runs log; a sum of metrics is added up anew from these."""
    first = asked[0].run
    whole = bool((labels == np.floor(labels)).all())
    steps = labels.astype(np.int64) if whole else np.arange(len(labels))
    at = labels if axis == "epoch" else np.full(len(labels), np.nan)
    summed = {one.monitor.name for one in asked if any(note.code == "SM276" for note in one.notes)}
    series = {}
    for name in tables[0]:
        if name not in summed and all(name in table for table in tables):
            with np.errstate(invalid="ignore", over="ignore"):
                values = np.mean([table[name] for table in tables], axis=0)
            series[name] = Series.of(name, steps, at, values)
    counted: Literal["step", "epoch", "row"] = "step" if axis == "step" else "epoch" if whole else "row"
    name = f"the mean of {numbers.counted(len(asked), 'run')}"
    return Run(name, name, first.format, series, counted, first.hints)


def _of_the_mean(policy: Policy, asked: Sequence[Asked]) -> Policy:
    """The metric is the one that each run was judged by; the mean is over the examples of all of them."""
    metric = policy.metric or (f"{asked[0].monitor.name}:{asked[0].monitor.goal}" if policy.rule else None)
    sizes = [one.question.val_size for one in asked]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    return replace(policy, metric=metric, val_size=total)


def _judged(run: Run, policy: Policy, wanted: Monitor) -> Decision:
    """The answer for the mean by the metric that each run was judged by, also where the mean alone has another."""
    found = recommend.decide(run, policy)
    if found.asked.monitor.name == wanted.name:
        return found
    return recommend.decide(run, replace(policy, metric=f"{wanted.name}:{wanted.goal}"))


def _errors(curves: Floats) -> Floats:
    """(n,) standard errors of the means of (runs, n) curves."""
    with np.errstate(invalid="ignore", over="ignore"):
        # from the first run, so that equal values differ by nothing and not by rounding
        found: Floats = (curves - curves[0]).std(axis=0, ddof=1) / math.sqrt(len(curves))
    return found


def _allowed(question: Question, labels: Floats) -> Bools:
    """(n,) which of the common epochs count: not those before ``min_epoch``, or at which the loss is not finite."""
    counts = [float(epochs.label(question, at)) for at in np.flatnonzero(question.allowed).tolist()]
    found: Bools = np.isin(labels, counts)
    return found


def _alike(costs: Floats, index: int, allowed: Bools) -> tuple[int, ...]:
    """The epochs that cost no more than the picked one in the mean of the runs, within a standard error."""
    apart = costs - costs[:, [index]]
    error = _errors(apart)
    with np.errstate(invalid="ignore"):
        near = allowed & (apart.mean(axis=0) <= error)
    near[index] = True
    return tuple(np.flatnonzero(near).tolist())


def _epochs(label: float, asked: Sequence[Asked], axis: str) -> float | None:
    """How many epochs lead to the one picked: one more where the logs count from 0."""
    if axis == "step":
        return None
    first = min(float(one.question.epochs[0]) for one in asked)
    whole = all(bool((one.question.epochs % 1 == 0).all()) for one in asked)
    return label + 1 if whole and first == 0 else label


def _member(run: Run, asked: Asked, name: str, values: Floats, policy: Policy, axis: str) -> Member:
    own = recommend.decide(run, policy).pick
    question = asked.question
    last = question.epochs[-1] if axis == "epoch" else question.steps[-1]
    place = own.epoch if axis == "epoch" else question.steps[own.index or 0]
    return Member(
        name=name,
        source=run.source,
        files=run.files,
        values=values,
        last=float(last),
        own_epoch=math.nan if place is None else float(place),
        own_value=own.values[asked.monitor.name],
    )


def _notes(asked: Sequence[Asked], names: Sequence[str], labels: Floats, curves: Floats, axis: str) -> list[Note]:
    """Where runs differ in length or lack a value, and what is to be known of each."""
    found = []
    lengths = [one.question.n for one in asked]
    if max(lengths) > len(labels):
        shortest, longest = (names[lengths.index(size)] for size in (min(lengths), max(lengths)))
        message = f"only the {numbers.counted(len(labels), axis)} that all runs have count"
        told = f"{shortest} has {min(lengths):,}, {longest} {max(lengths):,}"
        found.append(Note("SM277", f"{message}: {told}", "", "warn"))
    missing = ~np.isfinite(curves)
    if missing.any():
        without = ", ".join(name for name, row in zip(names, missing, strict=True) if row.any())
        at = [(place, numbers.number(float(labels[place]))) for place in np.flatnonzero(missing.any(axis=0)).tolist()]
        message = f"{without}: no finite {asked[0].monitor.name} at {axis} {numbers.ranges(at)}, which do not count"
        found.append(Note("SM278", message, "", "warn"))
    sums = {note.message: note for one in asked for note in one.notes if note.code == "SM276"}
    found += [replace(note, where="") for note in sums.values()]
    for one in asked:
        heard = (note for note in (*one.run.notes, *one.notes) if note.level == "warn" or note.degrades)
        found += [note for note in heard if note.code not in _OF_FILES]
    return list(dict.fromkeys(found))
