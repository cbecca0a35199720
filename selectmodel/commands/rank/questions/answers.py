"""What was asked of a sweep, on the screen: a line a question, and a line a row where the rows are the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.settings_axis import told
from selectmodel.display import numbers
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.wrapping import Labelled
from selectmodel.files.hparams import Value


def lay_out(answered: Sequence[Answered]) -> Iterator[RenderableType]:
    """The answers, below an empty line."""
    if answered:
        yield Text("")
    for one in answered:
        yield Labelled(one.question, (visible(one.said, 2000),))
        if one.listed:
            yield from (Text(f"  {_row(row)}", no_wrap=True, overflow="ignore") for row in one.rows)


def _row(row: Mapping[str, Value]) -> str:
    """One run: what sets it apart, its range, and at the end its checkpoint, alone to be copied."""
    rest = {name: value for name, value in row.items() if name not in ("run", "at", "expected", "low", "high")}
    checkpoint = rest.pop("checkpoint", None)
    parts = [visible(f"{row['run']} at {told(row['at'])}", LONGEST)]
    if isinstance(row.get("expected"), float):
        parts.append(f"about {_range(row)}")
    parts += [visible(f"{name} {told(value)}", LONGEST) for name, value in rest.items()]
    return ", ".join(parts) + (f" → {visible(str(checkpoint), LONGEST)}" if checkpoint else "")


def _range(row: Mapping[str, Value]) -> str:
    ends = [float(value) for value in (row["expected"], row["low"], row["high"]) if isinstance(value, (int, float))]
    written = numbers.scale(ends, apart=False)
    return written.show(ends[0]) + (f" (90 %: {written.span(ends[1], ends[2])})" if len(ends) == 3 else "")
