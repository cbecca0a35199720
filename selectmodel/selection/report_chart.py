"""The picture of a recommendation: training, validation, the pick, the framework's choice, what is not told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from selectmodel import registry
from selectmodel.charts import lines, vega
from selectmodel.charts.lines import Curves, Level, Line, Mark
from selectmodel.charts.vega import Panel
from selectmodel.display import epochs
from selectmodel.display.escaping import visible
from selectmodel.stats import long_arrays

if TYPE_CHECKING:
    from selectmodel.records import Floats, Question
    from selectmodel.selection.report import Report, RulePick

#: Frameworks' choices that are marked.
_FRAMEWORKS = 1
#: Metrics that have a panel.
_PANELS = 8
_NONE: Mapping[str, Sequence[Level]] = MappingProxyType({})


def panels(report: Report, *, log: bool = False, levels: Mapping[str, Sequence[Level]] = _NONE) -> Iterator[Panel]:
    """One panel for the metric that selects and one for the loss or score beside it; ``log`` for losses.

    ``levels`` are heights that a metric is held against; each metric that has one has a panel.
    """
    question = report.question
    at = _places(question)
    shown = _metrics(report, levels)
    names = [name for pair in shown for name in pair if name is not None]
    chosen = [pick.index for _, pick in _marked(report) if pick.index is not None]
    where = lines.kept([question.metric(name) for name in names], chosen)
    told = {name: Line(title(report, name), question.metric(name)[where], _training(report, name)) for name in names}
    curves = Curves(epochs_or_steps(question), at[where], list(told.values()), list(_bands(report, at)))
    for name, twin in shown:
        drawn = [told[one] for one in (name, twin) if one is not None]
        held = levels.get(name, ())
        positive = all(_positive(question.metric(one)) for one in (name, twin) if one is not None)
        may_log = positive and _is_loss(report, name) and all(level.y > 0 for level in held)
        marks = _marks(report, name, at)
        chart = lines.panel(curves, drawn, marks, visible(name, 60), levels=held, log=log and may_log)
        yield Panel(_caption(report, name, twin, held), chart, log=may_log)


def epochs_or_steps(question: Question) -> str:
    """What the horizontal axis counts: epochs where each has one validation, else the log's steps."""
    return "epoch" if _by_epoch(question) else "step"


def _by_epoch(question: Question) -> bool:
    return bool(np.isfinite(question.epochs).all()) and long_arrays.distinct(question.epochs) == question.n


def _places(question: Question) -> Floats:
    return question.epochs if _by_epoch(question) else question.steps.astype(np.float64)


def _metrics(report: Report, held: Mapping[str, Sequence[Level]]) -> list[tuple[str, str | None]]:
    """The monitored metric and the other of loss and score, each with its twin of the training; then those ``held``."""
    question = report.question
    own = (question.monitor, question.loss, question.score)
    more = [name for name in held if name in question.companions]
    validation = list(dict.fromkeys(name for name in (*own, *more) if name is not None))[:_PANELS]
    twins = {question.monitor: question.train_twin}
    for name, twin in ((question.loss, question.train_loss), (question.score, question.train_score)):
        if name is not None:
            twins.setdefault(name, twin)
    return [(name, None if twins.get(name) == name else twins.get(name)) for name in validation]


def _is_loss(report: Report, name: str) -> bool:
    return name == report.question.loss


def _positive(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(len(finite)) and bool((finite > 0).all())


def _training(report: Report, name: str) -> bool:
    return report.meanings[name].split == "train"


def title(report: Report, name: str) -> str:
    """A metric's name, "(training)" behind one that does not say so itself."""
    return f"{name} (training)" if _training(report, name) and "train" not in name.lower() else name


def _marked(report: Report) -> list[tuple[str, RulePick]]:
    """The pick, then what the callback of the log's own framework would have kept where that is another epoch."""
    ours = report.recommended
    found = [("the pick", ours)]
    for pick in report.picks.values():
        replays = registry.load("rules", pick.rule).replays
        if report.run.format in replays and pick.index not in (None, ours.index):
            found.append((f"{pick.rule}'s own choice", pick))
    return found[: 1 + _FRAMEWORKS]


def _marks(report: Report, name: str, at: Floats) -> list[Mark]:
    marks = []
    for title, pick in _marked(report):
        if pick.index is None or not np.isfinite(report.question.metric(name)[pick.index]):
            continue
        ours = pick is report.recommended
        x, y = float(at[pick.index]), float(report.question.metric(name)[pick.index])
        expected = report.expected
        if ours and expected is not None and expected.metric == name:
            level = f"{title} ({_at(pick)}), {100 * expected.level:.0f} % range"
            marks.append(Mark(level, x, y, vega.PICK, low=expected.low, high=expected.high))
        else:
            colour, shape = (vega.PICK, "circle") if ours else (vega.OTHER, "diamond")
            marks.append(Mark(f"{title} ({_at(pick)})", x, y, colour, shape))
    return marks


def _bands(report: Report, at: Floats) -> Iterator[tuple[float, float]]:
    """Stretches of neighbouring candidates that cannot be told from the pick, half a place wider on each side."""
    alike = sorted(report.as_good_as)
    if not 2 <= len(alike) < report.question.n:  # all of them are no band
        return
    edges = np.concatenate([[at[0]], (at[1:] + at[:-1]) / 2, [at[-1]]])
    for stretch in np.split(np.array(alike), np.flatnonzero(np.diff(alike) > 1) + 1):
        yield float(edges[stretch[0]]), float(edges[stretch[-1] + 1])


def _caption(report: Report, name: str, twin: str | None, levels: Sequence[Level]) -> str:
    ours = report.recommended
    parts = [f"{name} by {epochs_or_steps(report.question)}" + (f", with {twin} in training" if twin else "")]
    parts.append(f"marked: {' and '.join(f'{title} ({_at(pick)})' for title, pick in _marked(report))}")
    if 1 < len(report.as_good_as) < report.question.n:
        parts.append(f"shaded: {len(report.as_good_as):,} that the log cannot tell from {_at(ours)}")
    if levels:
        parts.append(f"dashed across: {', '.join(level.title for level in levels)}")
    return "; ".join(parts) + "."


def _at(pick: RulePick) -> str:
    return epochs.epoch_or_step(pick.epoch, pick.step)
