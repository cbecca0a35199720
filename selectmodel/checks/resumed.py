"""The training was interrupted and went on, or was started again.

What it measures
    What reading the log has shown: epochs that are logged twice, several trainings in one file, steps that go back,
    files joined as one training.

Why it matters
    Callbacks forget: a best-so-far, a patience, a schedule that started anew make what they kept and where they stopped
    differ from an uninterrupted run. Weights of epochs that were superseded may still lie on disk.

Often right?
    Not a matter of measurement: the log says it.

What to do
    Trust the log rather than the file called "best". Give a resumed run initial_epoch and a log of its own.

Source
    Keras: ModelCheckpoint and EarlyStopping keep their best in memory only, unless initial_value_threshold is given.

Example
    selectmodel pick training.csv --set checks.resumed=off
"""

from __future__ import annotations

from collections.abc import Iterator

from selectmodel.records import Finding, Pick, Question

CODE = "SM219"
LEVEL = "note"
_TELL = {
    "SM105": "the run was resumed from an earlier epoch",
    "SM106": "the file holds several trainings",
    "SM116": "the steps go back, as after a restart",
    "SM117": "the run went on in another file",
    "SM136": "the run was resumed from an earlier step",
    "SM137": "the files hold several trainings",
}


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding where a note of the reading tells it."""
    told = [_TELL.get(note.code, "the training was interrupted") for note in question.notes if note.anew]
    if told:
        yield Finding(
            f"{told[0]}: callbacks began anew there, so their best-so-far and patience may not fit the whole log",
            (),
            {"notes": float(len(told))},
        )
