"""The screens of ``watch``: one that stays on a terminal and is drawn anew, and one line a change elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.text import Text

from selectmodel.commands.watch import messages
from selectmodel.display import epochs, numbers
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.findings import finding_lines
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled
from selectmodel.files.growth import lasting
from selectmodel.selection import report_curve

if TYPE_CHECKING:
    from selectmodel.commands.watch.watched import Watched
    from selectmodel.commands.watch.watching import Watch
    from selectmodel.selection.report import Report

#: Lines for findings without which the picture is left out.
_BESIDE = 2


def lay_out(state: Watched, style: Style) -> Iterator[RenderableType]:
    """The change, in one line."""
    yield Text(visible(state.message, LONGEST), no_wrap=True, overflow="ignore")


def live(state: Watched, status: str, style: Style, height: int, console: Console) -> Group:
    """The whole screen in at most ``height`` lines: what matters least is left out; ``status`` is the last line."""
    foot = [Text(visible(status, LONGEST), style="dim", no_wrap=True, overflow="ellipsis")] if status else []
    parts: list[RenderableType] = list(_head(state))
    room = height - len(foot) - _height(parts, console)
    if state.report is not None:
        picture = list(report_curve.lay_out(state.report, style)) if style.curve else []
        if len(picture) + _BESIDE <= room:
            parts += picture
            room -= len(picture)
        parts += _fitting(list(finding_lines(state.report.findings, style)), room, console)
    gap = [Text("")] if foot and _height(parts, console) < height - 1 else []
    return Group(*parts, *gap, *foot)


def _fitting(findings: Sequence[RenderableType], room: int, console: Console) -> list[RenderableType]:
    """The first findings that have room below a blank line, and how many more there are."""
    shown: list[RenderableType] = [Text("")]
    for place, finding in enumerate(findings):
        if _height([*shown, finding], console) + (place < len(findings) - 1) > room:
            more = Text(f"{numbers.counted(len(findings) - place, 'finding')} with no room here", style="dim")
            return [*shown, more] if room > len(shown) else []
        shown.append(finding)
    return shown if findings else []


def status(watch: Watch) -> str:
    """The last line of the screen: what is watched, when it was last written, and what ends the watch."""
    written = watch.written
    passed = 0.0 if written is None else max(0.0, time.time() - written)
    age = "not there" if written is None else "written just now" if passed < 1 else f"written {lasting(passed)} ago"
    until = [f"until {' or '.join(watch.until)}"] if watch.until else []
    return " · ".join([watch.log.name, age, *until, "Ctrl-C ends"])


def _height(parts: Sequence[RenderableType], console: Console) -> int:
    return sum(len(console.render_lines(part, pad=False)) for part in parts)


def _head(state: Watched) -> Iterator[RenderableType]:
    report = state.report
    if report is None:
        yield Text("No recommendation yet", style="bold")
    else:
        yield _headline(report, so_far=state.ended != "finished")
        yield from _course(state, report)
    if state.problem:
        yield Labelled("waiting", (visible(state.problem, LONGEST),), "magenta")
    for hint in state.hints:
        yield Labelled("caution", (visible(hint, LONGEST),), "magenta")
    if state.ended:
        yield Labelled("ended", (visible(state.message, LONGEST),), "green")


def _headline(report: Report, *, so_far: bool) -> Text:
    pick = report.recommended
    text = Text.assemble(
        ("Ship ", "bold"), (epochs.place_of(pick.epoch, pick.step), "bold green"), (" so far" * so_far, "bold"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    if pick.checkpoint is not None:
        text.append(" → ").append(visible(pick.checkpoint, LONGEST), style="bold")
    return text


def _course(state: Watched, report: Report) -> Iterator[RenderableType]:
    question, name = report.question, visible(report.monitor.name)
    written = numbers.scale([float(question.values[-1]), report.recommended.values[report.monitor.name]])
    now = f"{epochs.place(question, question.n - 1)}: {written.show(float(question.values[-1]))}"
    there = written.show(report.recommended.values[report.monitor.name])
    yield Labelled(name if len(name) <= 10 else "metric", (f"{name} {there}", f"last {now}"))
    unit = messages.unit(report)
    if len(state.moves) > 1:
        yield Labelled("moved", tuple(visible(text, LONGEST) for text in messages.course(state.moves, unit)))
    if state.stopping is not None:
        told = messages.stop(state.stopping)
        left = messages.until_stop(state.stopping, state.speed, report) if state.speed is not None else None
        told += f", in {messages.duration(left)}" if left else ""
        yield Labelled("early stop", (visible(told, LONGEST),), "magenta" if state.stopping.stopped else "")
    if state.speed is not None and (pace := messages.pace(state.speed)):
        yield Labelled("pace", tuple(pace))
