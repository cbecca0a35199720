"""The nouns: frozen records that every other module reads and none can change.

A log is read into a :class:`Run`; core turns it into a :class:`Question`; a rule answers with a :class:`Pick`.
Arrays are read-only and of one length n, the number of points or of candidates. Records that hold arrays are equal only
to themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

Split = Literal["train", "val", "test"]
Goal = Literal["min", "max"]
Level = Literal["note", "warn"]
Severity = Literal["off", "note", "warn", "fail"]
Unit = Literal["share", "percent"]
ScoreKind = Literal["counts", "smooth", "share", "other"]
# numpy is imported where an array is made: an answer that is remembered is shown without it.
Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"


def frozen(values: ArrayLike, dtype: Any = float) -> NDArray[Any]:
    """(n,) a read-only copy of ``values``, so that no rule can change what another one sees."""
    import numpy as np

    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def kept(array: NDArray[Any]) -> NDArray[Any]:
    """(n,) the array itself, read-only from now on: its caller has just made it, or it is read-only already."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired, assumed or lost while reading.

    ``code`` is stable (``SM1nn``, listed in notes.py); ``where`` is ``file``, ``file:line`` or ``file@byte``.
    ``degrades`` marks a loss inside the series themselves: a gate refuses such a run. ``anew`` marks what tells that
    the training was interrupted and went on, or was started again.
    """

    code: Annotated[str, ("pattern", "^SM1[0-9]{2}$")]
    message: str
    where: str = ""
    level: Level = "note"
    degrades: bool = False
    anew: bool = field(default=False, metadata={"in_answers": False})


@dataclass(frozen=True, slots=True)
class Hint:
    """What the layout of a log says of a metric before its name is looked at.

    A directory ``validation/``, a Lightning row without training values, CatBoost's ``best_value``.
    """

    split: Split | None = None
    goal: Goal | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One metric as logged.

    Attributes:
        name: as the log writes it; a split that only the directory tells is put in front (``validation/epoch_loss``).
        steps: (n,) int64, strictly increasing. The log's own step, or the row number where it has none.
        epochs: (n,) float64, as logged (Hugging Face writes fractions); NaN where the log does not say.
        values: (n,) float64; NaN and infinities kept. A point that was not logged is absent, not NaN.
        errors: (n,) float64, the standard error of each value, in the metric's unit, NaN where it is not known; None
            where the log tells none. Only logs that hold what each value was averaged over can tell it.
    """

    name: str
    steps: Ints
    epochs: Floats
    values: Floats
    errors: Floats | None = None

    @classmethod
    def of(
        cls, name: str, steps: ArrayLike, epochs: ArrayLike, values: ArrayLike, errors: ArrayLike | None = None
    ) -> Series:
        """Copies and freezes the arrays; raises ValueError if they do not fit together."""
        import numpy as np

        known = None if errors is None else frozen(errors)
        series = cls(name, frozen(steps, np.int64), frozen(epochs), frozen(values), known)
        shapes = {series.epochs.shape, series.values.shape, series.values.shape if known is None else known.shape}
        if shapes != {series.steps.shape}:
            raise ValueError(f"{name}: steps, epochs and values differ in length")
        if np.any(np.diff(series.steps) <= 0):
            raise ValueError(f"{name}: steps are not strictly increasing")
        return series

    @classmethod
    def made(cls, name: str, steps: Ints, epochs: Floats, values: Floats) -> Series:
        """A series of three arrays (n,) that its caller has just made, in order; neither copied nor checked."""
        for array in (steps, epochs, values):
            array.setflags(write=False)
        return cls(name, steps, epochs, values)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file or folder that holds weights, as its name tells it; it is never opened.

    ``path`` is relative to the folder that was listed. ``number`` is the epoch-like number in the name and ``step``
    the step-like one; ``values`` are metrics spelled in it: name (``""`` if the name has none) → text of the number.
    ``version`` is Lightning's ``-v2``; ``role`` is "epoch", "best" or "last".
    """

    path: str
    number: int | None = None
    step: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    role: Literal["epoch", "best", "last"] = "epoch"


@dataclass(frozen=True, slots=True)
class RecordedBest:
    """What a training wrote down as its best, in its log or beside it; others may know better.

    Attributes:
        by: who says so, as a sentence names it: "Hugging Face", "XGBoost", "the tag best_epoch".
        metric: the series it was chosen by, as the run names it, "" where that is not told, and its ``value`` there.
        step, epoch: where it lies, counted as the run's series count; None where that is not told.
        checkpoint: the last part of the name of the file or folder that is said to hold it, "" if none is.
    """

    by: str
    metric: str = ""
    value: float | None = None
    step: int | None = None
    epoch: float | None = None
    checkpoint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One training as its log tells it. It holds no goal: a log does not know what is better.

    ``x_axis`` names what ``Series.steps`` counts: "step" (the log's own), "epoch" (steps are epoch numbers) or
    "row" (the log has neither, or epochs that are not whole numbers). ``files`` are those that were read, none for a
    table or standard input; ``folder`` is the one the user named, if it holds this run alone. ``logged_steps`` are, by
    row, the steps that tell validations of one epoch apart, where these start over and rows are counted instead;
    ``refused`` is how many values of a metric stand in rows that could not be placed.
    ``recorded`` is what the training itself wrote down as its best; ``foreign`` are checkpoints beside the log that it
    did not write.
    """

    name: str
    source: str
    format: str
    series: Mapping[str, Series]
    x_axis: Literal["step", "epoch", "row"] = "epoch"
    hints: Mapping[str, Hint] = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    notes: tuple[Note, ...] = ()
    files: tuple[str, ...] = ()
    folder: str = ""
    logged_steps: Mapping[int, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    recorded: RecordedBest | None = None
    foreign: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "series", MappingProxyType(dict(self.series)))
        object.__setattr__(self, "hints", MappingProxyType(dict(self.hints)))
        object.__setattr__(self, "logged_steps", MappingProxyType(dict(self.logged_steps)))
        object.__setattr__(self, "refused", MappingProxyType(dict(self.refused)))

    def logged_step(self, step: int) -> int | None:
        """A step of a series, which may count rows, as the log writes it; None where the log has no steps."""
        return step if self.x_axis == "step" else self.logged_steps.get(step)

    @property
    def degraded(self) -> bool:
        """Points inside the series were lost or superseded."""
        return any(note.degrades for note in self.notes)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, name: str = "frame") -> Run:
        """A run from a table shaped like a Keras CSV log: an ``epoch`` column or index, one numeric column a metric.

        A NaN cell counts as not logged, because pandas does not tell the two apart; infinities are kept. Raises
        ValueError if epochs are missing, not whole numbers, or not strictly increasing.
        """
        import numpy as np

        epochs = np.asarray(frame["epoch"] if "epoch" in frame.columns else frame.index)
        if epochs.dtype.kind not in "iuf" or not np.equal(epochs, np.floor(epochs)).all():
            raise ValueError(f"{name}: an epoch column or index of whole numbers is needed")
        series = {}
        for column in frame.columns:
            if column == "epoch" or frame[column].dtype.kind not in "iuf":
                continue
            values = frame[column].to_numpy(dtype=np.float64)
            logged = ~np.isnan(values)
            if logged.any():
                series[str(column)] = Series.of(str(column), epochs[logged], epochs[logged], values[logged])
        return cls(name=name, source=name, format="frame", series=series)

    def __str__(self) -> str:
        """What was read, in a line."""
        points = max((len(series.steps) for series in self.series.values()), default=0)
        return f"{self.name} ({self.format}): {points:,} points of {', '.join(self.series)}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The same, where IPython shows it as text."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """Its table, for a notebook; pandas escapes names and leaves out the middle of a long one."""
        table: str = self.frame()._repr_html_()  # type: ignore[operator]
        return table

    def frame(self) -> pd.DataFrame:
        """The run as a table: index ``step``, a column ``epoch``, one column a metric, NaN where it was not logged."""
        import pandas as pd

        columns = {name: pd.Series(series.values, index=series.steps) for name, series in self.series.items()}
        epochs = [pd.Series(series.epochs, index=series.steps) for series in self.series.values()]
        table = pd.DataFrame(columns).rename_axis("step")
        if epochs:
            joined = pd.concat(epochs)
            table.insert(0, "epoch", joined[~joined.index.duplicated()].reindex(table.index))
        return table


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
    """What a metric is worth on new data at the picked candidate, in the metric's own unit.

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
