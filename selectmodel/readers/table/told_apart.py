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
    repetition replicate trial trial_id attempt run run_id member ensemble_member"""
)
#: A text column is looked at in no longer table, and no column tells more repeats apart.
_MOST_ROWS, _MOST = 100_000, 1000


class Told(NamedTuple):
    """A column that tells the rows of one label apart: (m,) which of ``values`` each row has."""

    name: str
    which: Ints
    values: tuple[str, ...]

    @property
    def processes(self) -> bool:
        """Whether it tells the processes of one training apart."""
        return bool(_PROCESSES.intersection(_named(self.name)))


def told_apart(placed: Ticks, columns: Mapping[str, Column], texts: Mapping[str, Sequence[str]]) -> Told | None:
    """The column that tells the rows of one label apart, if one does: each of its values stands once with a label."""
    adjacent = stand_together(placed.labels)
    if adjacent:
        labels = np.repeat(*_numbered(starts_of(placed.labels), len(placed.labels)))
    else:
        labels = np.unique(placed.labels, return_inverse=True)[1]
    for name, column in columns.items():
        known = (_PROCESSES | _TRAININGS).intersection(_named(name))
        if not known and not adjacent:
            continue
        which = _codes(column, texts[name], placed.rows)
        if which is None or not 2 <= len(which.values) <= _MOST:
            continue
        pairs = labels * len(which.values) + which.which
        held = np.bincount(which.which, minlength=len(which.values))
        if len(np.unique(pairs)) == len(pairs) and held.min() >= 2 and 2 * held.min() > labels.max() + 1:
            return which._replace(name=name)
    return None


def _codes(column: Column, cells: Sequence[str], rows: Ints) -> Told | None:
    """The values of a column that holds a whole number, or a word, in each row."""
    if column.present[rows].all():
        values = column.values[rows]
        if not (np.isfinite(values).all() and (values == np.floor(values)).all()):
            return None
        different, which = np.unique(values, return_inverse=True)
        return Told("", which, tuple(map(numbers.label, different)))
    if isinstance(cells, Cells) or column.present.any() or len(rows) > _MOST_ROWS:
        return None
    words = [cells[row] for row in rows.tolist()]
    found, which = np.unique(np.array(words), return_inverse=True)
    return Told("", which, tuple(map(str, found))) if all(words) else None


def _named(name: str) -> tuple[str, str]:
    return "_".join(tokens(name)), "_".join(tokens(name.rpartition("/")[2]))


def stand_together(labels: Floats) -> bool:
    """Whether most rows of one label stand one below the other, not in a block for each value of another column."""
    return 2 * len(starts_of(labels)) <= len(labels)


def _numbered(starts: Ints, n: int) -> tuple[Ints, Ints]:
    """The numbers of groups that begin at ``starts`` (k,) of n rows, and how many rows each has."""
    return np.arange(len(starts)), np.diff(np.append(starts, n))


def starts_of(labels: Floats) -> Ints:
    """Where a group of adjacent rows of one label begins."""
    return np.flatnonzero(np.append(True, labels[1:] != labels[:-1])[: len(labels)])
