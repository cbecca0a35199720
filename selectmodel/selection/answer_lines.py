"""The lines below the answer, a label in front of each: its file, its figures, why it was taken, what else could be.

Each thing is said in one of them, and only where the log tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from selectmodel import registry
from selectmodel.display import epochs, numbers
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.wrapping import Labelled
from selectmodel.selection import aim_sentences, in_words
from selectmodel.selection.checkpoints import NAMED_IN_VAIN
from selectmodel.selection.unused_files import unused

if TYPE_CHECKING:
    from selectmodel.display.style import Style
    from selectmodel.records import Question
    from selectmodel.selection.report import Report

#: Validations of one epoch that are told one by one.
_ALIKE = 4
#: Metrics shown unless verbose, and the longest name of one.
_VALUES, _NAME = 5, 40
#: From this many validations on, half of them tell whether a curve has settled.
_MANY = 20


def lines(report: Report, metrics: list[str], style: Style) -> Iterator[Labelled]:
    """The lines from top to bottom; ``metrics`` are the main ones, which are shown first."""
    yield from about_files(report)
    yield from about_worth(report)
    yield Labelled("values", _values(report, metrics, style))
    yield from _of("left out", _refused(report), style="magenta")
    yield from _of("why", _why(report))
    yield from _of("judged by", _judged_by(report, style))
    doubt = visible(report.doubt, LONGEST)
    if len(report.as_good_as) > 1:
        several = f"{len(report.as_good_as):,} of {np.count_nonzero(report.question.allowed):,}"
        yield from _of("unclear", f"{_alike(report)} ({several}): they {doubt or 'share the value'}")
    else:
        yield from _of("how sure", doubt)
    yield from _of("chance", _chance(report))
    for told in aim_sentences.other_aims(report):
        yield from _of("or", told)
    if report.best_unsaved is not None:
        yield from _of("not saved", aim_sentences.unsaved_best(report, report.best_unsaved))
    yield from _of("caution", _unfinished(report))


def about_files(report: Report) -> Iterator[Labelled]:
    """The line of the checkpoint file, where there is something to say of it."""
    return _of("file", _file(report))


def about_worth(report: Report) -> Iterator[Labelled]:
    """The line of what its accuracy is worth, where that is known."""
    return _of("expect", _expected(report))


def _of(label: str, text: str, style: str = "") -> Iterator[Labelled]:
    if text:
        yield Labelled(label, (text.removesuffix("."),), style)


def _file(report: Report) -> str:
    """How its name counts where the log counts otherwise, or why no file is known; "" where there is nothing to say."""
    path, offset = report.recommended.checkpoint, report.checkpoint_offset
    if path is not None:
        counted = (Path(one.path).name for one in report.run.checkpoints if one.place is not None)
        if not offset or Path(path).name not in counted:
            return ""
        if (report.label(0), offset) == (0, 1):
            return "names count from 1, the log from 0"
        return f"names count {abs(offset):,} {'more' if offset > 0 else 'less'} than the log"
    files = report.run.checkpoints
    if not files:
        if found := unused(report.notes):
            return found
        told = any(note.code == NAMED_IN_VAIN for note in report.notes)
        found = "no checkpoints found beside the log; name their folder with --checkpoints DIR"
        return found if report.run.files and not told else ""
    if report.question.has_file.any():
        return ""
    how = visible(report.checkpoints_how, LONGEST)
    return f"{numbers.counted(len(files), 'checkpoint file')} found, none of a logged epoch: {how}"


def _expected(report: Report) -> str:
    """What the accuracy is worth on data like the validation set, with its range; "" where it is not known.

    Where the log tells no size for certain, with the fewest examples that fit it, whose range is rather too wide.
    """
    found = report.expected or report.expected_of_fewest
    if found is None:
        return ""
    written = numbers.scale([found.value, found.low, found.high])
    span, name = written.span(found.low, found.high), visible(found.metric, _NAME)
    value = written.show(found.value)
    like = f"{name} about {value} on data like the validation set"
    told = f"{like} ({100 * found.level:.0f} %: {span})"
    if report.question.validation is not None:
        told = f"{like}; on the data in use, {100 * found.level:.0f} %: {span}"
    if report.expected is not None:
        return told
    fewest = numbers.counted(report.question.fewest or 1, "example")
    return f"{told}, if that has {fewest}, the fewest that fit the log; if you know how many it has, give --val-size N"


def _values(report: Report, metrics: list[str], style: Style) -> tuple[str, ...]:
    """The metrics at the recommended epoch: the monitored one first, then loss and score, then training."""
    values = report.recommended.values
    first = [name for name in metrics if name in values]
    names = [*first, *(name for name in values if name not in first)]
    shown = names if style.verbose else names[:_VALUES]
    parts = []
    for name in shown:
        train = report.meanings[name].split == "train" and "train" not in name.lower()
        told = visible(name, LONGEST if style.verbose else _NAME)
        parts.append(f"{told} {numbers.figure(values[name])}" + " (train)" * train)
    more = len(names) - len(shown)
    return (*parts, f"{more} more with --verbose") if more else tuple(parts)


def _refused(report: Report) -> str:
    """How much of the monitored metric was left out while reading: the best epoch may be among that."""
    name = report.monitor.name
    lost = report.run.refused.get(name, 0)
    what = f"{lost} of {lost + report.question.n} values of {visible(name)} were left out"
    return f"{what}: their rows have no usable epoch or step (SM104)" if lost else ""


def _why(report: Report) -> str:
    """What the rule found, and the best value that was logged where that is another one."""
    pick, question = report.recommended, report.question
    told = f"{visible(pick.reason, LONGEST)} (rule {pick.rule})"
    best = best_logged(report)
    if best is None or pick.index is None:
        return told
    word = "lowest" if question.goal == "min" else "highest"
    value = numbers.column([float(question.values[best]), float(question.values[pick.index])])[0]
    return f"{told}; the {word} logged is {value}, at {epochs.place(question, best)}"


def best_logged(report: Report) -> int | None:
    """The first candidate with the best value of the monitored metric; None where the recommended one has it too.

    None as well where the log holds a better value, which does not count, or where it has the same digits.
    """
    question, index = report.question, report.recommended.index
    finite = question.allowed & np.isfinite(question.values)
    if index is None or not finite.any() or not np.isfinite(question.values[index]):
        return None
    best = int(np.argmin(np.where(finite, question.cost, np.inf)))
    logged = report.run.series[question.monitor].values if question.monitor in report.run.series else question.values
    sign = 1.0 if question.goal == "min" else -1.0
    all_of_it = sign * logged[np.isfinite(logged)]
    if not len(all_of_it) or all_of_it.min() < sign * question.values[best]:
        return None
    shown = numbers.column([float(question.values[best]), float(question.values[index])])
    return best if question.cost[best] < question.cost[index] and shown[0] != shown[1] else None


def _judged_by(report: Report, style: Style) -> str:
    monitor = report.monitor
    better = "lower" if monitor.goal == "min" else "higher"
    why = f": {visible(monitor.goal_why, LONGEST)}" if style.verbose else ""
    return f"{visible(monitor.name, LONGEST)}, {monitor.why}; {better} is better{why}"


def _alike(report: Report) -> str:
    """The epochs that cannot be told apart, in words: with their steps where an epoch has several validations."""
    alike, unit = report.as_good_as, epochs.axis_name(report.recommended.epoch)
    steps = [] if _once_each(report.question, alike) else [_logged_step(report, index) for index in alike]
    if not steps or None in steps:
        return f"{unit}s {numbers.ranges((index, report.label(index)) for index in alike)}"
    first = zip(alike[:_ALIKE], steps[:_ALIKE], strict=True)
    told = ", ".join(f"{unit} {numbers.label(report.label(index))} at step {step}" for index, step in first)
    return told + (f" and {len(alike) - _ALIKE} more" if len(alike) > _ALIKE else "")


def _once_each(question: Question, indices: Sequence[int]) -> bool:
    """Whether no two of some candidates have the same epoch, or the same step where they have none."""
    rows = np.array(indices, np.int64)
    of_epochs, steps = question.epochs[rows], question.steps[rows]
    known = np.isfinite(of_epochs)
    labels = np.where(known, of_epochs, steps) if known.any() else steps
    return len(np.unique(labels)) == len(rows)


def _logged_step(report: Report, index: int) -> int | None:
    return report.run.logged_step(int(report.question.steps[index]))


def _chance(report: Report) -> str:
    if report.chance is None:
        return ""
    of = "" if report.question.score is None else f" of {visible(report.question.score, _NAME)}"
    often = in_words.no_better(report.chance)
    return f"{often} that no epoch is better by more than one percentage point{of}"


def _unfinished(report: Report) -> str:
    """Whether the best may be yet to come: the last validation is the best of all, and nothing else says so."""
    n, index = report.question.n, report.recommended.index
    improving = any(registry.load("checks", finding.check).unfinished for finding in report.findings)
    last = report.question.timeline[-1:].tolist() in ([], [index])  # nothing was logged after it
    if index != n - 1 or not last or n <= 2 or improving or _settled(report) or not _alone_at_its_best(report.question):
        return ""
    return "it is the last one logged: the run may not have finished improving"


def _alone_at_its_best(question: Question) -> bool:
    """Whether the last candidate has the best value of all, and no other has it too."""
    cost = np.where(question.seen(question.monitor), question.cost_of(question.monitor), np.inf)
    return bool(cost[-1] < np.min(cost[:-1], initial=np.inf))


def _settled(report: Report) -> bool:
    """Whether validations of long before the last one cannot be told from it."""
    n = report.question.n
    return n >= _MANY and min(report.as_good_as, default=n) < n // 2
