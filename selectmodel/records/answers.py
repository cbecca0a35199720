"""What rules, checks and subjects of advice answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectmodel.records.arrays import Severity


@dataclass(frozen=True, slots=True)
class Pick:
    """A rule's answer: the index of a candidate, or None with the reason why there is none.

    ``reason`` is a plain sentence part ("lowest val_loss of 90 epochs"); ``evidence`` maps names to numbers.
    ``alike`` are the candidates that the rule cannot tell from its answer, itself included; empty if it does not say.
    """

    index: int | None
    reason: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a metric is worth on data like the validation set at the picked candidate, in the metric's own unit.

    ``value`` is corrected for the luck of having been picked; the true value lies in ``low`` … ``high`` with
    probability ``level``.
    """

    metric: str
    value: float
    low: float
    high: float
    level: float = 0.9


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw in the curves. It measures; how bad that is, is for the policy to say.

    ``message`` is a plain sentence with its numbers; ``indices`` are the candidates it is about; ``evidence`` maps
    names to numbers.
    """

    message: str
    indices: tuple[int, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One check's finding in the log's own terms: ``epochs`` are labels as logged, ``level`` is the policy's."""

    check: str
    code: str
    level: Severity
    message: str
    epochs: tuple[float | int, ...]
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do in the next run: a sentence, and code that can be pasted as it is ("" if there is none).

    Attributes:
        why: what it rests on: what this run shows, and how it went on other runs.
        rows: a table behind it, its header first.
        worth: how much the next run gains by it, to order advice by; 0 for what is only worth reading in full.
    """

    message: str
    snippet: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    rows: tuple[tuple[str | float, ...], ...] = ()
    worth: float = 0.0
