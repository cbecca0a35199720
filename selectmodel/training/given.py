"""What a training program hands over, as plain numbers: Python's, NumPy's, or tensors of one."""

from __future__ import annotations

import math
from typing import Any

from selectmodel.errors import UsageError

#: Whole numbers up to here are told apart by a log and by every program that reads it.
_MOST = 2**53
#: Names of the place at which something was measured.
PLACES = ("epoch", "step")


def number(name: str, value: Any) -> float:
    """The value of a metric. Raises UsageError where it is no number, or the name is that of a place."""
    if name in PLACES:
        raise UsageError(f"{name}: names where something was measured, and is no metric; give it another name")
    return _float(name, value)


def place(epoch: Any, step: Any) -> tuple[float | None, int | None]:
    """Where something was measured; a whole epoch is an int. Raises UsageError for what is no such place."""
    at_epoch, at_step = _place("epoch", epoch), _place("step", step)
    if at_step is not None and (at_step < 0 or not float(at_step).is_integer()):
        raise UsageError(f"log: step {step} is not a whole number from 0 on")
    return at_epoch, None if at_step is None else int(at_step)


def _place(name: str, value: Any) -> float | None:
    if value is None:
        return None
    at = _float(f"log: {name}", value)
    if not math.isfinite(at) or abs(at) > _MOST:
        raise UsageError(f"log: {name} {at} is no place of a training; it may be up to 2**53")
    return int(at) if at.is_integer() else at


def _float(name: str, value: Any) -> float:
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise UsageError(f"{name}: {type(value).__name__} {str(value)[:40]!r} is no number") from None
