"""Its files are not written out."""

from pathlib import Path

from selectmodel.files.opening import Source
from selectmodel.records import Run

FORMAT = "computed_files"
FILES = tuple(f"*.{suffix}" for suffix in ("one", "two"))


def sniff(path: Path, head: bytes) -> float:
    """Never."""
    return 0.0


def read(source: Source) -> Run:
    """Nothing."""
    raise AssertionError
