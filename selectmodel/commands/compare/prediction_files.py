"""Reads two files of predictions and matches their examples by id, strictly: nothing is left out silently."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from selectmodel.errors import LogError, UsageError
from selectmodel.files import opening
from selectmodel.files.folders import is_folder
from selectmodel.records import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 1024 * 1024 * 1024
_IDS = ("id", "example_id", "example", "sample_id", "sample", "image_id", "index", "key")
_LABELS = ("label", "labels", "target", "y_true", "true", "truth", "true_label")
_PREDICTIONS = ("prediction", "predictions", "predicted", "pred", "y_pred", "predicted_label")
_PROBABILITIES = ("probability", "prob", "proba", "score", "y_prob", "y_score")
_PREFIXES = ("p_", "prob_", "proba_", "probability_")


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The examples that both files hold, in the order of the first. (n,) each.

    ``labels``, ``first`` and ``second`` number the classes 0 … ``classes`` - 1; ``first_true`` and ``second_true`` are
    the probabilities given to the true class, None where a file has none.
    """

    ids: tuple[str, ...]
    labels: Ints
    first: Ints
    second: Ints
    classes: int
    first_true: Floats | None
    second_true: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class _PredictionFile:
    path: Path
    ids: Any
    labels: Any
    predicted: Any
    true_class: Floats | None


def match(one: Path, other: Path) -> Matched:
    """Both files, example by example. Raises LogError, with the numbers, where they do not hold the same examples."""
    first, second = _read(one), _read(other)
    import pandas as pd

    place = pd.Series(np.arange(len(second.ids)), index=pd.Index(second.ids)).reindex(first.ids).to_numpy()
    missing = int(np.isnan(place).sum())
    extra = len(second.ids) - (len(first.ids) - missing)
    if missing or extra:
        raise LogError(
            f"{other}: does not hold the same examples as {one}: {missing:,} of its {len(first.ids):,} are missing, "
            f"{extra:,} others are there"
        )
    order = place.astype(np.int64)
    differing = np.flatnonzero(first.labels != second.labels[order])
    if len(differing):
        which = ", ".join(str(first.ids[i]) for i in differing[:3])
        raise LogError(f"{other}: has other labels than {one} for {len(differing):,} examples (ids {which}, …)")
    codes, names = pd.factorize(np.concatenate([first.labels, first.predicted, second.predicted[order]]))
    labels, one_codes, other_codes = np.split(codes.astype(np.int64), 3)
    return Matched(
        ids=tuple(str(name) for name in first.ids),
        labels=labels,
        first=one_codes,
        second=other_codes,
        classes=len(names),
        first_true=first.true_class,
        second_true=None if second.true_class is None else second.true_class[order],
    )


def _read(path: Path) -> _PredictionFile:
    table = _table(path)
    names = {str(name).strip().lower(): name for name in table.columns}
    ids = _column(path, table, names, _IDS, "id")
    labels = _column(path, table, names, _LABELS, "label")
    if not len(table):
        raise LogError(f"{path}: holds no examples")
    _refuse_empty(path, ids, "id")
    _refuse_empty(path, labels, "label")
    repeated = ids[ids.duplicated()]
    if len(repeated):
        which = ", ".join(repeated.unique()[:3])
        raise LogError(f"{path}: {len(repeated):,} ids stand there more than once ({which})")
    by_class = _by_class(path, table, names)
    predicted = next((table[names[name]] for name in _PREDICTIONS if name in names), None)
    if by_class is None:
        by_class = _of_two(path, table, names, labels)
    if predicted is None and by_class is None:
        raise LogError(f"{path}: has no column of predictions; allowed are prediction, p_<class> …, or probability")
    chosen = _plain(predicted) if predicted is not None else _likeliest(by_class or {})
    if predicted is not None:
        _refuse_empty(path, chosen, "prediction")
    true_class = None if by_class is None else _of_true(path, by_class, labels)
    return _PredictionFile(path, ids.to_numpy(), labels.to_numpy(), np.asarray(chosen), true_class)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    if is_folder(path):
        raise LogError(f"{path}: is a folder; name a file of predictions")
    with opening.opened(path) as file:
        content = file.read(4)
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise LogError(f"{path}: is larger than {MAX_BYTES:,} bytes")
    if not content:
        raise LogError(f"{path}: is empty")
    try:
        if content == b"PAR1":
            return pd.read_parquet(path)
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", low_memory=False)
        if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first of too many cells for an index
            raise ValueError("every row has more cells than the header")
        return table
    except ImportError:
        raise UsageError(f"{path}: Parquet needs pyarrow: pip install 'selectmodel[parquet]'") from None
    except Exception as failure:  # pandas and pyarrow raise errors of many kinds for a file that is not one of theirs
        raise LogError(f"{path}: is no CSV or Parquet table ({str(failure).strip()[:200]})") from None


