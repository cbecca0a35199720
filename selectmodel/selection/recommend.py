"""The pure middle: a run and a policy become a question, rules answer it, the answers become a report."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from selectmodel import progress, registry, settings
from selectmodel.commands.inspect.inspection import Inspection
from selectmodel.display import numbers
from selectmodel.errors import ChoiceError, LogError, PolicyError, SelectModelError, UsageError
from selectmodel.files.checkpoints.listing import listing, of_logs
from selectmodel.files.folders import is_folder
from selectmodel.metrics import meaning
from selectmodel.policy.policy import KEYS, TABLES, Policy
from selectmodel.records import Checkpoint, Expected, Pick, Question, Run, frozen
from selectmodel.selection import as_good_as, run_checks
from selectmodel.selection import between as pairs_of_epochs
from selectmodel.selection import expected as expectation
from selectmodel.selection.question import Asked, ask
from selectmodel.selection.report import Report, RulePick

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy's rule picks: the candidate ``index``, and what its metric is worth on new data, if known."""

    asked: Asked
    pick: RulePick
    index: int
    expected: Expected | None = None


def decide(run: Run, policy: Policy) -> Decision:
    """The recommended epoch alone, all that a sweep needs of each of its runs. Raises what :func:`recommend` does."""
    (decision,) = decide_all([run], policy)
    if isinstance(decision, SelectModelError):
        raise decision
    return decision


def decide_all(runs: Sequence[Run], policy: Policy) -> list[Decision | SelectModelError]:
    """What :func:`decide` gives for each run, or the error that it raises; in less time than one by one."""
    asked = [_unless_refused(ask, run, policy) for run in runs]
    by_rule: dict[str, list[Asked]] = {}
    for item in asked:
        if isinstance(item, Asked):
            by_rule.setdefault(item.rule, []).append(item)
    decisions: dict[int, Decision | SelectModelError] = {}
    for rule, items in by_rule.items():
        picks = _unless_refused(_answers, items, policy, rule)
        for place, item in enumerate(items):
            # Where a rule refuses, it does so by itself: one run stops no other.
            pick = picks[place] if isinstance(picks, list) else None
            decisions[id(item)] = _unless_refused(_decision, item, policy, pick)
    return [decisions[id(item)] if isinstance(item, Asked) else item for item in asked]


def _unless_refused(function: Callable[..., _Found], *given: Any) -> _Found | SelectModelError:
    try:
        return function(*given)
    except SelectModelError as refusal:
        return refusal


def _decision(asked: Asked, policy: Policy, pick: RulePick | None = None) -> Decision:
    pick = pick or _answer(asked, policy, asked.rule)
    if pick.index is None:
        raise LogError(f"{asked.run.source}: rule {asked.rule} has no answer: {pick.reason}")
    _refuse_two_files(asked, pick.index)
    return Decision(asked, pick, pick.index, _expected(asked, pick.index))


def recommend(run: Run, policy: Policy, between: tuple[float, float] | None = None) -> Report:
    """The epoch to ship, and what every rule would have chosen.

    ``between`` two epochs, as the log numbers them, asks which of these. Raises UsageError if the question cannot
    be asked and LogError if the log holds nothing to judge.
    """
    asked = ask(run, policy)
    whole, two = asked, None
    if between is not None:
        two, only = pairs_of_epochs.found(whole.question, between, run.source), pairs_of_epochs.only
        asked = replace(whole, question=only(whole.question, two))
    decision = _decision(asked, policy)
    recommended, index = decision.pick, decision.index
    picks = {asked.rule: recommended}
    for name in progress.counted("rules asked", registry.names("rules")):
        if name != asked.rule:
            picks[name] = _answer(asked, policy, name)
    alike = as_good_as.of_a_score(asked.question, index, recommended.alike) if recommended.alike else None
    alike = alike or as_good_as.alike(asked.question, index)
    judged = pairs_of_epochs.judged(whole.question, two, index) if two else None
    if judged and two:
        alike = as_good_as.Alike((index,) if judged.clear else tuple(sorted(two)), judged.sentence, judged.clear)
    return Report(
        run=run,
        question=asked.question,
        monitor=asked.monitor,
        meanings=asked.meanings,
        recommended=recommended,
        picks=picks,
        best_saved=_best_saved(asked, policy, recommended),
        as_good_as=alike.indices,
        doubt=alike.sentence,
        clear=alike.clear,
        notes=(*run.notes, *asked.notes),
        checkpoints_how=asked.match.how,
        val_size_why=_val_size_why(asked, policy),
        expected=_expected(whole, index),
        chance=None if two else _chance(asked, index),
        findings=run_checks.findings(whole, recommended, picks, policy),
        between=judged,
    )


def _best_saved(asked: Asked, policy: Policy, recommended: RulePick) -> RulePick | None:
    """What the same rule picks among epochs that have a file, where the recommended one has none."""
    if recommended.checkpoint is not None or not asked.question.has_file.any():
        return None
    saved = replace(asked, question=_only_saved(asked.question))
    best = _answer(saved, policy, asked.rule)
    if best.index is not None:
        _refuse_two_files(asked, best.index)
    return best


