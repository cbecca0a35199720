"""The screen of ``prune``: how much can go, then every checkpoint with its size and why it stays or goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import RenderableType
from rich.filesize import decimal
from rich.text import Text

from selectmodel.display import epochs, tables
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.numbers import counted
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled

if TYPE_CHECKING:
    from selectmodel.commands.prune.pruning import Pruning, SavedFile

#: Checkpoints that go, shown without --verbose.
_ROWS = 12

#: A checkpoint's name of so many columns of the screen is not broken.
_NAME = 36


def lay_out(answer: Pruning, style: Style) -> Iterator[RenderableType]:
    """The answer, what to do next, then the table: what stays first."""
    yield _headline(answer)
    kept = f"{counted(len(answer.keep), 'checkpoint')} ({decimal(sum(file.size for file in answer.keep))})"
    yield Labelled("stay", (kept,))
    if answer.record is not None:
        yield Labelled("record", (visible(answer.record, LONGEST),))
    elif answer.growing:
        yield Labelled("caution", (f"the training may not be over: {answer.growing}",), "magenta")
    if answer.assumed:
        yield Labelled("caution", (visible(answer.assumed, LONGEST),), "magenta")
    if answer.go and answer.action == "none":
        yield Labelled("next", ("nothing was removed; to move them: --to FOLDER", "to delete them: --yes"))
    yield Text("")
    going = answer.go if style.verbose else answer.go[:_ROWS]
    table = tables.empty(style)
    table.add_column("")
    cells = [(word, _cells(file)) for word, files in (("stays", answer.keep), ("goes", going)) for file in files]
    # the reasons wrap first: a name is easier to find, and to copy, in one piece
    longest = max((cell_len(row[0]) for _, row in cells), default=0)
    table.add_column("checkpoint", overflow="fold", no_wrap=longest <= _NAME)
    table.add_column("epoch", justify="right")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("why")
    for word, row in cells:
        table.add_row(Text(word, style="green" if word == "stays" else "magenta"), *row)
    yield table
    hidden = len(answer.go) - len(going)
    if hidden:
        yield Text(f"{hidden} more that go with --verbose", style="dim")


def _headline(answer: Pruning) -> Text:
    if not answer.go:
        return Text("No checkpoint can go", style="bold")
    amount = f"{counted(len(answer.go), 'checkpoint')} ({decimal(sum(file.size for file in answer.go))})"
    if answer.action == "none":
        return Text.assemble((f"{amount} can go", "bold"))
    where = f" to {visible(answer.to or '', LONGEST)}" if answer.to else ""
    return Text.assemble((f"{amount} {answer.action}{where}", "bold green"))


def _cells(file: SavedFile) -> tuple[str, ...]:
    at = epochs.shown(file.epoch, file.step) if file.epoch is not None or file.step is not None else "–"
    more = f" and {', '.join(Path(one).name for one in file.also)}" if file.also else ""
    return (visible(Path(file.path).name + more), at, decimal(file.size), visible(file.why, LONGEST))
