"""The naming table as data: which way a metric's name says is better, and which names are no quality metric.

Words arrive lower-cased and without split words (``val``), so ``val_top1_err`` is ``("top1", "err")``. The first row
that matches decides. Only whole words and linear expressions are compared: ``jaccard`` does not contain ``acc`` here.

Sources: the directions of Keras' metric objects, scikit-learn's scorers, torchmetrics' ``higher_is_better``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from selectmodel.records import Goal


def word_set(text: str) -> frozenset[str]:
    """The words of ``text``, which are separated by blanks."""
    return frozenset(text.split())


LOWER = word_set(  # row 9
    """mae mse rmse mape smape wmape msle rmsle rse nll nlpd bce ce xent perplexity ppl bpc bpb bpd wer cer ter mer eer
    fid fid50k kid lpips fvd kl kld divergence jsd brier ece mce hinge logloss poisson deviance crps hamming hausdorff
    hd hd95 assd asd chamfer emd wasserstein mmd distance edit fpr fnr far frr epe silog rmsd ade fde mde regret
    violations huber quantile pinball ergas error errors err misclassification misclass"""
)
HIGHER = word_set(  # row 10
    """accuracy acc aacc macc auc auroc roc auprc aucpr ap ap50 ap75 aps apm apl map map50 precision prec recall ar
    sensitivity sens specificity spec f1 f2 fbeta fscore fmeasure iou miou fwiou jaccard dice mdice dsc bleu sacrebleu
    rouge rouge1 rouge2 rougel rougelsum meteor chrf cider spice bertscore psnr ssim msssim vif r2 kappa qwk mcc
    matthews ndcg dcg mrr hit hits hr em squad spearman pearson kendall ccc cosine likelihood loglikelihood logprob
    top1 top5 pass fitness reward rewards rew return returns success win mota idf1 hota snr sdr sisnr pesq stoi mos
    clipscore silhouette homogeneity completeness purity ari nmi rand gini ks delta1 delta2 delta3 psds tpr tnr ppv
    npv"""
)
EITHER = word_set(  # row 13
    """entropy cost utility energy margin objective value critic generator discriminator g d coverage diversity
    advantage gap metric"""
)
#: Words that turn, or may turn, what stands beside them: a row 9 or 10 word no longer tells the direction.
TURNS = word_set("neg negative negated minus inverse inv inverted reciprocal gap diff difference change drop")
HEADS = word_set("loss losses error errors err nll")  # row 3
#: Every word that must survive as one token although it is written in mixed case (mAP50, IoU, rougeL).
VOCABULARY = LOWER | HIGHER | EITHER | HEADS | frozenset(["score", "scores"])


class Row(NamedTuple):
    """One line of the table: an expression over ``_word_word_``, the goal, and why; ``{}`` is what matched."""

    number: int
    phrase: re.Pattern[str]
    goal: Goal | None
    why: str


class Direction(NamedTuple):
    """What the table says: the row that decided, the goal (None: ask), and why."""

    row: int
    goal: Goal | None
    why: str


PHRASES = (
    Row(3, re.compile(r"_(loss|losses|error|errors|err|nll)\d*_$"), "min", "name ends in '{}'"),
    Row(4, re.compile(r"_(elbo|vlb|free_energy)_"), None, "'{}' is logged with either sign"),
    Row(
        5,
        re.compile(
            r"^_d2_.|_skill_score_|_intersection_over_union_|_io_u_|_corr(?:elation)?_?coef"
            r"|_signal_(?:to_)?(?:noise|distortion)_ratio_|_fowlkes_|_v_measure_|_calinski_|_dunn_index_"
            r"|_panoptic_quality_|matthews_corr"
        ),
        "max",
        "'{}' is better high",
    ),
    Row(
        6,
        re.compile(
            r"cross_?entropy|_mean_squared|_mean_absolute|_root_mean|_median_absolute|_max_error_|_log_?loss_"
            r"|_log_?cosh|_neg[a-z]*_log_?lik|_kl_?div|_calibration_error_|_(?:word|char|character|match)_error"
            r"|_error_rate_|_edit_(?:distance|rate)_|_abs_rel_|_sq_rel_|_false_(?:positive|negative)_rate_|_fall_?out_"
            r"|_ranking_loss_|_coverage_error_|_patch_similarity_|_perceptual_path|_davies_bouldin_"
            r"|_ranked_probability_|_total_variation_|_info(?:rmation)?_lost_|_deviance_|_dev_$"
        ),
        "min",
        "'{}' is better low",
    ),
    Row(
        7,
        re.compile(
            r"_average_precision_|_top_?(?:\d+|k)_(?:[a-z]+_)?acc|_log_?likelihood_|_log_?prob|_exact_match_"
            r"|_explained_var|_hits?_rate_|_map_?50_|_mutual_info|_info(?:rmation)?_preserved_|_sharpe_"
            r"|_true_(?:positive|negative)_rate_|_r_squared?_"
        ),
        "max",
        "'{}' is better high",
    ),
    Row(8, re.compile(r"_(loss|losses)\d*_"), "min", "'{}' in the name"),
)
_LIKELIHOOD = re.compile(r"_log_?lik|_elbo_|_vlb_|_free_energy_")
_TOP = re.compile(r"top\d+")
_OPPOSITE: dict[Goal, Goal] = {"min": "max", "max": "min"}


def known(word: str, words: frozenset[str] = VOCABULARY) -> bool:
    """Whether ``word`` is one of ``words``, with or without a number at its end (``acc1``, ``fid50k``)."""
    number = word[:-1] if word.endswith("k") and word[-2:-1].isdigit() else word
    stem = number.rstrip("0123456789")
    return word in words or (len(stem) > 1 and stem != word and stem in words)


def direction(words: Sequence[str]) -> Direction:
    """The goal of a metric from the words of its name, rows 1 to 14."""
    if len(words) > 1 and words[0] in ("neg", "negative") and not _LIKELIHOOD.search(_text(words)):
        return _negated(words)
    if len(words) > 2 and words[0] in ("one", "1") and words[1] == "minus":
        if words[2] in ("one", "1"):
            return Direction(2, None, "'one minus' stands there twice")
        return _turned(2, direction(words[2:]), "one minus", words[2:])
    text = _text(words)
    for row in PHRASES:
        if match := row.phrase.search(text):
            return Direction(row.number, row.goal, row.why.format(match[0].strip("_")))
    return _by_word(words)


def _text(words: Sequence[str]) -> str:
    return f"_{'_'.join(words)}_"


def _turned(row: int, inner: Direction, how: str, words: Sequence[str]) -> Direction:
    name = "_".join(words)
    if inner.goal is None or inner.row == 12:
        return Direction(row, None, f"{how} '{name}', whose direction is not known")
    return Direction(row, _OPPOSITE[inner.goal], f"{how} '{name}', which is better {_height(inner.goal)}")


def _height(goal: Goal) -> str:
    return "low" if goal == "min" else "high"


def _negated(words: Sequence[str]) -> Direction:
    rest = words[1:]
    if rest[0] in ("neg", "negative"):
        return Direction(1, None, f"'{words[0]}' stands there twice")
    if rest[-1] in ("loss", "losses") and rest[:-1] and not any(word == "log" or known(word) for word in rest[:-1]):
        # negative_sampling_loss is a loss on negatives, neg_log_loss a log loss turned round
        return Direction(1, None, f"'{words[0]}' may negate the loss or name what it is taken on")
    return _turned(1, direction(rest), "negated", rest)


def _by_word(words: Sequence[str]) -> Direction:
    low = [word for word in words if known(word, LOWER)]
    high = [word for word in words if known(word, HIGHER)]
    if set(low) & HEADS:
        high = [word for word in high if not _TOP.fullmatch(word)]  # error_top1 is the error of the first guess
    turn = [word for word in words if word in TURNS]
    if low and high:
        return Direction(11, None, f"'{low[0]}' is better low but '{high[0]}' is better high")
    if (low or high) and turn:
        return Direction(11, None, f"'{turn[0]}' may turn the direction of '{(low or high)[0]}'")
    if low:
        return Direction(9, "min", f"'{low[0]}' is better low")
    if high:
        return Direction(10, "max", f"'{high[0]}' is better high")
    either = [word for word in words if word in EITHER]
    if either:
        return Direction(13, None, f"'{either[0]}' can be better low or high")
    score = [word for word in words if word in ("score", "scores")]
    if score:
        return Direction(12, "max", f"assumed from the word '{score[0]}' alone")
    return Direction(14, None, "no word of the name tells which way is better")


_CLOCK = word_set(
    """epoch epochs step steps iter iters iteration iterations global trainer batch batches time eta seconds runtime
    duration elapsed timestamp passed remaining data wall vs"""
)
_ENDS_IN = {
    "time runtime duration elapsed eta seconds secs sec ms timestamp latency": "a clock",
    "weight lambda alpha scale factor threshold coef coeff coefficient": "a setting",
    "fps ips throughput mfu": "a throughput",
    "count counts size params parameters": "a count",
    "tp fp tn fn": "a count",
    "std stdv stddev stderr sem var": "a spread",
    "norm": "a norm",
    "momentum": "an optimiser's setting",
    "done terminated truncated": "a flag",
}
_LAST_WORD = {word: kind for words, kind in _ENDS_IN.items() for word in words.split()}
_WHOLE = {
    "weight_decay": "an optimiser's setting",
    "wd": "an optimiser's setting",
    "beta1": "an optimiser's setting",
    "beta2": "an optimiser's setting",
    "eps": "an optimiser's setting",
    "best_epoch": "a clock",
    "best_step": "a clock",
    "best_iteration": "a clock",
    "hp_metric": "a placeholder of the logger",
    "seed": "a setting",
    "rank": "a setting",
}
_KINDS = (
    (re.compile(r"_lrs?\d*_|_learning_rates?_"), "a learning rate"),
    (re.compile(r"_grad[a-z]*_(?:[a-z0-9]+_){0,3}norm_|_gradnorm_"), "a gradient norm"),
    (re.compile(r"^_(?:time|epochs)_to_|^_time_|^_eta_"), "a clock"),
    (re.compile(r"_per_(?:second|sec|s|step|minute|hour)_|_(?:tokens|samples|images|its?|steps?)_s_$"), "a throughput"),
    (re.compile(r"_(?:memory|mem|gpu|cpu|ram|vram|flops|flos)\d*_"), "a resource"),
    (re.compile(r"_num_|^_n_"), "a count"),
    (
        re.compile(r"_this_iter(?:_s)?_$|_since_restore_$|_time_m?s_$|_(?:timesteps|episodes|steps|frames)_total_$"),
        "a count",
    ),
    (re.compile(r"_(?:episode|ep)_len(?:gth)?(?:_[a-z]+)?_$"), "a count"),
    (re.compile(r"_(?:true|false)_(?:positives?|negatives?)_$"), "a count"),
    (re.compile(r"_(?:std|standard)_dev(?:iation)?_$"), "a spread"),
    (re.compile(r"^_hparams_|_tokens_seen_"), "a placeholder of the logger"),
)


def not_quality(words: Sequence[str]) -> str | None:
    """What a name denotes that is no quality metric ("a learning rate"), or None if it may be one."""
    if not words or all(word in _CLOCK for word in words):
        return "a clock"
    if words[-1] in HEADS:
        return None
    text = _text(words)
    for pattern, kind in _KINDS:
        if pattern.search(text):
            return kind
    if text.strip("_") in _WHOLE:
        return _WHOLE[text.strip("_")]
    if words[-1] in _LAST_WORD and not _is_coefficient(words) and tuple(words[-2:]) != ("explained", "var"):
        return _LAST_WORD[words[-1]]
    return None


def _is_coefficient(words: Sequence[str]) -> bool:
    """``dice_coef`` and ``corr_coef`` are metrics, ``kl_coef`` is a setting."""
    return (
        words[-1] in ("coef", "coeff", "coefficient")
        and len(words) > 1
        and (words[-2].startswith("corr") or known(words[-2], HIGHER))
    )
