"""What ``pick`` answers: the recommendation, what every rule would have chosen, and what the reader should know."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from selectmodel import registry
from selectmodel.answer import SCHEMA, advice_dict, finding_dict, strict
from selectmodel.display.numbers import number
from selectmodel.records import Advice, CheckFinding, Expected, Note, Question, Run
from selectmodel.version import __version__

if TYPE_CHECKING:
    from selectmodel.metrics.meaning import Meaning
    from selectmodel.metrics.monitor import Monitor
    from selectmodel.selection.between import Between


@dataclass(frozen=True, slots=True)
class RulePick:
    """One rule's answer in the log's own terms.

    ``index`` is the candidate, None if the rule has no answer; ``epoch`` and ``step`` are as logged (None where the
    log has none), ``checkpoint`` the file's path, ``values`` every metric there, NaN where it was not logged,
    ``alike`` the candidates that the rule itself cannot tell from its answer.
    """

    rule: str
    index: int | None
    epoch: float | None
    step: int | None
    checkpoint: str | None
    reason: str
    values: Mapping[str, float]
    evidence: Mapping[str, float]
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to one question about one run.

    Attributes:
        recommended: the pick of the policy's rule.
        picks: every rule's pick, by rule name.
        best_saved: what the same rule picks among epochs that have a file, where the recommended one has none.
        as_good_as: (k,) indices of the candidates that the log cannot tell from the recommended one, itself included.
        doubt: one sentence on how sure the choice is, "" if nothing is known; ``clear`` is True where it stands out,
            False where others are as good, None where the log cannot tell.
        notes: the run's notes and those of the question.
        expected: what the validation accuracy is worth on new data at the recommended epoch, None if not known.
        chance: the probability that no epoch is better by more than one point of it, None if not known.
        findings: what the checks saw, the worst first.
        advice: what to do in the next run, by subject, the most useful first.
        between: what two given epochs differ by, where the question was which of the two; then nothing else is allowed.
    """

    run: Run
    question: Question
    monitor: Monitor
    meanings: Mapping[str, Meaning]
    recommended: RulePick
    picks: Mapping[str, RulePick]
    best_saved: RulePick | None
    as_good_as: tuple[int, ...]
    doubt: str
    clear: bool | None
    notes: tuple[Note, ...]
    checkpoints_how: str = ""
    val_size_why: str = ""
    expected: Expected | None = None
    chance: float | None = None
    findings: tuple[CheckFinding, ...] = ()
    advice: tuple[tuple[str, Advice], ...] = ()
    between: Between | None = None
    kind = "pick"

    @property
    def degraded(self) -> bool:
        return any(note.degrades for note in self.notes)

    def label(self, index: int) -> float | int:
        """The epoch of a candidate as logged, or its step where the log has no epochs."""
        epoch = float(self.question.epochs[index])
        return number(epoch) if math.isfinite(epoch) else int(self.question.steps[index])

    def to_dict(self) -> dict[str, Any]:
        """The JSON answer, strict: a number that is not finite is null, with its state in a key beside it."""
        question = self.question
        answer = {
            "schema": SCHEMA,
            "command": "pick",
            "version": __version__,
            "run": {
                "name": self.run.name,
                "source": self.run.source,
                "format": self.run.format,
                "candidates": question.n,
                "first_epoch": self.label(0),
                "last_epoch": self.label(question.n - 1),
                "notes": [_note(note) for note in self.notes],
                "degraded": self.degraded,
            },
            "metric": {
                "name": self.monitor.name,
                "goal": self.monitor.goal,
                "goal_why": self.monitor.goal_why,
                "split": self.monitor.split,
                "why": self.monitor.why,
            },
            "val_size": {"value": question.val_size, "why": self.val_size_why},
            "recommended": {
                **_pick(self.recommended),
                "expected": asdict(self.expected) if self.expected else None,
                "chance": self.chance,
            },
            "best_saved": _pick(self.best_saved) if self.best_saved else None,
            "picks": [_pick(pick) for pick in self.picks.values()],
            "as_good_as": [self.label(index) for index in self.as_good_as],
            "between": self.between.to_dict() if self.between else None,
            "doubt": self.doubt,
            "clear": self.clear,
            "findings": [finding_dict(finding) for finding in self.findings],
            "advice": [advice_dict(subject, advice) for subject, advice in self.advice],
        }
        return {key: strict(value) for key, value in answer.items()}

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a rule: where it would go and every metric there."""
        metrics = list(self.recommended.values)
        yield ("rule", "epoch", "step", "checkpoint", "reason", *metrics)
        for pick in self.picks.values():
            row = _pick(pick)
            yield (*(row[key] for key in ("rule", "epoch", "step", "checkpoint", "reason")),
                   *(pick.values.get(name, "") for name in metrics))  # fmt: skip

    def _repr_html_(self) -> str:
        fragment: str = registry.load("reports", "html").fragment(self)
        return fragment


def _pick(pick: RulePick) -> dict[str, Any]:
    return {
        "rule": pick.rule,
        "epoch": pick.epoch if pick.epoch is None else number(pick.epoch),
        "step": pick.step,
        "checkpoint": pick.checkpoint,
        "reason": pick.reason,
        "values": dict(pick.values),
        "evidence": dict(pick.evidence),
    }


def _note(note: Note) -> dict[str, Any]:
    return asdict(note)
