"""The rule ultralytics on a log of YOLOv5, and on one that has no fitness."""

from __future__ import annotations

import numpy as np

import selectmodel as sm
from selectmodel.records import Run, Series

LOOSE = np.array([0.2, 0.6, 0.5, 0.5])
STRICT = np.array([0.1, 0.30, 0.305, 0.25])


def picked(columns: dict[str, np.ndarray]) -> sm.Report:
    series = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in columns.items()}
    return sm.recommend(Run("run", "run", "generic_csv", series), rule="ultralytics")


def test_yolov5_weighs_both_means() -> None:
    report = picked({
        "train/box_loss": 1 - STRICT, "metrics/precision": LOOSE, "metrics/recall": LOOSE, "metrics/mAP_0.5": LOOSE,
        "metrics/mAP_0.5:0.95": STRICT, "val/box_loss": 1 - LOOSE, "val/obj_loss": 1 - STRICT,
    })  # fmt: skip
    assert report.recommended.epoch == 1 == int(np.argmax(0.1 * LOOSE + 0.9 * STRICT)), "not 2, of the highest strict"
    assert "highest fitness" in report.recommended.reason


def test_another_metric_is_not_called_the_fitness() -> None:
    report = picked({"train_loss": LOOSE, "val_loss": 1 - STRICT})
    assert report.recommended.reason == "best.pt: lowest val_loss, were it the fitness, the last of equals"
