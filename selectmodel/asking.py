"""Turns a run and a policy into a question: metric, goal, candidates, companions and files, settled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from selectmodel import aiming, alignment, divergence, figures, monitor, names, score_kinds, valsize
from selectmodel.checkpoints.match import Match, match
from selectmodel.errors import LogError, UsageError
from selectmodel.monitor import Monitor
from selectmodel.names import Meaning
from selectmodel.policy import Policy
from selectmodel.records import Bools, Floats, Goal, Ints, Note, Question, Run, ScoreKind, Series, frozen


@dataclass(frozen=True)
class Asked:
    """A question with what it was made from: how the metrics were understood, which files belong to which epoch.

    ``rule`` recommends; ``named`` if the user named the metric.
    """

    run: Run
    question: Question
    monitor: Monitor
    rule: str
    named: bool
    meanings: Mapping[str, Meaning]
    match: Match
    notes: tuple[Note, ...]

    @cached_property
    def framework(self) -> Question:
        """The same question as a framework's callback would have put it; made only where one is asked."""
        return self.question if self.named else aiming.as_a_framework_asks(self.question, self.run, self.meanings)


def ask(run: Run, policy: Policy) -> Asked:
    """Settles metric, goal, candidates, companions and files once, so that rules need not."""
    meanings = names.understand(run.series, run.hints)
    usable = {name for name, series in run.series.items() if np.count_nonzero(np.isfinite(series.values))}
    _refuse_never_finite(run, policy, usable)
    goals: Mapping[str, Goal] = {name: "max" if goal == "max" else "min" for name, goal in policy.goals.items()}
    wanted, why, passed_over = aiming.metric(run, policy, meanings)
    chosen = monitor.choose(meanings, metric=wanted, goals=goals, usable=usable)
    if why:
        chosen = replace(chosen, why=why)
    candidates = run.series[chosen.name]
    companions, notes = _companions(run, meanings, candidates)
    matched = match(
        run.checkpoints,
        epochs=candidates.epochs,
        steps=candidates.steps,
        has_steps=run.x_axis == "step",
        metrics={chosen.name: candidates.values, **companions},
        monitor=chosen.name,
        format=run.format,
        offset=policy.checkpoint_offset,
    )
    has_file = np.zeros(len(candidates.steps), dtype=np.bool_)
    if matched.saved:
        has_file[list(matched.saved)] = True
    diverged, its_loss = _diverged(run, meanings, candidates)
    allowed = _allowed(run, policy, candidates, has_file, diverged, its_loss)
    cost = candidates.values if chosen.goal == "min" else -candidates.values
    if _all_alike(cost[allowed]):
        message = f"{chosen.name} is the same at every epoch; it cannot choose one"
        notes.append(Note("SM164", message, run.source, "warn"))
    size, likely_size = _sizes(run, meanings)
    question = Question(
        monitor=chosen.name,
        goal=chosen.goal,
        epochs=candidates.epochs,
        steps=candidates.steps,
        values=candidates.values,
        cost=frozen(np.where(allowed, cost, np.inf)),
        allowed=frozen(allowed, np.bool_),
        has_file=frozen(has_file, np.bool_),
        companions=companions,
        goals=_goals(meanings, companions, goals),
        train_twin=_known(names.twin(chosen.name, meanings, "train"), companions),
        val_loss=_known(names.loss_name(meanings, "val"), {**companions, chosen.name: 0}),
        val_score=_known(names.score_name(meanings, "val"), {**companions, chosen.name: 0}),
        val_size=policy.val_size or size,
        likely_size=policy.val_size or likely_size,
        train_score=_known(names.score_name(meanings, "train"), companions),
        score_kind=_score_kind(chosen, meanings),
        timeline=alignment.timeline(_of_the_fit(run, meanings), candidates),
        split=chosen.split,
        train_loss=_known(names.loss_name(meanings, "train"), companions),
        learning_rate=_learning_rate(run, meanings, candidates),
        diverged=frozen(diverged, np.bool_) if diverged.any() else None,
    )
    notes += _not_finite(run, candidates, chosen)
    notes += _told_diverged(run, candidates, diverged, its_loss)
    notes += _passed_over(run, meanings, chosen) if policy.metric is None else ()
    notes += [Note("SM170", f"{told}; {chosen.name} was judged instead", run.source, "warn") for told in passed_over]
    notes += [Note("SM165", notice, run.source, "warn") for notice in chosen.notices]
    named = policy.metric is not None
    rule = policy.recommender or aiming.rule(question, named=named)
    return Asked(run, question, chosen, rule, named, meanings, matched, (*notes, *matched.notes))


