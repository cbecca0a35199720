"""A score whose name tells no split is not passed over without a word where a loss was judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.records import Run, Series

N = 16
T = np.arange(N)
LOSS = np.round(0.45 + np.exp(-T / 3) + 0.01 * T, 4)
SCORE = np.round(0.9 - 0.5 * np.exp(-T / 4), 4)
TRAINING = np.round(np.exp(-T / 5), 4)


def asked(columns: dict[str, Any], **keys: Any) -> tuple[str, dict[str, str]]:
    """The metric that was judged, and the notes, of which each code stands once."""
    series = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in columns.items()}
    report = sm.recommend(Run(name="run", source="run", format="generic_csv", series=series), **keys)
    assert len({note.code for note in report.notes}) == len(report.notes)
    return report.monitor.name, {note.code: note.message for note in report.notes}


@pytest.mark.parametrize("name", ["accuracy", "f1", "mIoU", "WER", "cer", "eer", "top1_err", "mape", "FID", "reward"])
def test_a_score_of_no_split_is_named_with_its_flag(name: str) -> None:
    judged, told = asked({"train_loss": TRAINING, "val_loss": LOSS, name: SCORE})
    assert judged == "val_loss"
    assert told["SM188"].endswith(f"if so, to judge by it add --metric {name}")
    assert "SM188" not in asked({"train_loss": TRAINING, "val_loss": LOSS, name: SCORE}, metric=name)[1]


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": TRAINING, "val_loss": LOSS, "accuracy": SCORE},  # Keras: without a prefix it is of the training
        {"train_loss": TRAINING, "valid_loss": LOSS, "accuracy": SCORE},  # fastai: of the validation
        {"train_loss": TRAINING, "val_loss": LOSS, "val_acc": SCORE, "f1": SCORE},  # a score was judged
        {"train_loss": TRAINING, "val_loss": LOSS, "accuracy": np.full(N, 0.5)},
        {"train_loss": TRAINING, "val_loss": LOSS, "lr": TRAINING, "grad_norm": LOSS, "mse": LOSS},
        {"train_loss": TRAINING, "val_loss": LOSS, "train_acc": SCORE, "test_acc": SCORE},
    ],
)
def test_nothing_is_said_where_the_split_is_known_or_nothing_could_change(columns: dict[str, Any]) -> None:
    assert "SM188" not in asked(columns)[1]


def test_several_are_listed_in_one_line() -> None:
    told = asked({"train_loss": TRAINING, "val_loss": LOSS, "acc": SCORE, "f1": SCORE})[1]
    assert "whether acc, f1 are of the validation data" in told["SM188"]


def test_any_validation_that_equals_its_training_degrades_once() -> None:
    series = {"val_loss": LOSS, "loss": TRAINING, "val_f1": SCORE, "f1": SCORE, "val_acc": SCORE - 0.1, "acc": SCORE}
    run = Run("run", "run", "generic_csv", {n: Series.of(n, range(N), range(N), v) for n, v in series.items()})
    notes = [note for note in sm.recommend(run).notes if note.code == "SM187"]
    assert [note.message.partition(":")[0] for note in notes] == ["val_f1 equals f1 at every epoch"]
    assert notes[0].degrades
