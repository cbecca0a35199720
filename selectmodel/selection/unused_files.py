"""What is said of files that are called as checkpoints and hold none: not that none was found."""

from __future__ import annotations

from collections.abc import Sequence

from selectmodel.display import numbers
from selectmodel.files.checkpoints.listing import NOT_USED
from selectmodel.records import Note

#: Code of the note of a file that is called as a checkpoint and is none.
UNUSED = "SM151"


def unused(notes: Sequence[Note]) -> str:
    """How many files are called as checkpoints and why none can be used; "" where no note tells of one."""
    told = [note for note in notes if note.code == UNUSED and note.message.endswith(NOT_USED)]
    if not told:
        return ""
    found = f"{numbers.counted(len(told), 'checkpoint file')} found"
    reasons = {note.message.removesuffix(NOT_USED) for note in told}
    if len(reasons) > 1:
        return f"{found}, none of which can be used"
    (reason,) = reasons
    return f"{found}, {'which' if len(told) == 1 else 'each of which'} {reason}"
