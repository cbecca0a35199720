"""The screen of ``next``: the checkpoint to evaluate, what it may gain, and what to do with the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.display import numbers
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled

if TYPE_CHECKING:
    from selectmodel.commands.next.suggestion import Promising, Suggestion


def lay_out(answer: Suggestion, style: Style) -> Iterator[RenderableType]:
    """The checkpoints, each on a line of its own that can be copied, then what they rest on."""
    for place, one in enumerate(answer.next):
        head = "Evaluate " if not place else "then     "
        yield Text.assemble(
            (head, "bold"), (f"{answer.counts} {numbers.label(one.at)}", "bold green"), " → ",
            (visible(one.checkpoint, LONGEST), "bold"), no_wrap=True, overflow="ignore",
        )  # fmt: skip
    yield Labelled("so far", (_so_far(answer),))
    yield Labelled("why", (_why(answer, answer.next[0]),))
    if answer.assumed:
        yield Labelled("caution", (visible(answer.assumed, LONGEST),), "magenta")
    yield Labelled("next", ("add its row to the log and ask again",))


def _so_far(answer: Suggestion) -> str:
    count = numbers.counted(answer.evaluated, "evaluation")
    left = f"{numbers.counted(answer.left, 'checkpoint')} not evaluated"
    if answer.best is None or answer.best_at is None:
        return f"{count}; {left}"
    best = f"{visible(answer.metric or '', LONGEST)} {numbers.figure(answer.best)} at {answer.counts} "
    return f"{count}, the best {best}{numbers.label(answer.best_at)}; {left}"


def _why(answer: Suggestion, first: Promising) -> str:
    if first.gain is None:
        return "the first evaluations are spread over the training"
    if not first.gain:
        return "all evaluations gave one value: none is more promising than another"
    gain = numbers.figure(first.gain)
    return (
        f"the most promising: about {gain} of {visible(answer.metric or '', LONGEST)} to gain on the best, on average"
    )
