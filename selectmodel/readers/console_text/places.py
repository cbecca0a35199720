"""Where a printed line says it is: an epoch, a step or a boosting round, in a training or an evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_EPOCH = re.compile(
    r"\bepochs?\b(?:\s*\((?:train|val|test)\))?\s*[:#=]?\s*[\[(]?\s*([0-9]{1,9})(?:\s*/\s*[0-9]+)?[\])]?(?![0-9.]*[a-zA-Z%])",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:global[_ ]step|steps?|iterations?|iters?|it)\b\s*[:#=]?\s*[\[(]?\s*([0-9]{1,12})(?:\s*/\s*[0-9]+)?[\])]?"
    r"(?![0-9.]*[a-zA-Z%/])",
    re.IGNORECASE,
)
_ROUND = re.compile(r"^\[([0-9]{1,9})\]\s+(?=\S)")
_STAMP = re.compile(
    r"^(?:\([\w .]+pid=[0-9]+[^)]*\)\s*)?"
    r"\[?(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T_])?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?\]?\s*"
    r"(?:[:\-|]\s*)?(?:[\w.]+\s+[:\-|]\s+(?=\[?(?:INFO|DEBUG|WARNING)\b))?(?:\[?(?:INFO|DEBUG|WARNING)\]?\s*[:\-|]?\s*(?:[\w.]+\s*[:\-|]\s+)?)?"
)
_LEVEL = re.compile(r"^\[?(?:INFO|DEBUG)\]?\s*[:\-|]\s*(?:[\w.]+\s*[:\-|]\s*)?")
_SPLIT = r"train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|dev|test(?:ing)?"
_SECTION = re.compile(
    rf"^(?:epoch\s*\(|\W{{0,8}})({_SPLIT})\b(?:\s+(?:set|phase|epoch|loop)\b)?",
    re.IGNORECASE,
)
#: Where in a line the values of other data begin: ``[valid] loss=…`` of ESPnet, ``val: loss …``, a subset of fairseq's.
_TURN = re.compile(
    rf"(?<![^\s,;|])(?:\[({_SPLIT})\]|({_SPLIT})\s*(?::|=(?={{))|(valid|test)\s+on\s+'[^']{{1,80}}'\s+subset)(?=[\s|{{])",
    re.IGNORECASE,
)
_OF_ESPNET = re.compile(r"\b([0-9]{1,9})epoch results:")
#: Lines that name an epoch and a metric to say what was done with a file.
_TALK = re.compile(
    "improved|did not improve|saving|saved|restor|early stopping|best (?:epoch|model|val|score)|new best|resum|loading|"
    "loaded|minimum |reached|on (?:validation|test) set|end of training|finished training|"
    "training (?:has )?finished|reducing|patience|[0-9]epoch:train:",
    re.IGNORECASE,
)
_DIGIT = re.compile("[0-9]")
_PROGRESS = re.compile(r"^\s*([0-9]{1,9})/([0-9]{1,9})\b")
_BAR = re.compile(r"\b([0-9]{1,3})%\|")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]")


class Place(NamedTuple):
    """What a line tells: an epoch, a step, the split of its section, and the rest of its text, ``cut`` before talk."""

    epoch: int | None
    step: int | None
    section: str
    rest: str
    cut: bool = False


def plain(line: str) -> str:
    """The line without colours, and without the time and level before it; ``3epoch results:`` is ``epoch 3 |``."""
    line = _OF_ESPNET.sub(r"epoch \1 |", _ANSI.sub("", line))
    return _LEVEL.sub("", _STAMP.sub("", line.strip()))


def place_of(line: str) -> Place | None:
    """The place of a plain line; None for talk alone, and for progress within an epoch.

    What stands before talk counts: many loops print "saved" behind the values of their best epochs.
    """
    talk = _TALK.search(line)
    line = line[: talk.start()] if talk else line
    if talk and not _DIGIT.search(line):
        return None
    progress, bar = _PROGRESS.match(line), _BAR.search(line)
    if (progress and int(progress[1]) < int(progress[2])) or (bar and int(bar[1]) < 100):
        return None
    section = _SECTION.match(line)
    split = section[1].lower() if section else ""
    rounds = _ROUND.match(line)
    if rounds:
        return Place(None, int(rounds[1]), split, line[rounds.end() :], cut=talk is not None)
    epoch, step = _EPOCH.search(line), _STEP.search(line)
    rest = line
    for found in sorted([each for each in (epoch, step) if each], key=lambda each: -each.start()):
        rest = f"{rest[: found.start()]} | {rest[found.end() :]}"
    return Place(int(epoch[1]) if epoch else None, int(step[1]) if step else None, split, rest, cut=talk is not None)


def turns(place: Place) -> Iterator[tuple[str, str]]:
    """The parts of a line's rest, each with the split that is named before it; "" where none is."""
    start, section = 0, place.section
    for found in _TURN.finditer(place.rest):
        yield section, place.rest[start : found.start()]
        start, section = found.end(), next(word for word in found.groups() if word).lower()
    yield section, place.rest[start:]