def _column(
    path: Path, table: pd.DataFrame, names: dict[str, Any], allowed: Sequence[str], what: str
) -> pd.Series[str]:
    found = [name for name in allowed if name in names]
    if not found:
        there = ", ".join(map(str, table.columns[:12]))
        raise LogError(f"{path}: has no column {what} (nor {', '.join(allowed[1:4])}); it has {there}")
    return _plain(table[names[found[0]]])


def _plain(column: pd.Series[Any]) -> pd.Series[str]:
    """The values as text; 3.0 as 3, because one file may hold whole numbers where the other has floats."""
    text = column.astype(str).str.strip()
    return text.str.replace(r"^(-?[0-9]{1,15})\.0{1,6}$", r"\1", regex=True)


def _refuse_empty(path: Path, column: pd.Series[str], what: str) -> None:
    empty = int(column.str.lower().isin(["", "nan", "none", "<na>"]).sum())
    if empty:
        raise LogError(f"{path}: {empty:,} of {len(column):,} examples have no {what}")


def _by_class(path: Path, table: pd.DataFrame, names: dict[str, Any]) -> dict[str, Floats] | None:
    for prefix in _PREFIXES:
        found = {str(name).strip()[len(prefix) :]: name for low, name in names.items() if low.startswith(prefix)}
        if len(found) > 1:
            numbers = {label: _numbers(path, table[name], str(name)) for label, name in found.items()}
            total = sum(numbers.values(), np.zeros(len(table)))
            off = int((np.abs(total - 1) > 0.01).sum())
            if off:
                raise LogError(f"{path}: the probabilities of {off:,} examples do not add up to 1 (0.99 to 1.01)")
            return numbers
    return None


def _of_two(path: Path, table: pd.DataFrame, names: dict[str, Any], labels: pd.Series[str]) -> dict[str, Floats] | None:
    """One column of probabilities belongs to class 1 of labels 0 and 1."""
    found = next((names[name] for name in _PROBABILITIES if name in names), None)
    if found is None:
        return None
    others = sorted(set(labels.unique()) - {"0", "1"})
    if others:
        raise LogError(f"{path}: {found} is of class 1, but there are labels {', '.join(others[:3])}; give p_<class>")
    one = _numbers(path, table[found], str(found))
    return {"0": 1 - one, "1": one}


def _numbers(path: Path, column: pd.Series[Any], name: str) -> Floats:
    import pandas as pd

    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    bad = int((~((values >= 0) & (values <= 1))).sum())
    if bad:
        raise LogError(f"{path}: {name}: {bad:,} of {len(values):,} values are no probabilities in 0..1")
    return values


def _likeliest(by_class: dict[str, Floats]) -> Any:
    """The class of the highest probability, the first of equals; 0.5 of two classes is class 1."""
    labels = list(by_class)
    if labels == ["0", "1"]:
        return np.where(by_class["1"] >= 0.5, "1", "0").astype(object)
    return np.array(labels, dtype=object)[np.stack([by_class[label] for label in labels]).argmax(axis=0)]


def _of_true(path: Path, by_class: dict[str, Floats], labels: pd.Series[str]) -> Floats:
    unknown = sorted(set(labels.unique()) - set(by_class))
    if unknown:
        raise LogError(
            f"{path}: no probability column for label {', '.join(unknown[:3])}; it has {', '.join(by_class)}"
        )
    true = np.full(len(labels), np.nan)
    for label, values in by_class.items():
        mine = (labels == label).to_numpy()
        true[mine] = values[mine]
    return true
