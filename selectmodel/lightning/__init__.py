"""A callback for Lightning: logs the training, keeps few checkpoints, stops in time, and puts the weights back."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from selectmodel.errors import LogError
from selectmodel.policy.policy import Policy
from selectmodel.training.given import PLACES
from selectmodel.training.tracker import Tracker

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:  # the same framework under its older name
    from pytorch_lightning.callbacks import Callback


class SelectModel(Callback):
    """What :class:`selectmodel.Tracker` does, in ``Trainer(callbacks=[SelectModel("runs/7", metric="val_loss")])``.

    After each validation a checkpoint is saved as ``epoch=3-step=400.ckpt`` in ``folder``, numbered as Lightning does.
    ``restore`` puts the recommended weights back into the module at the end of ``fit``. ``given`` is as for a Tracker;
    ``report`` is what it said at the end, None before and in processes other than rank 0.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        policy: Policy | None = None,
        *,
        restore: bool = True,
        quiet: bool = False,
        **given: Any,
    ) -> None:
        super().__init__()
        self._make = partial(Tracker, folder, policy, **given)
        self.tracker: Tracker | None = None
        self.report: Any = None
        self._restore, self._quiet = restore, quiet
        self._before: set[str] = set()
        self._of_validation: set[str] = set()

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Begins the log, once the processes of a distributed training know each other."""
        if stage == "fit" and self.tracker is None:
            self.tracker = self._make()

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Remembers which metrics are known before the validation: those that it adds are its own."""
        self._before = set(trainer.callback_metrics)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Logs a validation, saves a checkpoint, and ends the training where there is reason to."""
        if self.tracker is None or trainer.sanity_checking or trainer.state.fn != "fit":
            return
        epoch, step = trainer.current_epoch, trainer.global_step
        found = _metrics(trainer)
        self._of_validation |= set(found) - self._before
        # what the training has logged by epoch is still that of the epoch before
        metrics = {name: value for name, value in found.items() if name in self._of_validation}
        self.tracker.log_metrics(metrics, epoch, step=step)
        path = self.tracker.folder / f"epoch={epoch}-step={step}.ckpt"
        trainer.save_checkpoint(path)
        self.tracker.keep(path)
        if self.tracker.should_stop:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Logs what the training itself has measured in the epoch."""
        if self.tracker is None:
            return
        found = _metrics(trainer)
        metrics = {name: value for name, value in found.items() if name not in self._of_validation}
        self.tracker.log_metrics(metrics, trainer.current_epoch, step=trainer.global_step)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Picks, and puts the recommended weights back."""
        if self.tracker is None:
            return
        restore = partial(_load, pl_module) if self._restore else None
        self.report = self.tracker.finish(restore, quiet=self._quiet)


def _metrics(trainer: Any) -> dict[str, Any]:
    """What was logged; ``self.log("step", …)`` sets the axis of Lightning's loggers, and is no metric."""
    return {name: value for name, value in trainer.callback_metrics.items() if name not in PLACES}


def _load(module: Any, path: str) -> None:
    """Loads weights and nothing else: a checkpoint that could run code is refused."""
    import pickle
    import re

    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as failure:
        found = re.search(r"GLOBAL (\S+)", str(failure))
        what = f"{found[1]}, which is" if found else "what is"
        raise LogError(
            f"{path}: holds {what} neither weights nor a plain value, and whose loading could run code; keep it out of "
            "save_hyperparameters, or load the checkpoint yourself with restore=False"
        ) from None
    module.load_state_dict(content["state_dict"])
