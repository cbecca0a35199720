"""What might have been judged and was not is named in one line, with the flag; what tells nothing does not decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.errors import ChoiceError, LogError
from selectmodel.records import Run, Series

N = 16
T = np.arange(N)
LOSS = np.round(0.45 + np.exp(-T / 3) + 0.01 * T, 4)
SCORE = np.round(0.9 - 0.5 * np.exp(-T / 4), 4)
LOWER = SCORE - 0.05
SAME = np.full(N, 0.5)


def run(columns: dict[str, Any]) -> Run:
    series = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in columns.items()}
    return Run(name="run", source="run", format="generic_csv", series=series)


def asked(columns: dict[str, Any], **keys: Any) -> tuple[str, dict[str, str]]:
    """The metric that was judged, and the notes about others."""
    report = sm.recommend(run(columns), **keys)
    told = {note.code: note.message for note in report.notes if "SM182" <= note.code <= "SM187" or note.code == "SM170"}
    return report.monitor.name, told


@pytest.mark.parametrize(
    "names",
    [
        ("val_metric/ndcg_1", "val_metric/ndcg_3"),
        ("val_recall@1", "val_recall@5"),
        ("val_HR@10", "val_NDCG@10"),
        ("val_bleu", "val_rougeL"),
        ("val_psnr", "val_ssim"),
        ("val_dice_liver", "val_dice_tumour"),
        ("val_cat_accuracy", "val_dog_accuracy"),
        ("val_fid", "val_lpips"),
    ],
)
def test_several_scores_none_of_which_is_the_main_one(names: tuple[str, str]) -> None:
    columns = {"val_loss": LOSS, names[0]: SCORE, names[1]: LOWER}
    metric, told = asked(columns)
    assert metric == "val_loss"
    assert all(name in told["SM182"] for name in names) and "--metric" in told["SM182"]
    assert asked(columns, metric=names[0])[1] == {}
    with pytest.raises(ChoiceError, match="several validation scores"):
        sm.recommend(run(columns), aim="accuracy")


@pytest.mark.parametrize(
    ("columns", "metric"),
    [
        ({"metrics/accuracy_top1": SCORE, "metrics/accuracy_top5": LOWER, "val/loss": LOSS}, "metrics/accuracy_top1"),
        ({"val_acc@1": SCORE, "val_acc@5": LOWER, "val_loss": LOSS}, "val_acc@1"),
        ({"val_top_1_accuracy": SCORE, "val_top_5_accuracy": LOWER, "val_loss": LOSS}, "val_top_1_accuracy"),
        ({"val_top1_err": 1 - SCORE, "val_top5_err": 1 - LOWER, "val_loss": LOSS}, "val_top1_err"),
        ({"val_wer": 1 - SCORE, "val_cer": 1 - LOWER, "val_loss": LOSS}, "val_wer"),
        ({"val_err": 1 - SCORE, "val_acc": SCORE, "val_loss": LOSS}, "val_acc"),
        ({"val_pixel_acc": SCORE, "val_dice": LOWER, "val_loss": LOSS}, "val_dice"),
        ({"val_acc": SCORE, "val_mIoU": LOWER, "val_loss": LOSS}, "val_mIoU"),
        ({"val_PixAcc": SCORE, "val_mean_iou": LOWER, "val_loss": LOSS}, "val_mean_iou"),
        ({"Training Loss": LOSS, "Validation Loss": LOSS + 0.1, "Accuracy": SCORE}, "Accuracy"),
        ({"val_acc": SAME, "val_f1": SCORE, "val_loss": LOSS}, "val_f1"),
        ({"val_loss": SAME, "val_mae": LOSS}, "val_mae"),
    ],
)
def test_the_plain_order_decides(columns: dict[str, Any], metric: str) -> None:
    judged, told = asked(columns)
    assert judged == metric
    assert "SM182" not in told and "SM184" not in told


def test_a_direction_that_is_not_known_is_named_with_the_flag() -> None:
    metric, told = asked({"val_loss": LOSS, "val_quality": SCORE, "val_pck_0.15": LOWER})
    assert metric == "val_loss"
    assert "val_quality, val_pck_0.15" in told["SM184"] and "--metric val_quality:max" in told["SM184"]
    assert "SM184" not in asked({"val_loss": LOSS, "val_quality": SAME})[1], "what never changes could not be judged"
    assert "SM184" not in asked({"val_loss": LOSS, "val_quality": SCORE}, metric="val_loss")[1]


def test_what_is_the_same_throughout_decides_nothing() -> None:
    yolo = {f"metrics/{name}(B)": 0 * SAME for name in ("precision", "recall", "mAP50", "mAP50-95")}
    yolo |= {f"val/{part}_loss": LOSS for part in ("box", "cls", "dfl")}
    with pytest.raises(ChoiceError) as failure:
        sm.recommend(run(yolo))
    assert "--metric val/box_loss" in str(failure.value) and "mAP" not in str(failure.value)
    with pytest.raises(ChoiceError, match="val_x:min"):
        sm.recommend(run({"val_loss": SAME, "val_x": SCORE}))
    assert (
        asked({"val_acc": SAME, "val_f1": SCORE})[1]["SM170"]
        == "val_acc is 0.5 at every validation; val_f1 was judged instead"
    )
    assert asked({"val_acc": SAME, "val_f1": SAME - 0.1})[0] == "val_acc", "with nothing else to ask for, SM164 says it"


@pytest.mark.parametrize(
    ("plain", "averaged"),
    [
        ("val_acc", "val_acc_ema"),
        ("eval_top1", "eval_ema_top1"),
        ("val_loss", "val_loss_ema"),
        ("val/acc", "val_ema/acc"),
    ],
)
def test_the_better_of_raw_and_averaged_weights_is_said(plain: str, averaged: str) -> None:
    better, worse = (LOSS - 0.1, LOSS) if "loss" in plain else (SCORE, LOWER)
    metric, told = asked({plain: worse, averaged: better})
    assert metric == plain and f"{averaged} is better at its best" in told["SM185"]
    assert f"--metric {averaged}" in told["SM185"]
    assert "SM185" not in asked({plain: better, averaged: worse})[1]


@pytest.mark.parametrize("factors", [(1, 100), (100, 1)])
@pytest.mark.parametrize(("name", "turned"), [("acc", False), ("error", True), ("f1", False)])
def test_one_unit_for_both_sides(factors: tuple[int, int], name: str, turned: bool) -> None:
    trained = np.round(1 - 0.6 * np.exp(-T / 5), 4)
    sides = (1 - SCORE, 1 - trained) if turned else (SCORE, trained)
    ours, theirs = (side * factor for side, factor in zip(sides, factors, strict=True))
    columns = {f"val_{name}": ours, f"train_{name}": theirs, "val_loss": LOSS}
    mixed = sm.recommend(run(columns))
    plain = sm.recommend(run(columns | {f"train_{name}": sides[1] * factors[0]}))
    assert mixed.question.gap == pytest.approx(plain.question.gap)
    assert mixed.picks["gap"].epoch == plain.picks["gap"].epoch
    assert "SM186" in {note.code for note in mixed.notes} and "SM186" not in {note.code for note in plain.notes}
    assert mixed.recommended.values[f"train_{name}"] in theirs, "values are shown as they were logged"


def test_percentages_near_nothing_are_not_taken_for_shares() -> None:
    report = sm.recommend(run({"val_loss": 50 * LOSS, "train_loss": LOSS}))
    assert report.question.train_scale == 1


def test_a_validation_that_equals_the_training_is_said() -> None:
    _, told = asked({"val_acc": SCORE, "acc": SCORE, "val_loss": LOSS, "loss": LOSS + 0.01})
    assert "val_acc equals acc at every epoch" in told["SM187"]
    assert "SM187" not in asked({"val_acc": SAME, "acc": SAME, "val_loss": LOSS})[1], "both may be stuck"
    assert "SM187" not in asked({"val_acc": SCORE, "acc": np.append(SCORE[:-1], 0.9), "val_loss": LOSS})[1]


def test_what_is_most_likely_meant_is_offered_first() -> None:
    tags = """episodes_this_iter timesteps_total done time_since_restore timers/sample_time_ms cur_kl_coeff total_loss
        entropy episode_reward_max episode_reward_min episode_reward_mean episode_len_mean"""
    with pytest.raises(ChoiceError) as failure:
        sm.recommend(run({f"ray/tune/{name}": SCORE for name in tags.split()}))
    _, *flags = str(failure.value).split("\n")
    assert flags[0].strip().startswith("--metric ray/tune/episode_reward_mean:max")
    told = [flag.split("  (")[0].strip() for flag in flags]
    assert told[3:] == ["--metric ray/tune/total_loss:min",
                        "--metric ray/tune/entropy:min or --metric ray/tune/entropy:max"]  # fmt: skip


def test_a_rule_may_name_the_metric_that_it_judges() -> None:
    names = {f"metrics/{name}(B)": SCORE for name in ("precision", "recall", "mAP50", "mAP50-95")}
    losses = {f"val/{part}_loss": LOSS for part in ("box", "cls", "dfl")}
    report = sm.recommend(run(names | losses), rule="ultralytics")
    assert report.monitor.name == "metrics/mAP50-95(B)" and report.monitor.why == "the metric of rule ultralytics"
    top = {"metrics/accuracy_top1": SCORE, "metrics/accuracy_top5": SCORE, "val/loss": LOSS}
    assert sm.recommend(run(top), rule="ultralytics").monitor.name == "metrics/accuracy_top1"
    assert sm.recommend(run({"val_loss": LOSS}), rule="ultralytics").monitor.name == "val_loss"
    with pytest.raises((ChoiceError, LogError)):
        sm.recommend(run(losses), rule="ultralytics")


def test_one_sided_scores_and_assumed_directions_are_named() -> None:
    metric, told = asked({"val_precision": SCORE, "val_recall": LOWER, "val_loss": LOSS})
    assert metric == "val_loss" and "val_precision, val_recall" in told["SM182"]
    metric, told = asked({"val_score": SCORE, "val_loss": LOSS})
    assert metric == "val_loss" and "--metric val_score:max" in told["SM184"]
    assert asked({"val_precision": SCORE, "val_acc": SCORE, "val_loss": LOSS}) == ("val_acc", {})


@pytest.mark.parametrize(
    "name",
    [
        "val_misclassification_rate",
        "val/error_top1",
        "val_zero_one_loss",
        "val_top_1_error",
        "eval_wer",
        "val_err_rate",
    ],
)
def test_errors_under_other_names(name: str) -> None:
    assert asked({name: 1 - SCORE, "val_loss": LOSS}) == (name, {})


def test_what_never_changes_is_no_rival() -> None:
    dead = {f"val_{name}": 0 * SAME for name in ("f1", "precision", "recall")}
    metric, told = asked(dead | {"val_loss": LOSS})
    assert metric == "val_loss" and set(told) == {"SM170"}
