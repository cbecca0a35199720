"""The Markdown page of a recommendation: the answer, its values, and what other rules would choose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from selectmodel.display import numbers
from selectmodel.display.epochs import place_of, shown
from selectmodel.display.markdown import code, row, words
from selectmodel.selection.aim_sentences import unsaved_best
from selectmodel.stats import long_arrays

if TYPE_CHECKING:
    from selectmodel.selection.report import Report

_METRICS = 6


def lines(report: Report) -> Iterator[str]:
    """The page, line by line."""
    pick = report.recommended
    file = f" → {code(PurePath(pick.checkpoint).name)}" if pick.checkpoint else ""
    yield f"### Ship {words(place_of(pick.epoch, pick.step))}{' so far' * report.so_far}{file}"
    yield ""
    yield f"{code(report.run.name)}: {words(pick.reason)} (rule {code(pick.rule)})"
    yield ""
    if report.best_unsaved is not None:
        yield words(unsaved_best(report, report.best_unsaved))
        yield ""
    names = list(pick.values)[:_METRICS]
    yield row("rule", "epoch", *(code(name, 60) for name in names), "why")
    yield "|---" * (len(names) + 3) + "|"
    several = long_arrays.distinct(report.question.epochs) < report.question.n
    for other in report.choices:
        if other.index is None:
            yield row(code(other.rule), "–", *("–" for _ in names), words(other.reason, 300))
            continue
        at = shown(other.epoch, other.step)
        if several and other.step is not None:
            at += f", step {other.step}"
        values = (numbers.figure(other.values[name]) for name in names)
        yield row(code(other.rule), at, *values, words(other.reason, 300))
    for finding in report.findings:
        yield ""
        yield f"{finding.level} {code(finding.code)} {words(finding.message)}"
