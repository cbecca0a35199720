"""Named numbers in a line: ``val_loss: 0.41``, ``loss=0.5``, ``train loss 2.1``, ``Accuracy: 9806/10000 (98%)``."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|NaN|Infinity)"
_VALUE = rf"(?:(?:np\.float(?:16|32|64)|tensor)\()?'?({_NUMBER})'?\)?"
_END = r"(?=[\s,;|)\]}\"]|\.?(?:\s|$))"
_NAME = r"[A-Za-z_][\w@/.'\-]*"
_TOLD = re.compile(rf"['\"]?({_NAME}(?: {_NAME}){{0,3}})['\"]?\s*[:=]\s*{_VALUE}(?:/([0-9]+))?\s*(%?){_END}")
_BESIDE = re.compile(rf"({_NAME}(?: {_NAME}){{0,3}})\s+{_VALUE}\s*(%?){_END}")
_BREAK = re.compile(r"\s+-\s+|\.\s+(?=[A-Za-z])|\s*[|;\t]\s*|,\s+|\s{2,}|[{}]")
_LIST = re.compile(r"(Pseudo dice)\s*:?\s*\[([^\]]{1,10000})\]", re.IGNORECASE)
_IN_LIST = re.compile(_NUMBER)
_INNER = re.compile(r"['\"]\s*:\s*\{\s*['\"]")
#: What opens, closes and names the values of dictionaries.
_MARKS = re.compile(r"(['\"])([^'\"{}]{1,100})\1\s*:\s*(\{)?|([{}])")
_DEEPEST = 8


def opened(line: str) -> str:
    """The line with dictionaries within dictionaries as one: ``{'val': {'loss': 1}}`` as ``{'val/loss': 1}``."""
    if not _INNER.search(line):
        return line
    text, start, above = "", 0, [""]
    for found in _MARKS.finditer(line):
        quote, name, inner, brace = found.groups()
        text += line[start : found.start()]
        start = found.end()
        if name is not None and inner:
            above.append(f"{above[-1]}{name}/")
        elif name is not None:
            text += f"{quote}{above[-1]}{name}{quote}: "
        elif brace == "}" and len(above) > 1:
            above.pop()
        else:
            text += brace
        if len(above) > _DEEPEST:
            return line
    return text + line[start:] if len(above) == 1 else line


def pairs(line: str) -> Iterator[tuple[str, float]]:
    """The names and numbers of a line, in order; ``n/m`` is a share, nnU-Net's list of Dice scores their mean."""
    listed = _LIST.search(line)
    if listed:
        text = re.sub(r"float(?:16|32|64)", "", listed[2])
        numbers = [float(found) for found in _IN_LIST.findall(text) if found.lower() != "nan"]
        if numbers:
            yield "val_pseudo_dice", sum(numbers) / len(numbers)  # of the classes of which validation has any
        return
    for segment in _BREAK.split(line):
        told = list(_TOLD.finditer(segment))
        for found in told:
            whole = found[3]
            if whole and float(whole) > 0:
                yield _plain(found[1]), float(found[2]) / float(whole)
            elif not whole:
                yield _plain(found[1]), float(found[2])
        if not told:
            for found in _BESIDE.finditer(segment):
                yield _plain(found[1]), float(found[2])


def _plain(name: str) -> str:
    """A name without the quotes and the possessive that LightGBM prints: ``valid_0's auc`` is ``valid_0/auc``."""
    return name.strip(" '\"-.").replace("'s ", "/")
