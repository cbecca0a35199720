"""How long a training will be, where its log or the settings beside it say so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from selectmodel import registry
from selectmodel.errors import SelectModelError
from selectmodel.files import hparams, settings_places
from selectmodel.files.found_run import Found
from selectmodel.metrics.vocabulary import word_set
from selectmodel.records import Question

#: Last parts of the names of settings that say how many epochs or steps a training takes.
_EPOCHS = word_set("epochs max_epochs num_epochs n_epochs num_train_epochs total_epochs max_epoch nb_epochs")
_STEPS = word_set("max_steps total_steps max_iters max_iter total_iters num_train_steps num_training_steps")


class Totals(NamedTuple):
    """The numbers of epochs and of steps that a training takes; None where that is not told, or told in two ways."""

    epochs: float | None = None
    steps: float | None = None

    def end(self, question: Question, axis: str) -> tuple[Literal["epoch", "step"], float] | None:
        """The number of its last epoch, or of its last step, as the log counts them; None where it is not told.

        ``axis`` is what the log's steps count. A log that went beyond tells that the training takes longer.
        """
        if self.steps is not None and axis == "step" and float(question.steps[-1]) <= self.steps:
            return "step", self.steps
        first, last = float(question.epochs[0]), float(question.epochs[-1])
        if self.epochs is not None and math.isfinite(first) and math.isfinite(last):
            end = self.epochs - (first == 0)
            return ("epoch", end) if last <= end else None
        return None


def of(found: Found, log: Path) -> Totals:
    """What the settings of a run say, which was found at ``log``."""
    epochs: set[float] = set()
    steps: set[float] = set()
    for settings in _settings(found, log):
        for name, value in settings.items():
            last = name.lower().replace("-", "_").rpartition(".")[2]
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 and math.isfinite(value):
                if last in _EPOCHS:
                    epochs.add(float(value))
                elif last in _STEPS:
                    steps.add(float(value))
        if epochs or steps:
            break
    return Totals(*(listed.pop() if len(listed) == 1 else None for listed in (epochs, steps)))


def _settings(found: Found, log: Path) -> Iterator[Mapping[str, Any]]:
    """The settings that the log itself tells, which ran, then those in a file, which the command line may have changed.

    A ranking asks the file first: it holds every setting, of which a log may tell a part.
    Who searched a folder knows whose its settings are; of a file that was named alone they are looked for here.
    """
    told = registry.load("readers", found.reader).hparams
    if told is not None:
        with suppress(SelectModelError, OSError):
            yield told(found.source)
    if found.settings is not None:
        yield hparams.read(found.settings)
        return
    if log not in found.source.paths:
        return
    folder = found.home
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return
    (beside,) = settings_places.of_runs(folder, [found], {str(folder): names})
    if beside is not None:
        yield hparams.read(beside)
