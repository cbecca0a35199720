"""The policy that ``init`` writes: commented, and fitted to a log where one is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator

from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import visible
from selectmodel.errors import UsageError
from selectmodel.selection import running_best
from selectmodel.selection.record import unit_of
from selectmodel.selection.report import Report

POLICY = "selectmodel.toml"

#: Powers of ten that are numbers, and decimals that a person reads.
_MOST_DIGITS, _SHOWN_DIGITS = 300, 15
_HEAD = """\
# What selectmodel judges by. Check it after a change: selectmodel init --check
# A JSON Schema for editors ships with the package: selectmodel/policy.schema.json
"""
_REST = """\
# Against the model in production: its decision record, which `selectmodel pick LOG --record production.json` writes,
# or the first run that passes (first_run below). `selectmodel gate LOG --promote` puts one that passes in its place.
# Take the marks off the four lines that begin with "#:".
#:[[gate]]
#:metric = {metric}
#:max_worse = "1%"          # at most so much worse: a share of the baseline's value, or a number such as 0.005

[require]
#:baseline = "production.json"
# first_run = "record"      # where the baseline does not exist yet: refuse, pass, or record (pass and write it)
# data_id = "val-2025-01"   # name of the validation data; a baseline measured on other data is refused
# min_epochs = 10           # a shorter run was cut off
# max_age_days = 7          # an older log is not that of this training
# checkpoint = "always"     # the recommended epoch must have a file; auto: where any checkpoint is known
"""


def policy(report: Report | None) -> str:
    """A policy that the shown log passes; without one, every line is a comment to fill in."""
    if report is None:
        empty = '# metric = "val_loss"\n# rule = "best"\n\n# [[gate]]\n# metric = "val_accuracy"\n# min = 0.9\n'
        return f"{_HEAD}\n{empty}\n{_REST.format(metric=_toml('val_accuracy'))}"
    monitor = report.monitor
    lines = [_HEAD.rstrip(), "", f"metric = {_toml(f'{monitor.name}:{monitor.goal}')}    # selects the epoch"]
    lines += [f"rule = {_toml(report.recommended.rule)}", ""]
    if report.question.val_size is not None:
        lines += [f"# val_size = {report.question.val_size}    # as the log itself tells", ""]
    for name, kind, bound, value in _bounds(report):
        lines += [
            f"# {visible(name)} is {value:.4g} at {epoch_or_step(report.recommended.epoch, report.recommended.step)}"
        ]
        lines += ["[[gate]]", f"metric = {_toml(name)}", f"{kind} = {bound}"]
        lines += (
            ['split = "train"    # a gate judges no training metric otherwise', ""] if _trained(report, name) else [""]
        )
    return "\n".join(lines) + "\n" + _REST.format(metric=_toml(monitor.name))


def _bounds(report: Report) -> Iterator[tuple[str, str, str, float]]:
    """Metric, kind and bound of a condition that the recommended epoch meets with a little room, and its value."""
    question, values = report.question, report.recommended.values
    goals = {**question.goals, question.monitor: question.goal}
    bests = running_best.found(report.run, report.meanings)  # on which no gate passes
    for name in dict.fromkeys([question.monitor, question.val_score, question.val_loss]):
        value = values.get(name, math.nan) if name is not None else math.nan
        if name is None or name in bests or not math.isfinite(value):
            continue
        yield name, "min" if goals[name] == "max" else "max", _rounded(report, name, value, goals[name]), value


def _trained(report: Report, name: str) -> bool:
    return report.meanings[name].split == "train"


def _rounded(report: Report, name: str, value: float, goal: str) -> str:
    """The value with two digits, rounded to the worse side."""
    unit = unit_of(report, name)
    digits = {"share": 2, "percent": 0}.get(unit or "", 1 - math.floor(math.log10(abs(value))) if value else 0)
    scale = 10.0 ** min(digits, _MOST_DIGITS)
    rounded = (math.floor if goal == "max" else math.ceil)(value * scale) / scale
    if unit == "percent" and 0 < rounded <= 1 and goal == "max":
        rounded = 0.0  # a bound that small reads as a share
    return f"{rounded:.{max(digits, 0)}f}" if abs(rounded) < 1e15 and digits <= _SHOWN_DIGITS else repr(rounded)


def _toml(text: str) -> str:
    """A basic string of TOML."""
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise UsageError(f"init: {visible(text)} is no Unicode text and cannot stand in a policy file")
    marks = {'"': '\\"', "\\": "\\\\"}
    shown = (marks.get(mark) or (mark if mark.isprintable() else f"\\U{ord(mark):08x}") for mark in text)
    return '"' + "".join(shown) + '"'
