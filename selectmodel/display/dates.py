"""When an answer is made: now, or what SOURCE_DATE_EPOCH says, for output that can be reproduced."""

from __future__ import annotations

import os
from datetime import UTC, datetime

_VARIABLE = "SOURCE_DATE_EPOCH"


def now() -> str:
    """``2026-11-29T18:30:00Z``. See reproducible-builds.org for the variable; one that is no time is ignored."""
    given = os.environ.get(_VARIABLE, "")
    try:
        at = datetime.fromtimestamp(int(given), UTC) if given.isascii() and given.isdecimal() else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        at = datetime.now(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
