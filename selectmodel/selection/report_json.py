"""The JSON of a report, as types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

from selectmodel.answer import AdviceJson, Count, FindingJson, Share, Values
from selectmodel.records import Expected, Goal, Note, RecordedBest, Split
from selectmodel.selection.between import Between


class RunJson(TypedDict):
    """The run that was judged; its first and last candidate by epoch, or by step where the log has no epochs."""

    name: str
    source: str
    format: str
    candidates: Count
    first_epoch: float
    last_epoch: float
    notes: Sequence[Note]
    degraded: bool


class MonitorJson(TypedDict):
    """The metric that selects."""

    name: str
    goal: Goal
    goal_why: str
    split: Literal[Split, None]
    why: str


class ValSizeJson(TypedDict):
    """How many validation examples there are, and where that is known from."""

    value: int | None
    why: str


class SizeOfLogJson(ValSizeJson):
    """The same, with the fewest validation examples that fit the log."""

    fewest: int | None


class RulePickJson(TypedDict):
    """One rule's answer, whether or not the epoch has a file: the epoch as logged, the file, and every metric there."""

    rule: str
    epoch: float | None
    step: int | None
    checkpoint: str | None
    reason: str
    values: Values
    evidence: Values


class RecommendedJson(RulePickJson):
    """What to ship, with what it is worth on data like the validation set, if known.

    ``expected_of_fewest`` is that by the fewest validation examples that fit the log, where it tells no number for
    certain: the range is rather too wide.
    Where checkpoint files are known, the best epoch that has one; else the best epoch, and ``checkpoint`` is null.
    """

    expected: Expected | None
    expected_of_fewest: Expected | None
    chance: Share | None


class ReportJson(TypedDict):
    """What ``pick`` answers.

    ``best_unsaved``: a better epoch than the recommended one, of which no checkpoint file is known; ``best_saved`` is
    then the recommended one again. Both are null where the best epoch has a file, or no file is known at all.
    """

    run: RunJson
    metric: MonitorJson
    val_size: SizeOfLogJson
    recommended: RecommendedJson
    best_saved: RulePickJson | None
    best_unsaved: RulePickJson | None
    picks: Sequence[RulePickJson]
    recorded_best: RecordedBest | None
    as_good_as: Sequence[float]
    between: Between | None
    doubt: str
    clear: bool | None
    findings: Sequence[FindingJson]
    advice: Sequence[AdviceJson]
