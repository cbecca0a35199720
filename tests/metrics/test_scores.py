"""Of several scores of one kind, the one that the others narrow down decides."""

from __future__ import annotations

import pytest

from selectmodel.metrics import meaning
from selectmodel.metrics.scores import scores


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (("val/bbox_mAP", "val/bbox_mAP_50", "val/bbox_mAP_75", "val/bbox_mAP_s"), "val/bbox_mAP"),
        (("val_bbox/AP50", "val_bbox/AP", "val_bbox/AP-person"), "val_bbox/AP"),
        (("val_ndcg@1", "val_ndcg@3"), None),
        (("val/bbox_mAP", "val/segm_mAP", "val/bbox_mAP_50"), None),
        (("val_f1_a", "val_f1_b", "val_f1_macro"), "val_f1_macro"),
        (("val_recall@1", "val_recall@10"), None),
    ],
)
def test_the_main_of_several_scores(names: tuple[str, ...], main: str | None) -> None:
    assert scores(meaning.understand(names), "val").main == main
