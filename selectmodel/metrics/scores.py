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


#: What finding objects is judged by: an error rate beside it is of the classes of those that were found.
_OF_OBJECTS = frozenset(("bbox", "segm", "coco", "keypoints"))
_PRECISION = frozenset(("map", "ap"))
#: A score that has no other name is the one that a training goes by.
_WHOLE = "score"


class Scores(NamedTuple):
    """The metrics that may be the score of a split, of the best liked kind; ``main`` is None where none is the main."""

    names: tuple[str, ...]
    main: str | None


_NONE = Scores((), None)


def scores(meanings: Mapping[str, Meaning], split: str) -> Scores:
    """The scores of a split of the best liked kind: accuracy first, then error rates, F1, AUC, …, then any other gain.

    Where regions (Dice, IoU) or found objects are judged (COCO's AP) they come before an accuracy or an error rate.
    """
    offered = {name: m for name, m in meanings.items() if m.split == split and m.quality and not m.weak and is_score(m)}
    regions = {name: m for name, m in offered.items() if set(_words(m)) & _OF_REGIONS}
    boxes = {name: m for name, m in offered.items() if {*_words(m)} & _PRECISION and {*_words(m)} & _OF_OBJECTS}
    return _first(regions or boxes or offered)


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
    """The names of the one base, of the one that is a mean over classes, or of the one that all others narrow down."""
    means = {base for base in bases.values() if {"mean", "macro", "avg", "overall"} & set(base.split("_"))}
    wanted = means or set(bases.values())
    if len(wanted) > 1 and not means:
        return _plainest(bases)
    return main_of([name for name, base in bases.items() if base in wanted]) if len(wanted) == 1 else None


def _plainest(bases: Mapping[str, str]) -> str | None:
    """``bbox_mAP`` of that, ``bbox_mAP_50`` and ``bbox_mAP_s``; spaCy's ``score`` of that and its parts; else None."""
    if _WHOLE in bases.values():
        return main_of([name for name, base in bases.items() if base == _WHOLE])
    shortest = min(bases, key=len)
    ends_in_digit = shortest[-1:].isdigit()  # recall@1 is no whole of recall@10
    narrowed = all(
        name.startswith(shortest)
        and not name[len(shortest) :][:1].isalpha()
        and not (ends_in_digit and name != shortest)
        for name in bases
    )
    return shortest if narrowed else None
