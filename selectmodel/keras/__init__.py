"""A callback for Keras: logs the training, keeps few checkpoints, stops in time, and puts the best weights back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras

from selectmodel.policy.policy import Policy
from selectmodel.training.tracker import Tracker


class SelectModel(keras.callbacks.Callback):
    """What :class:`selectmodel.Tracker` does, in ``model.fit(…, callbacks=[SelectModel("runs/7", …)])``.

    Weights of each epoch are saved as ``epoch_3.weights.h5`` in ``folder``, epochs counted as Keras' CSVLogger does.
    ``restore`` puts the recommended weights back into the model at the end of ``fit``. ``given`` is as for a Tracker;
    ``tracker`` is the one of the last ``fit``, ``report`` what it said at the end, None before.
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
        self.tracker = Tracker(folder, policy, **given)
        self.report: Any = None
        self._restore, self._quiet = restore, quiet

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Logs the epoch, saves its weights, and ends the training where there is reason to."""
        self.tracker.log_metrics(dict(logs or {}), epoch)
        path = self.tracker.folder / f"epoch_{epoch}.weights.h5"
        self.model.save_weights(path, overwrite=True)
        self.tracker.keep(path)
        if self.tracker.should_stop:
            self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Picks, and puts the recommended weights back."""
        restore = self.model.load_weights if self._restore else None
        self.report = self.tracker.finish(restore, quiet=self._quiet)
