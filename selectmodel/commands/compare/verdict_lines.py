"""The verdict of a comparison and the labelled lines below it: each thing once, where the logs tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.commands.compare.warnings import ON_PAPER, SAME_LOG, VALIDATION_DATA
from selectmodel.display import numbers
from selectmodel.display.epochs import place_of
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.wrapping import Labelled

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Against, Change, Comparison, Side
    from selectmodel.commands.compare.predictions import Paired

COLOURS = {"better": "green", "worse": "red", "withheld": "magenta"}


def lines(found: Comparison) -> Iterator[RenderableType]:
    """The verdict against the last cycle, then what it rests on, what misleads, and the verdict against the first."""
    if found.predictions is not None:
        yield from _of_predictions(found.predictions)
    if not found.against:
        yield Text(f"{visible(found.reference.name, LONGEST)}: there is nothing to compare it with yet", style="bold")
        return
    newest = found.against[-1]
    before = found.reference if found.latest is None else found.sides[-2]
    last = found.latest or newest
    if found.predictions is not None:
        yield Labelled("by logs", (_in_a_line(found, last),))
    else:
        yield headline(found, last, before)
    if found.predictions is None and not _one_log(last):
        yield from _rests_on(found, last)
        yield from _next(found, last, before)
    yield from _misleading(found)
    if found.latest is not None:
        yield Labelled("first", (_in_a_line(found, newest),))
    if newest.remarks:
        yield Labelled("note", (". ".join(visible(remark, LONGEST) for remark in newest.remarks),))


def headline(found: Comparison, other: Against, before: Side) -> Text:
    """Which of two is better, in so many words; for a run that is on both sides, that it is."""
    change = _judged(found, other)
    side, reference = visible(other.side, LONGEST), visible(before.name, LONGEST)
    style = f"bold {COLOURS.get(change.verdict, '')}".strip()
    if _one_log(other):
        about, message = other.warnings[0]
        return Text.assemble((f"{about[:1].upper()}{about[1:]}: ", "bold magenta"), f"{visible(message, LONGEST)}.")
    if change.verdict == "withheld":
        return Text(f"{side} against {reference}: verdict withheld", style=style)
    if change.verdict == "cannot tell":
        return Text(f"Cannot tell whether {side} is better than {reference}", style=style)
    on_paper = change.verdict == "better" and any(about.startswith(ON_PAPER) for about, _ in other.warnings)
    return Text(f"{side} is {change.verdict} than {reference}" + ", on paper" * on_paper, style=style)


def _judged(found: Comparison, other: Against) -> Change:
    return next(change for change in other.changes if change.metric == found.metric)


def _one_log(other: Against) -> bool:
    """Whether the side is the reference itself: its warning is all there is to say."""
    return other.warnings[:1] != () and other.warnings[0][0] == SAME_LOG and other.changes[0].verdict == "withheld"


def _rests_on(found: Comparison, other: Against) -> Iterator[Labelled]:
    """The two values, what is expected of their difference, and why no more can be said."""
    change = _judged(found, other)
    yield Labelled("values", (_moved(change),))
    if change.low is not None:
        yield Labelled("expect", (f"{_expected(change)} on data like the validation set",))
    yield Labelled("why", (_why(change),))
    if change.verdict == "cannot tell" and change.needed is not None:
        told = f"about {change.needed:,} {change.unit} a side would tell a change as large as this one"
        yield Labelled("to tell", (told,))


def _next(found: Comparison, last: Against, before: Side) -> Iterator[Labelled]:
    """Which of two single checkpoints to ship, where the verdict on them is clear and nothing speaks against it."""
    verdict = _judged(found, last).verdict
    side = next(side for side in found.sides if side.name == last.side)
    taken = {"better": side, "worse": before}.get(verdict)
    if taken is None or last.warnings or len(taken.members) > 1:
        return
    pick = taken.members[0]
    file = (pick.record.get("checkpoint") or {}).get("name")
    told = f"{'ship' if taken is side else 'keep'} {place_of(pick.epoch, pick.step)} of {visible(taken.name, LONGEST)}"
    yield Labelled("next", (told + (f" → {visible(str(file), LONGEST)}" if file else ""),))


def _moved(change: Change) -> str:
    before, after = numbers.column([change.before, change.after])
    return f"{visible(change.metric, LONGEST)} {before} → {after}"


def _expected(change: Change) -> str:
    """``a change of +0.013 (90 %: -0.012 to +0.038)``, which is not that of the two values."""
    written = numbers.scale([change.before, change.after])
    low, high = bounds(change)
    return f"a change of {written.difference(change.change)} ({100 * change.level:.0f} %: {low} to {high})"


def bounds(change: Change) -> tuple[str, str]:
    """Where the expected change lies, from and to."""
    written = numbers.scale([change.before, change.after])
    return written.difference(change.low or 0.0), written.difference(change.high or 0.0)


def _why(change: Change) -> str:
    why = visible(change.why, LONGEST)
    if change.verdict == "withheld" or change.low is not None:
        return why
    return f"how uncertain these are is not known: {why}"


def _misleading(found: Comparison) -> Iterator[Labelled]:
    """What makes the verdict another than it seems; of sides besides the last with their names."""
    newest = found.against[-1]
    last = found.latest or newest
    above = {last.warnings[0][1]} if _one_log(last) else set()
    for other in found.against:
        for about, message in other.warnings:
            if other is newest and (about == VALIDATION_DATA or message in above):
                continue
            name = f"{visible(other.side, LONGEST)}: " if other is not newest else ""
            yield Labelled("beware", (f"{name}{about}: {visible(message, LONGEST)}",), mark="bold magenta")


def _in_a_line(found: Comparison, other: Against) -> str:
    """The verdict against the first side, with what it rests on."""
    change, reference = _judged(found, other), visible(found.reference.name, LONGEST)
    if change.verdict == "withheld":
        return f"against {reference} the verdict is withheld: {visible(change.why, LONGEST)}"
    told = "cannot be told from" if change.verdict == "cannot tell" else f"{change.verdict} than"
    expected = "" if change.low is None else f", {_expected(change)}"
    return f"{told} {reference}: {_moved(change)}{expected}"


def _of_predictions(paired: Paired) -> Iterator[RenderableType]:
    first = paired.metrics[0]
    before, after = numbers.column([first.before, first.after])
    told = {"better": "is better than", "worse": "is worse than"}.get(first.verdict, "cannot be told from")
    style = f"bold {COLOURS.get(first.verdict, '')}".strip()
    yield Text(f"{visible(paired.after, LONGEST)} {told} {visible(paired.before, LONGEST)}", style=style)
    yield Labelled("values", (f"accuracy {before} → {after} on the same {paired.examples:,} examples",))
    count = f"{paired.won:,} won and {paired.lost:,} lost (McNemar, p {numbers.figure(first.p)})"
    yield Labelled("why", (count,))
