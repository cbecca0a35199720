"""It divides by zero when it is asked."""

from typing import Any

SUFFIXES = (".broken",)


def render(answer: Any, style: Any) -> str:
    """Nothing."""
    return f"{1 / 0}"
