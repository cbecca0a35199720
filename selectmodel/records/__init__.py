"""The nouns: frozen records that every other module reads and none can change.

A log is read into a :class:`Run`; selection turns it into a :class:`Question`; a rule answers with a :class:`Pick`.
Arrays are read-only and of one length n, the number of points or of candidates. Records that hold arrays are equal only
to themselves. Plug-ins import them from here.
"""

from selectmodel.records.answers import Advice, CheckFinding, Expected, Finding, Pick
from selectmodel.records.arrays import (
    Bools,
    Floats,
    Goal,
    Ints,
    Level,
    ScoreKind,
    Severity,
    Split,
    Unit,
    Unlike,
    frozen,
    kept,
)
from selectmodel.records.question import Question
from selectmodel.records.run import Checkpoint, Hint, Note, RecordedBest, Run, Series

__all__ = [
    "Advice", "Bools", "CheckFinding", "Checkpoint", "Expected", "Finding", "Floats", "Goal", "Hint", "Ints", "Level",
    "Note", "Pick", "Question", "RecordedBest", "Run", "ScoreKind", "Series", "Severity", "Split", "Unit", "Unlike",
    "frozen", "kept",
]  # fmt: skip
