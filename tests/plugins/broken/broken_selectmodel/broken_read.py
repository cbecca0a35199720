"""It knows its files, and cannot read them."""

from pathlib import Path

from selectmodel.files.opening import Source
from selectmodel.records import Run

FORMAT = "broken_read"
FILES = ("*.broken",)


def sniff(path: Path, head: bytes) -> float:
    """1 for its files."""
    return float(head.startswith(b"BROKEN"))


def read(source: Source) -> Run:
    """Nothing."""
    raise IndexError("list index out of range")
