"""The screen of ``gate``: the verdict first, then every condition with why, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.display import tables
from selectmodel.display.epochs import place_of
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Verdict

_HEADS = {"pass": ("PASS", "bold green"), "fail": ("FAIL", "bold red"), "refused": ("NOT JUDGED", "bold red")}
_WORDS = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "refused": ("REFUSED", "bold red"),
          "skipped": ("not compared", "yellow")}  # fmt: skip
_ORDER = ("refused", "fail", "skipped", "pass")


def lay_out(verdict: Verdict, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield Text.assemble(_HEADS[verdict.result], f": {visible(verdict.sentence, LONGEST)}")
    if verdict.report is not None:
        pick = verdict.report.recommended
        text = Text(no_wrap=True, overflow="ignore")
        text.append(place_of(pick.epoch, pick.step), style="bold").append(f" of {visible(verdict.report.run.name)}")
        text.append(f" (rule {pick.rule})")
        if pick.checkpoint is not None:
            text.append(" → ").append(visible(pick.checkpoint, LONGEST), style="bold cyan")
        yield text
    if style.beside:
        return
    yield ""
    table = tables.empty(style)
    table.add_column("outcome", no_wrap=True)
    table.add_column("condition", overflow="fold", max_width=34)
    table.add_column("why", min_width=20, overflow="fold")
    for one in sorted(verdict.outcomes, key=lambda one: _ORDER.index(one.outcome)):
        table.add_row(Text(*_WORDS[one.outcome]), visible(one.name), visible(one.reason, LONGEST))
    yield table
    if verdict.baseline is not None and verdict.baseline.source:
        yield ""
        what = "baseline" if verdict.baseline.compared else "NOT COMPARED: baseline"
        name = visible(verdict.baseline.source if style.verbose else Path(verdict.baseline.source).name, LONGEST)
        yield Text(f"{what} {name}: {visible(verdict.baseline.why, LONGEST)}")
    if verdict.report is not None and verdict.report.notes:
        yield ""
        yield from note_lines(verdict.report.notes, style)
