"""Which column tells the rows of one epoch or step apart: a process, a fold, a seed, a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.display import numbers
from selectmodel.metrics.vocabulary import word_set
from selectmodel.readers.table.axis import Ticks
from selectmodel.readers.table.cells import Cells, Column
from selectmodel.readers.table.headers import tokens
from selectmodel.records import Floats, Ints

_PROCESSES = word_set(
    """rank local_rank global_rank node_rank gpu gpu_id process process_id process_index proc worker worker_id device
    device_id replica replica_id node host shard"""
)
_TRAININGS = word_set(
    """fold folds fold_id fold_idx kfold k_fold cv cv_fold split_id seed seeds random_seed rng_seed repeat repeats rep
    repetition replicate trial trial_id attempt run run_id run_name member ensemble_member model model_name
    experiment exp_name config name"""
)
#: A text column is looked at in no longer table, and no column tells more repeats apart.
_MOST_ROWS, _MOST = 100_000, 1000


class Grouping(NamedTuple):
    """What tells the rows of one label apart: (m,) which of ``values`` each row has.

    ``names`` are the columns. ``apart``: the rows cannot be one course: the names are of folds, seeds and the like, or
    the values are words. A column of numbers that no word tells may count the evaluations of an epoch.
    """

    names: tuple[str, ...]
    which: Ints
    values: tuple[str, ...]
    apart: bool = True


def trainings(placed: Ticks, columns: Mapping[str, Column], texts: Mapping[str, Sequence[str]]) -> Grouping | None:
    """The folds, seeds or whatever else rows of one label belong to; None where no column tells.

    Each begins where the others do: what goes on from another is the same training, resumed.
    """
    found = [name for name in columns if _TRAININGS.intersection(_named(name))]
    codes = [(name, codes) for name in found if (codes := _codes(columns[name], texts[name], placed.rows))]
    several = [(name, one) for name, one in codes if len(one.values) > 1]
    if several:
        pairs, which = np.unique(np.stack([one.which for _, one in several]), axis=1, return_inverse=True)
        values = [", ".join(one.values[at] for at, (_, one) in zip(pair, several, strict=True)) for pair in pairs.T]
        told = Grouping(tuple(name for name, _ in several), which.reshape(-1), tuple(values))
        if len(values) <= _MOST and _begin_together(placed.labels, told):
            return told
    if not stand_together(placed.labels):
        return None
    others = [name for name in columns if not (_PROCESSES | _TRAININGS).intersection(_named(name))]
    other = _alone(others, placed, columns, texts)
    if other is None:
        return None
    return other._replace(apart=not columns[other.names[0]].present.any())


def processes(placed: Ticks, columns: Mapping[str, Column], texts: Mapping[str, Sequence[str]]) -> Grouping | None:
    """The processes of one training, which each write a row; None where no column tells."""
    return _alone([name for name in columns if _PROCESSES.intersection(_named(name))], placed, columns, texts)


def _begin_together(labels: Floats, told: Grouping) -> bool:
    """Whether each of the values has rows of the first label, and more than one."""
    first = np.unique(told.which[labels == labels.min()])
    return len(first) == len(told.values) and bool((np.bincount(told.which) >= 2).all())


def _alone(
    names: Sequence[str], placed: Ticks, columns: Mapping[str, Column], texts: Mapping[str, Sequence[str]]
) -> Grouping | None:
    """The first column each of whose values stands once with a label, and with most of them."""
    starts, n = starts_of(placed.labels), len(placed.labels)
    if stand_together(placed.labels):
        labels = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, n)))
    else:
        labels = np.unique(placed.labels, return_inverse=True)[1]
    for name in names:
        found = _codes(columns[name], texts[name], placed.rows)
        if found is None or not 2 <= len(found.values) <= _MOST:
            continue
        pairs = labels * len(found.values) + found.which
        held = np.bincount(found.which, minlength=len(found.values))
        if len(np.unique(pairs)) == len(pairs) and held.min() >= 2 and 2 * held.min() > labels.max() + 1:
            return found._replace(names=(name,))
    return None


def _codes(column: Column, cells: Sequence[str], rows: Ints) -> Grouping | None:
    """The values of a column that holds a whole number, or a word, in each row."""
    if column.present[rows].all():
        values = column.values[rows]
        if not (np.isfinite(values).all() and (values == np.floor(values)).all()):
            return None
        different, which = np.unique(values, return_inverse=True)
        return Grouping((), which, tuple(map(numbers.label, different)))
    if isinstance(cells, Cells) or column.present.any() or len(rows) > _MOST_ROWS:
        return None
    words = [cells[row] for row in rows.tolist()]
    found, which = np.unique(np.array(words), return_inverse=True)
    return Grouping((), which, tuple(map(str, found))) if all(words) else None


def _named(name: str) -> tuple[str, str]:
    return "_".join(tokens(name)), "_".join(tokens(name.rpartition("/")[2]))


def stand_together(labels: Floats) -> bool:
    """Whether most rows (m,) of one label stand together, not in a block for each value of another column."""
    return 2 * len(starts_of(labels)) <= len(labels)


def starts_of(labels: Floats) -> Ints:
    """(g,) where each group of adjacent rows of one label begins."""
    return np.flatnonzero(np.append(True, labels[1:] != labels[:-1])[: len(labels)])
