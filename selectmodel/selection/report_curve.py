"""The curve below the answer of ``pick``: the monitored metric and its training twin, the recommended epoch marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from selectmodel.display import curve, epochs
from selectmodel.display.curve import Course

if TYPE_CHECKING:
    from selectmodel.display.style import Style
    from selectmodel.selection.report import Report

#: Wider than this a curve of a few hundred epochs shows no more.
_WIDEST = 100


def lay_out(report: Report, style: Style) -> Iterator[Text]:
    """A blank line and the picture; nothing for a log of one validation."""
    question, index = report.question, report.recommended.index
    if index is None or question.n < 2:
        return
    courses = [Course(question.monitor, question.values)]
    if question.train_twin is not None and question.twin is not None:
        courses.append(Course(f"{question.train_twin} (train)", question.twin, dotted=True))
    with_epochs = np.isfinite(question.epochs).all() and (np.diff(question.epochs) >= 0).all()
    x = question.epochs if with_epochs else np.asarray(question.steps, dtype=np.float64)
    if (np.diff(x) < 0).any():
        return
    unit = epochs.axis_name(0.0 if with_epochs else None)
    drawn = curve.lines(x, courses, index, unit, min(style.width, _WIDEST))
    if drawn:
        yield Text("")
        yield from drawn