def _all_alike(values: Floats) -> bool:
    """Whether several values are one; two of them tell almost always that they are not."""
    return len(values) > 1 and values[0] == values[-1] and float(np.ptp(values)) == 0


def _sizes(run: Run, meanings: Mapping[str, Meaning]) -> tuple[int | None, int | None]:
    """The number of validation examples, where the accuracies in the log tell it, and the likely one, where they may.

    An accuracy on the training data shows how many decimals the log prints.
    """
    for name, meaning in meanings.items():
        if meaning.split == "val" and meaning.base in ("accuracy", "acc", "top1"):
            shares, twin = run.series[name].values, names.twin(name, meanings, "train")
            beside = run.series[twin].values if twin else None
            percent = _percent(shares)
            if beside is not None:
                beside = None if _percent(beside) != percent else beside / 100 if percent else beside
            shares = shares / 100 if percent else shares
            known = valsize.recovered(shares, beside)
            return known, known or valsize.likely(shares, beside)
    return None, None


def _percent(shares: Floats) -> bool:
    finite = shares[np.isfinite(shares)]
    return bool(len(finite)) and bool(finite.min() >= 0 and 1 < finite.max() <= 100)


def _score_kind(chosen: Monitor, meanings: Mapping[str, Meaning]) -> ScoreKind:
    """What kind of metric :attr:`Question.score` is."""
    name = chosen.name if chosen.goal == "max" else names.score_name(meanings, "val")
    return "other" if name is None else score_kinds.score_kind(meanings[name].base)


def _of_the_fit(run: Run, meanings: Mapping[str, Meaning]) -> dict[str, Series]:
    """The series that tell which epochs were run: a test after the fit is logged under an epoch that never was."""
    return {name: series for name, series in run.series.items() if meanings[name].split != "test"}


def _companions(run: Run, meanings: Mapping[str, Meaning], candidates: Series) -> tuple[dict[str, Floats], list[Note]]:
    found: dict[str, Floats] = {}
    other_unit = []
    for name, series in run.series.items():
        if name == candidates.name or not meanings[name].quality:
            continue
        if not alignment.same_unit(series, candidates):
            other_unit.append(name)
            continue
        values = alignment.align(series, candidates)
        if np.count_nonzero(np.isfinite(values)):
            found[name] = values
    notes = []
    if other_unit:
        message = f"{', '.join(other_unit)}: steps count something else than those of {candidates.name}; not compared"
        notes.append(Note("SM166", message, run.source))
    return found, notes


def _learning_rate(run: Run, meanings: Mapping[str, Meaning], candidates: Series) -> Floats | None:
    """The learning rate at each candidate; of several (one a group of parameters) the first that is logged there."""
    for name, meaning in meanings.items():
        if not meaning.quality and "learning rate" in meaning.quality_why:
            rates = alignment.align(run.series[name], candidates)
            if np.isfinite(rates).any():
                return rates
    return None


def _diverged(run: Run, meanings: Mapping[str, Meaning], candidates: Series) -> tuple[Bools, str]:
    """Where the network had diverged, and the loss that tells; nowhere by a loss that is the monitored metric."""
    name, train = names.loss_name(meanings, "val"), names.loss_name(meanings, "train")
    if name is None or name == candidates.name or not alignment.same_unit(run.series[name], candidates):
        return np.zeros(len(candidates.steps), dtype=np.bool_), ""
    return divergence.diverged(candidates, run.series[name], run.series[train] if train else None), name


