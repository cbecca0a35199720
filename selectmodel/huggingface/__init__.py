"""A callback for the Hugging Face Trainer: keeps few of its checkpoints, stops in time, puts the best weights back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from selectmodel.errors import LogError, UsageError
from selectmodel.policy.policy import Policy
from selectmodel.training.given import PLACES
from selectmodel.training.tracker import Tracker

#: What the Trainer logs at the end of a training, of no step.
_SUMMARY = "train_runtime"


class SelectModelCallback(TrainerCallback):
    """What :class:`selectmodel.Tracker` does, in ``Trainer(…, callbacks=[SelectModelCallback(metric="eval_loss")])``.

    The log stands in the Trainer's ``output_dir``; its ``checkpoint-N`` are thinned out, which an evaluation must come
    before (``eval_strategy`` as ``save_strategy``). ``restore`` puts the recommended weights back into the model at the
    end; leave ``load_best_model_at_end`` and ``save_total_limit`` out. ``given`` is as for a Tracker; ``report`` is
    what it said at the end, None before and in processes other than rank 0.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        restore: bool = True,
        quiet: bool = False,
        **given: Any,
    ) -> None:
        super().__init__()
        self._policy, self._given = policy, given
        self.tracker: Tracker | None = None
        self.report: Any = None
        self._restore, self._quiet = restore, quiet
        self._told: tuple[int, set[str]] = (-1, set())

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Begins the log. Raises UsageError where the Trainer would look for checkpoints that are deleted."""
        for name in ("load_best_model_at_end", "save_total_limit"):
            if getattr(args, name, None):
                raise UsageError(f"{name}: leave it out; SelectModelCallback keeps and restores checkpoints itself")
        self.tracker = Tracker(args.output_dir, self._policy, **self._given)

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **given: Any) -> None:
        """Logs what the Trainer logs, each metric once a step."""
        if self.tracker is None or not logs or _SUMMARY in logs:
            return
        step = int(state.global_step)
        if self._told[0] != step:
            self._told = (step, set())
        metrics = {
            name: value
            for name, value in logs.items()
            if name not in (*PLACES, *self._told[1]) and isinstance(value, (int, float))
        }
        self._told[1].update(metrics)
        self.tracker.log_metrics(metrics, state.epoch, step=step)

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Ends the training where there is reason to."""
        if self.tracker is not None and self.tracker.should_stop:
            control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Tells of the checkpoint; those that cannot be recommended any more are deleted."""
        if self.tracker is not None:
            self.tracker.keep(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **given: Any) -> None:
        """Picks, and puts the recommended weights back."""
        if self.tracker is None:
            return
        restore = partial(_load, model) if self._restore and model is not None else None
        tracker, self.tracker = self.tracker, None  # an evaluation after the training is of no step
        self.report = tracker.finish(restore, quiet=self._quiet)


def _load(model: Any, folder: str) -> None:
    """Loads the weights of a checkpoint into the model: safetensors alone, which hold nothing that runs."""
    from safetensors.torch import load_file

    place = Path(folder)
    adapter = place / "adapter_model.safetensors"
    if adapter.exists():
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(model, load_file(adapter))
        return
    parts = sorted(place.glob("model*.safetensors"))
    if not parts:
        raise LogError(f"{folder}: holds no safetensors to restore; with restore=False nothing is loaded")
    weights = {name: tensor for part in parts for name, tensor in load_file(part).items()}
    # of weights that are tied, one name is saved
    missing, unexpected = model.load_state_dict(weights, strict=False)
    tied = set(getattr(model, "_tied_weights_keys", None) or ())
    if unexpected or set(missing) - tied:
        names = ", ".join([*unexpected, *sorted(set(missing) - tied)][:3])
        raise LogError(f"{folder}: its weights are not those of the model ({names})")
