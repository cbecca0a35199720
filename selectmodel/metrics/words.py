"""Takes a metric's name apart: its words, the split they name, and what remains when split and decoration are gone.

Nothing is judged here: directions are in names_table, conventions that need the other names of the log in names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from selectmodel.metrics.vocabulary import VOCABULARY, known, word_set
from selectmodel.records import Split


class Word(NamedTuple):
    """A word, lower-cased, the separator before it, and the number of the ``/`` part it stands in."""

    text: str
    gap: str
    part: int


class Parts(NamedTuple):
    """A name taken apart.

    Attributes:
        split: what the words say, None without a split word or when one part names two of them (``clash``).
        why: which word said so.
        evaluation_set: number that tells several sets of a split apart (``valid_1``, ``dataloader_idx_0``), or "".
        every: the words without split words; core: also without prefixes and suffixes of the logger.
        marks: which of those were dropped: "step", "epoch", "batch", "iterations".
        base: core joined by ``_``, under one spelling for aliases.
        n_split_words: how often a split is named: 2 in ``train/train_loss``.
        doubtful: ``val_1-auc`` may be a complement or validation set 1.
    """

    split: Split | None
    clash: bool
    why: str
    evaluation_set: str
    every: tuple[str, ...]
    core: tuple[str, ...]
    marks: frozenset[str]
    base: str
    n_split_words: int
    doubtful: bool


_ANYWHERE: dict[str, Split] = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
    "testing": "test",
}  # fmt: skip
_AT_AN_EDGE: dict[str, Split] = {
    "tr": "train", "trn": "train", "learn": "train", "eval": "val", "evaluation": "val", "dev": "val", "vl": "val",
    "cv": "val", "tst": "test", "holdout": "test",
}  # fmt: skip
_NUMBERED = re.compile(r"(val|valid|validation|test|eval)(\d+)")
_NEUTRAL = word_set("avg average mean best final last running ema epoch batch step metrics dataloader idx")
_DEVIATION = word_set("std standard abs absolute mean median null poisson gamma tweedie residual squared")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PIECE = re.compile(r"([\W_]+)|[^\W_]+")
#: One metric under many names: accuracy_top1, top_1_acc, acc_at_1.
_TOP_K = re.compile(
    r"(?:acc|accuracy)_top_?(\d{1,3})|top_?(\d{1,3})(?:_(?:acc|accuracy))?|(?:acc|accuracy)_at_(\d{1,3})"
)
_TOP_K_ERROR = re.compile(
    r"(?:err|error|errors)_(?:top_?|at_)(\d{1,3})|top_?(\d{1,3})_(?:err|error|errors|error_rate|err_rate)"
)
#: A longer name is nobody's: it is one word, which says nothing.
_LONGEST = 1024
_ALIASES = {"acc": "accuracy", "map_0_5": "map50", "map_0_5_0_95": "map50_95"}


def take_apart(name: str) -> Parts:
    """The words of a name, its split, and its base."""
    return _taken_apart(name) if len(name) <= _LONGEST else _taken_apart.__wrapped__(name)


@lru_cache(maxsize=1024)
def _taken_apart(name: str) -> Parts:
    words = words_of(name)
    signs = {i: split for i, word in enumerate(words) if (split := _sign(words, i)) is not None}
    split, clash, why = _settle(words, signs)
    numbers = {i for i in range(1, len(words)) if i not in signs and _is_set_number(words, signs, i)}
    doubtful = any(i + 1 not in numbers and _looks_complement(words, i + 1, words[i].part) for i in signs)
    rest = [word for i, word in enumerate(words) if i not in signs and i not in numbers]
    sets = [words[i].text for i in numbers] + [m[2] for i in signs if (m := _NUMBERED.fullmatch(words[i].text))]
    every = tuple(word.text for word in rest)
    rest, loader = _without_loader(rest)
    rest, marks = _without_marks(rest, words)
    core = _signed(rest, words[0])
    return Parts(
        split, clash, why, loader or "".join(sorted(sets)), every, _direction_words(rest, core), marks,
        _base(core, rest) + (f"_dataloader_idx_{loader}" if loader else ""), len(signs), doubtful,
    )  # fmt: skip


def words_of(name: str) -> list[Word]:
    """Words of a name: cut at everything but letters and digits and at capitals, known words kept whole (mAP50)."""
    if len(name) > _LONGEST:
        return [Word(name.casefold(), "", 0)]
    words: list[Word] = []
    part = 0
    gap = ""
    for match in _PIECE.finditer(name):
        if match[1]:
            gap = match[1]
            part += "/" in gap or "\\" in gap
            continue
        for text in _cut_at_capitals(match[0]):
            words.append(Word(text, gap, part))
            gap = ""
    return words or [Word(name.casefold(), "", 0)]


def _cut_at_capitals(piece: str) -> list[str]:
    lower = piece.casefold()
    if known(lower) or lower == piece:
        return [lower]
    humps = [hump.casefold() for hump in _CAMEL.split(piece)]
    texts: list[str] = []
    i = 0
    while i < len(humps):
        # meanIoU is cut into mean, Io, U: the longest run that spells a known word is one word again
        joined = next((j for j in range(min(i + 3, len(humps)), i + 1, -1) if "".join(humps[i:j]) in VOCABULARY), i + 1)
        texts.append("".join(humps[i:joined]))
        i = joined
    return texts


def _sign(words: list[Word], i: int) -> Split | None:
    text = words[i].text
    if match := _NUMBERED.fullmatch(text):
        text = match[1]
    if text in _ANYWHERE:
        return _ANYWHERE[text]
    if text not in _AT_AN_EDGE:
        return None
    if text == "dev" and i and words[i - 1].text in _DEVIATION:
        return None
    before = [w.text for w in words[max(0, i - 8) : i] if w.part == words[i].part]
    after = [w.text for w in words[i + 1 : i + 9] if w.part == words[i].part]
    at_an_edge = all(map(_passes, before)) or all(map(_passes, after))
    return _AT_AN_EDGE[text] if at_an_edge else None


def _passes(text: str) -> bool:
    return text in _NEUTRAL or text in _ANYWHERE or text in _AT_AN_EDGE or text.isdigit()


def _settle(words: list[Word], signs: dict[int, Split]) -> tuple[Split | None, bool, str]:
    """The split of the last part that names one; two splits in one part are a clash."""
    if not signs:
        return None, False, "no word of the name tells the split"
    part = words[max(signs)].part
    inside = {i: split for i, split in signs.items() if words[i].part == part}
    if len(set(inside.values())) > 1:
        named = " and ".join(f"'{words[i].text}'" for i in inside)
        return None, True, f"the name holds both {named}"
    split = signs[max(signs)]
    why = f"'{words[max(signs)].text}' in the name"
    other = next((words[i].text for i, named in signs.items() if named != split), None)
    return split, False, why + (f", the last of several: '{other}' comes before" if other else "")


def _looks_complement(words: list[Word], i: int, part: int | None = None) -> bool:
    """Whether word ``i`` is the 1 of 1-x, in the given part if any."""
    if i + 1 >= len(words) or words[i].text != "1" or (part is not None and words[i].part != part):
        return False
    return words[i + 1].gap.strip() in ("-", "−")


def _is_set_number(words: list[Word], signs: dict[int, Split], i: int) -> bool:
    """The 1 of valid_1, validation_1-auc or val_1_loss, but not of val_1-auc, which may be a complement."""
    if not words[i].text.isdigit() or i - 1 not in signs or i + 1 == len(words) or words[i].part != words[i - 1].part:
        return False
    return words[i - 1].text in ("valid", "validation") or not _looks_complement(words, i)


def _without_loader(rest: list[Word]) -> tuple[list[Word], str]:
    texts = [word.text for word in rest[-3:]]
    if len(texts) == 3 and texts[:2] == ["dataloader", "idx"] and texts[2].isdigit():
        return rest[:-3], texts[2]
    return rest, ""


def _without_marks(rest: list[Word], words: list[Word]) -> tuple[list[Word], frozenset[str]]:
    """Drops what loggers put around a metric's own name: metrics/, epoch_, batch_, _step, _epoch, _vs_iterations."""
    marks = set()
    if len(rest) > 1 and rest[0].text == "metrics":
        rest = rest[1:]
    if len(rest) > 2 and [word.text for word in rest[-2:]] == ["so", "far"]:
        rest = rest[:-2]
    if len(rest) > 2 and [word.text for word in rest[-2:]] == ["vs", "iterations"]:
        marks.add("iterations")
        rest = rest[:-2]
    while len(rest) > 1 and rest[0].text in ("epoch", "batch"):
        marks.add(rest[0].text)
        rest = rest[1:]
    while len(rest) > 1 and rest[-1].text in ("epoch", "step"):
        marks.add(rest[-1].text)
        rest = rest[:-1]
    if len(rest) > 1 and rest[-1].text == "b" and "(" in rest[-1].gap:
        rest = rest[:-1]
    return rest or words, frozenset(marks)


