"""The screen of ``gate``: the verdict, every condition with its bound, the worst first, then what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.display.epochs import place_of
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.findings import not_said_by_findings
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled
from selectmodel.selection import answer_lines

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Compared, Outcome, Verdict
    from selectmodel.selection.report import Report

_HEADS = {"pass": ("PASS", "bold green"), "fail": ("FAIL", "bold red"), "refused": ("NOT JUDGED", "bold red")}
_WORDS = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "refused": ("REFUSED", "bold red"),
          "skipped": ("skipped", "magenta")}  # fmt: skip
_ORDER = ("refused", "fail", "skipped", "pass")


def lay_out(verdict: Verdict, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield Text.assemble(_HEADS[verdict.result], f": {visible(verdict.sentence, LONGEST)}")
    if not style.beside:
        # bounds on metrics before what was asked of the log, where both came out alike
        for one in sorted(verdict.outcomes, key=lambda one: (_ORDER.index(one.outcome), one.metric is None)):
            word, mark = _WORDS[one.outcome]
            yield Labelled(word, (_said(one, verdict.baseline, style),), mark=mark)
    if verdict.report is not None:
        yield Text("")
        yield from _judged(verdict.report)
    if style.beside:
        return
    if verdict.report is not None:
        notes = not_said_by_findings(verdict.report.notes, verdict.report.findings)
        if notes:
            yield Text("")
            yield from note_lines(notes, style)


def _said(one: Outcome, baseline: Compared | None, style: Style) -> str:
    """What came of a condition; with its name where that is not in the reason, and which file the baseline is."""
    name, reason = visible(one.name, LONGEST), visible(one.reason, LONGEST)
    if one.kind == "baseline" and baseline is not None:
        file = visible(baseline.source if style.verbose else Path(baseline.source).name, LONGEST)
        what = f", {visible(baseline.why, LONGEST)}" if baseline.compared else ""
        return f"{name} {file}{what}: {reason}"
    reason = reason.replace("not compared: ", "NOT COMPARED: ", 1)
    held = one.metric is not None and one.outcome in ("pass", "fail")
    return reason if held or one.name in one.reason else f"{name}: {reason}"


def _judged(report: Report) -> Iterator[RenderableType]:
    """The checkpoint that the verdict is about."""
    pick = report.recommended
    at = f"{place_of(pick.epoch, pick.step)} of {visible(report.run.name, LONGEST)}"
    yield Labelled("judged", (f"{at}, the pick of rule {pick.rule}",))
    if pick.checkpoint is not None:
        path = visible(pick.checkpoint, LONGEST)
        yield Text.assemble(("file       ", "bold"), (path, "bold"), no_wrap=True, overflow="ignore")
    yield from answer_lines.about_worth(report)
