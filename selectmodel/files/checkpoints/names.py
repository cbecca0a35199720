"""What a checkpoint's file name says: epoch, step, metric values, version, best or last. Text only, nothing is opened.

Sources: Keras ModelCheckpoint templates, Lightning ``format_checkpoint_name``, Hugging Face ``checkpoint-N``,
detectron2, mmengine, timm, fastai, Ultralytics, Stable-Baselines3 and TensorFlow savers, and the names met
in public repositories.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from selectmodel.records import Checkpoint

MAX_NAME = 1024
#: Longest first, so that ``.weights.h5`` is not read as ``.h5`` after a word "weights".
SUFFIXES = (
    ".weights.h5", ".safetensors", ".pth.tar", ".pt.tar", ".pdparams", ".msgpack", ".params", ".keras", ".hdf5",
    ".ckpt", ".pth", ".bin", ".h5", ".pt",
)  # fmt: skip
#: Endings of models of other libraries, and of models that were exported.
_MODELS = (
    ".torchscript", ".caffemodel", ".weights", ".engine", ".tflite", ".mlmodel", ".model", ".chkpt", ".onnx", ".nemo",
    ".gguf", ".eqx", ".jit", ".pt2", ".mar", ".cbm", ".ubj", ".t7", ".pb",
)  # fmt: skip
#: Endings that data have as often as models: only with a word of models in the name.
_CONTAINERS = (".tar.gz", ".joblib", ".pickle", ".pkl", ".npz", ".zip", ".tar", ".sav")
#: All endings; a file stands back behind one of the same stem whose ending comes earlier here.
ENDINGS = (*SUFFIXES, *_MODELS, *_CONTAINERS)
_ANY_ENDING = re.compile(r"(?<=.)\.[A-Za-z][A-Za-z0-9_]{0,15}$")
_MODEL_WORDS = frozenset({
    "m", "model", "ckpt", "cp", "checkpoint", "weights", "weight", "net", "network", "snapshot", "params", "epoch",
    "ep", "step", "steps", "iter", "iters", "iteration", "policy", "agent", "booster", "classifier", "clf",
    "regressor", "estimator", "best", "last", "latest", "final",
})  # fmt: skip
#: ``model.ckpt-280.index`` and its kin are parts of one TensorFlow checkpoint, ``model.ckpt-280``.
_TF_PART = re.compile(r"\.(?:index|meta|data-[0-9]{5}-of-[0-9]{5})$")
_SHARD = re.compile(r"-[0-9]{5}-of-[0-9]{5}$")
_VERSION = re.compile(r"-v([0-9]{1,6})$")
#: Stable-Baselines3 counts behind: ``rl_model_10000_steps``.
_STEPS_BEHIND = re.compile(r"(?:^|[-_])([0-9]{1,15})[-_](?:steps|timesteps|iters|iterations)$", re.IGNORECASE)
_FOLDER = re.compile(r"(checkpoint|ckpt|epoch|ep|step|iter|global_step)[-_=]?([0-9]{1,15})", re.IGNORECASE)
#: Lightning makes a folder of every "/" in a metric's name: ``model-epoch=01-val/acc=0.64.ckpt``.
CUT_NAME = re.compile(r"(?:epoch|step)=[0-9]", re.IGNORECASE)
_METRIC_FIRST = re.compile(r"[A-Za-z][A-Za-z0-9_@]{0,80}=-?(?:[0-9]|nan|inf)", re.IGNORECASE)
#: ``12.0.35`` is 12 and 0.35; otherwise a number with its decimals and exponent.
_NUMBER = re.compile(
    r"[0-9]+(?=\.[0-9]+\.[0-9])|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3}(?![0-9A-Za-z]))?|(?<==)-?(?:nan|inf)(?![a-z])"
)
#: The digits of f1, top5, r2 and mAP50 are part of a metric's name.
_NUMBERED = re.compile(r"(?<![A-Za-z])(?:f|top|r|map|ap|iou|rouge|hits|ndcg)$", re.IGNORECASE)
#: ``model-q4_0.gguf``: in how many bits the weights are.
_QUANTISED = re.compile(r"[-_.]i?q[0-9](?:_[0-9a-z]+)*$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
#: Composer counts batches: ``ep1-ba200-rank0.pt``, or a folder where it is in shards.
_COMPOSER = re.compile(r"ep[0-9]{1,9}-ba([0-9]{1,15})(?:-rank0\.(?:pt|symlink)|-rank0|\.pt)?")
#: Other zip archives beside a log are seldom checkpoints.
_STABLE_BASELINES = re.compile(r"(?:(?P<role>best|final)_model|.{1,200}_(?P<steps>[0-9]{1,15})_steps)\.zip")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_SEPARATORS = "-_=:. /()[]"
_EPOCH = frozenset({"epoch", "ep", "e", "epochs"})
_STEP = frozenset({"step", "steps", "globalstep", "iter", "iters", "iteration", "iterations", "it"})
_ROLES: dict[str, Literal["best", "last"]] = {
    "best": "best", "last": "last", "latest": "last", "final": "last", "recovery": "last",
}  # fmt: skip
_COMPANIONS = frozenset({
    "optimizer", "optimizers", "optim", "scheduler", "schedulers", "sched", "scaler", "sampler", "rng", "random",
    "args", "predictions", "dataset", "tokenizer", "history",
})  # fmt: skip
#: What else is kept in such containers, epoch by epoch.
_DATA = frozenset({
    "preds", "pred", "prediction", "outputs", "output", "features", "feature", "embeddings", "embedding", "logits",
    "labels", "label", "results", "result", "metrics", "log", "logs", "data", "images", "image", "samples", "sample",
    "cache", "vocab", "encoder", "stats", "confusion", "roc", "replay", "buffer", "vecnormalize", "split", "grad",
})  # fmt: skip
#: A digit may follow these directly: ``m01``, ``ckpt12``; after other words it belongs to them (``resnet50``).
_COUNTED = frozenset({"m", "model", "ckpt", "cp", "checkpoint", "weights", "weight", "net", "snapshot"})
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


def parse(name: str, *, named: bool = False) -> Checkpoint | None:
    """What ``name``, a path relative to a folder with ``/``, says of a checkpoint; None if it is no checkpoint name.

    Names that carry neither a number, a metric's value, "best" nor "last" are none, and so are a checkpoint's
    companions (``optimizer.pt``, ``rng_state_0.pth``), shards, and paths that leave the folder. Of a file that the user
    has ``named`` any ending counts.
    """
    parts = name.split("/")
    if len(name) > MAX_NAME or "\0" in name or ".." in parts or not parts[-1]:
        return None
    base = _TF_PART.sub("", parts[-1])
    part_of_tf = base != parts[-1]
    suffix = ending(base)
    if not suffix and named and not _FOLDER.fullmatch(base):
        found = _ANY_ENDING.search(base)
        suffix = found[0] if found else ""
    stem = base[: len(base) - len(suffix)]
    path = "/".join([*parts[:-1], base])
    tf_step = re.search(r"\.ckpt-([0-9]{1,15})$", base)
    if tf_step:
        return Checkpoint(path, step=int(tf_step[1]))
    composed = _COMPOSER.fullmatch(base)
    if composed:
        return Checkpoint(path, step=int(composed[1]))
    zipped = _STABLE_BASELINES.fullmatch(base)
    if zipped:
        return (
            Checkpoint(path, step=int(zipped["steps"]))
            if zipped["steps"]
            else Checkpoint(path, role=_ROLES[zipped["role"]])
        )
    if not suffix and not part_of_tf and (not named or _FOLDER.fullmatch(base)):
        return _folder(path, base)
    words = set(_words(stem))
    if words & _COMPANIONS or _SHARD.search(stem):
        return None
    if suffix in _CONTAINERS and not named and (words & _DATA or not words & _MODEL_WORDS):
        return None
    return _from_stem(path, parts[:-1], stem)


def ending(name: str) -> str:
    """The ending that makes ``name`` that of a checkpoint, lower case; "" if it has none."""
    lower = name.lower()
    return next((known for known in ENDINGS if lower.endswith(known)), "")


def counted_best(path: str) -> int | None:
    """The bare number in the name of a "best" or "last" file (``best_12.pth``): an epoch, a fold or a place."""
    base = path.rpartition("/")[2]
    token = _bare(list(_tokens(_VERSION.sub("", base[: len(base) - len(ending(base))]))))
    return int(token.text) if token is not None and len(token.text) < 7 else None


def words_of(path: str) -> tuple[str, ...]:
    """What a name without numbers says besides "best", "last" and "model": ``("val", "acc")`` of best_val_acc.pth."""
    base = path.rpartition("/")[2]
    stem = _CAMEL.sub("_", base[: len(base) - len(ending(base))])
    words = [word.lower() for word in re.findall("[A-Za-z]+[0-9]*", stem)]
    return tuple(word for word in words if word not in _ROLES and word not in _COUNTED)


def _folder(path: str, base: str) -> Checkpoint | None:
    """Names without a suffix belong to folders: Hugging Face counts steps in ``checkpoint-500``."""
    found = _FOLDER.fullmatch(base)
    if found:
        word, count = found[1].lower(), int(found[2])
        if word in _STEP or word == "global_step" or base.startswith("checkpoint-"):
            return Checkpoint(path, step=count)
        return Checkpoint(path, number=count)
    simple = re.fullmatch(
        r"checkpoint-([0-9]{1,15})-epoch-[0-9]{1,9}", base
    )  # simpletransformers, at the end of an epoch
    if simple:
        return Checkpoint(path, step=int(simple[1]))
    role = re.fullmatch(r"(?:model|checkpoint)[-_](best|last|latest|final)", base)
    return Checkpoint(path, role=_ROLES[role[1]]) if role else None


def _from_stem(path: str, folders: list[str], stem: str) -> Checkpoint | None:
    stem = _QUANTISED.sub("", stem)
    version = _VERSION.search(stem)
    if version:
        stem = stem[: version.start()]
    cut = next((i for i, folder in enumerate(folders) if CUT_NAME.search(folder)), None)
    if cut is not None and _METRIC_FIRST.match(stem):
        stem = "/".join([*folders[cut:], stem])
    found = _numbers(path, list(_tokens(stem)), stem)
    words = _words(stem)
    role = next((_ROLES[word] for word in words if word in _ROLES), None)
    if found.number is None and found.step is None:
        inside = _FOLDER.fullmatch(folders[-1]) if folders else None
        if role is None and inside:
            outer = _folder(folders[-1], folders[-1])
            return replace(outer, path=path) if outer else None
        if role is None and not any(_is_metric(name) for name in found.values):
            return None
    return replace(found, version=int(version[1]) if version else 0, role=role or "epoch")


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


def _numbers(path: str, tokens: list[_Token], stem: str) -> Checkpoint:
    number = step = None
    values: dict[str, str] = {}
    role = any(word in _ROLES for word in _words(stem))
    behind = _STEPS_BEHIND.search(stem)
    if behind:
        return Checkpoint(path, step=int(behind[1]))
    for token in tokens:
        if token.continued or len(token.text) > 15 + len(token.text.partition(".")[2]):
            continue
        if token.whole and token.marked and token.word in _EPOCH and number is None:
            number = int(token.text)
        elif token.whole and token.marked and token.word in _STEP and step is None:
            step = int(token.text)
        elif token.sets:
            continue
        elif not token.whole or (token.label.endswith("=") and token.word not in _EPOCH | _STEP):
            _keep(values, _metric(token), token.text)
    if number is None and step is None:
        bare = _before_a_value(tokens) if role else _bare(tokens)
        if bare is not None and len(bare.text) <= 7:
            # detectron2 pads iterations to seven digits; nobody does so with epochs, and longer ones are dates
            number, step = (None, int(bare.text)) if len(bare.text) == 7 else (int(bare.text), None)
    return Checkpoint(path, number, step, values)


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


def _bare(tokens: list[_Token]) -> _Token | None:
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
    alone = not last.joined or (last.word in _COUNTED and last.first)
    return last if last.ends and alone and not last.sets else None


def _before_a_value(tokens: list[_Token]) -> _Token | None:
    """The whole number that a value follows: 10 in ``best-10-0.453``."""
    usable = [token for token in tokens if not token.continued]
    for before, value in itertools.pairwise(usable):
        counts = before.whole and not before.sets and (not before.joined or before.word in _COUNTED)
        if counts and not value.whole and not value.sets:
            return before
    return None


def _words(stem: str) -> list[str]:
    """The words of a name, lower case: best and model of ``bestModel``."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub("_", stem))]


def _is_metric(name: str) -> bool:
    return any(word.lower() in _METRIC_WORDS - _SPLITS for word in re.findall("[A-Za-z]+[0-9]*", name))
