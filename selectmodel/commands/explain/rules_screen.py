"""The screen of ``rules``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType

from selectmodel.display import tables
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.explain.catalogue import Entry, RuleList


def lay_out(answer: RuleList, style: Style) -> Iterator[RenderableType]:
    """One row a rule, and where to read more."""
    table = tables.empty(style)
    table.add_column("rule", no_wrap=True)
    table.add_column("accuracy lost", justify="right", no_wrap=True)
    table.add_column("what it recommends", min_width=24)
    for entry in answer.rules:
        table.add_row(entry.name, " / ".join(_lost(entry)) or "not measured", entry.summary)
    yield table
    yield ""
    corpus = answer.measured_on
    yield (
        "accuracy lost: percentage points of test accuracy given away against the best epoch, mean of "
        f"{corpus.runs_with_accuracy:,} training runs; by val_accuracy / by val_loss where the metric matters."
    )
    yield "One rule in full: selectmodel explain NAME"


def _lost(entry: Entry) -> Iterator[str]:
    for metric in ("any", "val_accuracy", "val_loss"):
        if metric in entry.points_lost:
            yield f"{entry.points_lost[metric]:.1f}"
