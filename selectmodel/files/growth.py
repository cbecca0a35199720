"""Whether a training still writes, by when its files were last written: no system tells a file that is finished."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Seconds without a write after which a training counts as over, where its own pace is not known.
_QUIET = 600.0
#: So many times the usual wait between two checkpoints must have passed, too.
_WAITS = 3.0


def still_growing(logs: Iterable[str], checkpoints: Iterable[str], now: float | None = None) -> str:
    """Why the training may not be over, as a part of a sentence; "" where nothing was written for long enough.

    Long enough is ten minutes, and three times the usual (median) time between two checkpoints. ``now`` is in seconds
    since 1970, that of this machine if None. A time in the future counts as just now.
    """
    written = {path: at for path in (*logs, *checkpoints) if (at := _written(path)) is not None}
    if not written:
        return ""
    newest = max(written, key=lambda path: written[path])
    passed = max((time.time() if now is None else now) - written[newest], 0.0)
    enough = max(_QUIET, _WAITS * _usual_wait(written, checkpoints))
    if passed >= enough:
        return ""
    return f"{Path(newest).name} was written {_ago(passed)} ago, and it counts as over after {_ago(enough)}"


def _written(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except (OSError, ValueError):
        return None


def _usual_wait(written: Mapping[str, float], checkpoints: Iterable[str]) -> float:
    """The median of the seconds between checkpoints; 0 where fewer than three are told apart by their times."""
    from itertools import pairwise
    from statistics import median

    times = sorted({written[path] for path in checkpoints if path in written})
    waits = [later - earlier for earlier, later in pairwise(times)]
    return median(waits) if len(waits) > 1 else 0.0


def _ago(seconds: float) -> str:
    """``40 seconds``, ``12 minutes``, ``3 hours``."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    count = round(seconds)
    return f"{count} second{'s' * (count != 1)}"