def _signed(rest: list[Word], first: Word) -> list[str]:
    """The words, a leading minus or complement spelled out: -x is neg x, 1-x is one minus x."""
    texts = [word.text for word in rest]
    if len(rest) > 1 and _looks_complement(rest, 0):
        return ["one", "minus", *texts[1:]]
    sign = rest[0].gap.strip()
    if sign[-1:] in ("-", "−") and (rest[0] is first or sign[-2:-1] in ("/", "_")):
        return ["neg", *texts]
    return texts


def _direction_words(rest: list[Word], core: list[str]) -> tuple[str, ...]:
    """``core`` without numbers, masks and @k at its end, so that the head noun stands last."""
    end = len(core)
    last = rest[-1]
    if end > 1 and ((last.text in ("m", "p") and "(" in last.gap) or (last.text == "k" and "@" in last.gap)):
        end -= 1
    while end > 1 and core[end - 1].isdigit():
        end -= 1
    return tuple(core[:end])


def _base(core: list[str], rest: list[Word]) -> str:
    if "@" in rest[-1].gap and len(core) > 1:
        of = "_".join(core[:-1])
        if of in ("acc", "accuracy", "prec") and core[-1].isdigit():
            return f"top{core[-1]}"  # Prec@1 is what the ImageNet scripts call it
        if of in ("err", "error", "errors") and core[-1].isdigit():
            return f"top{core[-1]}_error"
        return f"{of}@{core[-1]}"  # recall@5 and recall@10 are different metrics
    base = "_".join(core)
    if match := _TOP_K.fullmatch(base):
        return f"top{match[1] or match[2] or match[3]}"
    if match := _TOP_K_ERROR.fullmatch(base):
        return f"top{match[1] or match[2]}_error"
    if len(core) == 2 and core[1].isdigit() and "".join(core) in VOCABULARY:
        base = "".join(core)  # mAP_50 is mAP50
    return _ALIASES.get(base, base)
