"""What the Hugging Face Trainer would have loaded: load_best_model_at_end, with EarlyStoppingCallback if asked.

Formula
    The best evaluation is the first that beats all before it, in double precision; NaN never does. Its checkpoint is
    loaded at the end if there is one: with `save_strategy` epoch every evaluation has one, with steps every
    `save_every`-th and the last, with best each new best. Where the best has none, the last best that had is loaded.
    With `early_stopping_patience`, EarlyStoppingCallback counts the evaluations in a row that did not beat the best by
    more than `early_stopping_threshold`, and stops at that many. The best itself moves with any improvement, so a run
    may stop at the very evaluation that is best.

Use when
    the run was trained with load_best_model_at_end and you want to know which checkpoint it ended with.

Avoid when
    you are free to choose; or the run did not set load_best_model_at_end: it ended with the last weights (rule `last`).
    This replay uses the direction selectmodel found. The Trainer's own default maximises every metric whose name does
    not end in "loss", so also eval_wer, eval_cer, eval_mae and eval_perplexity, and keeps their worst evaluation:
    `own_direction` replays that.

Cost
    O(n) for n evaluations.

Source
    Behaviour of Trainer and EarlyStoppingCallback of transformers 5.23.0, checked on 68 recorded runs of the Trainer.
    Rows without the metric are training logs, not evaluations.

Example
    selectmodel pick trainer_state.json --rule huggingface --set huggingface.early_stopping_patience=3
    ships the checkpoint that was loaded when EarlyStoppingCallback(3) had ended the run.
"""

from __future__ import annotations

from typing import Annotated

from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.huggingface import SaveStrategy, greater_is_better, replay
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

REPLAYS = ("hf_trainer", "hf_csv")
MONITORS_THE_LOSS = True

SCALE_MATTERS = "early_stopping_threshold is in the metric's own unit"


def pick(
    question: Question,
    *,
    own_direction: Annotated[bool, Setting("the Trainer's default: highest, unless the name ends in loss")] = False,
    save_strategy: Annotated[SaveStrategy, Setting("when checkpoints are written")] = "epoch",
    save_every: Annotated[int, Setting("strategy steps: evaluations from one checkpoint to the next", low=1)] = 1,
    early_stopping_patience: Annotated[
        int | None, Setting("evaluations without improvement; none = no EarlyStoppingCallback", low=0)
    ] = None,
    early_stopping_threshold: Annotated[float, Setting("improvement that does not count yet, metric's unit")] = 0.0,
) -> Pick:
    """The evaluation whose checkpoint load_best_model_at_end loads."""
    course = CallbackRun.of(question, validated_only=True)
    greater = greater_is_better(question.monitor) if own_direction else question.goal == "max"
    outcome = replay(
        course.values,
        course.present,
        greater_is_better=greater,
        save_strategy=save_strategy,
        save_every=save_every,
        early_stopping_patience=early_stopping_patience,
        early_stopping_threshold=early_stopping_threshold,
    )
    if outcome.restored is None and outcome.best is not None:
        evidence = course.evidence("stop", outcome.stop) | course.evidence("best", outcome.best)
        return Pick(None, "the best evaluation has no checkpoint: none is loaded", evidence)
    return course.pick(
        outcome.restored,
        f"what load_best_model_at_end would load by {question.monitor}",
        keeper="the model",
        stop=outcome.stop,
    )
