"""The Python interface: what the command line does, as functions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from selectmodel.errors import PolicyError, UsageError
from selectmodel.files import choose_run, discovery
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy, with_keys
from selectmodel.records import Run

# What one function alone needs is imported there: nobody waits for what was not asked for.
if TYPE_CHECKING:
    from selectmodel.commands.advise.guidance import Guidance
    from selectmodel.commands.compare.comparison import Comparison
    from selectmodel.commands.gate.verdict import Verdict
    from selectmodel.commands.next.suggestion import Suggestion
    from selectmodel.commands.pick.across import Across
    from selectmodel.commands.prune.pruning import Pruning
    from selectmodel.commands.watch.watched import Watched
    from selectmodel.selection.record import Record
    from selectmodel.selection.report import Report

#: A run, or where one is read from.
Comparable = Run | str | PathLike[str]


def read(path: str | PathLike[str], *, runs: Sequence[str] = (), **options: Any) -> Run:
    """The run at ``path``, a log file or a folder that holds one.

    ``runs`` names one of several found in a folder, or several to be read as one. ``options`` are the fields of
    :class:`selectmodel.files.opening.ReadOptions` (``segment=2``, ``complete=True``, ``index="itr"``, …).
    Raises ChoiceError where it is not clear what is meant, LogError where nothing can be read.
    """
    place = Path(path)
    return choose_run.choose(place, discovery.find(place, ReadOptions(**options)), runs).read()


def discover(path: str | PathLike[str], *, errors: Literal["raise", "skip"] = "raise", **options: Any) -> list[Run]:
    """Every run below ``path``, in natural order of their names.

    ``errors`` "skip" leaves out runs that cannot be read; "raise" raises the first problem.
    """
    runs = []
    for result in discovery.read_all(discovery.find(Path(path), ReadOptions(**options))):
        if isinstance(result, Run):
            runs.append(result)
        elif errors == "raise":
            raise result
    return runs


def plot(run: Comparable, *, log: bool = False) -> Any:
    """The curves of a run, or of the log at a path, as an Altair chart, to change or to save; a panel a metric.

    ``log`` draws losses on a logarithmic axis. What was picked is in the chart of a report: ``report.plot()``.
    Raises UsageError without the extra "charts", and what :func:`read` raises.
    """
    from selectmodel.charts import run as curves
    from selectmodel.charts import vega

    return vega.stacked(vega.drawn(curves.panels(_as_run(run), log=log)))


def _as_run(run: Comparable, index: str | None = None) -> Run:
    return run if isinstance(run, Run) else read(run, index=index)


def recommend(
    run: Comparable, policy: Policy | None = None, *, between: tuple[float, float] | None = None, **keys: Any
) -> Report:
    """The epoch to ship, with what every rule would have chosen, and the checkpoint files beside the log.

    ``run`` is a run, or the path of a log, which is then read as :func:`read` does.
    ``.recommended`` is the best epoch that has a file where files are known; ``.best_unsaved`` is a better one without.
    ``keys`` are policy keys (``metric="val_loss"``, ``rule="gap"``, ``checkpoints="ckpt"``) or tables of a rule's
    settings (``gap={"weight": 0.3}``), or ``checks={"overfitting": "off"}``; they win over ``policy``. ``between`` two
    epochs, as the log numbers them, asks which of these. Raises UsageError if the question cannot be asked, LogError
    if the log holds nothing to judge.
    """
    from selectmodel.commands.pick import answer

    given = _judging(policy, keys, run)
    return answer.answer(_as_run(run, given.index), given, between)


def across(runs: Sequence[Comparable], policy: Policy | None = None, **keys: Any) -> Across:
    """How long to train the final model: the epoch that is best in the mean of the runs, k folds, seeds or loaders.

    ``.epochs`` is how many, ``.epoch`` the one that the logs call so; ``.value`` the mean there and ``.standard_error``
    its error by the spread between the runs. Only epochs that all runs have count. ``keys`` as for :func:`recommend`.
    Raises what recommend raises, and UsageError for fewer than two runs or where they are judged by other metrics.
    """
    from selectmodel.commands.pick import folds

    given, found = _several(runs, policy, keys)
    return folds.across(found, given)


def advise(runs: Comparable | Sequence[Comparable], policy: Policy | None = None, **keys: Any) -> Guidance:
    """What to do in the next run, from a replay of this one or of several of the same job.

    ``keys`` as for :func:`recommend`, and ``advice={"early_stopping": {"points": 0.2}}``. Raises what recommend raises.
    """
    from selectmodel.commands.advise import answer

    given, found = _several(runs, policy, keys)
    return answer.answer(found, given)


def evaluate_next(run: Comparable, policy: Policy | None = None, *, count: int = 1, **keys: Any) -> Suggestion:
    """The ``count`` saved checkpoints to evaluate next (``.next``), so that the best is found with few evaluations.

    ``keys`` as for :func:`recommend`. Raises UsageError if the question cannot be asked, LogError where no checkpoint
    is left to evaluate or none belongs to an epoch of the log.
    """
    from selectmodel.commands.next import answer

    given = _judging(policy, keys, run)
    return answer.answer(_as_run(run, given.index), given, count)


def prune(
    run: Comparable, policy: Policy | None = None, *, keep_alike: bool = False, finished: bool = False, **keys: Any
) -> Pruning:
    """The checkpoints of ``run`` that stay (``.keep``) and those that can go (``.go``); nothing is removed.

    ``keys`` as for :func:`recommend`. ``keep_alike`` keeps all that cannot be told apart from the recommended one;
    ``finished`` says that the training is over, however recently it wrote something. Raises what recommend raises, and
    LogError where no checkpoint is found.
    """
    from selectmodel.commands.prune import answer

    given = _judging(policy, keys, run)
    return answer.answer(_as_run(run, given.index), given, keep_alike=keep_alike, over=finished)


def watch(
    log: str | PathLike[str],
    policy: Policy | None = None,
    *,
    until: str | Sequence[str] = (),
    every: float = 2.0,
    runs: Sequence[str] = (),
    **keys: Any,
) -> Iterator[Watched]:
    """What changes in the log of a training that still runs: its recommendation (``.report``), how that moved, …

    ``log`` is looked at ``every`` seconds, and need not be there yet. The last change is that at which a condition of
    ``until`` is met ("no better for 20 epochs", "val_loss<0.3", "finished"); without one there is no last. ``keys`` as
    for :func:`recommend`, ``runs`` as for :func:`read`. Raises UsageError where the question cannot be asked.
    """
    from selectmodel.commands.watch.watching import watched
    from selectmodel.selection.until import parse

    conditions = [parse(text) for text in ([until] if isinstance(until, str) else until)]
    given = _judging(policy, keys)
    return watched(Path(log), given, ReadOptions(index=given.index), runs, conditions, every)


def gate(
    run: Comparable,
    policy: Policy | None = None,
    *,
    conditions: Sequence[Mapping[str, Any]] = (),
    require: Mapping[str, Any] | None = None,
    baseline: str | PathLike[str] | Record | None = None,
    **keys: Any,
) -> Verdict:
    """Whether the checkpoint recommended for ``run`` may ship: ``.result`` is "pass", "fail" or "refused".

    ``conditions`` are what ``[[gate]]`` tables hold (``{"metric": "val_accuracy", "min": 0.9, "max_worse": "1%"}``)
    and add to the policy's; ``require`` is its ``[require]`` table, ``keys`` are those of :func:`recommend`.
    ``baseline`` is a log, a decision record, or the ``.decision`` of an earlier verdict. Nothing is written.

    Raises UsageError if the question cannot be asked and LogError if the log holds nothing to judge.
    """
    from selectmodel.commands.gate import answer, judge
    from selectmodel.selection.record import Record

    given = _judging(policy, keys, run)
    given = _with_conditions(given, conditions, require or {}, baseline)
    judge.check(given)
    return answer.answer(_as_run(run, given.index), given, against=baseline if isinstance(baseline, Record) else None)


def _several(
    runs: Comparable | Sequence[Comparable], policy: Policy | None, keys: Mapping[str, Any]
) -> tuple[Policy, list[Run]]:
    """The policy with keys laid over it, and the runs of one or several, or of the logs at paths."""
    found = [runs] if isinstance(runs, (str, PathLike, Run)) else list(runs)
    given = _judging(policy, keys, *found)
    return given, [_as_run(run, given.index) for run in found]


def _judging(policy: Policy | None, keys: Mapping[str, Any], *runs: Comparable) -> Policy:
    """The policy with keys laid over it. Raises UsageError for a key of reading where a run was read before."""
    if keys.get("index") is not None and any(isinstance(run, Run) for run in runs):
        raise UsageError(f"index: is said where the log is read: selectmodel.read(path, index={keys['index']!r})")
    return with_keys(policy or Policy(), keys)


def _with_conditions(
    policy: Policy, tables: Sequence[Mapping[str, Any]], require: Mapping[str, Any], baseline: object
) -> Policy:
    from selectmodel.policy import conditions
    from selectmodel.selection.record import Record

    problems: list[str] = []
    added = conditions.parse(tables, [], "conditions", problems)
    wanted = {**policy.require, **conditions.requirements(require, lambda key: f"require.{key}", problems)}
    if baseline is not None:
        wanted["baseline"] = "a decision" if isinstance(baseline, Record) else str(baseline)
    problems += conditions.contradictions((*policy.gate, *added))
    if problems:
        raise PolicyError(problems)
    return replace(policy, gate=(*policy.gate, *added), require=wanted)


def compare(
    *runs: Comparable,
    groups: Mapping[str, Comparable | Sequence[Comparable]] | None = None,
    policy: Policy | None = None,
    val_size: int | Sequence[int] = (),
    predictions: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
    history: str | PathLike[str] | None = None,
    label: str | Sequence[str] = (),
    **keys: Any,
) -> Comparison:
    """Retrained models side by side, each at its own pick; the first is the reference.

    ``runs`` are runs or paths of logs, one a side; ``groups`` gives sides of several seeds instead, by name: a run, a
    path, a folder of runs, a pattern, or a list of these. ``val_size`` is one number of validation examples, or one a
    side; ``predictions`` two files of predictions on the same examples; ``history`` a file of decisions that is read,
    and to which new ones are added, under a ``label`` a side. ``keys`` are policy keys, as in :func:`recommend`. Raises
    as ``recommend`` does, OutputError where the history cannot be written.
    """
    from selectmodel.commands.compare import sides

    given = with_keys(policy or Policy(), keys)
    if runs and groups:
        raise UsageError("compare: give runs or groups, not both")
    named: dict[str, list[tuple[str, Run]]] = {}
    if groups:
        for name, members in groups.items():
            listed = [members] if isinstance(members, (str, PathLike, Run)) else members
            named[name] = [member for item in listed for member in _members(item, given.index)]
            if not named[name]:
                raise UsageError(f"compare: group {name} holds no run")
    else:
        read_runs = [run if isinstance(run, Run) else read(run, index=given.index) for run in runs]
        named = {name: [(name, run)] for name, run in zip(sides.told_apart(read_runs), read_runs, strict=True)}
    return sides.compare(
        named,
        given,
        sizes=[val_size] if isinstance(val_size, int) else list(val_size),
        predictions=None if predictions is None else (Path(predictions[0]), Path(predictions[1])),
        kept=None if history is None else Path(history),
        labels=[label] if isinstance(label, str) else list(label),
    )


def _members(item: Comparable, index: str | None) -> list[tuple[str, Run]]:
    from selectmodel.commands.compare import sides

    how = ReadOptions(index=index)
    return [(item.name, item)] if isinstance(item, Run) else sides.runs_of([os.fspath(item)], how)
