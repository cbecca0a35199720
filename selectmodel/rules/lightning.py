"""What PyTorch Lightning would have kept: ModelCheckpoint(monitor=…, save_top_k=1), with EarlyStopping if asked.

Formula
    Values are rounded to single precision, as Lightning does on logging. A checkpoint is written while fewer than
    `save_top_k` are held, and then at each value better than the worst held one, which goes; an equal value does not
    displace. NaN counts as the worst infinity. The answer is best_model_path: the best held, the earliest of equals.
    With `patience`, EarlyStopping ends the run first. It looks, in this order, for a value that is not finite
    (`check_finite`), `stopping_threshold` passed, `divergence_threshold` passed, an improvement by more than
    `min_delta` (its sign is kept), and `patience` checks without one. A check is a validation, not an epoch.
    ModelCheckpoint knows no `min_delta`: its best and that of EarlyStopping often differ. Nothing is put back into the
    model.

Use when
    the run was trained with these callbacks and you want to know what best_model_path is, or what other settings would
    have kept.

Avoid when
    the run used Lightning's plain default, ModelCheckpoint() without a monitor: it keeps the last epoch (rule `last`).
    Lightning's own default direction is min for every metric; this replay uses the direction selectmodel found.

Cost
    O(m * save_top_k) for m logged epochs.

Source
    Behaviour of EarlyStopping and ModelCheckpoint of Lightning 2.6.6, checked on 129 recorded runs of the trainer.
    Epochs without the metric are taken as epochs without validation (check_val_every_n_epoch above 1), unless
    `check_on_train_epoch_end` is set: then the last value is checked again there, and counts as no improvement.

Example
    selectmodel pick metrics.csv --rule lightning --set lightning.patience=3 --set lightning.min_delta=0.01
    ships the best checkpoint written up to the stop of EarlyStopping(patience=3, min_delta=0.01).
"""

from __future__ import annotations

from typing import Annotated

from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.lightning import Saving, Stopping, early_stopping, model_checkpoint
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

REPLAYS = ("lightning_csv",)
MONITORS_THE_LOSS = True

SHIFT_MATTERS = SCALE_MATTERS = "Lightning compares in single precision; min_delta is in the metric's own unit"


def pick(
    question: Question,
    *,
    save_top_k: Annotated[int, Setting("ModelCheckpoint: checkpoints held; -1 holds all", low=-1)] = 1,
    every_n_epochs: Annotated[int, Setting("ModelCheckpoint: epochs between saves", low=1)] = 1,
    patience: Annotated[int | None, Setting("EarlyStopping: checks without improvement; none = unused", low=0)] = None,
    min_delta: Annotated[float, Setting("EarlyStopping: improvement that does not count yet, metric's unit")] = 0.0,
    check_finite: Annotated[bool, Setting("EarlyStopping: stop at NaN or infinity")] = True,
    stopping_threshold: Annotated[float | None, Setting("EarlyStopping: stop at a value better than this")] = None,
    divergence_threshold: Annotated[float | None, Setting("EarlyStopping: stop at a value worse than this")] = None,
    min_epochs: Annotated[int, Setting("Trainer: epochs run before a stop takes effect", low=0)] = 0,
    check_on_train_epoch_end: Annotated[bool, Setting("check also epochs without validation")] = False,
) -> Pick:
    """The checkpoint at best_model_path when training ends."""
    course = CallbackRun.of(question)
    run = len(course.values)
    stop: int | None = None
    if patience is not None:
        called = [True] * run if check_on_train_epoch_end else course.present
        stopping = Stopping(patience, min_delta, check_finite, stopping_threshold, divergence_threshold, min_epochs)
        stop = early_stopping(course.values, course.present, called, stopping, goal=question.goal).stop
    if stop is not None:
        run = stop + 1
    values, present = course.values[:run], course.present[:run]
    kept = model_checkpoint(values, present, present, Saving(save_top_k, every_n_epochs), goal=question.goal)
    return course.pick(
        kept.best, f"ModelCheckpoint.best_model_path by {question.monitor}", keeper="best_model_path", stop=stop
    )
