"""What XGBoost and LightGBM return of their evaluations, as JSON: data set, metric, a value a boosting round.

Written by: ``json.dump(booster.evals_result(), file)`` of XGBoost's scikit-learn interface, ``evals_result=`` and
``lightgbm.record_evaluation``, ``json.dump(lightgbm.cv(…), file)``.
Axis: rounds from 0; round i is the model's first i + 1 trees. XGBoost's best_iteration counts from 0 too, LightGBM's
from 1.
Split: "train" and "training" are the training data; one other data set is the validation data, whatever its name.
Cross-validation: the means over the folds; their standard deviations are left out.
Source: xgboost 3.x callback.EvaluationMonitor, lightgbm 4.x callback.record_evaluation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import HEAD_BYTES, Source, read_bytes
from selectmodel.records import Hint, Note

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "evals_result"
FILES = ("*.json",)
EXAMPLES = (
    (b'{"train": {"logloss": [0.5, 0.25, 0.125]}, "eval": {"logloss": [1.5, 1.25, 1.75]}}', (0, 1, 2)),
    (b'{"valid auc-mean": [0.5, 0.75], "valid auc-stdv": [0.125, 0.25]}', (0, 1)),
)
_TRAIN = frozenset({"train", "training", "learn", "dtrain", "train_set"})
_NESTED = re.compile(rb'\s*\{\s*"[^"\n]{1,60}"\s*:\s*\{\s*"[^"\n]{1,60}"\s*:\s*\[\s*-?[0-9NI]')
_FOLDS = re.compile(rb'\s*\{\s*"[^"\n]{1,80}-(?:mean|stdv|std)"\s*:\s*\[')
_KNOWN = re.compile(
    r"(?:train|training|learn|eval|valid|validation|val|dev|test|dtrain|dtest|dval|dvalid|watch)(?:_?[0-9]{1,3}|_set)?"
)


def sniff(path: Path, head: bytes) -> float:
    """0.8 for lists by data set and metric, or the means of cross-validation; 0 for any other text."""
    if _FOLDS.match(head):
        return 0.8
    if not _NESTED.match(head):
        return 0.0
    if len(head) >= HEAD_BYTES:
        return 0.8
    try:
        return 0.8 if _datasets(json.loads(head)) else 0.0
    except (ValueError, RecursionError):
        return 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError where it is no such text, or lists differ in length."""
    from selectmodel.readers.objects import as_run, json_text

    path = source.paths[0]
    content = json_text.document(read_bytes(source, path), str(path))
    columns = _of_folds(content) or {
        f"{dataset}/{metric}": values
        for dataset, metrics in (_datasets(content) or {}).items()
        for metric, values in metrics.items()
    }
    if not columns:
        raise LogError(f"{path}: holds no lists of numbers by data set and metric")
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in list(lengths.items())[:6])
        raise LogError(f"{path}: its lists differ in length, so nobody knows which rounds they are of: {told}")
    by_round = zip(*columns.values(), strict=True)
    rows = [{"iteration": at, **dict(zip(columns, row, strict=True))} for at, row in enumerate(by_round)]
    message = "rounds count from 0: the model of round i is its first i + 1 trees (LightGBM's best_iteration is i + 1)"
    notes = (Note("SM195", message, path.name),)
    found = json_text.Objects(list(range(1, len(rows) + 1)), rows, notes)
    return as_run.run(found, source, FORMAT, place="row", hints=_hints(columns))


def _datasets(content: Any) -> Mapping[str, Mapping[str, list[Any]]] | None:
    """The text as lists by data set and metric; None where it is anything else."""
    if not isinstance(content, dict) or not content:
        return None
    for name, metrics in content.items():
        if not isinstance(metrics, dict) or not metrics or not (_KNOWN.fullmatch(name) or len(content) > 1):
            return None
        if not all(isinstance(values, list) and not (values and isinstance(values[0], (list, dict)))
                   for values in metrics.values()):  # fmt: skip
            return None
    return content if any(map(_KNOWN.fullmatch, content)) else None


def _of_folds(content: Any) -> dict[str, list[Any]]:
    """The means over folds by "valid/auc"; none where the text is of no cross-validation."""
    if not isinstance(content, dict):
        return {}
    return {
        name.removesuffix("-mean").replace(" ", "/", 1).replace("-", "/", 0 if " " in name else 1): values
        for name, values in content.items()
        if name.endswith("-mean") and isinstance(values, list)
    }


def _hints(columns: Mapping[str, Any]) -> dict[str, Hint]:
    """The training data by name; of the others one alone is the validation data."""
    datasets = list(dict.fromkeys(name.partition("/")[0] for name in columns))
    others = [dataset for dataset in datasets if dataset not in _TRAIN]
    hints = {}
    for name in columns:
        dataset = name.partition("/")[0]
        if dataset in _TRAIN:
            hints[name] = Hint("train", why="the data set is the training data by its name")
        elif len(others) == 1:
            hints[name] = Hint("val", why="the only data set beside the training data")
    return hints
