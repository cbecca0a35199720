"""The page of a comparison: the verdict on the last side, every change, every cycle at its pick."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.display import numbers
from selectmodel.pages import parts
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Sheet, Tone, number
from selectmodel.version import __version__

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Against, Change, Comparison, Side
    from selectmodel.commands.compare.predictions import Paired

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "withheld": "doubt"}


def sheet(found: Comparison) -> Sheet:
    """The whole page."""
    last = found.against[-1].side if found.against else ""
    return Sheet(
        title=f"{last} against {found.reference.name}" if last else found.reference.name,
        log=", ".join(dict.fromkeys(member.source for side in found.sides for member in side.members)),
        verdict=_verdict(found),
        tone=_TONES.get(found.verdict or "", ""),
        facts=list(_facts(found)),
        sections=list(_sections(found)),
    )


def _verdict(found: Comparison) -> str:
    if not found.against:
        return f"{found.reference.name} alone: there is nothing to compare it with"
    side, reference = found.against[-1].side, found.reference.name
    if found.verdict in ("better", "worse"):
        return f"{side} is {found.verdict} than {reference}"
    if found.verdict == "withheld":
        return f"No verdict on {side} against {reference}"
    return f"It cannot be told whether {side} is better than {reference}"


def _facts(found: Comparison) -> Iterator[Fact]:
    if not found.against:
        return
    last = found.against[-1]
    change = found.change(side=last.side)
    written = numbers.scale([change.before, change.after])
    yield Fact(change.metric, f"{written.show(change.before)} → {written.show(change.after)} as logged at the picks")
    if math.isfinite(change.change) and change.verdict != "withheld":
        yield Fact(
            "Expected change", f"{written.difference(change.change)} on data like the validation set{_interval(change)}"
        )
    yield Fact("Why", change.why)
    if change.needed is not None and change.verdict == "cannot tell":
        yield Fact("To tell more", f"about {change.needed:,} {change.unit} a side would tell a change as large as this")
    for about, message in last.warnings:
        yield Fact(f"{about[:1].upper()}{about[1:]}", message, "doubt")
    if found.predictions is not None:
        yield Fact("Predictions", _paired(found.predictions))


def _interval(change: Change) -> str:
    if change.low is None or change.high is None:
        return ""
    written = numbers.scale([change.before, change.after])
    return f" ({100 * change.level:.0f} %: {written.difference(change.low)} to {written.difference(change.high)})"


def _paired(paired: Paired) -> str:
    first = paired.metrics[0]
    return (
        f"on the same {paired.examples:,} examples {paired.after} won {paired.won:,} and lost {paired.lost:,} "
        f"(McNemar, p {numbers.figure(first.p)}): {first.verdict}"
    )


def _sections(found: Comparison) -> Iterator[Section]:
    for other in reversed(found.against):
        title = f"{other.side} against {found.reference.name}, metric by metric"
        yield Section(title, [Fact("Test", other.test)], other.remarks, _changes(found, other))
    if found.predictions is not None:
        yield Section("Predictions on the same examples", table=_predictions(found.predictions))
    yield Section("Every cycle at its pick", table=_cycles(found))
    yield from parts.notes(found.notes)
    history = [Fact("History", f"{found.history}, {found.recorded} decisions added")] if found.history else []
    program = Fact("Program", f"selectmodel {__version__}")
    yield parts.record([*(_origin(side) for side in found.sides), *history, program], {})


def _changes(found: Comparison, other: Against) -> Grid:
    rows = []
    for change in other.changes:
        written = numbers.scale([change.before, change.after])
        moved = written.difference(change.change) if math.isfinite(change.change) else "–"
        rows.append((
            Cell(change.metric), number(_finite(change.before), written.show(change.before)),
            number(_finite(change.after), written.show(change.after)), number(_finite(change.change), moved),
            Cell(_interval(change).strip(" ()") or "not known"),
            Cell(change.verdict, tone=_TONES.get(change.verdict, "")), Cell(change.why),
        ))  # fmt: skip
    return Grid(("metric", "before", "after", "expected change", "interval", "verdict", "why"), rows)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _predictions(paired: Paired) -> Grid:
    rows = []
    for one in paired.metrics:
        written = numbers.scale([one.before, one.after])
        interval = f"{written.difference(one.low)} to {written.difference(one.high)}"
        rows.append((
            Cell(one.metric), number(one.before, written.show(one.before)), number(one.after, written.show(one.after)),
            number(one.change, written.difference(one.change)), Cell(interval), number(one.p, f"{one.p:.2g}"),
            Cell(one.verdict, tone=_TONES.get(one.verdict, "")),
        ))  # fmt: skip
    return Grid(("metric", paired.before, paired.after, "change", "90 % interval", "p", "verdict"), rows)


def _cycles(found: Comparison) -> Grid:
    """A row a side, in their order; values are means where a side has several seeds."""
    metrics = found.metrics()[:6]
    scales = {name: numbers.scale([side.mean(name) for side in found.sides]) for name in metrics}
    verdicts = {other.side: found.change(side=other.side).verdict for other in found.against}
    rows = []
    for side in found.sides:
        at = [member.at for member in side.members if member.at is not None]
        span = "–" if not at else "–".join(dict.fromkeys(numbers.label(float(one)) for one in (min(at), max(at))))
        verdict = verdicts.get(side.name, "reference")
        values = [number(_finite(side.mean(name)), scales[name].show(side.mean(name))) for name in metrics]
        sizes = sorted({member.val_size or 0 for member in side.members})
        size = ", ".join(f"{one:,}" if one else "not known" for one in sizes)
        rows.append((
            Cell(side.name), number(min(at, default=None), span), *values, number(float(sizes[0]), size),
            number(len(side.members), str(len(side.members))), Cell(verdict, tone=_TONES.get(verdict, "")),
        ))  # fmt: skip
    by_step = all(member.epoch is None for side in found.sides for member in side.members)
    heads = ("cycle", "step" if by_step else "epoch", *metrics, "examples", "runs", "verdict")
    return Grid(heads, rows, sortable=len(rows) > 2)


def _origin(side: Side) -> Fact:
    logs = (f"{member.source} ({', '.join(digest[:12] for digest in member.log)})" for member in side.members)
    return Fact(side.name, "; ".join(logs))
