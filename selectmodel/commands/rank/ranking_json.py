"""The JSON of a ranking, as types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from selectmodel.answer import Count, FindingJson, Values
from selectmodel.commands.rank.ranking import Apart
from selectmodel.files.hparams import Value
from selectmodel.records import Goal, Note


class RankedMetricJson(TypedDict):
    """The metric that the runs are ranked by; ``percent``: it is logged in 0..100."""

    name: str
    goal: Goal
    percent: bool


class RankedRunJson(TypedDict):
    """One run at its own pick; ``place`` is null where it stands outside the order.

    ``unsaved``: a better epoch (or step) of which no checkpoint file is known, in whose place ``epoch`` is.
    """

    place: Count | None
    run: str
    source: str
    format: str
    rule: str
    metric: str
    goal: Goal
    epoch: float | None
    step: int | None
    checkpoint: str | None
    unsaved: float | None
    value: float
    expected: float
    low: float | None
    high: float | None
    candidates: Count
    val_size: int | None
    degraded: bool
    hparams: Mapping[str, Value]
    problem: str


class ConfigJson(TypedDict):
    """Repeats of one configuration, the best run first."""

    place: Count
    config: str
    hparams: Mapping[str, Value]
    seeds: Count
    expected: float
    low: float | None
    high: float | None
    runs: Sequence[str]


class LeftOutJson(TypedDict):
    """A run that could not be judged, and why."""

    run: str
    source: str
    reason: str


class RulesPickJson(TypedDict):
    """Where one rule would go in one run, and every metric there."""

    run: str
    rule: str
    epoch: float | None
    step: int | None
    reason: str
    values: Values


class AnsweredJson(TypedDict):
    """One question of a sweep's owner: the answer in a sentence, and the rows that it rests on."""

    question: str
    said: str
    rows: Sequence[Mapping[str, Value]]


class RankingJson(TypedDict):
    """What ``rank`` answers.

    ``believable``: the first run that is not too good to be true, where the recommended one is.
    ``repeats_differ_in`` are the settings (seeds, names, folders) for which repeats of a configuration are not equal.
    """

    paths: Sequence[str]
    rule: str
    metric: RankedMetricJson
    basis: str
    recommended: RankedRunJson
    findings: Sequence[FindingJson]
    believable: str | None
    runs: Sequence[RankedRunJson]
    configs: Sequence[ConfigJson]
    repeats_differ_in: Sequence[str]
    apart: Sequence[Apart]
    left_out: Sequence[LeftOutJson]
    picks: Sequence[RulesPickJson]
    questions: Sequence[AnsweredJson]
    notes: Sequence[Note]
