"""What is in the best.pt of an Ultralytics YOLO run: the last of the epochs with the highest fitness.

Formula
    Fitness is mAP50-95 for detection (column metrics/mAP50-95(B)); box plus mask, or box plus pose, for segmentation
    and pose; the mean of top-1 and top-5 accuracy for classification. `map50_weight` w replaces each mAP50-95 by
    w * mAP50 + (1 - w) * mAP50-95: older releases weigh them 0.1 and 0.9, and so are metrics/mAP_0.5 and
    metrics/mAP_0.5:0.95 of YOLOv5, YOLOv7 and YOLOv9 unless told otherwise. metrics/mIoU is that of semantic
    segmentation, metrics/delta1 of depth. NaN counts as 0. Where the log has no such columns the monitored metric is
    taken as the fitness, with its sign turned if lower is better.
    best.pt is written at each epoch whose fitness is the highest so far or equal to it: ties keep the latest. A fitness
    that is NaN at the first epoch is never beaten, and no best.pt is written.
    Early stopping ends the run `patience` epochs after its own best epoch, the earliest of equals. While its best
    fitness is 0 every epoch counts as best.

Use when
    you want to know which epoch best.pt holds: results.csv has no fitness column.

Avoid when
    you care for another metric than mAP50-95: the answer follows the fitness, whatever metric you monitor, and fitness
    is always maximised. results.csv is rounded, so two epochs that tie there may not have tied in training.

Cost
    O(m) for m logged epochs.

Source
    Behaviour of the trainer of ultralytics 8.4.190, checked on 66 recorded runs of it. An epoch with a NaN fitness
    after the first is repeated from last.pt by the trainer, so it leaves no row in the log.

Example
    selectmodel pick runs/detect/train/results.csv --rule ultralytics --set ultralytics.patience=50
    ships the epoch best.pt would hold after a training with patience=50.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.ultralytics import FITNESS, fitness, replay
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

REPLAYS = ("ultralytics",)
WRITES = r"(?:^|[/\\])weights[/\\]best\.[a-z0-9]+$"

SHIFT_MATTERS = "a fitness of 0 has a meaning of its own in Ultralytics' early stopping"


def judges(names: Sequence[str]) -> str | None:
    """The metric that fitness is made of, or the first of them; None where the log has no such columns."""
    return next((name for name in FITNESS if name in names), None)


def holds(question: Question) -> dict[str, int]:
    """What best.pt holds by its fitness: mAP50-95, in releases before 8.4 with a tenth of mAP50."""
    names = (question.monitor, *question.companions)
    if judges(names) is None:
        return {}
    if any(name.startswith("metrics/mAP_0.5:0.95") for name in names):
        index = pick(question).index
        return {} if index is None else {"YOLOv5's fitness": index}
    picks = {
        "Ultralytics' fitness": pick(question),
        "Ultralytics' fitness before 8.4": pick(question, map50_weight=0.1),
    }
    found = {why: one.index for why, one in picks.items() if one.index is not None}
    return found if len(set(found.values())) > 1 else dict(list(found.items())[:1])


def pick(
    question: Question,
    *,
    patience: Annotated[int, Setting("epochs without a higher fitness; 0 = never stop early", low=0)] = 100,
    map50_weight: Annotated[float, Setting("weight of mAP50, the rest is that of mAP50-95", low=0, high=1)] = 0.0,
) -> Pick:
    """The epoch in best.pt."""
    sign = 1.0 if question.goal == "max" else -1.0
    columns = {name: -question.cost_of(name) for name in question.goals} | {question.monitor: sign * question.values}
    own = True
    score = fitness(columns, map50_weight=map50_weight)
    if score is None and map50_weight:
        return Pick(None, "map50_weight needs the columns mAP50 and mAP50-95")
    if score is None:
        score, own = sign * question.values, False
    course = CallbackRun.of(question, values=score)
    outcome = replay(course.values, course.present, patience=patience)
    best = "highest" if question.goal == "max" else "lowest"
    reason = "highest fitness" if own else f"{best} {question.monitor}, were it the fitness"
    reason = f"best.pt: {reason}, the last of equals"
    return course.pick(outcome.best, reason, keeper="best.pt", stop=outcome.stop)
