"""What a user may choose from, on as many lines as a screen holds."""

from __future__ import annotations

from collections.abc import Callable

_MOST = 10  # at either end


def listed(count: int, described: Callable[[int], str], flag: str) -> list[str]:
    """``flag 1   …`` to ``flag count   …``; of very many the first and the last. Others are not described at all."""
    lines = [f"{flag} {at + 1}   {described(at)}" for at in _shown(count)]
    if len(lines) < count:
        lines.insert(_MOST, f"… {count - 2 * _MOST:,} more")
    return lines


def within(count: int, described: Callable[[int], str], separator: str = "; ") -> str:
    """The choices in one sentence."""
    texts = [described(at) for at in _shown(count)]
    if len(texts) < count:
        texts.insert(_MOST, f"… {count - 2 * _MOST:,} more")
    return separator.join(texts)


def _shown(count: int) -> list[int]:
    return [*range(count)] if count <= 2 * _MOST else [*range(_MOST), *range(count - _MOST, count)]
