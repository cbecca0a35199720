"""How checkpoint names count epochs: settled by metric values in the names, else by their range, else assumed.

Keras counts from 0 in logs and from 1 in names, Ultralytics the reverse; a wrong base ships the best epoch's neighbour.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from selectmodel import registry
from selectmodel.errors import ChoiceError
from selectmodel.files.checkpoints.logged_values import Log, may_be
from selectmodel.records import Checkpoint, Note

OFFSETS = (0, 1, -1)
#: The format of logs that were made from the names themselves.
NAMES = "checkpoint names"


class _Evidence(NamedTuple):
    """Of the files of one name template: how many could be compared under each offset, and how many agree."""

    agreed: Mapping[int, int]
    compared: Mapping[int, int]

    @property
    def fits(self) -> frozenset[int]:
        return frozenset(offset for offset in OFFSETS if self.agreed[offset] == self.compared[offset] > 0)


class Base(NamedTuple):
    """The settled offset, what settled it, and the files that contradict it."""

    offset: int
    why: str
    left_out: tuple[Checkpoint, ...] = ()
    notes: tuple[Note, ...] = ()


def settle(numbered: Sequence[Checkpoint], log: Log, given: int | None) -> Base:
    """The offset of ``numbered`` (files with a number, at least one) to a log that has epochs; ``given`` by the user.

    Files of one template (``weights.#-#.h5``) stand or fall together: a folder may hold those of other trainings too.
    Raises ChoiceError with both files and the flags, where values in the names are there but settle nothing.
    """
    if log.format == NAMES:
        return Base(0, "the log is made of these names")
    if given is None and registry.names_checkpoints(log.format):
        return Base(0, "the log says which file is of which epoch")
    families: dict[str, list[Checkpoint]] = defaultdict(list)
    for item in numbered:
        families[template(item)].append(item)
    evidence = {name: _compare(files, log) for name, files in families.items()}
    foreign = _foreign(families, evidence) if given is None else ()
    if foreign:
        numbered = [item for item in numbered if item not in foreign]
        notes = _contradiction(foreign, "taken for another training's and not used")
        if not numbered:
            return Base(0, "the metric values in the names are not the log's", foreign, notes)
        rest = settle(numbered, log, given)
        return rest._replace(left_out=(*rest.left_out, *foreign), notes=(*rest.notes, *notes))
    valued = [name for name in families if any(evidence[name].compared.values())]

    def against(offset: int) -> tuple[Checkpoint, ...]:
        return tuple(item for name in valued if offset not in evidence[name].fits for item in families[name])

    if given is not None:
        notes = _contradiction(against(given), "used all the same, because --checkpoint-offset was given")
        return Base(given, f"epoch number in the names is {_relation(given)}, as told", (), notes)
    if not valued:
        return _without_values(numbered, log)
    held = {offset: [item for name in _fitting(evidence, offset) for item in families[name]] for offset in OFFSETS}
    most = max(len(files) for files in held.values())
    fits = [offset for offset in OFFSETS if most and len(held[offset]) == most]
    by_range = len(fits) > 1
    if by_range:
        fits = [offset for offset in fits if offset in _possible(held[offset], log)]
    if len(fits) != 1:
        raise _undecided(numbered, log, [evidence[name] for name in valued])
    offset = fits[0]
    compared = sum(evidence[name].compared[offset] for name in _fitting(evidence, offset))
    why = f"settled by the metric values in {compared} of {compared} names" + (" and their range" if by_range else "")
    notes = _contradiction(against(offset), "taken for another training's and not used")
    return Base(offset, f"epoch number in the names is {_relation(offset)}: {why}", against(offset), notes)


def _foreign(families: Mapping[str, Sequence[Checkpoint]], evidence: Mapping[str, _Evidence]) -> tuple[Checkpoint, ...]:
    """Files called "best" with values that are nowhere in the log: nobody need choose for their sake."""
    return tuple(
        item
        for name, files in families.items()
        if any(evidence[name].compared.values()) and not evidence[name].fits
        for item in files
        if item.role != "epoch"
    )


def _fitting(evidence: Mapping[str, _Evidence], offset: int) -> list[str]:
    return [name for name, found in evidence.items() if offset in found.fits]


def _compare(files: Sequence[Checkpoint], log: Log) -> _Evidence:
    """Compares the values in names of one template with the metric each of them may be, under every offset."""
    slots = sorted({slot for item in files for slot in item.values})
    chosen = {slot: _explained(files, slot, log) for slot in slots}
    agreed = dict.fromkeys(OFFSETS, 0)
    compared = dict.fromkeys(OFFSETS, 0)
    for offset in OFFSETS:
        for item in files:
            verdicts = [
                _agrees(item, slot, metric, offset, log)
                for slot in item.values
                if (metric := chosen[slot].get(offset)) is not None
            ]
            known = [verdict for verdict in verdicts if verdict is not None]
            agreed[offset] += bool(known) and all(known)
            compared[offset] += bool(known)
    return _Evidence(agreed, compared)


def _explained(files: Sequence[Checkpoint], slot: str, log: Log) -> dict[int, str]:
    """Offset → the metric that explains a value slot best; the likelier metrics are asked first."""
    best: dict[int, str] = {}
    for metrics in may_be(slot, log):
        full = False
        for offset in OFFSETS:
            scores = {metric: _score(files, slot, metric, offset, log) for metric in metrics}
            best[offset] = max(scores, key=lambda metric: scores[metric])
            full |= scores[best[offset]][0] == 1.0
        if full:
            break
    return best


def _score(files: Sequence[Checkpoint], slot: str, metric: str, offset: int, log: Log) -> tuple[float, int]:
    """(share of the compared values that agree, how many agree)."""
    verdicts = [_agrees(item, slot, metric, offset, log) for item in files]
    known = [verdict for verdict in verdicts if verdict is not None]
    return (sum(known) / len(known), sum(known)) if known else (-1.0, 0)


def _agrees(item: Checkpoint, slot: str, metric: str, offset: int, log: Log) -> bool | None:
    if slot not in item.values or item.number is None:
        return None
    verdicts = [log.agrees(metric, index, item.values[slot]) for index in log.at(item.number - offset)]
    known = [verdict for verdict in verdicts if verdict is not None]
    return any(known) if known else None


def _possible(numbered: Sequence[Checkpoint], log: Log) -> frozenset[int]:
    """Offsets under which every number is an epoch of the log, and that some framework could have written."""
    first, last, slack = log.span
    numbers = [item.number for item in numbered if item.number is not None]
    unheard_of = {slack: -1, slack + 1: 1}.get(first)
    # where validation began late, epochs before it were saved as well
    begun = 0 if slack and first - slack > 1 else first - slack
    within = [o for o in OFFSETS if min(numbers) >= begun + o and max(numbers) <= last + slack + o]
    return frozenset(offset for offset in within if offset != unheard_of)


def _without_values(numbered: Sequence[Checkpoint], log: Log) -> Base:
    possible = _possible(numbered, log)
    if len(possible) == 1:
        (offset,) = possible
        return Base(offset, f"epoch number in the names is {_relation(offset)}: settled by their range")
    offset, custom = _custom(numbered, log)
    other = 0 if offset else max(possible - {0}, default=1)
    message = (
        f"epoch number in the file names is assumed to be {_relation(offset)} ({custom}); nothing in the names settles "
        f"it; to say otherwise: --checkpoint-offset {other}"
    )
    notes = (Note("SM152", message, numbered[0].path),)
    return Base(offset, f"epoch number in the names is {_relation(offset)}: assumed ({custom})", (), notes)


def _custom(numbered: Sequence[Checkpoint], log: Log) -> tuple[int, str]:
    """The offset a framework is known for, and in words why."""
    first, _, slack = log.span
    base: int | None = registry.of_format(log.format, "FIRST_FILE")
    who = (registry.framework_of(log.format) or log.format).capitalize()
    if all(re.search(r"(?:^|[/\\])weights[/\\]epoch[0-9]+\.pt$", item.path) for item in numbered):
        base, who = 0, "Ultralytics"
    elif base != 0 and all(item.path.lower().endswith((".keras", ".h5", ".hdf5")) for item in numbered):
        base, who = 1, "Keras"
    elif base == 1 and all(item.path.lower().endswith((".pt", ".pth", ".tar", ".safetensors")) for item in numbered):
        base = None  # another loop saved them
    if base == 0:
        return (0 if first == slack else -1), f"{who} counts files from 0"
    if base == 1:
        why = "log and files count from 1", f"{who} counts files from 1 and log rows from 0"
        return (0, why[0]) if first == slack + 1 else (1, why[1])
    return 0, "most frameworks count files as they count epochs"


def _relation(offset: int) -> str:
    return "the log's" if offset == 0 else f"the log's {'plus' if offset > 0 else 'minus'} {abs(offset)}"


def _contradiction(files: Sequence[Checkpoint], fate: str) -> tuple[Note, ...]:
    if not files:
        return ()
    shown = ", ".join(item.path for item in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    message = f"the metric values in {len(files)} file names are not the log's ({shown}); {fate}"
    return (Note("SM153", message, files[0].path, "warn"),)


def _undecided(numbered: Sequence[Checkpoint], log: Log, evidence: Sequence[_Evidence]) -> ChoiceError:
    agreed = {offset: sum(found.agreed[offset] for found in evidence) for offset in OFFSETS}
    compared = {offset: sum(found.compared[offset] for found in evidence) for offset in OFFSETS}
    likely = sorted(OFFSETS, key=lambda offset: (-agreed[offset], offset not in _possible(numbered, log)))
    offsets = sorted(likely[:2])
    counted = [(item.number, item) for item in numbered if item.number is not None]
    holding = {offset: {number - offset: item for number, item in counted} for offset in offsets}
    shared = [epoch for epoch in log.places if all(epoch in files for files in holding.values())]
    either = [epoch for epoch in log.places if any(epoch in files for files in holding.values())]
    epoch = max(shared or either or log.places)
    choices = []
    for offset in offsets:
        file = holding[offset][epoch].path if epoch in holding[offset] else "in no file"
        choices.append(
            f"--checkpoint-offset {offset}: epoch {epoch} is {file} "
            f"({agreed[offset]} of {compared[offset]} names agree with the log)"
        )
    message = "the metric values in the checkpoint names do not settle which file belongs to which epoch; choose:"
    return ChoiceError(message, [*choices, "--checkpoints off: leave the files out"])


def template(item: Checkpoint) -> str:
    """The name without its numbers: files of one template were written by one callback."""
    return re.sub(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|nan|inf)(?![A-Za-z])", "#", item.path)
