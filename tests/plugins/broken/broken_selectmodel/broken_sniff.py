"""It divides by zero when it is shown a file."""

from pathlib import Path

from selectmodel.files.opening import Source
from selectmodel.records import Run

FORMAT = "broken_sniff"
FILES = ("*.csv", "*.jsonl", "*.sniff")


def sniff(path: Path, head: bytes) -> float:
    """Nothing."""
    return 1 / 0


def read(source: Source) -> Run:
    """Nothing."""
    raise AssertionError
