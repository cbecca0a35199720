"""The Markdown page of a verdict: the answer, a table of conditions, what it was held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from selectmodel.display.epochs import place_of
from selectmodel.display.markdown import code, row, words

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Verdict

MARKS = {"pass": "✅ pass", "fail": "❌ fail", "refused": "⛔ not judged", "skipped": "⚪ not compared"}
_HEADS = {"pass": "✅ The gate passes", "fail": "❌ The gate says no", "refused": "⛔ The gate cannot judge"}
#: Conditions in the table; a policy of thousands must not push the verdict out of a comment.
_SHOWN = 100


def lines(verdict: Verdict) -> Iterator[str]:
    """The page, line by line: nothing of the log stands outside a code span or plain words."""
    yield f"### {_HEADS[verdict.result]}: {words(verdict.sentence)}"
    yield ""
    if verdict.report is not None:
        pick = verdict.report.recommended
        file = f" → {code(PurePath(pick.checkpoint).name)}" if pick.checkpoint else ""
        at = words(place_of(pick.epoch, pick.step))
        yield f"**{at}**{file} of {code(verdict.report.run.name)}, rule {code(pick.rule)}"
        yield ""
    yield row("condition", "outcome", "why")
    yield "|---|---|---|"
    order = sorted(verdict.outcomes, key=lambda one: ("refused", "fail", "skipped", "pass").index(one.outcome))
    for one in order[:_SHOWN]:
        yield row(code(one.name, 200), MARKS[one.outcome], words(one.reason, 1000))
    if len(order) > _SHOWN:
        yield ""
        yield f"and {len(order) - _SHOWN} more conditions, none of them worse"
    if verdict.baseline is not None:
        yield ""
        source = f" {code(PurePath(verdict.baseline.source).name)}" if verdict.baseline.source else ""
        state = "" if verdict.baseline.compared else " **nothing was compared**:"
        yield f"Baseline{source}:{state} {words(verdict.baseline.why)}"
