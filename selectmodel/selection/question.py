"""Turns a run and a policy into a question: metric, goal, candidates, companions and files, settled once."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from selectmodel.errors import LogError
from selectmodel.files.checkpoints.match import Match, match
from selectmodel.metrics import meaning
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.monitor import Monitor
from selectmodel.metrics.roles import Roles, settled
from selectmodel.policy.policy import Policy
from selectmodel.records import Bools, Floats, Goal, Note, Question, Run, Series, kept
from selectmodel.selection import aim, alignment, holes, possible
from selectmodel.selection import candidates as counting
from selectmodel.selection.candidates import Counted
from selectmodel.selection.possible import Excluded
from selectmodel.stats import val_size


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
        """The question as a framework's callback would have put it; made only where one is asked."""
        return self.question if self.named else aim.as_a_framework_asks(self.question, self.run, self.meanings)


def ask(run: Run, policy: Policy) -> Asked:
    """Settles metric, goal, candidates, companions and files once, so that rules need not."""
    meanings = meaning.understand(run.series, run.hints)
    run, left_out = possible.only_possible(run, meanings)
    usable = {name for name, series in run.series.items() if alignment.ever_finite(series.values)}
    _refuse_never_finite(run, policy, usable, left_out)
    goals: Mapping[str, Goal] = {name: "max" if goal == "max" else "min" for name, goal in policy.goals.items()}
    wanted, why, passed_over = aim.metric(run, policy, meanings)
    roles = settled(meanings, wanted, why, goals, usable)
    chosen, candidates = roles.monitor, run.series[roles.monitor.name]
    companions, notes = _companions(run, roles, candidates, usable)
    matched, has_file = _files(run, policy, candidates, companions)
    counted = counting.counted(run, policy, roles, candidates, has_file)
    question = _question(run, policy, roles, candidates, companions, counted, has_file)
    if _all_alike(question.cost if counted.all else question.cost[counted.allowed]):
        message = f"{chosen.name} is the same at every epoch; it cannot choose one"
        notes.append(Note("SM164", message, run.source, "warn"))
    notes += [*counted.notes, *possible.notes(left_out, run.source, roles.deciding)]
    notes += holes.told(run, roles, meanings, usable)
    if policy.metric is None and roles.val_loss is not None and roles.val_loss not in usable:
        passed_over = [f"{roles.val_loss} is never finite", *passed_over]
    notes += [Note("SM170", f"{told}; {chosen.name} was judged instead", run.source, "warn") for told in passed_over]
    notes += [Note("SM165", notice, run.source, "warn") for notice in chosen.notices]
    named = policy.metric is not None
    rule = policy.recommender or aim.rule(question, named=named)
    return Asked(run, question, chosen, rule, named, meanings, matched, (*notes, *matched.notes))


def _question(
    run: Run,
    policy: Policy,
    roles: Roles,
    candidates: Series,
    companions: Mapping[str, Floats],
    counted: Counted,
    has_file: Bools,
) -> Question:
    allowed, judged = counted.allowed, {*companions, candidates.name}
    cost = candidates.values if roles.monitor.goal == "min" else kept(-candidates.values)
    size, likely_size = _sizes(run, roles)
    return Question(
        monitor=candidates.name,
        goal=roles.monitor.goal,
        epochs=candidates.epochs,
        steps=candidates.steps,
        values=candidates.values,
        cost=cost if counted.all else kept(np.where(allowed, cost, np.inf)),
        allowed=kept(allowed),
        has_file=kept(has_file),
        companions=companions,
        goals={name: roles.goals[name] for name in companions if name in roles.goals},
        train_twin=_known(roles.train_twin, companions),
        val_loss=_known(roles.val_loss, judged),
        val_score=_known(roles.val_score, judged),
        val_size=policy.val_size or size,
        likely_size=policy.val_size or likely_size,
        train_score=_known(roles.train_score, companions),
        score_kind=roles.score_kind,
        timeline=alignment.timeline([run.series[name] for name in roles.of_the_fit], candidates),
        split=roles.monitor.split,
        train_loss=_known(roles.train_loss, companions),
        learning_rate=_learning_rate(run, roles, candidates),
        diverged=None if counted.diverged is None else kept(counted.diverged),
        errors=candidates.errors,
    )


def _files(run: Run, policy: Policy, candidates: Series, companions: Mapping[str, Floats]) -> tuple[Match, Bools]:
    """The checkpoint files of the candidates, and (n,) which of these have one."""
    matched = match(
        run.checkpoints,
        epochs=candidates.epochs,
        steps=candidates.steps,
        has_steps=run.x_axis == "step",
        metrics={candidates.name: candidates.values, **companions},
        monitor=candidates.name,
        format=run.format,
        offset=policy.checkpoint_offset,
    )
    has_file = np.zeros(len(candidates.steps), dtype=np.bool_)
    if matched.saved:
        has_file[list(matched.saved)] = True
    return matched, has_file


def _all_alike(values: Floats) -> bool:
    """Whether several values are one; two of them tell almost always that they are not."""
    return len(values) > 1 and values[0] == values[-1] and float(np.ptp(values)) == 0


def _sizes(run: Run, roles: Roles) -> tuple[int | None, int | None]:
    """The number of validation examples, where the accuracies in the log tell it, and the likely one, where they may.

    An accuracy on the training data shows how many decimals the log prints.
    """
    if roles.accuracy is None:
        return None, None
    name, twin = roles.accuracy
    return val_size.sizes(run.series[name].values, run.series[twin].values if twin else None)


def _companions(
    run: Run, roles: Roles, candidates: Series, usable: Collection[str]
) -> tuple[dict[str, Floats], list[Note]]:
    found: dict[str, Floats] = {}
    other_unit = []
    for name in roles.others:
        series = run.series[name]
        if alignment.in_step(series, candidates):
            if name in usable:
                found[name] = series.values
        elif not alignment.same_unit(series, candidates):
            other_unit.append(name)
        elif name in usable:
            values = alignment.align(series, candidates)
            if alignment.ever_finite(values):
                found[name] = values
    notes = []
    if other_unit:
        message = f"{', '.join(other_unit)}: steps count something else than those of {candidates.name}; not compared"
        notes.append(Note("SM166", message, run.source))
    return found, notes


def _learning_rate(run: Run, roles: Roles, candidates: Series) -> Floats | None:
    """The learning rate at each candidate; of several (one a group of parameters) the first that is logged there."""
    for name in roles.rates:
        rates = alignment.align(run.series[name], candidates)
        if alignment.ever_finite(rates):
            return rates
    return None


def _refuse_never_finite(run: Run, policy: Policy, usable: Collection[str], left_out: Mapping[str, Excluded]) -> None:
    if not run.series:
        raise LogError(f"{run.source}: holds no numbers to judge by")
    asked = (policy.metric or "").removesuffix(":min").removesuffix(":max")
    for name in left_out if not usable else {asked} & left_out.keys():
        if name not in usable:
            raise LogError(
                f"{run.source}: {left_out[name].notes('', degrades=True)[0].message}; no other value is left"
            )
    if not usable and policy.metric is None:
        raise LogError(f"{run.source}: no metric is ever finite; there is nothing to choose from")


def _known(name: str | None, present: Container[str]) -> str | None:
    return name if name is not None and name in present else None
