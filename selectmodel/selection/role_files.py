"""Files called "best" and "last" whose names tell no epoch: which one they hold, where the log leaves no doubt."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from selectmodel import registry
from selectmodel.display.epochs import place
from selectmodel.errors import PluginError
from selectmodel.files.checkpoints.epoch_offset import OFFSETS, template
from selectmodel.files.checkpoints.match import Match
from selectmodel.files.checkpoints.names import counted_best, ending, parse, words_of
from selectmodel.metrics.meaning import Meaning
from selectmodel.records import Checkpoint, Note, Question

#: Codes of the notes of a file that was given to an epoch, and of one that could not be.
GIVEN, UNKNOWN = "SM159", "SM160"
#: A file of one of several trainings: best_fold0.pth, best_seed_3.pth.
_PART = re.compile(r"(?:fold|seed|split|cv|rank|trial)[0-9]*")
#: Best on data that no epoch is chosen by.
_OTHER_DATA = frozenset({"train", "training", "test"})
_METRIC_WORDS = re.compile(r"(?:acc|accuracy|loss|auc|auroc|f1|dice|iou|miou|map|error|mae|mse|rmse|psnr|ssim|wer|cer)")
#: Epoch (a candidate's index) by what says so.
_Places = Mapping[str, int]


def placed(matched: Match, question: Question, meanings: Mapping[str, Meaning], format: str) -> Match:
    """The match with the files called "best" and "last" at the candidates that they hold; what stays ``unplaced``
    tells no epoch."""
    found: dict[int, list[Checkpoint]] = defaultdict(list)
    notes: list[Note] = []
    left: list[Checkpoint] = []
    may_hold: list[frozenset[int]] = []
    for family in _families([item for item in matched.unplaced if not _is_another_name(item)]):
        several = len({item.path.replace("\\", "/").rpartition("/")[0] for item in family}) > 1
        held = [(item, {}) for item in family] if several else _held(family, matched, question, meanings, format)
        for item, places in held:
            indices = set(places.values())
            if len(indices) == 1:
                index = indices.pop()
                found[index].append(item)
                if item.role == "best":
                    notes.append(_given(item, question, index, list(places)))
            else:
                left.append(item)
                if item.role == "best":
                    notes.append(_unknown(item, question, places))
                    may_hold += [frozenset(indices)] if indices else []
    files = {**{index: min(items, key=_order) for index, items in found.items()}, **matched.files}
    files = {index: item for index, item in files.items() if index not in matched.ambiguous}
    how = matched.how
    if found:
        told = f"{sum(map(len, found.values()))} by what is best or last in the log"
        how = f"{how}; {told}" if matched.files or matched.ambiguous else told
    notes = [*matched.notes, *notes]
    return replace(matched, files=files, how=how, notes=tuple(notes), unplaced=tuple(left), may_hold=tuple(may_hold))


def only_last(matched: Match) -> bool:
    """Whether nothing but "last" has a known epoch while a "best" lies there, of which the epoch is not known."""
    saved = [*matched.files.values(), *(item for items in matched.ambiguous.values() for item in items)]
    return all(item.role == "last" for item in saved) and any(item.role == "best" for item in matched.unplaced)


def that_matter(notes: Iterable[Note], shipped: str | None, *, lost: bool) -> Iterator[Note]:
    """The notes without those of files that have no part in the answer: what is not ``shipped``, what is not missed.

    ``lost``: a better epoch has no known file.
    """
    for note in notes:
        about_another = note.code == GIVEN and note.where != shipped
        not_missed = note.code == UNKNOWN and shipped is not None and not lost
        if not about_another and not not_missed:
            yield note


def _is_another_name(item: Checkpoint) -> bool:
    """Whether it is a link to a file whose name tells its epoch, as Lightning makes of "last"."""
    try:
        target = parse(Path(item.path).readlink().name)
    except (OSError, ValueError):
        return False
    return target is not None and (target.number is not None or target.step is not None)


def _families(items: Sequence[Checkpoint]) -> list[list[Checkpoint]]:
    families: dict[str, list[Checkpoint]] = defaultdict(list)
    for item in items:
        families[template(item)].append(item)
    return list(families.values())


def _order(item: Checkpoint) -> tuple[bool, int, int, str]:
    """Of files of one epoch: the best before the last, the newest version, what training writes before exports."""
    return item.role != "best", -item.version, len(ending(item.path)), item.path


def _held(
    family: Sequence[Checkpoint],
    matched: Match,
    question: Question,
    meanings: Mapping[str, Meaning],
    format: str,
) -> Iterator[tuple[Checkpoint, _Places]]:
    """For each file of one template in one folder the candidates that it may hold, by what says so."""
    newest = max(item.version for item in family)
    for item in family:
        words, count = words_of(item.path), counted_best(item.path)
        # values in a name that settle no epoch are those of another training, or of several epochs of this one
        if item.values or item.version < newest or any(_PART.fullmatch(word) or word in _OTHER_DATA for word in words):
            yield item, {}
        elif item.role == "last":
            yield item, _last(item, count, question)
        elif count is not None:
            numbers = [number for one in family if (number := counted_best(one.path)) is not None]
            yield item, _counted(count, numbers, matched, question, meanings, format)
        else:
            yield item, _best(item, words, question, meanings, format)


def _last(item: Checkpoint, count: int | None, question: Question) -> _Places:
    """The last epoch of the log; none where it was not validated, or the weights may have been put back to the best."""
    restored = "final" in item.path.lower() and ending(item.path) in (".keras", ".h5", ".hdf5", ".weights.h5")
    index = int(question.timeline[-1]) if len(question.timeline) else question.n - 1
    if restored or "recovery" in item.path.lower() or index != question.n - 1:
        return {}
    epoch = float(question.epochs[index])
    if count is not None and not (np.isfinite(epoch) and abs(count - epoch) <= 1):
        return {}
    return {"the last epoch of the log": index}


def _counted(
    count: int,
    family: Sequence[int],
    matched: Match,
    question: Question,
    meanings: Mapping[str, Meaning],
    format: str,
) -> _Places:
    """``best_3.pth``, ``best_12.pth``: epochs if the highest number is that of the best epoch of a metric."""
    tops = _tops(_judged(question, meanings, ()), question, format)
    epochs = question.epochs.tolist()
    for offset in OFFSETS if matched.offset is None else (matched.offset,):
        metrics = [name for name, top in tops.items() for index in top if epochs[index] == max(family) - offset]
        if metrics and epochs.count(count - offset) == 1:
            return {f"{metrics[0]} as far as it had come": epochs.index(count - offset)}
    return {}


def _best(
    item: Checkpoint, words: Sequence[str], question: Question, meanings: Mapping[str, Meaning], format: str
) -> _Places:
    """What a file that is overwritten at each new best holds at the end, by each metric that it may go by."""
    if found := _by_a_framework(item, question):
        return found
    names = _judged(question, meanings, words)
    places = {}
    for name, top in _tops(names, question, format).items():
        for index in top:
            places[name if len(top) == 1 else f"{name} ({place(question, index)} of equals)"] = index
    return places


def _by_a_framework(item: Checkpoint, question: Question) -> _Places:
    """What a file of a framework holds that keeps the best by a rule of its own, as that rule tells."""
    for name in registry.names("rules"):
        if not registry.constant("rules", name, "WRITES"):
            continue
        with suppress(PluginError):  # the answer does without
            rule = registry.load("rules", name)
            if rule.holds and re.search(rule.writes or "", item.path) and (found := rule.holds(question)):
                return found
    return {}


def _names(question: Question) -> list[str]:
    return [question.monitor, *question.companions]


def _judged(question: Question, meanings: Mapping[str, Meaning], words: Sequence[str]) -> list[str]:
    """The metrics that "best" may mean: those that the file's name tells, else every one of the validation data."""
    told = [word for word in words if _METRIC_WORDS.fullmatch(word)]
    main = (question.monitor, question.val_loss, question.val_score)
    validated = [name for name in _names(question) if meanings[name].split == "val" or name in main]
    if not told:
        return [name for name in validated if meanings[name].quality]
    wanted = "_".join(told)
    return [name for name in validated if re.search(rf"(?:^|_){re.escape(wanted)}$", _plain(name))] or [
        name for name in validated if _plain(meanings[name].base) in (wanted, {"acc": "accuracy"}.get(wanted))
    ]


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.lower())


