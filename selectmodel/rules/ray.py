"""What Ray Tune's get_best_checkpoint would have returned, from the checkpoints that num_to_keep leaves.

Formula
    A checkpoint comes with every report of the metric. With `num_to_keep` the worst go as new ones come: by the
    monitored metric if it is the `checkpoint_score_attribute` (NaN is worst; of equals the earliest goes), else the
    oldest.
    The latest is never deleted on arrival, but counts only if it ranks among the `num_to_keep`. The best of those that
    rank is returned, in double precision, the first of equals.
    `method` analysis, ExperimentAnalysis.get_best_checkpoint, leaves out NaN; `method` result,
    Result.get_best_checkpoint, does not: a NaN that comes first is never beaten.

Use when
    the run is a trial of Ray Tune or Ray Train and you want to know which checkpoint get_best_checkpoint gives.

Avoid when
    you are free to choose: without `checkpoint_score_attribute`, `num_to_keep` has thrown the best away before it is
    asked for. Ray has no default direction; the one selectmodel found is used, for scores as well.

Cost
    O(n) for n reports; O(n * num_to_keep) where few are kept.

Source
    Behaviour of the checkpoint manager, ExperimentAnalysis and Result of Ray 2.60.0, checked on 62 recorded runs.

Example
    selectmodel pick result.json --rule ray --set ray.num_to_keep=3 --set ray.checkpoint_score_attribute=true
    ships the best of the three checkpoints kept by CheckpointConfig(num_to_keep=3, checkpoint_score_attribute=metric).
"""

from __future__ import annotations

from typing import Annotated

from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.ray import Method, best_checkpoint, retained
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

REPLAYS = ("ray_tune",)


def pick(
    question: Question,
    *,
    num_to_keep: Annotated[int | None, Setting("checkpoints kept; none = all", low=1)] = None,
    checkpoint_score_attribute: Annotated[
        bool, Setting("the monitored metric ranks the checkpoints; false = the oldest go")
    ] = False,
    method: Annotated[Method, Setting("ExperimentAnalysis or Result: whose get_best_checkpoint")] = "analysis",
) -> Pick:
    """The checkpoint get_best_checkpoint returns."""
    course = CallbackRun.of(question, validated_only=True)
    order = question.goal if checkpoint_score_attribute else None
    held = retained(course.values, num_to_keep=num_to_keep, checkpoint_score_order=order)
    best = best_checkpoint(course.values, held, num_to_keep=num_to_keep, mode=question.goal, method=method)
    return course.pick(best, "what get_best_checkpoint returns", keeper="the best checkpoint")
