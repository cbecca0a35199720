"""The screen of ``pick --across``: how long to train the final model, then what each run alone would have said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.display import numbers, tables
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled

if TYPE_CHECKING:
    from rich.table import Table

    from selectmodel.commands.pick.across import Across

#: Runs that are listed without --verbose.
_RUNS = 12


def lay_out(answer: Across, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield Text(_headline(answer), style="bold")
    yield from _lines(answer)
    yield Text("")
    yield _table(answer, style)
    left = len(answer.members) - _RUNS
    if left > 0 and not style.verbose:
        yield Text(f"{numbers.counted(left, 'more run')} with --verbose", style="dim")
    if answer.notes:
        yield Text("")
        yield from note_lines(answer.notes, style)


def _headline(answer: Across) -> str:
    at = numbers.label(answer.epoch)
    if answer.epochs is None:
        return f"Train the final model for {numbers.counted(int(answer.epoch), 'step')}"
    told = f"{numbers.label(answer.epochs)} epoch{'' if answer.epochs == 1 else 's'}"
    counted = f" (epoch {at}: the logs count from 0)" if answer.epochs != answer.epoch else ""
    return f"Train the final model for {told}{counted}"


def _lines(answer: Across) -> Iterator[Labelled]:
    name = visible(answer.metric, LONGEST)
    runs = numbers.counted(len(answer.members), "run")
    shown = numbers.scale([answer.value, answer.standard_error], apart=False)
    error = numbers.figure(answer.standard_error)
    yield Labelled("mean", (f"{name} {shown.show(answer.value)}, standard error {error} between the {runs}",))
    yield Labelled("why", (f"{visible(answer.reason, LONGEST)} in the mean of the runs (rule {answer.rule})",))
    if len(answer.as_good_as) > 1:
        at = [(place, numbers.number(float(answer.labels[place]))) for place in answer.as_good_as]
        alike = f"{answer.axis}s {numbers.ranges(at)}: within a standard error of the difference, run by run"
        yield Labelled("unclear", (alike,))
    if answer.axis == "step":
        yield Labelled("caution", ("all data have more steps an epoch: as many steps see each example less often",))
    if answer.at_the_end:
        told = f"it is the last {answer.axis} that all runs have: a later one may be better, so train them longer"
        yield Labelled("caution", (told,), "magenta")


def _table(answer: Across, style: Style) -> Table:
    members = answer.members if style.verbose else answer.members[:_RUNS]
    table = tables.empty(style)
    table.add_column("run", overflow="fold")
    at = numbers.label(answer.epoch)
    for head in (f"at {answer.axis} {at}", f"own best {answer.axis}", "value there", f"last {answer.axis}"):
        table.add_column(head, justify="right")
    values = [float(member.values[answer.index]) for member in members]
    written = numbers.scale([*values, *(member.own_value for member in members)], apart=False)
    for member, value in zip(members, values, strict=True):
        table.add_row(
            Text(visible(member.name, 60)),
            written.show(value),
            numbers.label(member.own_epoch),
            written.show(member.own_value),
            numbers.label(member.last),
        )
    return table
