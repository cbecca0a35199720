"""Settles what is judged in one run, and says what might have been judged as well and was not, with the flag for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from selectmodel.display import epochs, numbers
from selectmodel.errors import ChoiceError
from selectmodel.metrics import kinds, meaning, scores, units
from selectmodel.metrics.meaning import Meaning, Meanings
from selectmodel.metrics.monitor import flag
from selectmodel.metrics.roles import Roles, settled
from selectmodel.metrics.words import take_apart
from selectmodel.policy.policy import Policy
from selectmodel.records import Floats, Goal, Note, Question, Run
from selectmodel.selection import aim, alignment, errors_of_a_regression, running_best
from selectmodel.selection.aim import Wanted

#: Names listed in a sentence.
_SHOWN = 3
#: Fewer equal values than this are equal by chance.
_FEWEST = 4
#: Weights averaged over the training.
_AVERAGED = frozenset(("ema", "swa"))


@dataclass(frozen=True, slots=True)
class Judged:
    """Which metric plays which part, and what was not judged.

    Attributes:
        passed_over: metrics that cannot speak for the training, and why.
        rivals: scores of one kind, none of which is the main one.
        bests: columns that hold the best so far, each with the metric whose best it is, None where that is not logged.
    """

    roles: Roles
    passed_over: tuple[str, ...]
    rivals: tuple[str, ...]
    bests: Mapping[str, str | None]


def settle(run: Run, policy: Policy, meanings: Meanings, usable: Collection[str]) -> Judged:
    """The parts of all metrics of a run. Raises what :func:`.monitor.choose` does."""
    bests = running_best.found(run, meanings)
    if not bests:
        wanted, roles = _settled(run, policy, meanings, usable)
        return Judged(roles, wanted.passed_over, wanted.rivals, bests)
    named = (policy.metric or "").removesuffix(":min").removesuffix(":max")
    if named in bests:
        _refuse_contradicted(run, named, bests[named])
        own = Meanings({name: m for name, m in meanings.items() if name not in bests or name == named})
        wanted, roles = _settled(run, policy, own, usable)
        return Judged(roles, wanted.passed_over, wanted.rivals, bests)
    own = Meanings({name: m for name, m in meanings.items() if name not in bests})
    best = _only_the_record(policy, own, meanings, bests, usable)
    if best is None:
        wanted, roles = _settled(run, policy, own, usable)
        return Judged(roles, wanted.passed_over, wanted.rivals, bests)
    own = Meanings({name: m for name, m in meanings.items() if name not in bests or name == best})
    roles = settled(own, best, "the only one of its kind in the log", policy.goals, _of(own, usable), own)
    return Judged(roles, (), (), bests)


def _settled(run: Run, policy: Policy, meanings: Meanings, usable: Collection[str]) -> tuple[Wanted, Roles]:
    """``meanings`` are those of the names that may be judged."""
    scorable = _scorable(run, meanings)
    wanted = aim.metric(run, policy, scorable, usable)
    offered = {name for name in _of(meanings, usable) if name not in wanted.unfit}
    return wanted, settled(meanings, wanted.metric, wanted.why, policy.goals, offered, scorable)


def _of(meanings: Mapping[str, Meaning], usable: Collection[str]) -> set[str]:
    return {name for name in meanings if name in usable}


def _scorable(run: Run, meanings: Meanings) -> Meanings:
    """Without what is called an error and whose values are no rate of errors: a distance, which is a loss."""
    no_rates = {
        name
        for name, m in meanings.items()
        if m.goal == "min" and kinds.is_low(m.base) and units.whole(m.base, run.series[name].values) is None
    }
    return Meanings({name: m for name, m in meanings.items() if name not in no_rates}) if no_rates else meanings


def _only_the_record(
    policy: Policy,
    own: Mapping[str, Meaning],
    meanings: Mapping[str, Meaning],
    bests: Mapping[str, str | None],
    usable: Collection[str],
) -> str | None:
    """The running best to go by where the log holds nothing else of its kind: a score before the loss, or any."""
    if policy.metric is not None or policy.rule is not None or policy.aim == "loss":
        return None
    alone = {name: meanings[name] for name, twin in bests.items() if twin is None and name in usable}
    if not alone or scores.scores(own, "val").names:
        return None
    score = scores.score_name(alone, "val")
    if score is not None or any(m.split == "val" and m.quality and name in usable for name, m in own.items()):
        return score
    return meaning.loss_name(alone, "val") or next(
        (name for name, m in alone.items() if m.split == "val" and m.goal), None
    )


def _refuse_contradicted(run: Run, best: str, twin: str | None) -> None:
    if twin is not None and running_best.contradicted(run.series[best], run.series[twin]):
        raise ChoiceError(
            f"{best} holds the best value so far, which {twin} never had at that epoch: it was left there by a check "
            f"before the training, or by another run; add {flag(twin)}"
        )


def notes(
    run: Run, policy: Policy, meanings: Mapping[str, Meaning], question: Question, judged: Judged
) -> Iterator[Note]:
    """What must be known of metrics that were not judged, or not as they are logged."""
    where, chosen = run.source, judged.roles.monitor.name
    yield from _records(run, question, judged)
    rivals = [name for name in judged.rivals if _varies(run.series[name].values)]
    if rivals and policy.metric is None:
        one_sided = all(kinds.one_sided(meanings[name].base) for name in rivals)
        why = (
            "though a model that always gives one answer may reach the best"
            if one_sided
            else "and none is the main one"
        )
        message = f"{_listed(rivals)} may be judged as well, {why}: {chosen} was judged"
        yield Note("SM182", f"{message}; to judge by one add e.g. {flag(rivals[0])}", where)
    if policy.metric is None and policy.rule is None:
        yield from _undirected(run, meanings, judged, where)
        yield from _averaged(run, meanings, judged, where)
        yield from _unsplit(run, meanings, judged, where)
        yield from errors_of_a_regression.told(question, meanings, where)
    if question.train_scale != 1 and question.train_twin is not None:
        units_of = ("in percent", "as a share of 1")
        ours, theirs = units_of if question.train_scale > 1 else units_of[::-1]
        message = f"{chosen} is logged {ours} and {question.train_twin} {theirs}"
        yield Note("SM186", f"{message}; their gap was taken in the unit of {chosen}", where, "warn")
    yield from _same_as_training(run, Meanings(meanings), where)


def _listed(listed: Sequence[str]) -> str:
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _records(run: Run, question: Question, judged: Judged) -> Iterator[Note]:
    chosen = judged.roles.monitor.name
    if chosen in judged.bests:
        last = epochs.epoch_or_step(*_place(question, int(np.argmin(question.cost))))
        message = (
            f"{chosen} holds the best value so far, no epoch's own: the candidates are the epochs at which it changed"
        )
        yield Note("SM183", f"{message}, the last of them {last}", run.source, "warn")
    others = [name for name, twin in judged.bests.items() if twin is None and name != chosen]
    if others:
        verb = "hold" if len(others) > 1 else "holds"
        message = f"{_listed(others)} {verb} the best value so far, no epoch's own"
        yield Note("SM183", f"{message}; {chosen} was judged", run.source)


def _place(question: Question, index: int) -> tuple[float | None, int]:
    epoch = float(question.epochs[index])
    return (epoch if np.isfinite(epoch) else None), int(question.steps[index])


def _undirected(run: Run, meanings: Mapping[str, Meaning], judged: Judged, where: str) -> Iterator[Note]:
    """Validation metrics of which it is not known whether more or less is better."""
    roles = judged.roles
    unknown = [
        name
        for name in roles.others
        if meanings[name].split == "val"
        and meanings[name].quality
        and (name not in roles.goals or meanings[name].weak)
        and name not in judged.bests
        and _varies(run.series[name].values)
    ]
    if unknown:
        message = f"which direction of {_listed(unknown)} is better is not known, so {roles.monitor.name} was judged"
        flags = f"{flag(unknown[0], 'max')} or {flag(unknown[0], 'min')}"
        yield Note("SM184", f"{message}; to judge by it add {flags}", where)


def _unsplit(run: Run, meanings: Mapping[str, Meaning], judged: Judged, where: str) -> Iterator[Note]:
    """Scores of which no word tells the split, where a loss was judged: they may be of the validation data.

    Not beside a training loss without a split in its name, as Keras has: there, the others are of the training too.
    """
    chosen = judged.roles.monitor.name
    loss = meanings.get("loss")
    if meanings[chosen].split != "val" or scores.is_score(meanings[chosen]) or (loss and loss.split == "train"):
        return
    unsplit = [
        name
        for name, m in meanings.items()
        if m.split is None and m.quality and not m.weak and scores.is_score(m) and _varies(run.series[name].values)
        if name not in judged.bests
    ]
    if unsplit:
        verb = "are" if len(unsplit) > 1 else "is"
        message = f"no word tells whether {_listed(unsplit)} {verb} of the validation data, so {chosen} was judged"
        yield Note("SM188", f"{message}; if so, to judge by it add {flag(unsplit[0])}", where)


def _varies(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and bool(finite.min() < finite.max())


def _averaged(run: Run, meanings: Mapping[str, Meaning], judged: Judged, where: str) -> Iterator[Note]:
    """A twin of the judged metric measured on averaged weights (EMA), or on the plain ones, whose best is better."""
    monitor = judged.roles.monitor
    for name in judged.roles.others:
        if meanings[name].split != monitor.split or not _twins(name, monitor.name):
            continue
        ours, theirs = (_best(run.series[one].values, monitor.goal) for one in (monitor.name, name))
        if theirs > ours if monitor.goal == "max" else theirs < ours:
            shown = numbers.column([theirs, ours])
            message = f"{name} is better at its best ({shown[0]}) than {monitor.name} ({shown[1]})"
            advice = f"it is of other weights of the same training; to ship those add {flag(name)}"
            yield Note("SM185", f"{message}; {advice}", where)


def _twins(one: str, other: str) -> bool:
    """Whether two names differ by nothing but the mark of averaged weights."""
    ours, theirs = (set(take_apart(name).core) for name in (one, other))
    return ours ^ theirs != set() and ours ^ theirs <= _AVERAGED


def _best(values: Floats, goal: Goal) -> float:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return -np.inf if goal == "max" else np.inf
    return float(finite.max() if goal == "max" else finite.min())


def _same_as_training(run: Run, meanings: Meanings, where: str) -> Iterator[Note]:
    """Validation and training metrics that are equal at every epoch: one of them is not what its name says."""
    alike: dict[tuple[int, float, float], list[str]] = {}
    for name, series in run.series.items():
        if len(series.values) >= _FEWEST and _varies(series.values):
            ends = float(series.values[0]), float(series.values[-1])
            alike.setdefault((len(series.values), *ends), []).append(name)
    for several in alike.values():
        for name in several:
            theirs = meaning.twin(name, meanings, "train") if len(several) > 1 and _validated(meanings[name]) else None
            if theirs not in several:
                continue
            one, other = run.series[name], run.series[theirs]
            if alignment.in_step(one, other) and np.array_equal(one.values, other.values, equal_nan=True):
                message = f"{name} equals {theirs} at every epoch: the validation data are the training data"
                known = f"{message}, or one metric was logged under both names"
                yield Note("SM187", known, where, "warn", degrades=True)


def _validated(found: Meaning) -> bool:
    return found.split == "val" and found.quality
