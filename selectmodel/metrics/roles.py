"""Which metric plays which part in a question, as far as names tell: settled once for all runs that log the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from selectmodel.metrics import kinds, monitor, scores
from selectmodel.metrics import meaning as names
from selectmodel.metrics.meaning import Meaning, Meanings
from selectmodel.metrics.monitor import Monitor
from selectmodel.records import Goal, ScoreKind


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of metrics by the part that they play; whether a run has numbers for them is another matter.

    Attributes:
        monitor: the metric that selects.
        others: the other metrics that measure quality, with their ``goals`` where they are known.
        rates: learning rates.
        of_the_fit: what tells which epochs were run: a test after the fit is logged under an epoch that never was.
        accuracy: the validation accuracy whose fractions show how many examples there are, and its training twin.
    """

    monitor: Monitor
    others: tuple[str, ...]
    goals: Mapping[str, Goal]
    rates: tuple[str, ...]
    of_the_fit: tuple[str, ...]
    accuracy: tuple[str, str | None] | None
    val_loss: str | None
    val_score: str | None
    train_loss: str | None
    train_score: str | None
    train_twin: str | None
    score_kind: ScoreKind

    @property
    def deciding(self) -> frozenset[str | None]:
        """The metrics that a choice may rest on."""
        named = self.monitor.name, self.val_loss, self.val_score, self.train_loss, self.train_score, self.train_twin
        return frozenset(named)


def settled(
    meanings: Meanings,
    metric: str | None,
    why: str,
    goals: Mapping[str, Goal],
    usable: Collection[str],
    scorable: Mapping[str, Meaning],
) -> Roles:
    """The parts of all metrics where ``metric`` is wanted, and ``why``; the rest is as in :func:`.monitor.choose`.

    ``scorable`` are the meanings of those whose values can be a score's, mostly all.
    """
    if len(usable) < len(meanings) or scorable is not meanings:
        return _settled(meanings, metric, why, goals, usable, scorable)
    key = (metric, why, *goals.items())
    roles: Roles | None = meanings.settled.get(key)
    if roles is None:
        roles = meanings.settled[key] = _settled(meanings, metric, why, goals, usable, meanings)
    return roles


def _settled(
    meanings: Mapping[str, Meaning],
    metric: str | None,
    why: str,
    goals: Mapping[str, Goal],
    usable: Collection[str],
    scorable: Mapping[str, Meaning],
) -> Roles:
    chosen = monitor.choose(meanings, metric=metric, goals=goals, usable=usable)
    if why:
        chosen = replace(chosen, why=why)
    others = tuple(name for name, meaning in meanings.items() if meaning.quality and name != chosen.name)
    directed = {name: goals.get(name) or meanings[name].goal for name in others}
    scores_itself = chosen.goal == "max" or (chosen.name in scorable and kinds.is_low(meanings[chosen.name].base))
    by_an_aim = bool(why) and chosen.split == "val" and scores_itself
    val_score = chosen.name if by_an_aim else scores.score_name(scorable, "val")
    score = chosen.name if scores_itself else val_score
    return Roles(
        monitor=chosen,
        others=others,
        goals={name: goal for name, goal in directed.items() if goal is not None},
        rates=tuple(name for name, m in meanings.items() if not m.quality and "learning rate" in m.quality_why),
        of_the_fit=tuple(name for name, meaning in meanings.items() if meaning.split != "test"),
        accuracy=_accuracy(scorable),
        val_loss=names.loss_name(meanings, "val"),
        val_score=val_score,
        train_loss=names.loss_name(meanings, "train"),
        train_score=scores.score_name(scorable, "train"),
        train_twin=names.twin(chosen.name, meanings, "train"),
        score_kind="other" if score is None else kinds.score_kind(meanings[score].base),
    )


def _accuracy(meanings: Mapping[str, Meaning]) -> tuple[str, str | None] | None:
    for name, meaning in meanings.items():
        if meaning.split == "val" and meaning.base in ("accuracy", "acc", "top1"):
            return name, names.twin(name, meanings, "train")
    for name, meaning in meanings.items():
        if meaning.split == "val" and meaning.goal == "min" and kinds.counts_errors(meaning.base):
            return name, names.twin(name, meanings, "train")
    return None