def _allowed(run: Run, policy: Policy, candidates: Series, has_file: Bools, diverged: Bools, its_loss: str) -> Bools:
    allowed = np.isfinite(candidates.values)
    if not allowed.any():
        raise LogError(f"{run.source}: {candidates.name} is never finite; there is nothing to choose from")
    if policy.min_epoch is not None:
        if not np.isfinite(candidates.epochs).all():
            raise UsageError("--min-epoch: this log has steps but no epochs")
        allowed = allowed & (candidates.epochs >= policy.min_epoch)
        if not allowed.any():
            asked, last = figures.label(policy.min_epoch), figures.label(candidates.epochs[-1])
            raise UsageError(f"--min-epoch {asked}: excludes every epoch; the last one is {last}")
    if policy.only_saved:
        allowed = allowed & has_file
        if not allowed.any():
            raise LogError(f"{run.source}: --only-saved, but no checkpoint file is known for any epoch")
    if not (allowed & ~diverged).any():
        raise LogError(
            f"{run.source}: {its_loss} is no number at any epoch left to choose from; the network had diverged"
        )
    return allowed & ~diverged


def _told_diverged(run: Run, candidates: Series, diverged: Bools, its_loss: str) -> list[Note]:
    """Which epochs do not count because the network had diverged, though the monitored metric is a number."""
    places = np.flatnonzero(diverged & np.isfinite(candidates.values))
    if not len(places):
        return []
    message = f"{its_loss} is not finite at {_where(candidates, places)}; the network had diverged, they do not count"
    return [Note("SM171", message, run.source, "warn")]


def _where(candidates: Series, places: Ints) -> str:
    labels = candidates.epochs if np.isfinite(candidates.epochs).all() else candidates.steps
    where = figures.ranges([(int(i), float(labels[i])) for i in places])
    unit = "epochs" if labels is candidates.epochs else "steps"
    return f"{len(places)} of {len(candidates.values)} {unit} ({where})"


def _not_finite(run: Run, candidates: Series, chosen: Monitor) -> list[Note]:
    """Which epochs do not count because their value is no number, or an infinity that would win."""
    notes: list[Note] = []
    broken = (~np.isfinite(candidates.values)).nonzero()[0]
    if not len(broken):
        return notes
    message = f"{candidates.name} is not finite at {_where(candidates, broken)}"
    notes.append(Note("SM167", f"{message}; they do not count", run.source, "warn"))
    winning = -np.inf if chosen.goal == "min" else np.inf
    if (candidates.values == winning).any():
        message = f"{candidates.name} is {winning:g} somewhere, which would be the best value; it was not taken"
        notes.append(Note("SM168", message, run.source, "warn"))
    return notes


def _passed_over(run: Run, meanings: Mapping[str, Meaning], chosen: Monitor) -> list[Note]:
    """A main validation loss that is there but never a number, so that something else selects."""
    main = names.loss_name(meanings, "val")
    if main is None or np.isfinite(run.series[main].values).any():
        return []
    return [Note("SM170", f"{main} is never finite; {chosen.name} was judged instead", run.source, "warn")]


def _refuse_never_finite(run: Run, policy: Policy, usable: set[str]) -> None:
    if not run.series:
        raise LogError(f"{run.source}: holds no numbers to judge by")
    if not usable and policy.metric is None:
        raise LogError(f"{run.source}: no metric is ever finite; there is nothing to choose from")


def _goals(
    meanings: Mapping[str, Meaning], companions: Mapping[str, Floats], goals: Mapping[str, Goal]
) -> dict[str, Goal]:
    known: dict[str, Goal] = {}
    for name in companions:
        goal = goals.get(name) or meanings[name].goal
        if goal is not None:
            known[name] = goal
    return known


def _known(name: str | None, present: Mapping[str, Any]) -> str | None:
    return name if name in present else None
