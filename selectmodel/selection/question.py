"""Turns a run and a policy into a question: metric, goal, candidates, companions and files, settled once."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from selectmodel import registry
from selectmodel.errors import LogError
from selectmodel.files.checkpoints.match import Match, match
from selectmodel.metrics import kinds, meaning, units
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.monitor import Monitor
from selectmodel.metrics.roles import Roles
from selectmodel.policy.policy import Policy
from selectmodel.records import Bools, Floats, Ints, Note, Question, Run, Series, frozen, kept
from selectmodel.selection import (
    aim,
    alignment,
    holes,
    past_the_log,
    possible,
    recorded,
    role_files,
    running_best,
    weighted_sum,
    what_is_judged,
)
from selectmodel.selection import candidates as counting
from selectmodel.selection.candidates import Counted
from selectmodel.selection.possible import Excluded
from selectmodel.stats import val_size

#: Code of the note that it was assumed how file names count epochs.
_ASSUMED = "SM152"


@dataclass(frozen=True)
class Asked:
    """A question with what it was made from: how the metrics were understood, which files belong to which epoch.

    ``rule`` recommends; ``named`` if the user named the metric; ``records`` if it holds the best so far, so that the
    candidates are the epochs at which a record was set.
    """

    run: Run
    question: Question
    monitor: Monitor
    rule: str
    named: bool
    meanings: Mapping[str, Meaning]
    match: Match
    notes: tuple[Note, ...]
    records: bool = False

    @property
    def assumed(self) -> str:
        """What was assumed of how file names count epochs, and the flag that confirms it; "" where it is settled."""
        told = next((note.message for note in self.notes if note.code == _ASSUMED), "")
        return f"{told}; if it is as assumed: --checkpoint-offset {self.match.offset or 0}" if told else ""

    @cached_property
    def framework(self) -> Question:
        """The question as a framework's callback would have put it; made only where one is asked."""
        return self.question if self.named else aim.as_a_framework_asks(self.question, self.run, self.meanings)


def ask(run: Run, policy: Policy) -> Asked:
    """Settles metric, goal, candidates, companions and files once, so that rules need not."""
    meanings = meaning.understand(run.series, run.hints)
    logged = run
    run, left_out = possible.only_possible(run, meanings)
    run, meanings, of_the_sum = weighted_sum.added(run, meanings, policy)
    if len(run.series) > len(logged.series):
        logged = replace(logged, series={**run.series, **logged.series})
    usable = {name for name, series in run.series.items() if alignment.ever_finite(series.values)}
    _refuse_never_finite(run, policy, usable, left_out)
    judged = what_is_judged.settle(run, policy, meanings, usable)
    roles, bests = judged.roles, judged.bests
    chosen, candidates = roles.monitor, run.series[roles.monitor.name]
    if chosen.name in bests:
        candidates = running_best.reached(candidates)
    companions, notes = _companions(run, roles, candidates, usable)
    matched, has_file = _files(run, policy, candidates, companions)
    cut = past_the_log.told(run, candidates, matched)
    if matched.unplaced and not cut:  # the last and the best of a log whose end is missing are those of no file
        unsaved = replace(policy, only_saved=False)
        counted = counting.counted(run, unsaved, roles, candidates, has_file)
        draft = _question(run, policy, roles, candidates, companions, counted, has_file, meanings)
        matched = role_files.placed(matched, draft, meanings, run.format)
        has_file = _has_file(matched, candidates)
    counted = counting.counted(run, policy, roles, candidates, has_file)
    question = _question(run, policy, roles, candidates, companions, counted, has_file, meanings)
    if _all_alike(question.cost if counted.all else question.cost[counted.allowed]):
        message = f"{chosen.name} is the same at every epoch; it cannot choose one"
        notes.append(Note("SM164", message, run.source, "warn"))
    notes += [*of_the_sum, *counted.notes, *counting.not_finite_beside(run, question, roles, candidates)]
    notes += possible.notes(left_out, run.source, roles.deciding)
    notes += [*holes.told(logged, roles, meanings, usable), *holes.unlogged(logged, candidates), *cut]
    passed_over = judged.passed_over
    if policy.metric is None and roles.val_loss is not None and roles.val_loss not in usable:
        passed_over = (f"{roles.val_loss} is never finite", *passed_over)
    notes += [Note("SM170", f"{told}; {chosen.name} was judged instead", run.source, "warn") for told in passed_over]
    notes += [Note("SM165", notice, run.source, "warn") for notice in chosen.notices]
    notes += what_is_judged.notes(run, policy, meanings, question, judged)
    named = policy.metric is not None
    rule = policy.recommender or aim.rule(question, named=named)
    if chosen.name in bests and policy.recommender is None:
        rule = registry.with_constant("rules", "AIM", "metric")[0]  # between records nothing is known to average
    return Asked(run, question, chosen, rule, named, meanings, matched, (*notes, *matched.notes), chosen.name in bests)


