"""How a higher-is-better metric wiggles, as its name tells: that decides how it is scored."""

from __future__ import annotations

from functools import lru_cache

from selectmodel.metrics.vocabulary import word_set
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
#: What a model reaches that always, or never, says yes.
_ONE_SIDED = word_set("precision prec recall sensitivity specificity sens spec tpr tnr ppv npv")


@lru_cache(maxsize=256)
def score_kind(base: str) -> ScoreKind:
    """How a higher-is-better metric of this base name wiggles.

    "counts": right answers among n examples (accuracy, F1, MCC), whose noise follows from n; "smooth": hardly any
    sampling noise (IoU over pixels, R², an error with its sign turned), so that averaging and tie-breakers only cost;
    "share": other numbers in 0..1 or percent (AUC, mAP, BLEU); else "other", which has a scale of its own (reward).
    """
    words = _words(base)
    if words & _SMOOTH:
        return "smooth"
    if words & _COUNTS:
        return "counts"
    return "share" if words & _SHARES else "other"


@lru_cache(maxsize=256)
def one_sided(base: str) -> bool:
    """Whether a model can reach the best value by always giving the same answer, as with recall."""
    return bool(_words(base) & _ONE_SIDED)


@lru_cache(maxsize=256)
def proportion(base: str) -> bool:
    """Whether the metric is the share of right answers among as many independent examples: accuracy, not F1.

    A mean over classes is none; answers for the tokens of a text or the pixels of an image go together.
    """
    words = _words(base)
    return bool(words & _PROPORTIONS) and not words & _NO_PROPORTIONS


def _words(base: str) -> set[str]:
    return {base, *base.replace("@", "_").split("_")}
