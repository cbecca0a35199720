"""What Keras would have kept: ModelCheckpoint(save_best_only=True), with EarlyStopping if you set a patience.

Formula
    ModelCheckpoint writes `filepath` at each epoch whose value beats the best one so far; an equal value does not.
    With `patience`, EarlyStopping ends the run first: it counts the epochs since one was better than the best by more
    than `min_delta`, and at `patience` of them stops. It then puts the weights of its best epoch back
    (`restore_best_weights`), and those are the answer; without restoring, the answer is the file as it was at the stop.
    Keras 3 (`line` 3) compares in single precision: values that differ by less than about 1 in 10 million are equal.
    Its first value is the best so far whatever it is: a NaN there is never beaten, and the run keeps that broken epoch.
    tf_keras and the Keras 2 line (`line` 2) compare in double precision and start from infinity, so NaN never wins.
    Epochs without validation: Keras 3 writes the file there too (over the best one, if `filepath` has no {epoch}), the
    Keras 2 line does not.

Use when
    the run was trained with these callbacks and you want to know what is in the file, or what other settings would have
    done. The first epoch of the log counts as Keras' epoch 0: `start_from_epoch` counts from there, and training never
    stops at that epoch.

Avoid when
    you are free to choose. Patience is a guess made before training, and ties go to the earliest epoch. The direction
    is the one selectmodel uses for the metric; Keras 3 itself refuses a metric it does not know, and the Keras 2 line
    minimises it.

Cost
    O(m) for m logged epochs.

Source
    Behaviour of EarlyStopping and ModelCheckpoint of Keras 3.15.1 and tf_keras 2.21.0, checked on 179 recorded runs of
    the callbacks themselves. No answer is given where they would have kept an epoch without a finite value.

Example
    selectmodel pick training.csv --rule keras --set keras.patience=10 --set keras.min_delta=0.001
    ships the epoch whose weights EarlyStopping(patience=10, min_delta=0.001, restore_best_weights=True) puts back.
"""

from __future__ import annotations

from typing import Annotated

from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.keras import Line, early_stopping, model_checkpoint
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

REPLAYS = ("keras_csv",)
MONITORS_THE_LOSS = True

SHIFT_MATTERS = SCALE_MATTERS = "Keras 3 compares in single precision; min_delta is in the metric's own unit"


def pick(
    question: Question,
    *,
    line: Annotated[Line, Setting("Keras 3, or tf_keras and the Keras 2 line")] = "3",
    filepath: Annotated[str, Setting("ModelCheckpoint: file name; one without {epoch} is overwritten")] = "best.keras",
    initial_value_threshold: Annotated[
        float | None, Setting("ModelCheckpoint: value the first save must beat, in the metric's unit")
    ] = None,
    patience: Annotated[int | None, Setting("EarlyStopping: epochs without improvement; none = unused", low=0)] = None,
    min_delta: Annotated[float, Setting("EarlyStopping: improvement that does not count yet, metric's unit")] = 0.0,
    baseline: Annotated[float | None, Setting("EarlyStopping: value to beat before patience starts anew")] = None,
    start_from_epoch: Annotated[int, Setting("EarlyStopping: epochs not looked at, from the first", low=0)] = 0,
    restore_best_weights: Annotated[bool, Setting("EarlyStopping: its best weights are put back at the end")] = True,
) -> Pick:
    """The epoch in the file ModelCheckpoint leaves, or the one whose weights EarlyStopping restores."""
    course = CallbackRun.of(question)
    stop: int | None = None
    if patience is not None:
        stopped = early_stopping(
            course.values,
            course.present,
            range(len(course.values)),
            goal=question.goal,
            patience=patience,
            min_delta=min_delta,
            baseline=baseline,
            start_from_epoch=start_from_epoch,
            restore_best_weights=restore_best_weights,
            line=line,
        )
        stop = stopped.stop
        if restore_best_weights:
            reason = f"what EarlyStopping(patience={patience}) restores by {question.monitor}"
            return course.pick(stopped.restored, reason, keeper="the model", stop=stop)
    run = len(course.values) if stop is None else stop + 1
    kept = model_checkpoint(
        course.values[:run],
        course.present[:run],
        goal=question.goal,
        filepath=filepath,
        initial_value_threshold=initial_value_threshold,
        line=line,
    )
    place = kept.best if "{epoch" in filepath else max(kept.kept, default=None)
    return course.pick(
        place, f"what ModelCheckpoint(save_best_only) keeps by {question.monitor}", keeper="the checkpoint", stop=stop
    )
