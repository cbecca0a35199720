"""When an answer is made: now, or what SOURCE_DATE_EPOCH says, for output that can be reproduced."""

from __future__ import annotations

import os
from datetime import UTC, datetime

_VARIABLE = "SOURCE_DATE_EPOCH"


def now() -> str:
    """``2026-11-29T18:30:00Z``."""
    return (_given() or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    """``2026-11-29``: the day where the program runs, in UTC where the variable says it."""
    return (_given() or datetime.now().astimezone()).date().isoformat()


def _given() -> datetime | None:
    """What the variable says, see reproducible-builds.org; None without it, and for one that is no time."""
    given = os.environ.get(_VARIABLE, "")
    try:
        return datetime.fromtimestamp(int(given), UTC) if given.isascii() and given.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None
