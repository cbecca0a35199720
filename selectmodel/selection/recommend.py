"""The pure middle: a run and a policy become a question, rules answer it, the answers become a report."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from selectmodel import progress, registry
from selectmodel.display import numbers
from selectmodel.errors import ChoiceError, LogError, PluginError
from selectmodel.files.checkpoints.listing import LINK_OUT
from selectmodel.files.checkpoints.names import parse
from selectmodel.policy.policy import Policy, accepted_settings
from selectmodel.records import Checkpoint, Expected, Note, Pick, Question, Run, frozen
from selectmodel.selection import as_good_as, recorded, role_files, run_checks, validation_origin
from selectmodel.selection import between as pairs_of_epochs
from selectmodel.selection import expected as expectation
from selectmodel.selection.as_good_as import Alike
from selectmodel.selection.question import Asked, ask
from selectmodel.selection.report import Report, RulePick
from selectmodel.stats import score, two_epochs

#: A range by fewer validation examples than this holds nearly everything.
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy's rule ships: the candidate ``index``, and what its accuracy is worth, if known.

    Where checkpoint files are known it has one. ``by_log`` is what the rule picks whether or not it has a file; where
    that is another one, ``asked`` is about the epochs with a file alone, and ``whole`` about all. ``tie``: it is better
    in nothing.
    """

    asked: Asked
    whole: Question
    pick: RulePick
    index: int
    by_log: RulePick
    tie: bool = False
    expected: Expected | None = None


def decide(run: Run, policy: Policy) -> Decision:
    """The recommended epoch alone, all that a sweep needs of each of its runs. Raises what :func:`recommend` does."""
    return _decision(ask(run, policy), policy)


def _decision(asked: Asked, policy: Policy, *, ties_alone: bool = False) -> Decision:
    """``ties_alone``: that an epoch has a file decides only where the one without it is in nothing better."""
    by_log = _answer(asked, policy, asked.rule)
    if by_log.index is None:
        raise LogError(f"{asked.run.source}: rule {asked.rule} has no answer: {by_log.reason}")
    pick, index, tie, whole = by_log, by_log.index, False, asked.question
    saved = _saved(asked, policy, by_log.index)
    if saved is not None and saved.index is not None:
        tie = _in_nothing_better(asked.question, by_log.index, saved.index)
        if tie or not ties_alone:
            pick, index, asked = saved, saved.index, replace(asked, question=_only_saved(asked.question))
    _refuse_two_files(asked, index)
    return Decision(asked, whole, pick, index, by_log, tie, _expected(asked, index))


def _saved(asked: Asked, policy: Policy, index: int) -> RulePick | None:
    """What the same rule picks among the epochs that have a file, where ``index`` has none.

    None where it may have one after all: a "best" of unknown epoch beside nothing but a "last" or what is worse than
    all that it may hold, or a link out of the folder, which the user has to allow.
    """
    question = asked.question
    if question.has_file[index] or not question.has_file.any() or role_files.only_last(asked.match):
        return None
    if any(_may_hold(note, asked, index) for note in asked.run.notes if note.code == LINK_OUT):
        return None
    best = _answer(replace(asked, question=_only_saved(question)), policy, asked.rule)
    if best.index is None:
        return None
    cost = question.cost_of(question.monitor)
    if any(index in held or all(cost[one] < cost[best.index] for one in held) for held in asked.match.may_hold):
        return None
    return replace(best, reason=f"{best.reason} among the epochs with a file")


def _may_hold(link: Note, asked: Asked, index: int) -> bool:
    """Whether a link that is not followed may hold the weights of a candidate, by its name."""
    item, question = parse(Path(link.where).name), asked.question
    if item is None or (item.number is None and item.step is None):
        return True
    epoch, step = float(question.epochs[index]), int(question.steps[index])
    if item.number is not None and np.isfinite(epoch):
        return item.number - (asked.match.offset or 0) == epoch
    return item.step in (None, step, step + 1)


def _in_nothing_better(question: Question, one: int, other: int) -> bool:
    """Whether ``one`` is better in neither the monitored metric nor the score nor the loss."""
    names = {name for name in (question.monitor, question.score, question.loss) if name is not None}
    costs = [question.cost_of(name) for name in names if name == question.monitor or name in question.goals]
    return not any(cost[one] < cost[other] for cost in costs)


