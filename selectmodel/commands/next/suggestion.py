"""What ``next`` answers: the checkpoints to evaluate next, the most promising first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from selectmodel.answer import Answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style


@dataclass(frozen=True, slots=True)
class Promising:
    """A saved checkpoint that was not evaluated.

    ``at`` is its epoch or step as the log counts; ``gain`` by how much its value is expected to be better than the best
    so far, in the metric's unit, None where too little was evaluated to tell.
    """

    checkpoint: str
    at: float
    gain: float | None


class SuggestionJson(TypedDict):
    """What ``next`` answers; ``counts`` says what ``at`` and ``best_at`` are."""

    source: str
    metric: str | None
    counts: str
    evaluated: int
    left: int
    best_at: float | None
    best: float | None
    next: Sequence[Promising]
    assumed: str


@dataclass(frozen=True, slots=True)
class Suggestion(Answer):
    """Of ``left`` checkpoints that were not evaluated the ones to evaluate ``next``, the most promising first.

    ``metric`` was evaluated ``evaluated`` times, and is ``best`` at ``best_at``, an epoch or step as ``counts`` says;
    None where it was never evaluated. ``assumed`` is what was assumed of how the names count epochs.
    """

    source: str
    metric: str | None
    counts: str
    evaluated: int
    left: int
    best_at: float | None
    best: float | None
    next: tuple[Promising, ...]
    assumed: str = ""
    kind = "next"

    def content(self) -> SuggestionJson:
        """The JSON answer behind its header."""
        return {
            "source": self.source,
            "metric": self.metric,
            "counts": self.counts,
            "evaluated": self.evaluated,
            "left": self.left,
            "best_at": self.best_at,
            "best": self.best,
            "next": self.next,
            "assumed": self.assumed,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a checkpoint to evaluate."""
        yield ("checkpoint", self.counts, "gain")
        for one in self.next:
            yield (one.checkpoint, one.at, "" if one.gain is None else one.gain)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.next import screen

        return screen.lay_out(self, style)