def _expected(asked: Asked, index: int) -> Expected | None:
    """What the accuracy at the recommended candidate is worth on new data, where the rule's luck is known."""
    luck: tuple[float, float] | None = getattr(registry.load("rules", asked.rule), "LUCK", None)
    metric = _accuracy(asked)
    if luck is None or metric is None:
        return None
    if metric != asked.question.monitor and asked.rule == "best":
        luck = expectation.OF_THE_LOWEST_LOSS
    elif metric != asked.question.monitor and not asked.rule.startswith("aim_"):
        return None
    return expectation.expected(asked.question, metric, asked.meanings[metric].base, index, luck)


def _chance(asked: Asked, index: int) -> float | None:
    metric = _accuracy(asked)
    if asked.rule != "aim_accuracy" or metric is None:
        return None
    return expectation.chance(asked.question, metric, asked.meanings[metric].base, index)


def _accuracy(asked: Asked) -> str | None:
    """The monitored score, else the validation score; None for one of other data, which has another size."""
    name = asked.question.score
    return name if name is not None and asked.meanings[name].split == "val" else None


def _val_size_why(asked: Asked, policy: Policy) -> str:
    if policy.val_size is not None:
        return "given"
    return "the accuracies are multiples of 1/n" if asked.question.val_size else "not known"


def inspect(run: Run, policy: Policy) -> Inspection:
    """How the run was understood. Never raises for a log that pick could not judge: that is what it shows."""
    meanings = meaning.understand(run.series, run.hints)
    try:
        asked = ask(run, policy)
    except SelectModelError as failure:
        return Inspection(run, meanings, "", str(failure), {}, "", run.notes)
    return Inspection(
        run=run,
        meanings=meanings,
        monitor=asked.monitor.name,
        question=f"{asked.monitor.goal}: {asked.monitor.goal_why}; {asked.monitor.why}",
        files={index: file.path for index, file in asked.match.files.items()},
        files_how=asked.match.how,
        notes=(*run.notes, *asked.notes),
    )


def with_keys(policy: Policy, keys: Mapping[str, Any]) -> Policy:
    """The policy with Python keywords laid over it: keys, tables of settings, ``checks``. All problems at once."""
    problems: list[str] = []
    top: dict[str, Any] = {}
    rules = {name: dict(given) for name, given in policy.rules.items()}
    tables = policy.tables()
    for key, value in keys.items():
        if key in TABLES:
            for member, name, accepted in TABLES[key](value, lambda *place: ".".join(filter(None, place)), problems):
                tables[key].setdefault(member, {})[name] = accepted
        elif key in KEYS:
            try:
                top[key] = KEYS[key].accept(value)
            except ValueError as refusal:
                problems.append(f"{key}: {refusal}")
        elif key in registry.names("rules") and isinstance(value, Mapping):
            known = settings.options(registry.load("rules", key).pick)
            problems += [f"{key}.{name}: {key} has no such setting" for name in value if name not in known]
            rules.setdefault(key, {}).update(value)
        else:
            problems.append(f"{key}: no such key or rule")
    if problems:
        raise PolicyError(problems)
    return replace(policy, **top, rules=rules, checks=tables["checks"], advice=tables["advice"])


def with_checkpoints(run: Run, policy: Policy, *, follow_links: bool = False) -> Run:
    """The run with the files that hold its weights: in the policy's folder, else in the usual places beside the log.

    Only names are read; a link out of its folder counts only if ``follow_links``. Raises LogError if the policy's
    folder is missing and UsageError if its pattern fits nothing.
    """
    if policy.checkpoints == "off":
        return replace(run, checkpoints=()) if run.checkpoints else run
    if run.checkpoints or not run.files:
        return run
    if policy.checkpoints is not None:
        folders = [Path(policy.checkpoints)]
        if not is_folder(folders[0]):
            raise LogError(f"{folders[0]}: no such folder of checkpoints")
    else:
        folders = of_logs(run.source, run.files, run.folder)
    files, notes = [], list(run.notes)
    for folder in folders:
        listed, problems = listing(folder, pattern=policy.checkpoint_glob, follow_links=follow_links)
        files += [replace(file, path=str(folder / file.path)) for file in listed]
        notes += problems
    if policy.checkpoint_glob is not None and not files:
        raise UsageError(f"--checkpoint-glob '{policy.checkpoint_glob}': fits no checkpoint name")
    return replace(run, checkpoints=tuple(files), notes=tuple(notes))


def _answer(asked: Asked, policy: Policy, rule: str) -> RulePick:
    return _answers([asked], policy, rule)[0]


def _answers(asked: Sequence[Asked], policy: Policy, rule: str) -> list[RulePick]:
    """What one rule picks in each run; many at once where it can (``pick_all``)."""
    module = registry.load("rules", rule)
    wanted = policy.settings_of(rule)
    known = settings.options(module.pick) if wanted else {}
    given = {}
    for name, value in wanted.items():
        if name not in known:
            raise UsageError(f"{rule}.{name}: no such setting; {rule} has {', '.join(known) or 'none'}")
        try:
            given[name] = known[name].accept(value)
        except ValueError as refusal:
            raise UsageError(f"{rule}.{name}: {refusal}") from None
    framework = getattr(module, "MONITORS_THE_LOSS", False)
    questions = [item.framework if framework else item.question for item in asked]
    together = getattr(module, "pick_all", None)
    picks = together(questions, **given) if together else [module.pick(question, **given) for question in questions]
    return [_in_the_logs_terms(item, rule, pick) for item, pick in zip(asked, picks, strict=True)]


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
        step=int(question.steps[index]) if asked.run.x_axis == "step" else None,
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