def _question(
    run: Run,
    policy: Policy,
    roles: Roles,
    candidates: Series,
    companions: Mapping[str, Floats],
    counted: Counted,
    has_file: Bools,
    meanings: Mapping[str, Meaning],
) -> Question:
    allowed, judged = counted.allowed, {*companions, candidates.name}
    cost = candidates.values if roles.monitor.goal == "min" else kept(-candidates.values)
    errors = _errors(run, roles, meanings)
    size, likely_size, fewest = _sizes(run, roles, meanings)
    own_best, own_best_at = recorded.placed(run, candidates)
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
        fewest=policy.val_size or fewest,
        train_score=_known(roles.train_score, companions),
        score_kind=roles.score_kind,
        timeline=_timeline(run, roles, candidates),
        split=roles.monitor.split,
        train_loss=_known(roles.train_loss, companions),
        learning_rate=_learning_rate(run, roles, candidates),
        diverged=None if counted.diverged is None else kept(counted.diverged),
        point_errors=candidates.errors,
        errors=errors,
        train_scale=_train_scale(run, roles, meanings),
        absent=_absent(run, candidates, companions),
        recorded=own_best,
        recorded_at=own_best_at,
        validation=policy.validation,
    )


def _timeline(run: Run, roles: Roles, candidates: Series) -> Ints:
    """(m,) every logged epoch: the index of its candidate, -1 where there is none."""
    logged = run.series[candidates.name]
    if len(logged.steps) == len(candidates.steps):
        return alignment.timeline([run.series[name] for name in roles.of_the_fit], candidates)
    there = np.isin(logged.steps, candidates.steps)
    return frozen(np.where(there, np.cumsum(there) - 1, -1), np.int64)


def _files(run: Run, policy: Policy, candidates: Series, companions: Mapping[str, Floats]) -> tuple[Match, Bools]:
    """The checkpoint files of the candidates, and (n,) which of these have one."""
    files = run.checkpoints
    if policy.checkpoint_offset is None and any(note.unnumbered for note in run.notes):
        files = tuple(item for item in files if item.number is None or item.values)
    matched = match(
        files,
        epochs=candidates.epochs,
        steps=candidates.steps,
        has_steps=run.x_axis == "step",
        metrics={candidates.name: candidates.values, **companions},
        monitor=candidates.name,
        format=run.format,
        offset=policy.checkpoint_offset,
    )
    if run.checkpoints and not files:
        matched = replace(matched, how="numbers in their names are not those of rows")
    return matched, _has_file(matched, candidates)


def _has_file(matched: Match, candidates: Series) -> Bools:
    has_file = np.zeros(len(candidates.steps), dtype=np.bool_)
    if matched.saved:
        has_file[list(matched.saved)] = True
    return has_file


def _all_alike(values: Floats) -> bool:
    """Whether several values are one; two of them tell almost always that they are not."""
    return len(values) > 1 and values[0] == values[-1] and float(np.ptp(values)) == 0


def _errors(run: Run, roles: Roles, meanings: Mapping[str, Meaning]) -> dict[str, float]:
    """The scores that count errors, or are a distance, with what errors and right answers add up to."""
    names = (roles.monitor.name, roles.val_score, roles.train_score, roles.train_twin)
    goals = {**roles.goals, roles.monitor.name: roles.monitor.goal}
    low = {name: units.whole(meanings[name].base, run.series[name].values) for name in names
           if name is not None and goals.get(name) == "min"}  # fmt: skip
    return {name: added for name, added in low.items() if added is not None}


def _train_scale(run: Run, roles: Roles, meanings: Mapping[str, Meaning]) -> float:
    """100 where the monitored metric is in percent and its train twin a share, 0.01 the other way round; else 1."""
    name, twin = roles.monitor.name, roles.train_twin
    if twin is None:
        return 1.0
    ours, theirs = (units.rate_scale(meanings[one].base, run.series[one].values) for one in (name, twin))
    return 1.0 if ours is None or theirs is None else ours / theirs


def _sizes(run: Run, roles: Roles, meanings: Mapping[str, Meaning]) -> val_size.Sizes:
    """The number of validation examples, as far as the accuracies in the log tell it.

    An accuracy on the training data shows how many decimals the log prints. Errors among words or characters are of
    more than examples: what they tell is likely at best.
    """
    if roles.accuracy is None:
        return val_size.Sizes()
    name, twin = roles.accuracy
    values = run.series[name].values
    if len(values) > 1 and values[0] == values[-1] and _all_alike(values):
        return val_size.Sizes()  # 0.5 throughout is no sign of two examples
    beside = _rates(run.series[twin], meanings[twin]) if twin else None
    counted = [
        _rates(run.series[other], meaning)
        for other, meaning in meanings.items()
        if other != name and other in run.series and meaning.split == "val" and kinds.proportion(meaning.base)
    ]
    found = val_size.sizes(_rates(run.series[name], meanings[name]), beside, counted)
    return found if kinds.proportion(meanings[name].base) else found._replace(certain=None, fewest=None)


def _rates(series: Series, meaning: Meaning) -> Floats:
    """(n,) right answers, also where errors are logged."""
    whole = units.whole(meaning.base, series.values) if meaning.goal == "min" else None
    return whole - series.values if whole else series.values


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


def _absent(run: Run, candidates: Series, companions: Mapping[str, Floats]) -> dict[str, Bools]:
    """(n,) of each companion that is not logged at every candidate, where it is not."""
    found = {name: alignment.absent(run.series[name], candidates, values) for name, values in companions.items()}
    return {name: absent for name, absent in found.items() if absent is not None}


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
