"""What a checkpoint's file name says: epoch, step, metric values, version, best or last. Text only, nothing is opened.

Sources: Keras ModelCheckpoint templates, Lightning ``format_checkpoint_name``, Hugging Face ``checkpoint-N``,
detectron2, mmengine, timm, fastai, Ultralytics, Stable-Baselines3 and TensorFlow savers, and the names met
in public repositories.
"""

from __future__ import annotations

import re
from dataclasses import replace

from selectmodel.files.checkpoints.numbers import CAMEL, COUNTED, ROLES, STEP, bare, is_metric, numbered, words_in
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
_FOLDER = re.compile(r"(checkpoint|ckpt|epoch|ep|step|iter|global_step)[-_=]?([0-9]{1,15})", re.IGNORECASE)
#: ``checkpoint-epoch7/``, ``unet_epoch_7/``: as many folders of other things are called so.
_WORDS_FIRST = re.compile(r"(?:[A-Za-z][A-Za-z0-9]*[-_.]){1,4}((?:epoch|ep|step|iter|global_step)[-_=]?[0-9]{1,15})")
#: Lightning makes a folder of every "/" in a metric's name: ``model-epoch=01-val/acc=0.64.ckpt``.
CUT_NAME = re.compile(r"(?:epoch|step)=[0-9]", re.IGNORECASE)
_METRIC_FIRST = re.compile(r"[A-Za-z][A-Za-z0-9_@]{0,80}=-?(?:[0-9]|nan|inf)", re.IGNORECASE)
#: ``model-q4_0.gguf``: in how many bits the weights are.
_QUANTISED = re.compile(r"[-_.]i?q[0-9](?:_[0-9a-z]+)*$", re.IGNORECASE)
#: Composer counts batches: ``ep1-ba200-rank0.pt``, or a folder where it is in shards.
_COMPOSER = re.compile(r"ep[0-9]{1,9}-ba([0-9]{1,15})(?:-rank0\.(?:pt|symlink)|-rank0|\.pt)?")
#: Other zip archives beside a log are seldom checkpoints.
_STABLE_BASELINES = re.compile(r"(?:(?P<role>best|final)_model|.{1,200}_(?P<steps>[0-9]{1,15})_steps)\.zip")
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
            else Checkpoint(path, role=ROLES[zipped["role"]])
        )
    if not suffix and not part_of_tf and (not named or _FOLDER.fullmatch(base)):
        return _folder(path, base)
    words = set(words_in(stem))
    if words & _COMPANIONS or _SHARD.search(stem):
        return None
    if suffix in _CONTAINERS and not named and (words & _DATA or not words & _MODEL_WORDS):
        return None
    return _from_stem(path, parts[:-1], stem)


def of_weights(path: str) -> Checkpoint | None:
    """What the name of a folder says that holds weights, where words stand before "epoch" or "step"; else None."""
    found = _WORDS_FIRST.fullmatch(path.rpartition("/")[2])
    item = _folder(path, found[1]) if found else None
    return item and replace(item, path=path)


def is_weights(name: str) -> bool:
    """Whether a file of any name, in the folder of a checkpoint, holds weights and not what is kept beside them."""
    return name.lower().endswith(SUFFIXES) and not set(words_in(name)) & _COMPANIONS


def ending(name: str) -> str:
    """The ending that makes ``name`` that of a checkpoint, lower case; "" if it has none."""
    lower = name.lower()
    return next((known for known in ENDINGS if lower.endswith(known)), "")


def counted_best(path: str) -> int | None:
    """The bare number in the name of a "best" or "last" file (``best_12.pth``): an epoch, a fold or a place."""
    base = path.rpartition("/")[2]
    number = bare(_VERSION.sub("", base[: len(base) - len(ending(base))]))
    return int(number) if 0 < len(number) < 7 else None


def words_of(path: str) -> tuple[str, ...]:
    """What a name without numbers says besides "best", "last" and "model": ``("val", "acc")`` of best_val_acc.pth."""
    base = path.rpartition("/")[2]
    stem = CAMEL.sub("_", base[: len(base) - len(ending(base))])
    words = [word.lower() for word in re.findall("[A-Za-z]+[0-9]*", stem)]
    return tuple(word for word in words if word not in ROLES and word not in COUNTED)


def _folder(path: str, base: str) -> Checkpoint | None:
    """Names without a suffix belong to folders: Hugging Face counts steps in ``checkpoint-500``."""
    found = _FOLDER.fullmatch(base)
    if found:
        word, count = found[1].lower(), int(found[2])
        if word in STEP or word == "global_step" or base.startswith("checkpoint-"):
            return Checkpoint(path, step=count)
        return Checkpoint(path, number=count)
    simple = re.fullmatch(
        r"checkpoint-([0-9]{1,15})-epoch-[0-9]{1,9}", base
    )  # simpletransformers, at the end of an epoch
    if simple:
        return Checkpoint(path, step=int(simple[1]))
    role = re.fullmatch(r"(?:model|checkpoint)[-_](best|last|latest|final)", base)
    return Checkpoint(path, role=ROLES[role[1]]) if role else None


def _from_stem(path: str, folders: list[str], stem: str) -> Checkpoint | None:
    stem = _QUANTISED.sub("", stem)
    version = _VERSION.search(stem)
    if version:
        stem = stem[: version.start()]
    cut = next((i for i, folder in enumerate(folders) if CUT_NAME.search(folder)), None)
    if cut is not None and _METRIC_FIRST.match(stem):
        stem = "/".join([*folders[cut:], stem])
    found = numbered(path, stem)
    words = words_in(stem)
    role = next((ROLES[word] for word in words if word in ROLES), None)
    if found.number is None and found.step is None:
        inside = _FOLDER.fullmatch(folders[-1]) if folders else None
        if role is None and inside:
            outer = _folder(folders[-1], folders[-1])
            return replace(outer, path=path) if outer else None
        if role is None and not any(is_metric(name) for name in found.values):
            return None
    return replace(found, version=int(version[1]) if version else 0, role=role or "epoch")
