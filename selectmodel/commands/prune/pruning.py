"""What ``prune`` answers: which checkpoint files stay and why, and which can go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from selectmodel.answer import Answer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style

Action = Literal["none", "deleted", "moved"]


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A checkpoint on disk.

    ``path`` as seen from the current folder, ``size`` in bytes with all that belongs to it, ``also`` the files beside
    it that go with it (optimizer states). ``epoch`` and ``step`` are the log's, None where they are not known.
    """

    path: str
    size: int
    epoch: float | None
    step: int | None
    why: str
    also: tuple[str, ...] = ()


class PruningJson(TypedDict):
    """What ``prune`` answers; sizes are in bytes. ``growing`` and ``assumed`` say why nothing may be removed yet."""

    source: str
    keep: Sequence[SavedFile]
    go: Sequence[SavedFile]
    growing: str
    assumed: str
    action: Action
    to: str | None
    record: str | None


@dataclass(frozen=True, slots=True)
class Pruning(Answer):
    """Every checkpoint of a run: those that stay (``keep``) and those that can go (``go``), in the order of the log.

    Nothing is removed where ``growing`` says why the training may not be over, or ``assumed`` what was assumed of how
    the names count epochs. ``action`` is what was done with those that can go, ``to`` the folder that they were moved
    to, ``record`` the file that lists what went.
    """

    source: str
    keep: tuple[SavedFile, ...]
    go: tuple[SavedFile, ...]
    growing: str = ""
    assumed: str = ""
    action: Action = "none"
    to: str | None = None
    record: str | None = None
    kind = "prune"

    def content(self) -> PruningJson:
        """The JSON answer behind its header."""
        return {
            "source": self.source,
            "keep": self.keep,
            "go": self.go,
            "growing": self.growing,
            "assumed": self.assumed,
            "action": self.action,
            "to": self.to,
            "record": self.record,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a checkpoint."""
        yield ("checkpoint", "stays", "size", "epoch", "step", "why")
        for stays, files in ((True, self.keep), (False, self.go)):
            for file in files:
                yield (file.path, stays, file.size, file.epoch, file.step, file.why)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.prune import screen

        return screen.lay_out(self, style)
