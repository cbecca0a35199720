"""How folders are walked: what is skipped, how far, in which order. The same for logs and for checkpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

MAX_DEPTH = 8
MAX_ENTRIES = 200_000
_NUMBERS = re.compile(r"([0-9]{1,18})")
SKIPPED = frozenset({".git", ".selectmodel", "node_modules", ".venv", "venv", "__pycache__", ".trash", "site-packages"})


def is_folder(path: Path) -> bool:
    """Whether ``path`` is a folder; a path that cannot even be looked at is none (opening it says why)."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False


def is_file(path: Path) -> bool:
    """Whether ``path`` is a file; one in a folder of somebody else, which may not be looked into, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether there is anything at ``path``, as far as it may be looked at."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def absolute(path: Path) -> Path:
    """``path`` from the root on; as it is where the current folder was deleted."""
    try:
        return path.absolute()
    except OSError:
        return path


def by_folder(files: Iterable[Path]) -> dict[Path, list[Path]]:
    """The files of each folder, both in the order of ``files``."""
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    return folders


def natural(text: str) -> str:
    """Sorting key that puts ``version_2`` before ``version_10``. No name holds the NUL between its parts."""
    parts = _NUMBERS.split(text)
    return "\0".join([part.zfill(18) + part if i % 2 else part for i, part in enumerate(parts)])
