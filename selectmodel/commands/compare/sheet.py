"""The page of a comparison: the verdict on the last side, every change, every cycle at its pick."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.commands.compare import verdict_lines
from selectmodel.display import numbers
from selectmodel.display.wrapping import Labelled
from selectmodel.pages import parts
from selectmodel.pages.parts import FileRead
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Sheet, Tone, number
from selectmodel.selection import settings_table

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Against, Change, Comparison
    from selectmodel.commands.compare.member import Cycle
    from selectmodel.commands.compare.predictions import Paired

#: Decisions, the last ones, whose logs are told with their SHA-256.
_FILES = 50
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "withheld": "doubt"}


def sheet(found: Comparison) -> Sheet:
    """The whole page; its box says what the screen says."""
    head, *lines = verdict_lines.lines(found)
    last = found.latest or (found.against[-1] if found.against else None)
    before = found.sides[-2] if found.latest is not None else found.reference
    return Sheet(
        title=f"{last.side} against {before.name}" if last else found.reference.name,
        log=", ".join(dict.fromkeys(member.source for side in found.sides for member in side.members)),
        verdict=str(head),
        tone=_tone(found, last),
        facts=parts.lines(line for line in lines if isinstance(line, Labelled)),
        sections=list(_sections(found)),
    )


def _tone(found: Comparison, last: Against | None) -> Tone:
    """Of the predictions where there are any, else of the last side against the one before it."""
    if found.predictions is not None:
        return _TONES.get(found.predictions.verdict, "")
    changes = last.changes if last is not None else ()
    return next((_TONES.get(change.verdict, "") for change in changes if change.metric == found.metric), "")


def _interval(change: Change) -> str:
    if change.low is None:
        return "not known"
    low, high = verdict_lines.bounds(change)
    return f"{100 * change.level:.0f} %: {low} to {high}"


def _sections(found: Comparison) -> Iterator[Section]:
    first = found.reference
    latest = [(found.latest, found.sides[-2])] if found.latest is not None else []
    said = set(found.against[-1].remarks) if found.against else set()  # in the box
    for other, against in [*latest, *((other, first) for other in reversed(found.against))]:
        title = f"{other.side} against {against.name}, metric by metric"
        remarks = [remark for remark in other.remarks if remark not in said]
        said |= set(remarks)
        yield Section(title, [Fact("Test", other.test)], remarks, _changes(found, other))
    if found.predictions is not None:
        yield Section("Predictions on the same examples", table=_predictions(found.predictions))
    yield Section("Every cycle at its pick", table=_cycles(found))
    yield from parts.notes(found.notes)
    history = [Fact("History", f"{found.history}, {found.recorded} decisions added")] if found.history else []
    metric = Fact("Metric", f"{found.metric}, {found.goal}")
    yield settings_table.section(found.policy, first.members[0].rule, [metric])
    members = [member for side in found.sides for member in side.members]
    yield parts.record(history, [file for member in members[-_FILES:] for file in _files(member)])


def _files(member: Cycle) -> Iterator[FileRead]:
    """The logs of a decision; their sizes where they still are what they were."""
    now = {file.sha256: file for file in parts.files_of([member.source])} if Path(member.source).is_file() else {}
    for digest in member.log:
        yield now.get(digest, FileRead(member.source, None, digest))._replace(name=member.source)


def _changes(found: Comparison, other: Against) -> Grid:
    rows = []
    for change in other.changes:
        written = numbers.scale([change.before, change.after])
        moved = written.difference(change.change) if math.isfinite(change.change) else "–"
        rows.append((
            Cell(change.metric), number(_finite(change.before), written.show(change.before)),
            number(_finite(change.after), written.show(change.after)), number(_finite(change.change), moved),
            Cell(_interval(change)),
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
