"""How folders are walked: what is skipped, how far, in which order. The same for logs and for checkpoints."""

from __future__ import annotations

import re

MAX_DEPTH = 8
MAX_ENTRIES = 200_000
SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", ".trash", "site-packages"})


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sorting key that puts ``version_2`` before ``version_10``."""
    parts = re.split(r"([0-9]{1,18})", text)
    return [(0, int(part), part) if i % 2 else (1, 0, part) for i, part in enumerate(parts)]
