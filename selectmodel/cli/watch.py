"""``selectmodel watch``."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from selectmodel.cli import output
from selectmodel.cli.case import Case, judging
from selectmodel.display.escaping import inert
from selectmodel.errors import UsageError
from selectmodel.settings import did_you_mean

if TYPE_CHECKING:
    from rich.console import Group

    from selectmodel.commands.watch.hook import Hook
    from selectmodel.commands.watch.watched import Watched
    from selectmodel.commands.watch.watching import Watch
    from selectmodel.selection.until import Until

#: A line of text a change, or one of JSON: of a stream of answers, which no output format renders.
_FORMATS = (output.DEFAULT, "jsonl")
#: Seconds between looks at whether somebody pressed Ctrl-C.
_NAP = 0.1
#: A look takes no more than this share of the time, however large the log is.
_SHARE = 0.1


@judging()
def watch(
    case: Case,
    verbose: bool,
    until: Annotated[
        list[str] | None,
        typer.Option(
            "--until",
            metavar="CONDITION",
            help='End when it holds: "no better for 20 epochs", "val_loss<0.3" or finished; repeatable, any one ends.',
        ),
    ] = None,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", help="Seconds between two looks.")] = 2.0,
    on_change: Annotated[
        str | None,
        typer.Option(
            "--on-change",
            metavar="COMMAND",
            help="Run when another checkpoint is recommended, which SELECTMODEL_CHECKPOINT, _EPOCH, … name.",
        ),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", metavar="text|jsonl", help="How each change is told.")
    ] = output.DEFAULT,
) -> None:
    """Follow a training that still runs: the recommendation so far, checks as they fire, when to stop.

    Without --until it is followed until Ctrl-C. Exit codes: 0 a condition was met, 3 it was and the log cannot be
    judged, 2 you must choose, 130 Ctrl-C.
    """
    if format not in _FORMATS:
        raise UsageError(f"--format {format}: no such format; {did_you_mean(format, _FORMATS)}")
    if not 0.05 <= every <= 86400:
        raise UsageError(f"--every {every:g}: takes 0.05 to 86400 seconds")
    from selectmodel.commands.watch.hook import Hook
    from selectmodel.commands.watch.watching import Watch
    from selectmodel.files.opening import no_address
    from selectmodel.selection.until import parse

    if told := no_address(case.log):
        raise UsageError(told)
    hook = Hook(on_change) if on_change is not None else None
    watch = Watch(case.log, case.policy, case.how, case.runs, [_condition(text, parse) for text in until or ()])
    with _signals() as asked:
        session = _Session(watch, hook, every, asked)
        if format == output.DEFAULT and output.is_terminal():
            _on_terminal(session, verbose)
        else:
            _in_lines(session, as_json=format != output.DEFAULT)
    if asked:
        raise typer.Exit(128 + asked[0])
    if watch.failure is not None:
        raise watch.failure


def _condition(text: str, parse: Callable[[str], Until]) -> Until:
    try:
        return parse(text)
    except UsageError as failure:
        raise UsageError(f"--until {failure}") from None


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals to end that came, in order: the first is obeyed between two looks, the second at once."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def came(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        restore()

    for number in before:
        signal.signal(number, came)
    try:
        yield asked
    finally:
        restore()


class _Session:
    """A watch with what goes on beside it: the command that is run at a change, and the signals that came."""

    def __init__(self, watch: Watch, hook: Hook | None, every: float, asked: list[int]) -> None:
        self.watch, self.hook, self.every, self.asked = watch, hook, every, asked
        self.fault = ""

    def steps(self, nap: Callable[[], object] = lambda: None) -> Iterator[Watched | None]:
        """The change that each look tells, None for none, until the watch is over; ``nap`` is called in between."""
        shipped, took = None, 0.0
        while not self.asked:
            begun = time.monotonic()
            change = self.watch.step()
            if self.hook and change and change.report and change.moves[-1].shipped != shipped:
                shipped = change.moves[-1].shipped
                self.hook.changed(change)
            self._run_hook()
            yield change
            if self.watch.state.ended:
                self._run_hook(wait=True)
                return
            before, took = took, time.monotonic() - begun
            rest = max(self.every, min(before, took) / _SHARE)  # the first look imports what it needs
            while not self.asked and (left := begun + rest - time.monotonic()) > 0:
                time.sleep(min(_NAP, left))
                nap()

    def _run_hook(self, *, wait: bool = False) -> None:
        fault = self.hook.step(wait=wait) if self.hook is not None else ""
        self.fault = fault or self.fault

    def faults(self) -> Iterator[str]:
        """What went wrong with the command since it was last asked."""
        if self.fault:
            yield self.fault
            self.fault = ""


def _in_lines(session: _Session, *, as_json: bool) -> None:
    from selectmodel.display.escaping import LONGEST, visible

    for change in session.steps():
        if change is not None and as_json:
            line = json.dumps(change.to_dict(), allow_nan=False, ensure_ascii=True)
            output.put(inert(line, ":", r"\u005b") + "\n")
        elif change is not None:
            output.put(inert(visible(change.message, LONGEST), r"\x3a", r"\x5b") + "\n")
        for fault in session.faults():
            output.tell(fault)
    for fault in session.faults():
        output.tell(fault)


def _on_terminal(session: _Session, verbose: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from selectmodel.commands.watch import screen

    style = output.terminal_style(verbose, plot=True)
    console = Console(
        file=sys.stdout, force_terminal=True, color_system="standard" if style.colour else None,
        no_color=not style.colour, markup=False, highlight=False, emoji=False,
    )  # fmt: skip

    def drawn(status: str) -> Group:
        width, height = console.size
        return screen.live(session.watch.state, status, style._replace(width=width), height, console)

    faults: list[str] = []
    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        size = console.size

        def resized() -> None:
            nonlocal size
            if console.size != size:
                size = console.size
                live.update(drawn(screen.status(session.watch)), refresh=True)

        for _ in session.steps(resized):
            faults += session.faults()
            live.update(drawn(faults[-1] if faults else screen.status(session.watch)), refresh=True)
    console.print(drawn(""))
    for fault in dict.fromkeys([*faults, *session.faults()]):
        output.tell(fault)
