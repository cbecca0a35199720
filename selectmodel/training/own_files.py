"""Which files a Tracker may call its own, and delete: those in its folder, none that it needs itself."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from selectmodel.errors import UsageError
from selectmodel.training import log_file

#: Written at the end of a training.
DECISION = "decision.json"


def name_in(folder: Path, checkpoint: Path, others: Iterable[str]) -> str:
    """The name of ``checkpoint`` as seen from ``folder``; ``others`` are the names that are its own already.

    Raises UsageError for what lies outside, through whatever links, for the folder itself and the files that a Tracker
    writes, and for a checkpoint that holds another or lies in one: deleted, it would take more with it than itself.
    """
    real = Path(os.path.realpath(checkpoint.parent)) / checkpoint.name
    home = Path(os.path.realpath(folder))
    if not checkpoint.name or ".." in real.parts or not real.is_relative_to(home):
        raise UsageError(f"keep({str(checkpoint)!r}): save it in {folder}, where the log is")
    name = real.relative_to(home)
    if not name.parts or str(name) in (log_file.NAME, DECISION):
        raise UsageError(f"keep({str(checkpoint)!r}): is no checkpoint; give the file or folder of this one alone")
    for other in map(Path, others):
        if other != name and (other.is_relative_to(name) or name.is_relative_to(other)):
            raise UsageError(f"keep({str(checkpoint)!r}): {other} is a checkpoint as well; neither may hold the other")
    return str(name)
