"""The rows that a text tells: of each epoch or step the metrics printed for it, of each name the last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from selectmodel.metrics.words import take_apart
from selectmodel.readers.console_text import places
from selectmodel.readers.console_text.pairs import opened, pairs
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import headers

_DICT = re.compile(r"\{\s*'[^{}]{3,4000}\}")
_RATES = frozenset({"lr", "learning rate", "learning_rate", "current learning rate"})
#: What the Hugging Face Trainer prints once, when all is done.
_CLOSING = ("train_runtime", "train_samples_per_second")


class Printed(NamedTuple):
    """The rows of a text.

    ``again`` are metrics that were printed more than once for one epoch, with how often at most; ``odd`` the lines that
    tell two values of one metric, as two lines that ran into one another do.
    """

    rows: Objects
    again: dict[str, int]
    odd: list[int]


def rows(lines: Sequence[str]) -> Printed:
    """What (n,) lines of a text tell. A line without an epoch or step is of the last one that was named."""
    numbers: list[int] = []
    objects: list[dict[str, float]] = []
    counts: dict[tuple[int, str], int] = {}
    place: dict[str, float] = {}
    odd: list[int] = []
    for at, raw in enumerate(lines, 1):
        line = opened(places.plain(raw))
        found = _printed(line)
        if found is not None:
            if found and not any(name in found for name in _CLOSING):
                numbers.append(at)
                objects.append(found)
            continue
        spot = places.place_of(line)
        if spot is None:
            continue
        named = {"epoch": spot.epoch, "step": spot.step}
        new = {name: float(value) for name, value in named.items() if value is not None}
        metrics = _metrics(spot)
        if metrics is None:
            odd.append(at)
            continue
        if spot.cut and not metrics:
            continue
        if new and (not place or _elsewhere(place, new)):
            place = new if "epoch" in new or "epoch" not in place else {**place, **new}
            numbers.append(at)
            objects.append(dict(place))
        if not place:
            continue
        for name, value in metrics.items():
            key = len(objects) - 1, name
            counts[key] = counts.get(key, 0) + 1
            objects[-1][name] = value
    kept = [(at, one) for at, one in zip(numbers, objects, strict=True) if one.keys() - {"epoch", "step"}]
    again: dict[str, int] = {}
    for (_, name), count in counts.items():
        if count > 1:
            again[name] = max(count, again.get(name, 0))
    return Printed(Objects([at for at, _ in kept], [one for _, one in kept]), again, odd)


def _elsewhere(place: dict[str, float], new: dict[str, float]) -> bool:
    """Whether a line names another place than the last one; a step inside the epoch at hand is none."""
    if "epoch" in place:
        return "epoch" in new and new["epoch"] != place["epoch"]
    return new != place


def _metrics(spot: places.Place) -> dict[str, float] | None:
    """The metrics of a line by name; None where it tells two values of one, also if "val loss 0.5 acc 0.8" names the
    split once for all that follow.
    """
    told = [
        (section, name, value)
        for section, part in places.turns(spot)
        for name, value in pairs(part)
        if not (spot.cut and _IN_A_SENTENCE.search(name))
    ]
    found = _named(told)
    return _named(_following(told)) if found is None else found


def _named(told: Iterable[tuple[str, str, float]]) -> dict[str, float] | None:
    found: dict[str, float] = {}
    for section, name, value in told:
        if name.lower() in _RATES:
            found["lr"] = value
        elif headers.has_metric_words([name]):
            bare = _SECTION_WORD.sub("", name) if section else name
            split = take_apart(name).split
            called = f"{section} {bare}" if section and split is None else name
            if found.setdefault(called, value) != value:
                return None
    return found


def _following(told: Iterable[tuple[str, str, float]]) -> Iterator[tuple[str, str, float]]:
    section = ""
    for own, name, value in told:
        section = take_apart(name).split or section
        yield own or section, name, value


#: "Val loss decreased from 0.9 to 0.8. Saving" names no metric in front of its numbers.
_IN_A_SENTENCE = re.compile(
    r"\b(?:at|by|from|is|of|than|to|was|went|with|previous|(?:de|in)creased|dropped)\b", re.IGNORECASE
)
_SECTION_WORD = re.compile(r"^(?:set|phase|epoch|loop)\s+", re.IGNORECASE)


def _printed(line: str) -> dict[str, float] | None:
    """The numbers of a dictionary that was printed with its epoch, as the Hugging Face Trainer does; else None."""
    found = _DICT.search(line)
    if not found or "'epoch'" not in found[0]:
        return None
    return dict(pairs(found[0]))
