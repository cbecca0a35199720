"""Reads a metric that is made of others: ``0.5*val_f1 + 0.5*val_auc``.

A sum of terms, each a metric or a number times a metric; a term behind a minus is subtracted. Nothing is evaluated: any
other text is refused.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from selectmodel.errors import UsageError


class Term(NamedTuple):
    """A metric and how much it counts; ``weight`` is negative where the term is subtracted."""

    weight: float
    name: str


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    | "(?P<double>[^"]+)" | '(?P<single>[^']+)'
    | (?P<name>[^\W\d][\w./@]*)
    | (?P<sign>[-+*])
    )\s*""",
    re.VERBOSE,
)
#: What no plain name is likely to hold; a minus is part of many names, unless it stands alone.
_OPERATORS = re.compile(r"[+*]|(?<=\s)-(?=\s)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_HOW = "write WEIGHT*NAME + WEIGHT*NAME, a name of other characters than letters, digits, _ . / @ in quotes"


def is_sum(text: str) -> bool:
    """Whether a text that names no metric of the log asks for one made of several."""
    return _OPERATORS.search(_QUOTED.sub("", text)) is not None


def terms(text: str) -> tuple[Term, ...]:
    """The terms of a sum, in order. Raises UsageError for any other text, and tells where it goes wrong."""
    tokens = _tokens(text)
    found: list[Term] = []
    place = 0
    while place < len(tokens):
        sign = 1.0
        if tokens[place] in _SIGNS:
            sign = -1.0 if tokens[place] == _SIGNS[1] else 1.0
            place += 1
        elif found:
            raise _refused(text, f"+, - or * is missing before {tokens[place][1]}")
        term, place = _term(text, tokens, place)
        found.append(Term(sign * term.weight, term.name))
    if not any(term.weight for term in found):
        raise _refused(text, "no weight is above 0")
    return tuple(found)


_Token = tuple[str, str]
_SIGNS: tuple[_Token, _Token] = (("sign", "+"), ("sign", "-"))


def _tokens(text: str) -> list[_Token]:
    """Each with its kind: number, name or sign."""
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            if not text[place:].strip():
                break
            raise _refused(text, f"{text[place:].lstrip()[0]!r} is not understood")
        kind = match.lastgroup or ""
        found.append(("name" if kind in ("single", "double") else kind, match[kind]))
        place = match.end()
    return found


def _term(text: str, tokens: list[_Token], place: int) -> tuple[Term, int]:
    """A metric, or a number times a metric in either order, and where the next term begins."""
    first = _operand(text, tokens, place)
    if place + 1 == len(tokens) or tokens[place + 1] != ("sign", "*"):
        if first[0] == "number":
            raise _refused(text, f"{first[1]} is the weight of no metric")
        return Term(1.0, first[1]), place + 1
    second = _operand(text, tokens, place + 2)
    if first[0] == second[0]:
        of = "two metrics" if first[0] == "name" else "two numbers"
        raise _refused(text, f"{of} are multiplied, {first[1]} and {second[1]}")
    number, name = (first[1], second[1]) if first[0] == "number" else (second[1], first[1])
    if not math.isfinite(float(number)):
        raise _refused(text, f"the weight {number} is too large")
    return Term(float(number), name), place + 3


def _operand(text: str, tokens: list[_Token], place: int) -> _Token:
    if place == len(tokens):
        raise _refused(text, f"nothing stands behind {tokens[-1][1]}" if tokens else "it is empty")
    if tokens[place][0] == "sign":
        raise _refused(text, f"a metric or a number is missing before {tokens[place][1]}")
    return tokens[place]


def _refused(text: str, why: str) -> UsageError:
    return UsageError(f"--metric: {text!r} names no metric and is no sum of several: {why}; {_HOW}")
