"""Which checkpoint belongs to which candidate of a run, by step where names and log have one, else by epoch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from selectmodel import registry
from selectmodel.files.checkpoints.epoch_offset import NAMES, settle
from selectmodel.files.checkpoints.logged_values import Log, explains, understood, valued_at
from selectmodel.records import Checkpoint, Floats, Ints, Note


@dataclass(frozen=True, slots=True)
class Match:
    """Which file holds which candidate.

    ``files`` maps a candidate's index to its only file, ``ambiguous`` to several that could be it. ``offset`` is the
    epoch number in the names minus the log's (None where steps were matched, or nothing); ``how`` says what settled it.
    ``unplaced`` are the files called "best" or "last" whose names say nothing else of this log; ``may_hold`` are the
    candidates of each such "best" of which the log tells several.
    """

    files: Mapping[int, Checkpoint] = field(default_factory=dict)
    offset: int | None = None
    how: str = "no checkpoint files"
    notes: tuple[Note, ...] = ()
    ambiguous: Mapping[int, tuple[Checkpoint, ...]] = field(default_factory=dict)
    unplaced: tuple[Checkpoint, ...] = ()
    may_hold: tuple[frozenset[int], ...] = ()

    @property
    def saved(self) -> frozenset[int]:
        """Candidates with at least one file, also where it is not clear which of several."""
        return frozenset(self.files) | frozenset(self.ambiguous)


_NOTHING = Match()
_NO_COUNT = "no file name carries an epoch, a step or a metric value"
_NO_NUMBER = "no file name carries a number of this log"


def match(
    checkpoints: Sequence[Checkpoint],
    *,
    epochs: Floats,
    steps: Ints,
    has_steps: bool,
    metrics: Mapping[str, Floats],
    monitor: str | None,
    format: str,
    offset: int | None = None,
) -> Match:
    """Finds the file of each candidate. All arrays are (n,), one entry a candidate; ``metrics`` holds the monitor too.

    ``has_steps``: ``steps`` are the log's own. ``offset``: the epoch number in the names minus the log's, where the
    user says so. Raises ChoiceError, with both files and flags, where values in the names leave the base open.
    """
    if not checkpoints:
        return _NOTHING
    if not len(steps):
        return Match(how="no validation is logged")
    usable = [item for item in checkpoints if item.number is not None or item.step is not None]
    log = understood(epochs, steps, metrics, monitor, format)
    taken: dict[int, list[Checkpoint]] = defaultdict(list)
    by_epoch, told = list(usable), ""
    notes: list[Note] = []
    if has_steps:
        by_epoch, told, notes = _by_steps(usable, log, offset, taken)
    hows = [told]
    numbered = [item for item in by_epoch if item.number is not None] if log.places else []
    if log.places and not taken:
        counting, told, remarks = _steps_for_epochs(by_epoch, log, offset, has_steps)
        numbered, hows, notes = [*numbered, *counting], [*hows, told], [*notes, *remarks]
    settled: int | None = None
    if numbered:
        base = settle(numbered, log, offset)
        settled = base.offset
        hows.append(base.why)
        kept = [item for item in numbered if item not in base.left_out]
        notes += [*base.notes, *_by_epochs(kept, log, settled, taken)]
    nameless = [item for item in checkpoints if item.number is None and item.step is None]
    unplaced, remarks = _by_values(nameless, log, taken)
    if len(nameless) > len(unplaced):
        hows.append(f"by the metric value in the name: {len(nameless) - len(unplaced)} of {len(checkpoints)} files")
    files, ambiguous = _one_each(taken)
    if any(item.values for item in unplaced):
        hows.append("a metric value in a name is that of no epoch of this log, or of several")
    how = "; ".join(filter(None, hows)) or (_NO_NUMBER if usable else _NO_COUNT)
    called = tuple(item for item in unplaced if item.role != "epoch")
    return Match(files, settled, how, (*notes, *remarks), ambiguous, called)


def _steps_for_epochs(
    usable: Sequence[Checkpoint], log: Log, offset: int | None, has_steps: bool
) -> tuple[list[Checkpoint], str, list[Note]]:
    """Names that count steps of which the log knows none: as epochs, where they count as far as the log does."""
    stepped = [(item.step, item) for item in usable if item.step is not None and item.number is None]
    if not stepped or log.format == NAMES:
        return [], "", []
    count, most = len(stepped), max(step for step, _ in stepped)
    first, last, slack = log.span
    within = min(step for step, _ in stepped) >= first - slack - 1 and abs(most - last) <= slack + 1
    whose = f"{count} file{' counts' if count == 1 else 's count'} steps, "
    if offset is None and not within:
        known = "none of which is a step of this log" if has_steps else "the log only epochs"
        return [], f"{whose}{known}; if they are epochs: --checkpoint-offset 0", []
    how = f"{whose}which were taken for epochs"
    note = Note("SM152", f"{how}: the log counts no such steps, and its epochs as far", stepped[0][1].path)
    return [replace(item, number=step) for step, item in stepped], how, [note] if offset is None else []


def _by_values(
    nameless: Sequence[Checkpoint], log: Log, taken: dict[int, list[Checkpoint]]
) -> tuple[list[Checkpoint], list[Note]]:
    """Places the files that only a metric value tells apart; returns those that it does not, and why."""
    unplaced, notes = [], []
    for item in nameless:
        places = valued_at(item, log) if item.values else ()
        if len(places) == 1:
            taken[places[0]].append(item)
            continue
        unplaced.append(item)
        if places:
            message = f"its value was logged at {len(places)} validations; which one it holds is not known"
            notes.append(Note("SM155", message, item.path))
    return unplaced, notes


def _by_steps(
    usable: Sequence[Checkpoint], log: Log, offset: int | None, taken: dict[int, list[Checkpoint]]
) -> tuple[list[Checkpoint], str, list[Note]]:
    """Matches names that count steps; returns those left for their epoch number, what was done, and notes."""
    index_of = {step: index for index, step in enumerate(log.steps.tolist())}
    # without epochs in the log, a bare number can only be a step
    stepped = [(item, item.number if item.step is None and not log.places else item.step) for item in usable]
    if offset is not None:
        stepped = [(item, None if item.number is not None and log.places else step) for item, step in stepped]

    def hits(shift: int) -> list[tuple[int, Checkpoint]]:
        pairs = [(index_of.get(step - shift), item) for item, step in stepped if step is not None]
        return [(i, item) for i, item in pairs if i is not None and _same_epoch(log, i, item)]

    order = _shifts(usable, log) if offset is None else (offset,)
    shift = next((shift for shift in order if hits(shift)), None)
    if shift is None:
        return list(usable), "", []
    found = hits(shift)
    for index, item in found:
        taken[index].append(item)
    matched = {id(item) for _, item in found}
    rest = [item for item in usable if id(item) not in matched and item.step is None and item.number is not None]
    relation = "the log's" if shift == 0 else f"the log's plus {shift}"
    how = f"step in the names is {relation}: {len(found)} of {len(usable)} files"
    notes = []
    if shift != order[0]:
        notes.append(
            Note("SM152", f"{how}; no file fits the usual relation, the log's plus {order[0]}", found[0][1].path)
        )
    return (rest if log.places else []), how, notes


def _shifts(usable: Sequence[Checkpoint], log: Log) -> tuple[int, ...]:
    """What the step in a name may be more than the log's, the usual first."""
    if log.format == NAMES:
        return (0,)
    both = any(item.number is not None and item.step is not None for item in usable)
    # Lightning logs a step before it counts it: row 7 is "step=8" in the name
    return (1, 0) if both or registry.of_format(log.format, "STEPS_AHEAD") else (0, 1)


