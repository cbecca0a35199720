"""What a person needs to choose one of several runs: how far each went, how good it got, when it was written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.cli import again
from selectmodel.errors import ChoiceError, SelectModelError

if TYPE_CHECKING:
    from selectmodel.files.found_run import Found
    from selectmodel.records import Run

#: More runs than these, or larger logs together, are listed without being read.
_RUNS, _BYTES = 30, 50_000_000


def described(choice: ChoiceError, log: Path, found: Sequence[Found]) -> ChoiceError:
    """A refusal with a line for each run, and below them the two commands to go on with."""
    from selectmodel.files.choose_run import shortened

    names = shortened([item.name for item in found])
    flags = [f"--run {shlex.quote(name)}" for name in names]
    few = len(found) <= _RUNS and sum(map(_size, found)) <= _BYTES
    rows = [_row(item) if few else (_date(item),) for item in found]
    wide = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    longest = max(map(len, flags))
    lines = [
        "  ".join([f"{flag:{longest}}", *(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True))]).rstrip()
        for flag, row in zip(flags, rows, strict=True)
    ]
    one = f"one of them: {again.with_more('--run', names[0])}"
    return ChoiceError(str(choice.given[0]), [*lines, one, f"all of them: {again.another('rank', [str(log)])}"])


def _row(item: Found) -> tuple[str, str, str]:
    """The last epoch, the best value and the date; what is not known is left blank."""
    try:
        last, best = _course(item.read())
    except SelectModelError:
        last, best = "", "cannot be read"
    return last, best, _date(item)


def _course(run: Run) -> tuple[str, str]:
    import numpy as np

    from selectmodel.display import epochs, numbers
    from selectmodel.display.escaping import visible
    from selectmodel.metrics import meaning, scores

    if not run.series:
        return "", "nothing logged"
    longest = max(run.series.values(), key=lambda series: int(series.steps[-1]) if len(series.steps) else -1)
    finite = longest.epochs[np.isfinite(longest.epochs)]
    step = int(longest.steps[-1]) if len(longest.steps) else None
    last = epochs.epoch_or_step(float(finite[-1]) if len(finite) else None, step)
    meanings = meaning.understand(run.series, run.hints)
    name = scores.score_name(meanings, "val") or meaning.loss_name(meanings, "val")
    values = run.series[name].values if name is not None else np.empty(0)
    values = values[np.isfinite(values)]
    goal = meanings[name].goal if name is not None else None
    if name is None or goal is None or not len(values):
        return f"last {last}", ""
    best = float(values.min() if goal == "min" else values.max())
    return f"last {last}", f"best {visible(name, 24)} {numbers.figure(best)}"


def _date(item: Found) -> str:
    """The day on which the log was last written to."""
    try:
        written = max(path.stat().st_mtime for path in item.source.paths)
        return datetime.fromtimestamp(written, UTC).astimezone().strftime("%Y-%m-%d")
    except (OSError, OverflowError, ValueError):
        return ""


def _size(item: Found) -> int:
    try:
        return sum(path.stat().st_size for path in item.source.paths)
    except OSError:
        return 0
