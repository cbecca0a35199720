"""What is asked of a run, as every rule and check is given it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectmodel.records.arrays import Bools, Floats, Goal, Ints, ScoreKind, Split, Unlike, frozen
from selectmodel.records.run import Note, RecordedBest


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of a run, settled once so that no rule meets a direction, a gap in the epochs or a hidden NaN.

    Candidates are the validation events of the monitored metric, in order. With n candidates:

    Attributes:
        monitor: name of the monitored metric, and its ``goal``.
        epochs: (n,) float64 as logged, NaN where the log does not say; ``steps``: (n,) int64.
        values: (n,) the monitored metric as logged: NaN and infinities kept, for replays of frameworks only.
        cost: (n,) lower is better; inf exactly where a candidate is not allowed.
        allowed: (n,) finite, past min_epoch, with a file when asked.
        has_file: (n,) a checkpoint of this candidate is known.
        companions: other metrics on the same candidates, (n,) each, NaN where not logged.
        goals: goal of every companion whose goal is known.
        train_twin, val_loss, val_score: names of companions, None if the log has none. ``val_score`` is the
            validation metric that counts right answers (accuracy, F1, …) or errors; either may be the monitor itself.
        val_size: number of validation examples, None if not known; ``likely_size`` is the same where it is known, else
            what it may be, good enough to weigh evidence by, not to be told; ``fewest`` is the least that fits the log.
        validation: how the validation set is said to differ from the data in use; None where nobody says so.
        train_score: name of the companion that counts right answers on the training data.
        errors: scores that are better when lower (error rates, WER, FID): name → what right answers and errors add up
            to, 1 or 100, or 0 for a distance, which counts no answers. Each may be the score in place of an accuracy.
        train_scale: what the train twin is multiplied by to be in the unit of the monitored metric; mostly 1.
        score_kind: what :attr:`score` is: "counts" right answers of n examples (accuracy, F1), "smooth" (IoU, R²),
            another "share" in 0..1 or percent (AUC, mAP), or "other" (reward).
        timeline: (m,) every logged epoch in order, validated or not: the candidate's index, or -1 where the
            monitored metric was not logged. Replays need it.
        split: the data that the monitored metric was measured on, None if not known.
        train_loss: name of the companion that is the loss on the training data.
        learning_rate: (n,) the learning rate at each candidate, NaN where not logged; None if the log has none.
        diverged: (n,) where the network had diverged: not allowed, and no evidence either; None if nowhere.
        point_errors: (n,) the standard error of each of ``values``, NaN where not known; None where the log tells none.
        absent: (n,) of each companion that is not logged at every candidate, where it is not: its NaN there tells
            nothing. A NaN elsewhere was logged.
        notes: what was repaired or lost while reading, and how the question was settled.
        replayed: candidate that the callback of the log's own framework would have kept, by the rule that replays it.
        recorded: what the training wrote down as its best, and ``recorded_at`` which candidate that is, None where it
            is none of them.
    """

    monitor: str
    goal: Goal
    epochs: Floats
    steps: Ints
    values: Floats
    cost: Floats
    allowed: Bools
    has_file: Bools
    companions: Mapping[str, Floats] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)
    train_twin: str | None = None
    val_loss: str | None = None
    val_score: str | None = None
    val_size: int | None = None
    likely_size: int | None = None
    fewest: int | None = None
    train_score: str | None = None
    score_kind: ScoreKind = "other"
    timeline: Ints = field(default_factory=lambda: frozen([], "int64"))
    split: Split | None = None
    train_loss: str | None = None
    learning_rate: Floats | None = None
    diverged: Bools | None = None
    point_errors: Floats | None = None
    absent: Mapping[str, Bools] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    replayed: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)
    train_scale: float = 1.0
    recorded: RecordedBest | None = None
    recorded_at: int | None = None
    validation: Unlike | None = None

    @property
    def n(self) -> int:
        return len(self.steps)

    def metric(self, name: str) -> Floats:
        """(n,) the named metric on the candidates, in the log's own direction."""
        return self.values if name == self.monitor else self.companions[name]

    def seen(self, name: str) -> Bools:
        """(n,) where the named metric is a number, and that of a network which had not diverged."""
        import numpy as np

        finite: Bools = np.isfinite(self.metric(name))
        return finite if self.diverged is None else finite & ~self.diverged

    def broken(self, name: str) -> Bools:
        """(n,) where the named metric was logged and is no number, or is blank because the network had diverged."""
        import numpy as np

        odd: Bools = ~np.isfinite(self.metric(name))
        absent = self.absent.get(name)
        return odd if absent is None else odd & (~absent if self.diverged is None else ~absent | self.diverged)

    def cost_of(self, name: str) -> Floats:
        """(n,) the named metric turned so that lower is better."""
        goal = self.goal if name == self.monitor else self.goals[name]
        return self.metric(name) if goal == "min" else -self.metric(name)

    def right(self, name: str) -> Floats:
        """(n,) a score turned so that higher is better: the share of right answers where it counts errors."""
        return self.errors[name] - self.metric(name) if name in self.errors else self.metric(name)

    @property
    def score(self) -> str | None:
        """The metric of right answers: the monitor if it is a score, else the validation score."""
        return self.monitor if self.goal == "max" or self.monitor in self.errors else self.val_score

    @property
    def gain(self) -> str | None:
        """The score if it is better when higher."""
        return None if self.score in self.errors else self.score

    @property
    def loss(self) -> str | None:
        """The monitor if it is better when lower and no score, else the validation loss."""
        return self.monitor if self.goal == "min" and self.monitor not in self.errors else self.val_loss

    @property
    def twin(self) -> Floats | None:
        """(n,) the train twin in the unit of the monitored metric; None without one."""
        if self.train_twin is None:
            return None
        values = self.companions[self.train_twin]
        return values if self.train_scale == 1 else self.train_scale * values

    @property
    def gap(self) -> Floats | None:
        """(n,) by how much the monitored metric is worse than its train twin, in its unit; None without a twin."""
        twin = self.twin
        if twin is None:
            return None
        import numpy as np

        sign = 1.0 if self.goal == "min" else -1.0
        with np.errstate(over="ignore", invalid="ignore"):
            return sign * (self.values - twin)