def _tops(names: Sequence[str], question: Question, format: str) -> dict[str, list[int]]:
    """For each metric the candidates of its best value; of equal ones the first where the framework keeps that."""
    tops = {}
    for name in names:
        goal = question.goal if name == question.monitor else question.goals.get(name)
        values = question.metric(name)
        if goal is None or not np.isfinite(values).any():
            continue
        cost = np.where(np.isfinite(values), values if goal == "min" else -values, np.inf)
        equals = [int(index) for index in np.flatnonzero(cost == cost.min())]
        tops[name] = equals[:1] if registry.of_format(format, "FIRST_OF_EQUALS") else equals
    return tops


def _given(item: Checkpoint, question: Question, index: int, why: Sequence[str]) -> Note:
    shown = why[0] if len(why) == 1 else f"{', '.join(why[:-1])} and {why[-1]}"
    message = f"its name tells no epoch; taken for {place(question, index)}, the best by {shown}"
    return Note(GIVEN, message, item.path)


def _unknown(item: Checkpoint, question: Question, places: _Places) -> Note:
    if item.values:
        return Note(UNKNOWN, "the metric value in its name was logged at no epoch, or at several; not used", item.path)
    if not places:
        return Note(UNKNOWN, "its name tells no epoch of this log, so it is not used", item.path)
    may = ", ".join(f"{place(question, index)} by {why}" for why, index in places.items())
    return Note(UNKNOWN, f"its name tells no epoch, so it is not used: it may hold {may}", item.path)
