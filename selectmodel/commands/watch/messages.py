"""The sentences of ``watch``, which its lines and its screen share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from selectmodel.display import epochs, numbers

if TYPE_CHECKING:
    from selectmodel.commands.watch.watched import Move, Speed, Watched
    from selectmodel.records import Run
    from selectmodel.selection.report import Report
    from selectmodel.selection.stopping import StopAhead

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def unit(report: Report) -> Literal["epoch", "step"]:
    """What the log counts: epochs, or steps where it has no epochs."""
    return "epoch" if math.isfinite(float(report.question.epochs[-1])) else "step"


def goes_back(before: Report, after: Report) -> bool:
    """Whether the log ends before the place that it had come to: it was begun anew, or cut."""
    if before.monitor.name != after.monitor.name:
        # a metric that is logged late or seldom may be judged from now on: its last place says nothing of the log's end
        return before.run.x_axis == after.run.x_axis and _end(after.run) < _end(before.run)
    one, other = before.question, after.question
    ends = [float(asked.steps[-1]) for asked in (one, other)]
    if math.isfinite(float(one.epochs[-1])) and math.isfinite(float(other.epochs[-1])):
        ends = [float(asked.epochs[-1]) for asked in (one, other)]
    return ends[1] < ends[0]


def _end(run: Run) -> int:
    return max(int(series.steps[-1]) for series in run.series.values())


def without(text: str, path: str) -> str:
    """A message in one line, without the path that it begins with, and without all that was looked for in vain."""
    return " ".join(text.split()).removeprefix(f"{path}: ").partition(" (looked for: ")[0]


def of(before: Watched, now: Watched, *, moved: bool, restarted: bool) -> str:
    """What changed, in one line; "" where nothing did."""
    return "; ".join(_parts(before, now, moved, restarted))


def _parts(before: Watched, now: Watched, moved: bool, restarted: bool) -> Iterator[str]:
    report, old = now.report, before.report
    assert report is not None
    question = report.question
    if restarted and old is not None:
        ended = epochs.place(old.question, old.question.n - 1)
        yield f"the log began anew or was cut: it ends at {epochs.place(question, question.n - 1)} and had {ended}"
    if restarted or old is None or old.question.n != question.n or _last_value(old) != _last_value(report):
        yield f"{epochs.place(question, question.n - 1)}: {report.monitor.name} {numbers.figure(_last_value(report))}"
    if moved:
        yield ship(now.moves[-1]) + (f" (was {now.moves[-2].place})" if len(now.moves) > 1 else "")
    for finding in report.findings:
        if finding.code in now.fired:
            yield f"{finding.level} {finding.code} {finding.check}: {finding.message}"
    if now.stopping is not None and now.stopping.stopped and not (before.stopping and before.stopping.stopped):
        yield stop(now.stopping)
    if now.hints != before.hints:
        yield from now.hints


def _last_value(report: Report) -> float:
    return float(report.question.values[-1])


def ship(move: Move) -> str:
    """``ship epoch 37 → weights.37.keras``."""
    file = f" → {move.checkpoint}" if move.checkpoint is not None else ""
    return f"ship {move.place}{file}"


def course(moves: tuple[Move, ...], unit: str, most: int = 4) -> list[str]:
    """``epoch 33 (at 35) → epoch 37 (at 41)``: the last moves, the newest first."""
    told = []
    for move in list(reversed(moves))[:most]:
        file = f", {Path(move.checkpoint).name}" if move.checkpoint is not None else ""
        told.append(f"{move.place} at {unit} {numbers.label(move.at)} ({numbers.figure(move.value)}{file})")
    if len(moves) > most:
        told.append(f"{len(moves) - most} before")
    return told


def stop(found: StopAhead) -> str:
    """``patience 20 on val_loss: would stop at epoch 57 unless better``."""
    head = f"patience {found.patience} on {found.metric}"
    if found.stopped:
        best = f"no better since {found.unit} {numbers.label(found.best)}"
        return f"{head}: would have stopped at {found.unit} {numbers.label(found.at)}, {best}"
    return f"{head}: would stop at {found.unit} {numbers.label(found.at)} unless better"


def until_stop(found: StopAhead, speed: Speed, report: Report) -> float | None:
    """Seconds until the patience runs out, by the pace so far; None where that is not known."""
    if found.stopped or speed.seconds is None:
        return None
    question = report.question
    if found.unit == speed.unit:
        last = float(question.epochs[-1] if found.unit == "epoch" else question.steps[-1])
        return max(0.0, found.at - last) * speed.seconds
    places = question.epochs if speed.unit == "epoch" else question.steps
    if found.unit != "validation" or question.n < 2:
        return None
    each = (float(places[-1]) - float(places[0])) / (question.n - 1)
    return max(0.0, found.at - question.n) * each * speed.seconds


def pace(found: Speed) -> list[str]:
    """``42 s per epoch``, and how long it takes to the end."""
    if found.seconds is None:
        return []
    told = [f"{duration(found.seconds)} per {found.unit}"]
    if found.total is not None and found.left is not None:
        told.append(f"{duration(found.left)} to {found.unit} {numbers.label(found.total)}, the last")
    return told


def duration(seconds: float) -> str:
    """``0.8 s``, ``42 s``, ``3 min``, ``2 h 5 min``, ``3 days``."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        minutes = round(seconds / _MINUTE)
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{seconds / _DAY:.0f} days"
