"""A training as its log tells it: a :class:`Run` of :class:`Series`, with notes of what was repaired or lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from selectmodel.records.arrays import Floats, Goal, Ints, Level, Split, frozen

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired, assumed or lost while reading.

    ``code`` is stable (listed in notes.py); ``where`` is ``file``, ``file:line`` or ``file@byte``.
    ``degrades`` marks a loss inside the series themselves: a gate refuses such a run. ``anew`` marks what tells that
    the training was interrupted and went on, or was started again; ``unnumbered`` that epochs here are none that the
    training counted, so that no number in a file's name is one.
    """

    code: Annotated[str, ("pattern", "^SM(1[0-9]|2[4-9])[0-9]$")]
    message: str
    where: str = ""
    level: Level = "note"
    degrades: bool = False
    anew: bool = field(default=False, metadata={"in_answers": False})
    unnumbered: bool = field(default=False, metadata={"in_answers": False})


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
        if np.any(series.steps[1:] <= series.steps[:-1]):  # differences may be more than 64 bits hold
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

    @property
    def place(self) -> int | None:
        """The step that it counts, else the number; None where it has neither."""
        return self.number if self.step is None else self.step


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
        """What was read, its curves and its table, for a notebook."""
        import importlib  # the ground knows no floor above it: what draws is looked up where a notebook asks

        shown: str = importlib.import_module("selectmodel.registry").report_for("notebooks").run_fragment(self)
        return shown

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
