"""What a metric's name says: its split, its goal, and whether it measures quality at all.

A hint from the log's layout wins over the name. Where neither tells, the answer is None with the reason, never a guess.
Sources: the logging conventions of Keras, Lightning, fastai, Hugging Face, Ultralytics, detectron2 and CatBoost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, update_wrapper
from types import MappingProxyType
from typing import Any, TypeVar

from selectmodel.metrics.vocabulary import HIGHER, Direction, direction, known, not_quality
from selectmodel.metrics.words import Parts, take_apart
from selectmodel.records import Goal, Hint, Split


@dataclass(frozen=True, slots=True)
class Meaning:
    """One name as understood among the names of its log.

    Attributes:
        name: as logged.
        base: the metric without split, prefixes and suffixes, lower case: ``val_acc`` → ``accuracy``. Names of one
            base are the same metric in other splits.
        split: None when unknown or contradictory; ``split_why`` says what told it.
        goal: None when unknown or ambiguous, and for what is no quality metric; ``goal_why`` likewise.
        quality: False for learning rates, clocks, counts, spreads: never offered for selection.
        weak: the goal is an assumption from the word "score" alone: use it only with a printed notice.
    """

    name: str
    base: str
    split: Split | None
    split_why: str
    goal: Goal | None
    goal_why: str
    quality: bool
    quality_why: str
    weak: bool


_NO_HINTS: Mapping[str, Hint] = MappingProxyType({})


class Meanings(dict[str, Meaning]):
    """The meanings of the names of one log. Shared by all runs that log the same, so nobody changes it.

    ``main`` keeps which name has which part, as far as it was asked; ``settled`` belongs to :mod:`.roles`.
    """

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        super().__init__(meanings)
        self.main: dict[tuple[str, ...], str | None] = {}
        self.settled: dict[Any, Any] = {}


def understand(names: Iterable[str], hints: Mapping[str, Hint] = _NO_HINTS) -> Meanings:
    """The meaning of every name of one log, in the order given; all at once, for conventions show in the siblings.

    ``hints`` maps names to what the layout of the log says; hints for other names are ignored.
    """
    logged = tuple(names)
    understood = _understood if len(logged) <= _FEW else _understood.__wrapped__
    return understood(logged, tuple((name, hints[name]) for name in logged if name in hints))


#: The runs of a sweep log the same names; so many are understood once for all of them.
_FEW = 100


@lru_cache(maxsize=64)
def _understood(names: tuple[str, ...], told: tuple[tuple[str, Hint], ...]) -> Meanings:
    hints = dict(told)
    parts = {name: take_apart(name) for name in names}
    meanings = {name: _alone(name, part, hints.get(name, Hint())) for name, part in parts.items()}
    meanings = _plain_bases(meanings, parts)
    meanings = _sides_of_negation(meanings)
    return Meanings(_by_convention(meanings, parts, hints))


def _alone(name: str, parts: Parts, hint: Hint) -> Meaning:
    kind = not_quality(parts.every or parts.core) or not_quality(parts.core)
    found = direction(parts.core)
    split, split_why = parts.split, parts.why
    if hint.split is not None:
        split, split_why = hint.split, hint.why or "the layout of the log"
        if parts.split not in (None, hint.split):
            split_why += f" (the name alone would say {parts.split})"
    goal, goal_why = (None, f"'{name}' is {kind}") if kind else _goal(found, parts)
    if hint.goal is not None:
        told = f" (the name alone would say {goal})" if goal not in (None, hint.goal) else ""
        goal, goal_why = hint.goal, f"declared in the log: {hint.why or hint.goal}{told}"
    weak = found.row == 12 and goal is not None and hint.goal is None
    quality_why = f"the name is that of {kind}" if kind else "nothing in the name says otherwise"
    return Meaning(name, parts.base, split, split_why, goal, goal_why, kind is None, quality_why, weak)


def _goal(found: Direction, parts: Parts) -> tuple[Goal | None, str]:
    if parts.doubtful:
        return None, f"'1-' may turn '{parts.core[-1]}' round or number the {parts.split or 'evaluation'} set"
    return found.goal, found.why


def _plain_bases(meanings: Mapping[str, Meaning], parts: Mapping[str, Parts]) -> dict[str, Meaning]:
    """Gives auc_1 the base auc: Keras numbers metric objects made anew. Not where two names of a split would meet."""
    plain = {name: _unnumbered(meaning) for name, meaning in meanings.items()}
    counts: dict[tuple[object, ...], set[str]] = {}
    for name, meaning in meanings.items():
        counts.setdefault((parts[name].split, parts[name].evaluation_set, plain[name]), set()).add(meaning.base)
    crowded = {key[-1] for key, bases in counts.items() if len(bases) > 1}
    return {
        name: meaning if plain[name] in crowded else replace(meaning, base=plain[name])
        for name, meaning in meanings.items()
    }


def _unnumbered(meaning: Meaning) -> str:
    stem, _, number = meaning.base.rpartition("_")
    if not stem or not number.isdigit() or "loss" in stem or meaning.base == "map50_95":
        return meaning.base
    words = stem.split("_")
    if words[-1] + number in HIGHER:
        return meaning.base  # bbox_mAP_50
    told = direction(words).row in (3, 5, 6, 7, 9, 10) or not_quality(words) == "a count"
    return take_apart(stem).base if told and not words[-1].isdigit() else meaning.base


def _sides_of_negation(meanings: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """With pos_acc beside it neg_acc is the accuracy on negatives, not a negated accuracy: its goal is not known."""
    bases = {meaning.base for meaning in meanings.values()}
    out = dict(meanings)
    for name, meaning in meanings.items():
        head, _, rest = meaning.base.partition("_")
        positives = {f"pos_{rest}", f"positive_{rest}"} & bases
        if head in ("neg", "negative") and rest and positives and not meaning.goal_why.startswith("declared"):
            why = f"'{head}' may negate '{rest}' or, as with '{min(positives)}', name the examples"
            out[name] = replace(meaning, goal=None, goal_why=why)
    return out


def _by_convention(
    meanings: Mapping[str, Meaning], parts: Mapping[str, Parts], hints: Mapping[str, Hint]
) -> dict[str, Meaning]:
    out = dict(meanings)
    validated: dict[str, str] = {}
    for name, meaning in meanings.items():
        if meaning.split == "val":
            validated.setdefault(meaning.base, name)
    catboost = any(part.split == "train" and part.why.startswith("'learn'") for part in parts.values())
    fastai = {"train_loss", "valid_loss"} <= meanings.keys() and "loss" not in meanings
    notebook = {"Training Loss", "Validation Loss"} <= meanings.keys()
    for name, meaning in meanings.items():
        told: tuple[Split, str] | None = None
        if parts[name].clash or hints.get(name, Hint()).split is not None:
            continue
        if meaning.split == "test" and catboost:
            told = "val", "CatBoost calls its evaluation set test (the log holds 'learn' too)"
        elif meaning.split is None:
            told = _unprefixed(meaning, parts[name], validated, meanings, fastai, notebook)
        elif name == "train_loss" and {"loss", "eval_loss"} <= meanings.keys():
            told = "train", "'train' in the name; Hugging Face's mean over the whole run"
        if told:
            out[name] = replace(meaning, split=told[0], split_why=told[1])
    return out


def _unprefixed(
    meaning: Meaning,
    parts: Parts,
    validated: Mapping[str, str],
    meanings: Mapping[str, Meaning],
    fastai: bool,
    notebook: bool,
) -> tuple[Split, str] | None:
    name = meaning.name
    if _is_validation_tag(name, parts):
        return "val", f"'{name.partition('/')[0]}/' without a split is measured on validation data"
    if meaning.base in validated:
        return "train", f"no split in the name, and '{validated[meaning.base]}' is its validation twin"
    if not meaning.quality:
        return None
    if "step" in parts.marks:
        return "train", "'_step' is logged while training"
    if name.endswith("_epoch") and name.removesuffix("epoch") + "step" in meanings:
        return "train", f"logged beside '{name.removesuffix('epoch')}step'"
    if name == "loss" and any(other.startswith(("eval_", "eval/")) for other in meanings):
        return "train", "no prefix beside 'eval_' names: Hugging Face's training loss"
    if fastai:
        return "val", "no prefix beside 'valid_loss': fastai's validation metrics"
    if notebook:
        return "val", "no prefix beside 'Validation Loss': the validation metrics of a Hugging Face notebook"
    return None


def _is_validation_tag(name: str, parts: Parts) -> bool:
    """Ultralytics' metrics/…, detectron2's bbox/AP."""
    folder, slash, _ = name.partition("/")
    if not slash:
        return False
    evaluators = ("bbox", "segm", "keypoints", "sem_seg", "panoptic_seg")
    return folder == "metrics" or (folder in evaluators and any(known(word, HIGHER) for word in parts.core))


_Part = TypeVar("_Part", bound=Callable[..., str | None])


def once(find: _Part) -> _Part:
    """Asks for a part but once for each of :class:`Meanings`."""

    def found(*asked: Any) -> str | None:
        at = 1 if isinstance(asked[0], str) else 0
        main = getattr(asked[at], "main", None)
        if main is None:
            return find(*asked)
        key = (find.__name__, asked[0] if at else "", asked[-1])
        if key not in main:
            main[key] = find(*asked)
        answer: str | None = main[key]
        return answer

    return update_wrapper(found, find)  # type: ignore[return-value]


@once
def twin(name: str, meanings: Mapping[str, Meaning], split: Split) -> str | None:
    """The metric of this name in another split, or None.

    Epoch means are preferred to single steps, ``loss`` to ``train_loss``.

    A metric of one data loader (``val_loss/dataloader_idx_1``) has the plain metric as its twin.
    """
    own = take_apart(name)
    base = meanings[name].base
    bases = (base, base.partition("_dataloader_idx_")[0])
    found = [
        other
        for other, meaning in meanings.items()
        if meaning.split == split and other != name and meaning.base in bases and meaning.quality
    ]
    like = [other for other in found if take_apart(other).evaluation_set == own.evaluation_set]
    return min(
        like or found,
        key=lambda other: (meanings[other].base != base, take_apart(other).base != own.base, _rank(other)),
        default=None,
    )


def _rank(name: str) -> tuple[bool, int, int, str]:
    """Sorts spellings of one metric: whole epochs before single steps, then the plainest name."""
    parts = take_apart(name)
    return bool({"step", "batch", "iterations"} & parts.marks), parts.n_split_words, len(name), name


def whole_epochs(names: Iterable[str], meanings: Mapping[str, Meaning]) -> list[str]:
    """``names`` without the step-wise spelling of a metric that is also there as an epoch's (``val_acc_step``)."""
    kept = list(names)
    whole = {meanings[name].base for name in kept if not _rank(name)[0]}
    return [name for name in kept if not _rank(name)[0] or meanings[name].base not in whole]


_LOSSES = ("loss", "total_loss", "avg_loss", "average_loss", "mean_loss")
_USUAL = ("val_loss", "eval_loss", "valid_loss", "val/loss")


@once
def loss_name(meanings: Mapping[str, Meaning], split: Split) -> str | None:
    """The main loss of a split (``val_loss``, ``validation/epoch_loss``).

    None if it has none, or one for each of several sets of which none is the main one.
    """
    for base in _LOSSES:
        found = [name for name, m in meanings.items() if m.base == base and m.split == split and m.quality]
        usual = [name for name in _USUAL if name in found]
        if usual or found:
            return usual[0] if usual else main_of(found)
    return None


def main_of(names: Collection[str]) -> str | None:
    """The plainest of several names of one metric; None if each is of another set and none of the main one."""
    sets = {take_apart(name).evaluation_set for name in names}
    if len(sets) > 1 and "" not in sets:
        return None
    return min((name for name in names if len(sets) == 1 or not take_apart(name).evaluation_set), key=_rank)
