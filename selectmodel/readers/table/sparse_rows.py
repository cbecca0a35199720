"""A log of sparse rows (Lightning): which rows belong to training, validation and test, by what stands beside what.

One epoch spreads over many rows, each written by one call of the logger; so metrics in one row were logged together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from selectmodel.metrics.after_fit import begun_after
from selectmodel.metrics.words import take_apart
from selectmodel.readers.table.headers import tokens
from selectmodel.records import Bools, Floats, Hint, Ints, Split

_MONITORS = frozenset(("lr", "learning", "momentum", "wd", "hp", "gpu", "cpu", "memory", "grad"))


class Layout(NamedTuple):
    """What the rows tell.

    Attributes:
        hints: split of metrics whose name has none, from the metrics that stand in the same rows.
        after_fit: (rows,) validation rows that validate() or test() wrote after the fit.
        foreign: (rows,) rows of test() in which metrics without a split in their name are not training's.
    """

    hints: Mapping[str, Hint]
    after_fit: Bools
    foreign: Bools


def split_of(name: str) -> Split | None:
    """The split a metric's name tells, None if it tells none."""
    return take_apart(name).split


def is_monitor(name: str) -> bool:
    """Whether a column is written by a monitor (learning rate, devices) or a placeholder, beside any split."""
    return bool(_MONITORS.intersection(tokens(name)[:1]))


def layout(present: Mapping[str, Bools], epochs: Floats, steps: Ints) -> Layout:
    """The layout of n rows: ``present`` (n,) for each metric, ``epochs`` (n,) NaN where blank, ``steps`` (n,)."""
    n = len(steps)
    rows: dict[Split, Bools] = {split: np.zeros(n, dtype=np.bool_) for split in ("train", "val", "test")}
    unnamed = {}
    for name, filled in present.items():
        split = "train" if split_of(name) is None and name.endswith("_step") else split_of(name)
        if split is not None:
            rows[split] |= filled
        elif not is_monitor(name):
            unnamed[name] = filled
    late = _late(unnamed, rows["train"])
    # loss beside val_loss in one row is training's: old versions merge what is logged at one step.
    twins = {_base(name) for name in present if split_of(name) == "val"}
    for name in [name for name in unnamed if _base(name) in twins and name not in late]:
        rows["train"] |= unnamed.pop(name) & ~rows["test"]
    hints = {}
    for name, filled in unnamed.items():
        hint = _hint(filled, rows)
        if hint is not None:
            hints[name] = hint
    validation = rows["val"].copy()
    training = rows["train"].copy()
    for name, filled in unnamed.items():
        if name in late or (name in hints and hints[name].split == "val"):
            validation |= filled
        elif name not in hints or hints[name].split == "train":
            training |= filled & ~rows["val"] & ~rows["test"]
    judged = np.array([filled for name, filled in present.items() if split_of(name) == "val" or _is_val(hints, name)])
    tested = np.logical_or.reduce([present[name] for name in late]) if late else np.zeros(n, dtype=np.bool_)
    after = _after_fit(validation & ~training, training, judged, tested & ~rows["val"], epochs, steps)
    return Layout(hints, after, rows["test"] & ~rows["train"] & ~rows["val"])


def _late(unnamed: Mapping[str, Bools], training: Bools) -> frozenset[str]:
    """Metrics without a split in their name that stand only below the last row of training: those of test()."""
    if not unnamed:
        return frozenset()
    places = {name: np.flatnonzero(filled) for name, filled in unnamed.items()}
    return begun_after({**places, "": np.flatnonzero(training)}, [""], unnamed)


def _base(name: str) -> str:
    """The words of a metric's name without its split and Lightning's suffix."""
    return take_apart(name.removesuffix("_epoch")).base


def _is_val(hints: Mapping[str, Hint], name: str) -> bool:
    return name in hints and hints[name].split == "val"