def recommend(run: Run, policy: Policy, between: tuple[float, float] | None = None) -> Report:
    """The epoch to ship, and what every rule would have chosen.

    ``between`` two epochs, as the log numbers them, asks which of these. Raises UsageError if the question cannot
    be asked and LogError if the log holds nothing to judge.
    """
    asked = whole = ask(run, policy)
    two = None
    if between is not None:
        two = pairs_of_epochs.found(whole.question, between, run.source, start_over=run.x_axis == "row")
        asked = replace(whole, question=pairs_of_epochs.only(whole.question, two))
    decision = _decision(asked, policy, ties_alone=two is not None)
    recommended, index = decision.pick, decision.index
    by_log = recommended if decision.tie else decision.by_log
    faults: list[Note] = []
    picks = {asked.rule: by_log, **_picks_of_others(asked, policy, faults)}
    alike, known_better = _alike(asked.question, decision, by_log)
    if asked.records:
        alike = Alike((index,), "", None)  # what the metric was between records is not logged
    findings = () if asked.records else run_checks.findings(whole, by_log, picks, policy, faults)
    judged = pairs_of_epochs.judged(whole.question, two, index) if two else None
    if judged and two:
        alike = Alike((index,) if judged.clear else tuple(sorted(two)), judged.sentence, judged.clear)
    expected = _expected(whole, index) if two else decision.expected
    return Report(
        run=asked.run,
        question=asked.question,
        monitor=asked.monitor,
        meanings=asked.meanings,
        recommended=recommended,
        picks=picks,
        best_unsaved=None if by_log is recommended else by_log,
        unsaved_is_better=known_better,
        as_good_as=alike.indices,
        doubt=alike.sentence,
        clear=alike.clear,
        notes=(
            *run.notes,
            *role_files.that_matter(asked.notes, recommended.checkpoint, lost=by_log is not recommended),
            *faults,
            *validation_origin.told(asked.question, expected, run.source),
        ),
        checkpoints_how=asked.match.how,
        checkpoint_offset=asked.match.offset,
        named=tuple(policy.rules),
        val_size_why=_val_size_why(asked, policy),
        expected=expected,
        expected_of_fewest=None if expected else _expected(_with_fewest(whole if two else decision.asked), index),
        chance=None if two else _chance(asked, index),
        findings=findings,
        unjudged=run_checks.unjudged(whole, policy),
        between=judged,
        recorded=_recorded(whole),
        files={place: item.path for place, item in whole.match.files.items()},
        policy=policy,
    )


def _alike(question: Question, decision: Decision, by_log: RulePick) -> tuple[Alike, bool]:
    """What cannot be told from the recommended epoch, and whether the log tells that ``by_log`` is better."""
    pick = decision.pick
    if by_log.alike and pick.index is not None and _not_told(question, by_log, pick.index):
        by_log = replace(by_log, alike=tuple(sorted({*by_log.alike, pick.index})))
    among_all = _alike_to(question, by_log)
    if pick is by_log or pick.index in among_all.indices:
        return among_all, False
    among_saved = _alike_to(decision.asked.question, pick)
    if among_saved.sentence.startswith(as_good_as.NO_OTHER):  # there is one, without a file
        among_saved = among_saved._replace(sentence="")
    return among_saved, True


def _not_told(question: Question, by_log: RulePick, index: int) -> bool:
    """Whether it takes more validation examples than there are to tell a candidate from the pick by the log."""
    if by_log.index is None or by_log.index == index or question.monitor != question.score:
        return False
    pair, _ = two_epochs.pair_of(question, (by_log.index, index))
    return pair is not None and (pair.examples_needed or math.inf) > score.examples(question)


def _alike_to(question: Question, pick: RulePick) -> Alike:
    assert pick.index is not None  # a rule without an answer recommends nothing
    alike = as_good_as.of_a_score(question, pick.index, pick.alike) if pick.alike else None
    return alike or as_good_as.alike(question, pick.index)


def _recorded(asked: Asked) -> RulePick | None:
    """What the training recorded as its best, as if a rule had picked it."""
    own = asked.question.recorded
    if own is None:
        return None
    return _in_the_logs_terms(asked, recorded.NAME, Pick(asked.question.recorded_at, recorded.reason(own)))


