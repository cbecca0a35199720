"""What ``watch`` answers at each change: what is recommended so far, how that moved, and how the training goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from selectmodel.answer import Answer, FindingJson, Logged, finding_json
from selectmodel.display import epochs
from selectmodel.display.numbers import number
from selectmodel.records import Goal
from selectmodel.selection.report import Report
from selectmodel.selection.stopping import Counted, StopAhead

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style

#: What happened, the most important first: the watch is over, there is no log (yet), it began anew, another checkpoint
#: is recommended, a check fired, or nothing but new rows.
Event = Literal["ended", "waiting", "restarted", "moved", "check", "logged"]
#: Why a watch is over.
Ending = Literal["", "until", "finished"]


@dataclass(frozen=True, slots=True)
class Move:
    """Another recommendation: its place, file and value, and ``at`` which place of the log it was made."""

    epoch: float | None
    step: int | None
    checkpoint: str | None
    value: Logged
    at: float

    @property
    def shipped(self) -> tuple[float | None, int | None, str | None]:
        """What is recommended, whatever its value is and wherever the log was then."""
        return self.epoch, self.step, self.checkpoint

    @property
    def place(self) -> str:
        return epochs.epoch_or_step(self.epoch, self.step)


@dataclass(frozen=True, slots=True)
class Speed:
    """How quickly a training goes: ``seconds`` a ``unit``, and how many units there will be, if the log tells."""

    seconds: float | None
    unit: Literal["epoch", "step"]
    total: float | None
    left: float | None


class MoveJson(TypedDict):
    """A recommendation, and at which epoch (or step) of the log it was made."""

    epoch: float | None
    step: int | None
    checkpoint: str | None
    value: Logged
    at: float


class StoppingJson(TypedDict):
    """Early stopping with a patience counted in ``unit``: it stopped, or will stop, ``at`` that place unless better."""

    metric: str
    patience: int
    unit: Counted
    best: float
    at: float
    stopped: bool


class SpeedJson(TypedDict):
    """``seconds`` a ``unit`` by the pace so far, ``total`` units if the log tells, and ``left`` seconds until then."""

    seconds: float | None
    unit: Literal["epoch", "step"]
    total: float | None
    left: float | None


class WatchedMetricJson(TypedDict):
    """The metric that is judged, and its last value."""

    name: str
    goal: Goal
    last: Logged


class WatchedJson(TypedDict):
    """What ``watch`` answers at each change. ``fired`` are the codes of the findings that are new."""

    at: str
    event: Event
    message: str
    ended: Ending
    source: str
    format: str | None
    candidates: int
    last_epoch: float | None
    metric: WatchedMetricJson | None
    recommended: MoveJson | None
    moves: Sequence[MoveJson]
    findings: Sequence[FindingJson]
    fired: Sequence[str]
    stopping: StoppingJson | None
    speed: SpeedJson | None
    problem: str
    hints: Sequence[str]


@dataclass(frozen=True, slots=True)
class Watched(Answer):
    """The state of a watch at a change.

    ``at`` is when, in ISO 8601; ``message`` says what changed, in one line; ``report`` is that of the log so far, None
    while there is none; ``moves`` are the recommendations so far since the log began, the present one last; ``fired``
    the codes of findings that are new; ``problem`` why the log cannot be judged now; ``hints`` what the user
    may have meant otherwise; ``ended`` why the watch is over.
    """

    source: str
    at: str
    event: Event
    message: str
    report: Report | None = None
    moves: tuple[Move, ...] = ()
    fired: tuple[str, ...] = ()
    stopping: StopAhead | None = None
    speed: Speed | None = None
    problem: str = ""
    hints: tuple[str, ...] = ()
    ended: Ending = ""
    kind = "watch"

    def content(self) -> WatchedJson:
        """The JSON answer behind its header."""
        report, question = self.report, self.report.question if self.report else None
        return {
            "at": self.at,
            "event": self.event,
            "message": self.message,
            "ended": self.ended,
            "source": self.source,
            "format": report.run.format if report else None,
            "candidates": question.n if question else 0,
            "last_epoch": report.label(report.question.n - 1) if report else None,
            "metric": _metric(report) if report else None,
            "recommended": _move(self.moves[-1]) if self.moves and report else None,
            "moves": [_move(move) for move in self.moves],
            "findings": [finding_json(finding) for finding in report.findings] if report else [],
            "fired": self.fired,
            "stopping": _stopping(self.stopping) if self.stopping else None,
            "speed": _speed(self.speed) if self.speed else None,
            "problem": self.problem,
            "hints": self.hints,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then the change in one row."""
        yield ("at", "event", "message", "ended")
        yield (self.at, self.event, self.message, self.ended)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.watch import screen

        return screen.lay_out(self, style)


def _metric(report: Report) -> WatchedMetricJson:
    question = report.question
    return {"name": report.monitor.name, "goal": report.monitor.goal, "last": float(question.values[-1])}


def _move(move: Move) -> MoveJson:
    return {
        "epoch": None if move.epoch is None else number(move.epoch),
        "step": move.step,
        "checkpoint": move.checkpoint,
        "value": move.value,
        "at": number(move.at),
    }


def _stopping(found: StopAhead) -> StoppingJson:
    return {
        "metric": found.metric,
        "patience": found.patience,
        "unit": found.unit,
        "best": number(found.best),
        "at": number(found.at),
        "stopped": found.stopped,
    }


def _speed(found: Speed) -> SpeedJson:
    return {"seconds": found.seconds, "unit": found.unit, "total": found.total, "left": found.left}
