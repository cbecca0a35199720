"""The best run under a constraint: ``--where "latency<20"`` on a setting, or on a metric at each run's pick."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import RankedRun, RulesPick
from selectmodel.commands.rank.settings_axis import as_number
from selectmodel.errors import LogError, UsageError
from selectmodel.files.hparams import Value
from selectmodel.settings import did_you_mean

_FORM = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|==|!=|<|>|=)\s*([^<>=!]+?)\s*")
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_AT_PICK = " at the pick by each run's log"
_EQUAL = ("=", "==", "!=")


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a run must have: ``name`` is a setting's or a metric's, ``number`` is None where ``wanted`` is a text."""

    name: str
    sign: str
    wanted: str
    number: float | None

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.wanted}"

    def holds(self, value: Value) -> bool | None:
        """Whether a value is as wanted; None where nothing can be said of it."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        figure = as_number(value)
        if self.number is not None and figure is not None:
            return _HOLDS[self.sign](figure, self.number)
        if self.sign not in _EQUAL:
            return None
        told = str(value).lower() if isinstance(value, bool) else str(value)
        wanted = self.wanted.lower() if isinstance(value, bool) else self.wanted
        return (told == wanted) is (self.sign != "!=")


def parse(text: str) -> Constraint:
    """Raises UsageError for anything but a name, one of ``< <= > >= = !=``, and a value."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f'--where {text}: is no name, sign and value; write such as --where "latency<20"')
    name, sign, wanted = found.groups()
    try:
        number: float | None = float(wanted)
    except ValueError:
        number = None
    if number is not None and not math.isfinite(number):
        raise UsageError(f"--where {text}: {wanted} is no finite number")
    if number is None and sign not in _EQUAL:
        raise UsageError(f"--where {text}: {wanted} is no number, as {sign} needs one; a text is compared by = or !=")
    return Constraint(name, sign, wanted, number)


def values(runs: Sequence[RankedRun], picks: Sequence[RulesPick], name: str, flag: str) -> dict[str, Value]:
    """Of each run, by its key, the setting or the metric at its pick that is called so; absent where it has none.

    Raises UsageError where no run has it, or where it is both a setting and a metric.
    """
    at_pick = {(pick.run, pick.rule, pick.epoch, pick.step): pick.values for pick in picks}
    metrics = {run.key: at_pick.get((run.name, run.rule, run.epoch, run.step), {}) for run in runs}
    settings = {one for run in runs for one in run.hparams}
    logged = {one for told in metrics.values() for one in told}
    full = {one for one in settings if name in (one, one.rpartition(".")[2])}
    exact = {name} if name in settings else full
    if len(exact) > 1 or (exact and name in logged):
        both = sorted(exact) if len(exact) > 1 else [f"the setting {next(iter(exact))}", f"the metric {name}"]
        raise UsageError(f"{flag}: {name} may be {' or '.join(both)}")
    if exact:
        setting = next(iter(exact))
        return {run.key: run.hparams[setting] for run in runs if setting in run.hparams}
    if name in logged:
        return {key: told[name] for key, told in metrics.items() if name in told}
    raise UsageError(
        f"{flag}: no run has a setting or a metric {name}; {did_you_mean(name, sorted(settings | logged))}"
    )


def kept(runs: Sequence[RankedRun], picks: Sequence[RulesPick], wanted: Constraint) -> tuple[list[RankedRun], Answered]:
    """The runs for which it holds, and what is to be said of the others. Raises LogError where it holds for none."""
    told = values(runs, picks, wanted.name, f"--where {wanted}")
    held = {run.key: wanted.holds(told.get(run.key)) for run in runs}
    good = [run for run in runs if held[run.key]]
    unknown = sum(one is None for one in held.values())
    if not good:
        figures = [figure for value in told.values() if (figure := as_number(value)) is not None]
        span = f"; it is {min(figures):g} to {max(figures):g}" if figures else ""
        raise LogError(f"--where {wanted}: holds for none of {len(runs):,} runs{span}")
    at = "" if any(wanted.name in (one, one.rpartition(".")[2]) for run in runs for one in run.hparams) else _AT_PICK
    said = f"{wanted}{at} holds for {len(good):,} of {len(runs):,} runs, which alone are ranked"
    if unknown:
        said += f"; of {unknown:,} it cannot be told"
    rows = tuple(
        {"run": run.name, "value": told.get(run.key), "holds": held[run.key]} for run in runs if not held[run.key]
    )
    return good, Answered("where", said, rows)
