"""What the numbers in a checkpoint's name mean, by the words beside them: an epoch, a step, a value, a setting."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from selectmodel.records import Checkpoint

#: ``12.0.35`` is 12 and 0.35; otherwise a number with its decimals and exponent.
_NUMBER = re.compile(
    r"[0-9]+(?=\.[0-9]+\.[0-9])|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3}(?![0-9A-Za-z]))?|(?<==)-?(?:nan|inf)(?![a-z])"
)
#: The digits of f1, top5, r2 and mAP50 are part of a metric's name.
_NUMBERED = re.compile(r"(?<![A-Za-z])(?:f|top|r|map|ap|iou|rouge|hits|ndcg)$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
#: Stable-Baselines3 counts behind: ``rl_model_10000_steps``.
_STEPS_BEHIND = re.compile(r"(?:^|[-_])([0-9]{1,15})[-_](?:steps|timesteps|iters|iterations)$", re.IGNORECASE)
#: ESPnet's ``12epoch.pth``; behind other words it is how many there shall be: ``resnet_90epoch``.
_EPOCH_BEHIND = re.compile(r"([0-9]{1,7})[-_]?epoch", re.IGNORECASE)
_SEPARATORS = "-_=:. /()[]"
EPOCH = frozenset({"epoch", "ep", "e", "epochs"})
STEP = frozenset({"step", "steps", "globalstep", "iter", "iters", "iteration", "iterations", "it"})
ROLES: dict[str, Literal["best", "last"]] = {
    "best": "best", "last": "last", "latest": "last", "final": "last", "recovery": "last",
}  # fmt: skip
#: A digit may follow these directly: ``m01``, ``ckpt12``; after other words it belongs to them (``resnet50``).
COUNTED = frozenset({"m", "model", "ckpt", "cp", "checkpoint", "weights", "weight", "net", "snapshot"})
_METRIC_WORDS = frozenset({
    "val", "valid", "validation", "train", "test", "eval", "dev", "loss", "acc", "accuracy", "auc", "auroc", "f1",
    "dice", "iou", "miou", "map", "ap", "error", "err", "mae", "mse", "rmse", "precision", "recall", "score", "psnr",
    "ssim", "wer", "cer", "ppl", "perplexity", "bleu", "r2", "metric", "kappa", "mcc", "nll", "fid", "top1", "top5",
    "binary", "categorical", "sparse",
})  # fmt: skip
_SPLITS = frozenset({"val", "valid", "validation", "train", "test", "eval", "dev"})
#: What a number with decimals is, that is no metric's value: lr0.001, dropout0.5, resnet_v1.5.
_SETTINGS = frozenset({
    "lr", "wd", "dropout", "momentum", "seed", "alpha", "beta", "gamma", "lambda", "bs", "fold", "v", "version",
})  # fmt: skip


class _Token(NamedTuple):
    """A number in a name: its text with sign, what stands before it, and what it touches."""

    text: str
    label: str
    first: bool
    joined: bool
    continued: bool
    ends: bool

    @property
    def whole(self) -> bool:
        return self.text.isdecimal()

    @property
    def word(self) -> str:
        """The last word before the number, lower case."""
        words = _WORD.findall(self.label)
        return words[-1].lower() if words else ""

    @property
    def marked(self) -> bool:
        """Whether the word before is the label of this number: nothing but a separator between them."""
        return bool(self.word) and self.label.rstrip(_SEPARATORS).lower().endswith(self.word)

    @property
    def sets(self) -> bool:
        """Whether it tells a setting, as a fold, a seed or a learning rate."""
        return self.marked and self.word in _SETTINGS


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    for found in _NUMBER.finditer(text):
        start, stop = found.span()
        before = text[end:start]
        if found[0].isdecimal() and stop < len(text) and _NUMBERED.search(before):
            continue
        # "loss=-0.5" and "loss--0.5" are negative, "38-0.944" is two numbers
        signed = before[-1:] == "-" and before[-2:-1] in set("=-_:") and len(before) > 1
        yield _Token(
            text=("-" if signed else "") + found[0],
            label=before[:-1] if signed else before,
            first=end == 0,
            joined=before[-1:].isalpha(),
            continued=text[stop : stop + 1].isalpha(),
            ends=stop == len(text),
        )
        end = stop


def numbered(path: str, stem: str) -> Checkpoint:
    """The checkpoint at ``path`` as the numbers in its ``stem`` tell it: epoch, step and values."""
    tokens = list(_tokens(stem))
    number = step = None
    values: dict[str, str] = {}
    role = any(word in ROLES for word in words_in(stem))
    behind = _STEPS_BEHIND.search(stem)
    if behind:
        return Checkpoint(path, step=int(behind[1]))
    if before := _EPOCH_BEHIND.fullmatch(stem):
        return Checkpoint(path, int(before[1]))
    for token in tokens:
        if token.continued or len(token.text) > 15 + len(token.text.partition(".")[2]):
            continue
        if token.whole and token.marked and token.word in EPOCH and number is None:
            number = int(token.text)
        elif token.whole and token.marked and token.word in STEP and step is None:
            step = int(token.text)
        elif token.sets:
            continue
        elif not token.whole or (token.label.endswith("=") and token.word not in EPOCH | STEP):
            _keep(values, _metric(token), token.text)
    if number is None and step is None:
        bare = _before_a_value(tokens) if role else _counting(tokens)
        if bare is not None and len(bare.text) <= 7:
            # detectron2 pads iterations to seven digits; nobody does so with epochs, and longer ones are dates
            number, step = (None, int(bare.text)) if len(bare.text) == 7 else (int(bare.text), None)
    return Checkpoint(path, number, step, values)


def bare(stem: str) -> str:
    """The number that counts, where no word says so; "" if there is none."""
    token = _counting(list(_tokens(stem)))
    return "" if token is None else token.text


def _keep(values: dict[str, str], name: str, text: str) -> None:
    if name == "" and "" in values:
        name = f"#{sum(key == '' or key.startswith('#') for key in values) + 1}"
    values.setdefault(name, text)


def _metric(token: _Token) -> str:
    """The metric's name before a value: all of the label, without a model's name in front of the first number."""
    label = token.label.strip(_SEPARATORS)
    if not token.first:
        return label
    if token.label.endswith("="):
        return label.rpartition("-")[2]
    words = re.split(r"([-_. ])", label)
    kept: list[str] = []
    for i in range(len(words) - 1, -1, -2):
        if words[i].lower() not in _METRIC_WORDS:
            break
        kept = words[i : i + 2] + kept
    return "".join(kept).strip(_SEPARATORS)


def _counting(tokens: list[_Token]) -> _Token | None:
    """The number that counts, where no word says so: in front, before the first value, or at the end."""
    usable = [token for token in tokens if not token.continued]
    counts = [token for token in usable if token.whole]
    if not counts:
        return None
    if counts[0] is tokens[0] and not counts[0].label:
        return counts[0]
    before = _before_a_value(tokens)
    if before is not None:
        return before
    last = counts[-1]
    alone = not last.joined or (last.word in COUNTED and last.first)
    return last if last.ends and alone and not last.sets else None


def _before_a_value(tokens: list[_Token]) -> _Token | None:
    """The whole number that a value follows: 10 in ``best-10-0.453``."""
    usable = [token for token in tokens if not token.continued]
    for before, value in itertools.pairwise(usable):
        counts = before.whole and not before.sets and (not before.joined or before.word in COUNTED)
        if counts and not value.whole and not value.sets:
            return before
    return None


def words_in(stem: str) -> list[str]:
    """The words of a name, lower case: best and model of ``bestModel``."""
    return [word.lower() for word in _WORD.findall(CAMEL.sub("_", stem))]


def is_metric(name: str) -> bool:
    return any(word.lower() in _METRIC_WORDS - _SPLITS for word in re.findall("[A-Za-z]+[0-9]*", name))
