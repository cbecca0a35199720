"""Which metric of a split is its score: what counts right answers or errors, or measures quality beside the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from selectmodel.metrics import kinds
from selectmodel.metrics.meaning import Meaning, main_of, once
from selectmodel.metrics.vocabulary import known

#: Best liked first; a line lists bases in order of preference. What counts errors stands beside what counts answers.
_FAMILIES = tuple(
    tuple(line.split())
    for line in """accuracy acc top1 acc1 categorical_accuracy sparse_categorical_accuracy binary_accuracy
error_rate err_rate error err errors top1_error classification_error misclassification_rate zero_one_loss
f1 fscore fbeta fmeasure f2
auc auroc roc auprc aucpr
eer
map50_95 map ap average_precision map50 ap50
dice dsc mdice iou miou jaccard
exact_match em
wer cer mer per
mcc matthews kappa qwk
precision recall prec sensitivity specificity""".splitlines()
)
#: What segmentation is judged by: an accuracy beside it is one of pixels, most of which are background.
_OF_REGIONS = frozenset(("dice", "dsc", "mdice", "iou", "miou", "fwiou", "miou_mean", "mean_iou", "mean_dice"))


class Scores(NamedTuple):
    """The metrics that may be the score of a split, of the best liked kind; ``main`` is None where none is the main."""

    names: tuple[str, ...]
    main: str | None


_NONE = Scores((), None)


def scores(meanings: Mapping[str, Meaning], split: str) -> Scores:
    """The scores of a split of the best liked kind: accuracy first, then error rates, F1, AUC, …, then any other gain.

    Where regions are judged (Dice, IoU) they come before an accuracy.
    """
    offered = {name: m for name, m in meanings.items() if m.split == split and m.quality and not m.weak and is_score(m)}
    regions = {name: m for name, m in offered.items() if set(_words(m)) & _OF_REGIONS}
    return _first(regions) if regions else _first(offered)


@once
def score_name(meanings: Mapping[str, Meaning], split: str) -> str | None:
    """The main score of a split; None if there is none, or several of a kind and none is the main one."""
    return scores(meanings, split).main


def is_score(meaning: Meaning) -> bool:
    """Whether a metric measures quality beside the loss: a gain, a count of errors, or a distance such as FID."""
    if "loss" in _words(meaning) and not kinds.counts_errors(meaning.base):
        return False
    return meaning.goal == "max" or (meaning.goal == "min" and kinds.is_low(meaning.base))


def _first(offered: Mapping[str, Meaning]) -> Scores:
    for family in _FAMILIES:
        for base in family:
            exact = tuple(name for name, m in offered.items() if m.base == base)
            if exact:
                return Scores(exact, main_of(exact))
        words = frozenset(family)
        low = any(kinds.is_low(base) for base in family)
        akin = {
            name: m.base
            for name, m in offered.items()
            if (m.goal == "min") == low and any(known(word, words) for word in _words(m))
        }
        if akin:
            return Scores(tuple(akin), _only(akin))
    for goal in ("max", "min"):
        rest = {name: m.base for name, m in offered.items() if m.goal == goal}
        if rest:
            return Scores(tuple(rest), _only(rest))
    return _NONE


def _words(meaning: Meaning) -> list[str]:
    return meaning.base.replace("@", "_").split("_")


def _only(bases: Mapping[str, str]) -> str | None:
    """The names of the one base, of the one that is a mean over classes, or of the one that the others narrow down.

    AP is taken over all thresholds and sizes, AP50 and AP_small over some.
    """
    every = set(bases.values())
    means = {base for base in every if {"mean", "macro", "avg", "overall"} & set(base.split("_"))}
    whole = {base for base in every if base[-1:].isalpha() and all(other.startswith(base) for other in every)}
    wanted = means or whole or every
    return main_of([name for name, base in bases.items() if base in wanted]) if len(wanted) == 1 else None