def _hint(filled: Bools, rows: Mapping[Split, Bools]) -> Hint | None:
    for split in ("val", "test", "train"):
        beside = rows[split]
        others = np.logical_or.reduce([rows[other] for other in rows if other != split])
        if filled.any() and np.all(beside[filled]) and not np.any(others[filled]):
            return Hint(split=split, why=f"is logged only in rows that also hold {split} metrics")
    return None


def _after_fit(validation: Bools, training: Bools, judged: Bools, tested: Bools, epochs: Floats, steps: Ints) -> Bools:
    """(n,) validation rows that validate() or test() wrote after the fit; ``tested`` hold what comes up there alone.

    fit() validates every so many steps; validate() comes sooner after the last validation than the next one could,
    or names an epoch that no training row has. Only rows after the last training row can be such. A training that is
    logged rarely, or is still running, has rightful validations there too: those keep the distance.
    """
    after = np.zeros(len(steps), dtype=np.bool_)
    last_training = len(training) - 1 - int(np.argmax(training[::-1])) if training.any() else -1
    trained = epochs[training]
    trained = trained[np.append(True, trained[1:] != trained[:-1])[: len(trained)]]  # an epoch has many rows
    trained = trained[np.isfinite(trained)]
    beyond = epochs > trained.max() if len(trained) else np.zeros(len(steps), dtype=np.bool_)
    trained_to = int(steps[training].max()) if training.any() else -1
    regular = np.all(np.isin(epochs[validation & ~beyond], trained))
    events: list[int] = []
    known: dict[bool, set[int]] = {True: set(), False: set()}
    rows = np.flatnonzero(validation).tolist()
    # Up to the last training row none is suspected; only the intervals are wanted of them.
    sure = [row for row in rows if row <= last_training]
    _note_intervals(known, sure, epochs, steps)
    events += sure
    for row in rows[len(sure) :]:
        # Without any training row only the very last event is suspected.
        suspected = row > last_training if last_training >= 0 else row == rows[-1]
        if suspected and events:
            apart = int(steps[row] - steps[events[-1]])
            again = np.any(judged[:, events[-1]] & judged[:, row]) or (tested[row] and len(events) > 1)
            if apart == 0 and not again:
                continue
            close = 0 <= apart < _interval(known[bool(epochs[row] != epochs[events[-1]])])
            newly = int(steps[row]) - max(trained_to, int(steps[events[-1]]))
            after[row] = close or (regular and bool(beyond[row]) and newly in (0, 1))
        elif suspected and beyond[row]:
            after[row] = steps[row] - trained_to in (0, 1)
        if not after[row]:
            _note_interval(known, events, row, epochs, steps)
            events.append(row)
    return after


def _note_interval(known: dict[bool, set[int]], events: list[int], row: int, epochs: Floats, steps: Ints) -> None:
    """Adds the steps between the last validation and ``row`` to those known between two epochs, or within one."""
    if not events:
        # The first epoch ran from step 0; unless it holds more validations it is as long as the others.
        known[True].update([int(steps[row]) + 1] if epochs[row] == 0 else [])
        return
    crossing = bool(epochs[row] != epochs[events[-1]])
    if len(events) == 1 and not crossing:
        known[True].clear()
    known[crossing].add(int(steps[row] - steps[events[-1]]))


def _note_intervals(known: dict[bool, set[int]], rows: list[int], epochs: Floats, steps: Ints) -> None:
    """What ``_note_interval`` notes for one event after the other."""
    for at in range(min(3, len(rows))):
        _note_interval(known, rows[:at], rows[at], epochs, steps)
    later = np.array(rows[2:], dtype=np.int64)
    apart, crossing = np.diff(steps[later]), epochs[later[1:]] != epochs[later[:-1]]
    for between in (True, False):
        known[between].update(apart[crossing == between].tolist())


def _interval(known: set[int]) -> int:
    """The steps between two validations; 2 if they vary or none is known."""
    return next(iter(known)) if len(known) == 1 else 2