def _same_epoch(log: Log, index: int, item: Checkpoint) -> bool:
    epoch = log.epochs[index]
    return item.number is None or item.step is None or not np.isfinite(epoch) or abs(epoch - item.number) < 1


def _by_epochs(numbered: Sequence[Checkpoint], log: Log, offset: int, taken: dict[int, list[Checkpoint]]) -> list[Note]:
    notes = []
    for item in numbered:
        if item.number is None:
            continue
        places = log.at(item.number - offset)
        if len(places) > 1:
            places = tuple(index for index in places if explains(item, index, log))
            if len(places) != 1:
                message = f"several validations belong to epoch {item.number - offset}; which one it holds is not known"
                notes.append(Note("SM155", message, item.path))
                continue
        for index in places:
            taken[index].append(item)
    return notes


def _one_each(
    taken: Mapping[int, list[Checkpoint]],
) -> tuple[dict[int, Checkpoint], dict[int, tuple[Checkpoint, ...]]]:
    """A copy kept as "best" or "last" stands back behind a file of the epoch itself; otherwise two files are two."""
    files, ambiguous = {}, {}
    for index, items in sorted(taken.items()):
        own = [item for item in items if item.role == "epoch"] or items
        if len(own) == 1:
            files[index] = own[0]
        else:
            ambiguous[index] = tuple(own)
    return files, ambiguous
