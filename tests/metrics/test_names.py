"""Split, goal and quality of metric names: the table, the frameworks' conventions, twins and companions."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import SHARED

from selectmodel.metrics.meaning import loss_name, twin, understand, whole_epochs
from selectmodel.metrics.scores import score_name
from selectmodel.metrics.vocabulary import direction
from selectmodel.metrics.words import take_apart
from selectmodel.records import Hint

# Row of the table → names that it decides, as they are logged for validation; "?" asks.
DIRECTIONS = {
    (1, "max"): "neg_mean_squared_error neg_log_loss neg_brier_score neg_mse neg_root_mean_squared_error neg_max_error "
    "neg_hinge_loss neg_mean_absolute_error negative_mse neg_loss",
    (1, "min"): "neg_accuracy neg_r2",
    (1, None): "negative_sampling_loss neg_contrastive_loss negative_predictive_value neg_foo",
    (2, "min"): "one_minus_ssim one_minus_dice 1-iou 1-accuracy",
    (2, "max"): "one_minus_mse 1-wer",
    (2, None): "one_minus_entropy one_minus_score",
    (3, "min"): "loss losses iou_loss dice_loss reward_loss accuracy_loss elbo_loss top1_err top5_err class_error "
    "nll loss_1 "
    "jaccard_loss value_loss g_loss mean_squared_error capsnet_loss MSELoss max_error error contrastive_loss "
    "cardinality_error_0 loss2 word_error",
    (4, None): "elbo vlb free_energy -elbo neg_elbo elbo_mean",
    (5, "max"): "d2_absolute_error_score d2_pinball_score ranked_probability_skill_score intersection_over_union "
    "PearsonCorrCoef matthews_corrcoef correlation_coefficient corr_coef signal_noise_ratio SignalDistortionRatio "
    "fowlkes_mallows v_measure_score calinski_harabasz dunn_index panoptic_quality mean_io_u mean_io_u_5 one_hot_io_u",
    (6, "min"): "binary_crossentropy sparse_categorical_crossentropy cross_entropy mean_squared_log root_mean_square "
    "median_absolute_dev log_cosh logloss neg_log_likelihood negative_log_likelihood neg_log_lik kl_div kl_divergence "
    "CharErrorRate equal_error_rate edit_distance edit_rate abs_rel sq_rel false_positive_rate false_negative_rate "
    "fall_out "
    "learned_perceptual_image_patch_similarity perceptual_path_length davies_bouldin ranked_probability_score "
    "total_variation word_information_lost mean_poisson_deviance error_rate info_lost mean_gamma_deviance",
    (7, "max"): "average_precision top_k_categorical_accuracy top_3_accuracy top5_acc log_likelihood loglikelihood "
    "log_prob exact_match explained_variance hit_rate@10 mAP50 mAP50-95(B) mAP50-95(M) mutual_information "
    "info_preserved sharpe_ratio",
    (8, "min"): "loss_bbox loss_ce_0_unscaled loss_mean loss_bbox_0 losses_total",
    (9, "min"): "mae mse rmse mape smape wmape rmsle perplexity ppl bpc bpb wer cer ter mer eer fid fid50k kid lpips "
    "fvd "
    "kl jsd brier brier_score ece hinge squared_hinge poisson crps hamming hd95 hausdorff assd chamfer emd "
    "wasserstein mmd distance fpr fnr epe silog rmsd ade fde regret huber pinball ergas class_error_unscaled mae_1",
    (10, "max"): "acc accuracy binary_accuracy categorical_accuracy capsnet_acc char_0_accuracy acc1 acc5 auc auc_1 "
    "auroc AUC "
    "auprc ap AP50 AP75 APs mAP mAP_50 precision recall precision(B) recall(B) recall@5 AR@100 "
    "sensitivity specificity sens spec f1 F1Score f1_score f2_beta_keras fbeta fscore iou IoU mIoU meanIoU jaccard "
    "dice "
    "dice_coef dice_coefficient mDice dsc bleu sacrebleu rouge1 rouge2 rougeL rouge-L meteor chrf cider bertscore psnr "
    "ssim msssim r2 r2_score kappa qwk mcc ndcg@10 ndcg mrr hits@1 em squad_f1 spearman pearson kendall "
    "cosine_similarity "
    "likelihood top1 top5 pass@k pass@1 fitness reward episode_reward ep_rew_mean success_rate win_rate mota idf1 hota "
    "snr pesq stoi clipscore silhouette_score homogeneity completeness ari nmi delta1 MulticlassAccuracy dice_RV "
    "iou_score",
    (11, None): "cosine_distance acc_error_mse f1_diff accuracy_gap edit_precision inverse_mae",
    (12, "max"): "score cats_score ents_score anomaly_score",
    (13, None): "entropy cost utility energy margin objective value critic generator discriminator g d coverage "
    "diversity "
    "advantage q_value gap metric",
    (14, None): "accurcay foo Prediction Target macc5x l1 l2 transval mapper lossy",
}  # fmt: skip
CASES = [(name, row, goal) for (row, goal), names in DIRECTIONS.items() for name in names.split()]


@pytest.mark.parametrize(("name", "row", "goal"), CASES)
def test_direction(name: str, row: int, goal: str | None) -> None:
    found = direction(take_apart(f"val/{name}").core)
    assert (found.row, found.goal) == (row, goal), found.why
    meaning = understand([f"val/{name}"])[f"val/{name}"]
    assert (meaning.split, meaning.goal, meaning.quality) == ("val", goal, True)
    assert meaning.weak == (row == 12)
    assert meaning.goal_why and meaning.split_why and meaning.quality_why


def test_the_tables_cover_more_than_two_hundred_names() -> None:
    assert len(CASES) > 200
    assert len({name for name, _, _ in CASES}) == len(CASES)


NOT_QUALITY = """
lr lrs lr-Adam lr-AdamW lr-SGD lr/pg0 x/lr0 learning_rate epoch_learning_rate val_learning_rate train/learning_rate
momentum weight_decay wd beta1 eps loss_weight kl_weight kl_coef entropy_coef lambda reg_lambda alpha loss_scale
conf_threshold grad_norm train/grad_norm gradient_norm grad_2.0_norm_total grad_2.0_norm/layer weight_norm epoch step
iter iteration global_step trainer/global_step batch time epoch_time data_time rank_data_time eta eta_seconds runtime
eval_runtime eval/runtime train/train_runtime duration elapsed timestamp _timestamp _runtime _step passed remaining
time_to_accuracy epochs_to_target time_sec eval_samples_per_second eval/steps_per_second tokens_per_sec it_per_s
throughput fps ips tokens/s samples/s mfu global_step/sec memory gpu_mem gpu_0_mem cpu flops total_flos params
num_params
n_parameters num_correct count size batch_size tp fp tn fn comparison/tp true_positives val_false_negatives
fast_rcnn/false_negative roi_head/num_bg_samples acc_std val_acc_std auc-std f1_stddev stderr sem loss_var std_dev
layer1/weights/summaries/stddev_1 hp_metric _hparams_/lr num_input_tokens_seen seed rank train/epoch training_iteration
"""


@pytest.mark.parametrize("name", NOT_QUALITY.split())
def test_what_is_no_quality_metric(name: str) -> None:
    meaning = understand([name, "val_loss"])[name]
    assert (meaning.quality, meaning.goal) == (False, None)
    assert "name is that of" in meaning.quality_why


@pytest.mark.parametrize(
    "name", ["dice_coef", "corr_coef", "explained_var", "grad_loss", "lr_loss", "memory_error", "discount_mae"]
)
def test_what_only_looks_like_no_quality_metric(name: str) -> None:
    assert understand([name])[name].quality


SPLITS = {
    "val": """val_loss val_acc val_accuracy valid_loss valid_0 valid_1-auc validation_0-logloss validation_1-rmse
    eval_loss
    eval/loss eval_squad_f1 eval_en_wer dev_f1 dev/f1 loss_dev vl_loss cv_rmse rmse_cv validation/epoch_loss Val/dice
    Validation/accuracy loss/valid Loss/val pl/valid_acc perf/val_auc val/synth/student/loss val-loss val.loss valLoss
    evaluation_loss_vs_iterations validation/evaluation_loss_vs_iterations metrics/mAP50(B) metrics/mAP_0.5:0.95
    metrics/precision(B) bbox/AP bbox/AP50 segm/AP sem_seg/mIoU val/box_loss train/val_loss test/val_loss best_dev_f1
    avg_val_loss epoch_val_loss val2017/AP dice_val_RV val_loss/dataloader_idx_1 val_loss_epoch val1_loss eval-rmse""",
    "train": """train_loss train_acc train/loss training_loss tr_loss loss_tr trn_loss train_loss_step train_loss_epoch
    train/box_loss train/epoch_loss Loss/train train-rmse learn/Logloss eval/train_loss train/train_loss loss_step
    train.loss trainLoss metrics/train_acc""",
    "test": """test_loss test_acc test_accuracy avg_test_acc testing_loss tst_acc holdout_auc final_test_f1
    test/epoch_loss
    eval/test_acc val/test_acc test_coco_eval_bbox acc_test test_acc1 test_loss_ce_0_unscaled squad_test_f1 test-auc""",
    None: """loss acc accuracy transval latest contrain val_test_acc train_val_loss val_train_gap median_dev attestation
    coco_eval_bbox rollout/ep_rew_mean comparison/_precision default fast_rcnn/cls_accuracy valley_depth bbox/foo""",
}
SPLIT_CASES = [(name, split) for split, names in SPLITS.items() for name in names.split()] + [
    ("validation loss", "val"), ("validation accuracy", "val"), ("training loss", "train"), ("test loss", "test"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "split"), SPLIT_CASES)
def test_split_of_a_name_alone(name: str, split: str | None) -> None:
    assert understand([name])[name].split == split


def test_two_splits_in_a_name() -> None:
    meanings = understand(["val_test_acc", "eval/test_acc"])
    assert meanings["val_test_acc"].split_why == "the name holds both 'val' and 'test'"
    assert "'eval' comes before" in meanings["eval/test_acc"].split_why


# The header of a log → its names' split, goal and quality, "-" for None; quality metrics only where not "x".
HEADERS = {
    "Keras": "epoch:-x accuracy:train+ loss:train- lr:-x val_accuracy:val+ val_loss:val- top_3_accuracy:-+",
    "Keras, learning rate validated": "learning_rate:trainx val_learning_rate:valx loss:train- val_loss:val-",
    "Keras without validation": "epoch:-x accuracy:-+ loss:--",
    "Keras, several outputs": "capsnet_acc:train+ decoder_loss:train- loss:train- val_capsnet_acc:val+ "
    "val_decoder_loss:val- "
    "val_loss:val-",
    "Keras, numbered": "auc_1:train+ val_auc_1:val+ mean_io_u_5:train+ val_mean_io_u_5:val+ true_positives_1:trainx "
    "val_true_positives_1:valx",
    "fastai": "epoch:-x train_loss:train- valid_loss:val- accuracy:val+ auroc:val+ error_rate:val- time:-x",
    "not fastai": "loss:train- valid_loss:val- accuracy:-+",
    "fastai's names with twins": "train_loss:train- valid_loss:val- acc:train+ valid_acc:val+",
    "Hugging Face": "loss:train- grad_norm:-x learning_rate:-x eval_loss:val- eval_wer:val- eval_runtime:valx "
    "train_loss:train- train_runtime:trainx total_flos:-x",
    "Hugging Face without eval_loss": "loss:train- eval_accuracy:val+",
    "Lightning": "epoch:-x step:-x train_loss_step:train- train_loss_epoch:train- val_loss:val- acc_step:train+ "
    "acc_epoch:train+ lr-AdamW:-x hp_metric:-x",
    "Lightning, unprefixed step": "loss_step:train- loss_epoch:train- val_acc:val+",
    "CatBoost": "learn/Logloss:train- test/Logloss:val- test1/AUC:val+",
    "hand-written": "train_jaccard:train+ val_jaccard:val+ val_sens:val+ val_dice_RV:val+ val_dice_mean:val+ "
    "time_sec:-x",
    "detectron2": "total_loss:-- loss_cls:-- bbox/AP:val+ bbox/APs:val+ eta_seconds:-x validation_loss:val-",
    "positives and negatives": "val_pos_acc:val+ val_neg_acc:val?",
    "typo": "comparison/_accurcay:-? comparison/_recall:-+ comparison/fp:-x",
}


@pytest.mark.parametrize("framework", HEADERS)
def test_conventions(framework: str) -> None:
    wanted = dict(case.rsplit(":", 1) for case in HEADERS[framework].split())
    signs = {"min": "-", "max": "+", None: "?"}
    found = {name: (m.split or "-") + (signs[m.goal] if m.quality else "x") for name, m in understand(wanted).items()}
    assert found == wanted


def test_order_of_names_does_not_matter_and_is_kept() -> None:
    names = [case.rsplit(":", 1)[0] for case in HEADERS["Hugging Face"].split()]
    backwards = understand(names[::-1])
    assert list(backwards) == names[::-1]
    assert backwards == understand(names)


BASES = {
    "val_accuracy": "accuracy", "val_acc": "accuracy", "val_capsnet_acc": "capsnet_acc", "val_auc_1": "auc",
    "validation/epoch_loss": "loss", "eval/loss": "loss", "loss/valid": "loss", "train_loss_epoch": "loss",
    "train/batch_loss": "loss", "validation/evaluation_auc_vs_iterations": "auc", "metrics/mAP_0.5": "map50",
    "metrics/mAP50(B)": "map50", "metrics/mAP_0.5:0.95": "map50_95", "metrics/mAP50-95(B)": "map50_95",
    "metrics/mAP50-95(M)": "map50_95_m", "validation_1-auc": "auc", "val_char_0_accuracy": "char_0_accuracy",
    "test_loss_bbox_0": "loss_bbox_0", "val_loss/dataloader_idx_0": "loss_dataloader_idx_0",
    "bbox_mAP_50": "bbox_map_50", "recall@5": "recall@5", "val_binary_accuracy": "binary_accuracy", "val": "val",
    "epoch": "epoch", "": "", "--": "--", "val_mean_io_u_5": "mean_io_u", "val_-mse": "neg_mse", "val-mse": "mse",
    "val - mse": "mse", "train/epoch_learning_rate": "learning_rate",
}  # fmt: skip


@pytest.mark.parametrize("name", BASES)
def test_base(name: str) -> None:
    assert understand([name])[name].base == BASES[name]


def test_numbers_are_kept_where_dropping_them_would_confuse_two_metrics() -> None:
    meanings = understand(["val_auc", "val_auc_1", "auc", "auc_1", "test_acc_1", "test_acc_5"])
    assert [m.base for m in meanings.values()] == ["auc", "auc_1", "auc", "auc_1", "acc_1", "acc_5"]
    assert twin("val_auc_1", meanings, "train") == "auc_1"
    assert twin("val_auc", meanings, "train") == "auc"


def test_sign_and_complement_are_not_separators() -> None:
    for name, goal in {"val-loss": "min", "val_-mse": "max", "val-mse": "min", "-mse": "max", "-elbo": None}.items():
        assert understand([name])[name].goal == goal, name
    for name, goal in {"val_1-auc": None, "validation_1-auc": "max", "val/1-auc": "min", "1-auc": "min"}.items():
        assert understand([name])[name].goal == goal, name


TWINS = [
    ("accuracy|val_accuracy", "val_accuracy", "accuracy"),
    ("acc|val_accuracy", "val_accuracy", "acc"),
    ("loss|val_loss", "val_loss", "loss"),
    ("train_loss|val_loss", "val_loss", "train_loss"),
    ("train_loss_step|train_loss_epoch|val_loss", "val_loss", "train_loss_epoch"),
    ("train_loss_step|val_loss", "val_loss", "train_loss_step"),
    ("train/epoch_loss|train/batch_loss|validation/epoch_loss", "validation/epoch_loss", "train/epoch_loss"),
    ("train/loss|train/train_loss|eval/loss", "eval/loss", "train/loss"),
    ("loss|train_loss|eval_loss", "eval_loss", "loss"),
    ("train_loss|valid_loss|accuracy", "accuracy", None),
    ("loss|val_loss|val_capsnet_loss|capsnet_loss", "val_capsnet_loss", "capsnet_loss"),
    ("train_loss|val_loss/dataloader_idx_1", "val_loss/dataloader_idx_1", "train_loss"),
    ("training loss|validation loss", "validation loss", "training loss"),
    ("Loss/train|Loss/val", "Loss/val", "Loss/train"),
    ("test_acc|val_acc", "val_acc", None),
    ("binary_accuracy|val_accuracy", "val_accuracy", None),
]


@pytest.mark.parametrize(("names", "name", "expected"), TWINS)
def test_twin(names: str, name: str, expected: str | None) -> None:
    meanings = understand(names.split("|"))
    assert twin(name, meanings, "train") == expected
    if expected and "step" not in expected and "dataloader" not in name:
        assert twin(expected, meanings, "val") == name


LOSSES = [
    ("val_loss|val_capsnet_loss|loss", "val_loss"),
    ("valid_loss|train_loss", "valid_loss"),
    ("eval_loss|loss", "eval_loss"),
    ("val/loss", "val/loss"),
    ("loss/valid|pl/valid_acc", "loss/valid"),
    ("validation/evaluation_loss_vs_iterations|validation/epoch_loss", "validation/epoch_loss"),
    ("val_loss_step|val_loss_epoch", "val_loss_epoch"),
    ("validation loss", "validation loss"),
    ("val_total_loss|val_kl_loss", "val_total_loss"),
    ("val/box_loss|val/cls_loss", None),
    ("val_loss/dataloader_idx_0|val_loss/dataloader_idx_1", None),
    ("val1_loss|val2_loss", None),
    ("val_loss|val2_loss", "val_loss"),
    ("eval_loss|val_loss", "val_loss"),
    ("loss|accuracy", None),
]


@pytest.mark.parametrize(("names", "expected"), LOSSES)
def test_loss_name(names: str, expected: str | None) -> None:
    assert loss_name(understand(names.split("|")), "val") == expected


SCORES = [
    ("val_acc|val_auc|val_f1", "val_acc"),
    ("val_auc|val_f1|val_loss", "val_f1"),
    ("val_precision|val_recall|val_auc", "val_auc"),
    ("eval_accuracy|eval_f1", "eval_accuracy"),
    ("val_top_5_accuracy|val_accuracy", "val_accuracy"),
    ("val_top_5_accuracy|val_categorical_accuracy", "val_categorical_accuracy"),
    ("val_char_0_accuracy|val_char_1_accuracy", None),
    ("val_dice_RV|val_dice_LV|val_dice_mean", "val_dice_mean"),
    ("metrics/mAP50(B)|metrics/mAP50-95(B)|metrics/precision(B)", "metrics/mAP50-95(B)"),
    ("val_capsnet_acc|val_loss", "val_capsnet_acc"),
    ("pl/valid_acc|pl/valid_recall", "pl/valid_acc"),
    ("val_psnr|val_loss", "val_psnr"),
    ("val_psnr|val_ssim", None),
    ("val_recall@5|val_mse", "val_recall@5"),
    ("val_acc_step|val_acc_epoch", "val_acc_epoch"),
    ("val_score|val_loss", None),
    ("val_mse|accuracy", None),
]


@pytest.mark.parametrize(("names", "expected"), SCORES)
def test_score_name(names: str, expected: str | None) -> None:
    assert score_name(understand(names.split("|")), "val") == expected


def test_whole_epochs() -> None:
    names = ["val_acc_step", "val_acc_epoch", "val_f1_step"]
    assert whole_epochs(names, understand(names)) == ["val_acc_epoch", "val_f1_step"]


def test_a_hint_wins_over_the_name_and_says_so() -> None:
    hints = {
        "acc": Hint(split="val", why="logged in validation rows only"),
        "train_f1": Hint(split="test", why="the folder test/"),
        "val_ndcg": Hint(goal="min", why="CatBoost's best_value"),
        "val_foo": Hint(goal="max", why="W&B's define_metric"),
        "val_score": Hint(goal="min", why="W&B's define_metric"),
        "absent": Hint(split="val"),
    }
    meanings = understand(["acc", "train_f1", "val_ndcg", "val_foo", "val_score", "val_acc"], hints)
    assert (meanings["acc"].split, meanings["acc"].split_why) == ("val", "logged in validation rows only")
    assert meanings["train_f1"].split == "test"
    assert meanings["train_f1"].split_why == "the folder test/ (the name alone would say train)"
    assert meanings["val_ndcg"].goal == "min"
    assert meanings["val_ndcg"].goal_why == "declared in the log: CatBoost's best_value (the name alone would say max)"
    assert (meanings["val_foo"].goal, meanings["val_foo"].goal_why) == (
        "max",
        "declared in the log: W&B's define_metric",
    )
    assert (meanings["val_score"].goal, meanings["val_score"].weak) == ("min", False)
    assert "absent" not in meanings


def test_a_hint_makes_the_unprefixed_name_beside_it_a_twin() -> None:
    meanings = understand(["acc", "scores/acc"], {"scores/acc": Hint(split="val", why="evaluation rows")})
    assert meanings["acc"].split is None  # another folder: another metric, as far as anybody knows
    meanings = understand(["acc", "acc_epoch"], {"acc_epoch": Hint(split="val", why="validation rows")})
    assert meanings["acc"].split == "train"


def test_whys_tell_where_it_came_from() -> None:
    meanings = understand(["loss", "val_loss", "val_f1", "val_cosine_distance", "accurcay"])
    assert meanings["val_loss"].goal_why == "name ends in 'loss'"
    assert meanings["val_loss"].split_why == "'val' in the name"
    assert meanings["loss"].split_why == "no split in the name, and 'val_loss' is its validation twin"
    assert meanings["val_f1"].goal_why == "'f1' is better high"
    assert "'distance' is better low but 'cosine' is better high" in meanings["val_cosine_distance"].goal_why
    assert meanings["accurcay"].goal_why == "no word of the name tells which way is better"


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.text(max_size=30) | st.sampled_from([name for name, _, _ in CASES]), max_size=8))
def test_any_text_is_understood(names: list[str]) -> None:
    meanings = understand(names)
    assert list(meanings) == list(dict.fromkeys(names))
    for name, meaning in meanings.items():
        assert meaning.name == name
        assert meaning.quality or meaning.goal is None
        twin(name, meanings, "train")
    loss_name(meanings, "val")
    score_name(meanings, "val")


@pytest.mark.parametrize("unit", ["val_", "a_", "_", "1-", "aB", "neg_", "top_5_", "grad_x_", "A", "\x00", "eval_l/"])
def test_a_long_name_is_one_name(unit: str) -> None:
    name = unit * (10_000 // len(unit))
    assert list(understand([name])) == [name]


needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is absent")

# Every name in the headers of the sample and real logs of the two text formats.
SHARED_NAMES = {
    name: (split, goal)
    for (split, goal), names in {
        ("val", "max"): "val_acc val_accuracy val_auc val_auc_1 val_precision val_precision_1 val_recall val_dice_coef "
        "val_capsnet_acc val_categorical_accuracy val_f2_beta_keras val_mean_io_u_5 val/acc pl/valid_acc "
        "pl/valid_precision "
        "pl/valid_recall",
        ("val", "min"): "val_loss val_capsnet_loss val_decoder_loss val_binary_crossentropy loss/valid",
        ("val", None): "val_perclass",
        ("train", "max"): "acc accuracy auc auc_1 precision precision_1 recall dice_coef capsnet_acc "
        "categorical_accuracy "
        "f2_beta_keras mean_io_u_5 train_acc_epoch train_acc_step",
        ("train", "min"): "loss capsnet_loss decoder_loss binary_crossentropy train_loss_epoch train_loss_step",
        ("test", "min"): "test_loss",
        (None, "max"): "comparison/_precision comparison/_recall",
        (None, None): "comparison/_accurcay",
        ("x", None): "epoch step lr lr-SGD comparison/tp comparison/fp comparison/tn comparison/fn",
    }.items()
    for name in names.split()
}  # fmt: skip


def _headers() -> list[tuple[str, list[str]]]:
    folders = ("real_logs/keras_csv", "real_logs/lightning_csv", "samples/keras_csvlogger", "samples/lightning_csv")
    found = []
    for folder in folders:
        for path in sorted((SHARED / folder).rglob("*")):
            if path.suffix in (".csv", ".log"):
                line = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
                dialect = ";" if line.count(";") > line.count(",") else ","
                found.append((str(path), next(csv.reader(io.StringIO(line), delimiter=dialect), [])))
    return found


@needs_shared
def test_every_header_of_the_shared_text_logs() -> None:
    headers = _headers()
    assert len(headers) > 60
    for where, names in headers:
        meanings = understand(names)
        for name in names:
            split, goal = SHARED_NAMES[name]
            m = meanings[name]
            assert ("x" if not m.quality else m.split, m.goal) == (split, goal), (where, name)


@needs_shared
def test_directions_agree_with_the_manifest_of_real_logs() -> None:
    manifest = json.loads((SHARED / "real_logs" / "manifest.json").read_text(encoding="utf-8"))
    compared = 0
    for entry in manifest:
        if entry["format"] not in ("keras_csv", "lightning_csv"):
            continue
        for name, goal in entry.get("expert", {}).get("val_metrics", {}).items():
            meaning = understand([name])[name]
            assert meaning.split == "val", name
            if goal in ("min", "max"):
                compared += 1
                assert meaning.goal == goal, (entry["local"], name, meaning.goal_why)
    assert compared > 100


@needs_shared
@pytest.mark.parametrize("kind", ["hf_trainer_state", "mmdet_json", "wandb", "jsonl"])
def test_directions_agree_in_other_formats(kind: str) -> None:
    manifest = json.loads((SHARED / "real_logs" / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest:
        if entry["format"] == kind:
            for name, goal in entry.get("expert", {}).get("val_metrics", {}).items():
                if goal in ("min", "max"):
                    assert understand([name])[name].goal == goal, (entry["local"], name)