def _expected(asked: Asked, index: int) -> Expected | None:
    """What the accuracy at the recommended candidate is worth, where the rule's luck is known."""
    metric, rule = _accuracy(asked), registry.load("rules", asked.rule)
    luck = rule.luck if metric == asked.question.monitor else rule.luck_by_loss
    if luck is None or metric is None:
        return None
    known = expectation.LUCK_OF[luck] if isinstance(luck, str) else luck
    return expectation.expected(asked.question, metric, asked.meanings[metric].base, index, known)


def _with_fewest(asked: Asked) -> Asked:
    """The same by the fewest validation examples that fit the log; fewer than 20 would tell nothing."""
    fewest = asked.question.fewest
    return replace(asked, question=replace(asked.question, val_size=fewest if fewest and fewest >= _FEWEST else None))


def _chance(asked: Asked, index: int) -> float | None:
    """None as well where the validation set is said to differ: it was fitted on runs where it does not."""
    metric = _accuracy(asked)
    if metric is None or asked.question.validation or not registry.load("rules", asked.rule).chance_known:
        return None
    return expectation.chance(asked.question, metric, asked.meanings[metric].base, index)


def _accuracy(asked: Asked) -> str | None:
    """The monitored score, else the validation score; None for one of other data, which has another size."""
    name = asked.question.score
    if name is None or (asked.records and name == asked.question.monitor):
        return None
    return name if asked.meanings[name].split == "val" else None


def _val_size_why(asked: Asked, policy: Policy) -> str:
    if policy.val_size is not None:
        return "given"
    return "the accuracies are multiples of 1/n" if asked.question.val_size else "not known"


def _answer(asked: Asked, policy: Policy, rule: str) -> RulePick:
    found = registry.load("rules", rule)
    given = accepted_settings(policy, rule)
    question = asked.framework if found.monitors_the_loss else asked.question
    return _in_the_logs_terms(asked, rule, found.pick(question, **given))


def _picks_of_others(asked: Asked, policy: Policy, faults: list[Note]) -> dict[str, RulePick]:
    """What each rule picks that does not recommend."""
    names = progress.counted("rules asked", registry.names("rules"))
    return {name: _answer_of_another(asked, policy, name, faults) for name in names if name != asked.rule}


def _answer_of_another(asked: Asked, policy: Policy, rule: str, faults: list[Note]) -> RulePick:
    """What a rule that does not recommend picks; nothing if it is faulty, which is added to ``faults``."""
    try:
        return _answer(asked, policy, rule)
    except PluginError as fault:
        faults.append(registry.noted(fault))
        return RulePick(rule, None, None, None, None, f"faulty: {fault}", {}, {})


def _in_the_logs_terms(asked: Asked, rule: str, pick: Pick) -> RulePick:
    question, index = asked.question, pick.index
    if index is None:
        return RulePick(rule, None, None, None, None, pick.reason, {}, pick.evidence)
    epoch = float(question.epochs[index])
    values = {question.monitor: float(question.values[index])}
    values |= {name: float(series[index]) for name, series in question.companions.items()}
    file = asked.match.files.get(index)
    return RulePick(
        rule=rule,
        index=index,
        epoch=epoch if np.isfinite(epoch) else None,
        step=asked.run.logged_step(int(question.steps[index])),
        checkpoint=file.path if file else None,
        reason=pick.reason,
        values=values,
        evidence=pick.evidence,
        alike=pick.alike,
    )


def _only_saved(question: Question) -> Question:
    allowed = question.allowed & question.has_file
    return replace(question, allowed=frozen(allowed, np.bool_), cost=frozen(np.where(allowed, question.cost, np.inf)))


def _refuse_two_files(asked: Asked, index: int) -> None:
    files = asked.match.ambiguous.get(index, ())
    if files:
        label = float(asked.question.epochs[index])
        raise ChoiceError(
            f"{len(files)} files belong to epoch {numbers.label(label)}; name the one meant with --checkpoint-glob:",
            [f"--checkpoint-glob {shlex.quote(_told_apart(file.path, files))}" for file in files],
        )


def _told_apart(path: str, files: Sequence[Checkpoint]) -> str:
    """The file's name, or its path where another of the files has the same name."""
    name = Path(path).name
    return name if sum(Path(file.path).name == name for file in files) == 1 else path
