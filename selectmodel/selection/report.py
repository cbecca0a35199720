"""What ``pick`` answers: the recommendation, what every rule would have chosen, and what the reader should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selectmodel.answer import Answer, advice_json, finding_json
from selectmodel.display import epochs
from selectmodel.display.numbers import number
from selectmodel.policy.policy import Policy
from selectmodel.records import Advice, CheckFinding, Expected, Note, Question, Run

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.display.style import Style
    from selectmodel.metrics.meaning import Meaning
    from selectmodel.metrics.monitor import Monitor
    from selectmodel.pages.sheet import Sheet
    from selectmodel.selection.between import Between
    from selectmodel.selection.report_json import ReportJson, RulePickJson, RunJson


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
class Unjudged:
    """A check that the policy lets fail a gate, and that could not look at this log: ``why`` says what it lacks."""

    check: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Report(Answer):
    """The answer to one question about one run.

    Attributes:
        recommended: what to ship: the pick of the policy's rule, where files are known among the epochs with a file.
        picks: every rule's pick, by rule name, whether or not it has a file.
        best_unsaved: what the policy's rule picks of all epochs, where that is another one without a file.
        unsaved_is_better: whether the log can tell that it is better than the recommended one.
        as_good_as: (k,) indices of the candidates that the log cannot tell from the recommended one, itself included.
        doubt: one sentence on how sure the choice is, "" if nothing is known; ``clear`` is True where it stands out,
            False where others cannot be told from it, None where the log cannot tell.
        notes: the run's notes and those of the question.
        checkpoint_offset: the epoch number in the file names minus the log's, None where no epoch number was matched.
        named: the rules that the policy sets something of, which are those its author cares for.
        expected: what the validation accuracy is worth on data like it at the recommended epoch, if known.
        expected_of_fewest: the same by the fewest validation examples that fit the log, where that tells no number for
            certain: with more of them the range is narrower.
        chance: the probability that no epoch is better by more than one point of it, None if not known; what was found
            differs from it by up to ten points, so that the screen puts it in broad words.
        findings: what the checks saw, the worst first.
        unjudged: the checks of level "fail" that lack what they would look at.
        advice: what to do in the next run, by subject, the most useful first.
        recorded: what the training wrote down as its best, beside the picks; None where it did not.
        files: path of the checkpoint of each candidate that has one.
        policy: what it was judged by.
        so_far: the training was seen to write its log while this was answered: another epoch may be better yet.
        between: what two given epochs differ by, where the question was which of the two; then nothing else is allowed.
    """

    run: Run
    question: Question
    monitor: Monitor
    meanings: Mapping[str, Meaning]
    recommended: RulePick
    picks: Mapping[str, RulePick]
    best_unsaved: RulePick | None
    as_good_as: tuple[int, ...]
    doubt: str
    clear: bool | None
    notes: tuple[Note, ...]
    unsaved_is_better: bool = False
    checkpoints_how: str = ""
    checkpoint_offset: int | None = None
    named: tuple[str, ...] = ()
    val_size_why: str = ""
    expected: Expected | None = None
    expected_of_fewest: Expected | None = None
    chance: float | None = None
    findings: tuple[CheckFinding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    advice: tuple[tuple[str, Advice], ...] = ()
    between: Between | None = None
    recorded: RulePick | None = None
    files: Mapping[int, str] = field(default_factory=dict)
    so_far: bool = False
    policy: Policy = field(default_factory=Policy, compare=False)
    kind = "pick"

    @property
    def choices(self) -> tuple[RulePick, ...]:
        """What every rule would choose, and then what the training recorded as its best."""
        return (*self.picks.values(), *([self.recorded] if self.recorded else []))

    @property
    def degraded(self) -> bool:
        return any(note.degrades for note in self.notes)

    @property
    def by_log(self) -> RulePick:
        """What the policy's rule picks whether or not it has a file: what the training had to offer."""
        return self.best_unsaved or self.recommended

    @property
    def best_saved(self) -> RulePick | None:
        """The recommended epoch, where it was taken because the best one of all has no file."""
        return self.recommended if self.best_unsaved else None

    def label(self, index: int) -> float | int:
        """The epoch of a candidate as logged, or its step where the log has no epochs."""
        return epochs.label(self.question, index)

    def content(self) -> ReportJson:
        """The JSON answer behind its header."""
        return {
            "run": self._run(),
            "metric": {
                "name": self.monitor.name,
                "goal": self.monitor.goal,
                "goal_why": self.monitor.goal_why,
                "split": self.monitor.split,
                "why": self.monitor.why,
            },
            "val_size": {
                "value": self.question.val_size,
                "why": self.val_size_why,
                "fewest": self.question.fewest,
            },
            "recommended": {
                **_pick(self.recommended),
                "expected": self.expected,
                "expected_of_fewest": self.expected_of_fewest,
                "chance": self.chance,
            },
            "best_saved": _pick(self.best_saved) if self.best_saved else None,
            "best_unsaved": _pick(self.best_unsaved) if self.best_unsaved else None,
            "picks": [_pick(pick) for pick in self.picks.values()],
            "recorded_best": self.question.recorded,
            "as_good_as": [self.label(index) for index in self.as_good_as],
            "between": self.between,
            "doubt": self.doubt,
            "clear": self.clear,
            "findings": [finding_json(finding) for finding in self.findings],
            "advice": [advice_json(subject, advice) for subject, advice in self.advice],
        }

    def _run(self) -> RunJson:
        return {
            "name": self.run.name,
            "source": self.run.source,
            "format": self.run.format,
            "candidates": self.question.n,
            "first_epoch": self.label(0),
            "last_epoch": self.label(self.question.n - 1),
            "notes": self.notes,
            "degraded": self.degraded,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a rule: where it would go and every metric there.

        What is shipped comes first where it is another epoch, because the best one has no file.
        """
        metrics = list(self.recommended.values)
        yield ("rule", "epoch", "step", "checkpoint", "reason", *metrics)
        shipped = [] if self.best_unsaved is None else [self.recommended]
        for pick in [*shipped, *self.choices]:
            row = _pick(pick)
            rule = f"{pick.rule}, with a file" if pick in shipped else pick.rule
            own = (rule, row["epoch"], row["step"], row["checkpoint"], row["reason"])
            yield (*own, *(pick.values.get(name, "") for name in metrics))

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.selection import report_screen

        return report_screen.lay_out(self, style)

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        from selectmodel.selection import report_chart

        return report_chart.panels(self, log=log)

    def sheet(self) -> Sheet:
        from selectmodel.selection import report_sheet

        return report_sheet.sheet(self)

    def page(self) -> Iterator[str]:
        from selectmodel.selection import report_page

        return report_page.lines(self)


def _pick(pick: RulePick) -> RulePickJson:
    return {
        "rule": pick.rule,
        "epoch": pick.epoch if pick.epoch is None else number(pick.epoch),
        "step": pick.step,
        "checkpoint": pick.checkpoint,
        "reason": pick.reason,
        "values": pick.values,
        "evidence": pick.evidence,
    }
