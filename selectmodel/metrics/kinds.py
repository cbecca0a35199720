"""How a score wiggles, as its name tells: that decides how it is scored.

A score counts right answers, or measures quality otherwise than by the loss. One that counts errors is a score as well:
a log that holds ``error_rate`` in place of ``accuracy`` tells the same.
"""

from __future__ import annotations

from functools import lru_cache

from selectmodel.metrics.vocabulary import TURNS, word_set
from selectmodel.records import ScoreKind

_COUNTS = word_set(
    "accuracy acc aacc macc top1 top5 acc1 acc5 f1 f2 fbeta fscore fmeasure mcc matthews kappa qwk precision prec "
    "recall sensitivity specificity sens spec em exact_match squad tpr tnr ppv npv"
)
_SMOOTH = word_set(
    "iou miou fwiou jaccard dice mdice dsc r2 psnr ssim msssim vif snr sdr sisnr pearson spearman kendall ccc cosine "
    "explained_variance likelihood loglikelihood logprob neg negative minus one_minus"
)
_SHARES = word_set(
    "auc auroc roc auprc aucpr ap ap50 ap75 aps apm apl map map50 map50_95 ar pq mota idf1 hota ndcg mrr hit hits hr "
    "bleu sacrebleu rouge rouge1 rouge2 rougel rougelsum meteor chrf bertscore success win pass gini ks fitness"
)
_PROPORTIONS = word_set("accuracy acc top1 top5 acc1 acc5 em exact_match")
_NO_PROPORTIONS = word_set(
    "balanced macro mean avg class token tokens pixel pixels masked mlm word words char weighted"
)
_ERROR = word_set("error errors err")
#: Words that may stand beside an error which is one minus the share of right answers; others make it a distance.
_OF_ANSWERS = word_set(
    "rate classification cls clf class misclassification top1 top5 top 1 5 10 k word char character phoneme token "
    "sentence frame equal label pixel image sample binary categorical balanced macro mean avg overall total zero one 0 "
    "01 ema cat best lowest record"
)
_RATES = word_set(
    "wer cer mer eer per misclassification misclassification_rate misclass_rate err_rate error_rate zero_one_loss"
)
#: Better low, hardly any sampling noise, and no loss that a network is trained by.
_SMOOTH_ERRORS = word_set("fid fid50k kid fvd lpips mape smape wmape")
#: Errors among words, characters or thresholds, of which there are more than examples.
_OF_PARTS = word_set("wer cer mer eer per phoneme character frame equal label")
#: What a model reaches that always, or never, says yes.
_ONE_SIDED = word_set("precision prec recall sensitivity specificity sens spec tpr tnr ppv npv")


@lru_cache(maxsize=256)
def score_kind(base: str) -> ScoreKind:
    """How a score of this base name wiggles.

    "counts": right answers among n examples (accuracy, F1, MCC), whose noise follows from n; "smooth": hardly any
    sampling noise (IoU over pixels, R², an error with its sign turned), so that averaging and tie-breakers only cost;
    "share": other numbers in 0..1 or percent (AUC, mAP, BLEU); else "other", which has a scale of its own (reward).
    """
    words = _words(base)
    errs = counts_errors(base)
    if words & _SMOOTH or (is_low(base) and not errs):
        return "smooth"
    if words & _COUNTS or errs:
        return "counts"
    return "share" if words & _SHARES else "other"


@lru_cache(maxsize=256)
def counts_errors(base: str) -> bool:
    """Whether a lower-is-better metric is one minus a share of right answers: error rates, WER, CER, EER."""
    words = set(base.split("_"))
    if base in _RATES or words & _RATES:
        return not words & TURNS
    rest = {word for word in words - _ERROR if not word.isdigit()}
    return bool(words & _ERROR) and all(word in _OF_ANSWERS or word.rstrip("0123456789") == "top" for word in rest)


@lru_cache(maxsize=256)
def is_low(base: str) -> bool:
    """Whether a score of this base name is better when lower: it counts errors, or is a distance such as FID."""
    words = _words(base)
    return counts_errors(base) or (bool(words & _SMOOTH_ERRORS) and not words & TURNS)


@lru_cache(maxsize=256)
def one_sided(base: str) -> bool:
    """Whether a model can reach the best value by always giving the same answer, as with recall; not recall@5."""
    return bool(_words(base) & _ONE_SIDED) and "@" not in base


@lru_cache(maxsize=256)
def proportion(base: str) -> bool:
    """Whether the metric is the share of right answers among as many independent examples: accuracy, not F1.

    A mean over classes is none; answers for the tokens of a text or the pixels of an image go together.
    """
    words = _words(base)
    counted = words & _PROPORTIONS or (counts_errors(base) and not words & _OF_PARTS)
    return bool(counted) and not words & _NO_PROPORTIONS


def _words(base: str) -> set[str]:
    return {base, *base.replace("@", "_").split("_")}
