"""Of several scores of one kind the one that all others narrow down is the score of the training."""

from __future__ import annotations

import pytest

from selectmodel.metrics import meaning, scores
from selectmodel.records import Hint, Series


@pytest.mark.parametrize(
    ("names", "main"),
    [
        ("bbox_mAP bbox_mAP_50 bbox_mAP_75 bbox_mAP_s", "bbox_mAP"),
        ("coco/bbox_mAP coco/bbox_mAP_50 coco/bbox_mAP_l", "coco/bbox_mAP"),
        ("bbox/AP50 bbox/AP bbox/AP-person", "bbox/AP"),
        ("val_dice_RV val_dice val_dice_LV", "val_dice"),
        ("score scores/cats_score scores/ents_f", "score"),
        ("bbox_mAP bbox_mAP_50 segm_mAP segm_mAP_50", None),
        ("bbox_mAP_50 bbox_mAP_75", None),
        ("val_dice_RV val_dice_LV", None),
    ],
)
def test_the_main_score(names: str, main: str | None) -> None:
    series = {name: Series.of(name, [1, 2], [1, 2], [0.5, 0.25]) for name in names.split()}
    hints = dict.fromkeys(series, Hint("val", "max", "told"))
    assert scores.score_name(meaning.understand(series, hints), "val") == main
