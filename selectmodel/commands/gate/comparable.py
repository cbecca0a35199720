"""What two models must share to be compared, and when two numbers of two logs are the same number."""

from __future__ import annotations

import math

from selectmodel.metrics.units import SCALE
from selectmodel.policy.policy import Policy
from selectmodel.selection.record import Record, unit_of
from selectmodel.selection.report import Report
from selectmodel.settings import ending_in, escaped, looks_alike, nearest

#: Half a unit in the last place of single precision, which TensorFlow and PyTorch log.
_SINGLE = 2.0**-24
_MOST_DIGITS = 17


def slack(one: float, other: float) -> float:
    """By how much two numbers may differ because they were rounded to single precision on the way into a log."""
    return _SINGLE * (abs(one) + abs(other))


def alike(one: float, other: float) -> bool:
    """Whether two numbers are one, as far as single precision tells."""
    return abs(one - other) <= _SINGLE * max(abs(one), abs(other))


def apart(one: float, other: float) -> tuple[str, str]:
    """Both numbers with as many digits as show them differ: 0.89996 and 0.9, never 0.9 and 0.9."""
    largest = max(abs(one), abs(other))
    whole = math.floor(math.log10(largest)) + 1 if largest > 0 else 0
    digits = max(3, whole) if whole <= 7 else 3
    while digits < _MOST_DIGITS and one != other and f"{one:.{digits}g}" == f"{other:.{digits}g}":
        digits += 1
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def differences(report: Report, policy: Policy, other: Record) -> list[str]:
    """Why the two must not be compared, each with what to write; empty where they were measured alike."""
    problems = []
    monitor = report.monitor
    if other.metric != monitor.name:
        problems.append(
            f"the baseline was picked by {other.metric}, this run by {monitor.name}; add --metric {other.metric} or "
            f"make the baseline anew with --metric {monitor.name}"
        )
    elif other.metrics[other.metric].goal not in (None, monitor.goal):
        problems.append(f"the baseline was picked for the other direction of {monitor.name} ({monitor.goal} here)")
    problems += _units(report, policy, other)
    problems += _sizes(report, policy, other)
    problems += _data(policy, other)
    if other.passed is False:
        problems.append("the baseline is the verdict of a gate that it did not pass")
    return problems


def _units(report: Report, policy: Policy, other: Record) -> list[str]:
    problems = []
    for name in dict.fromkeys([report.monitor.name, *(one.metric for one in policy.gate)]):
        ours, theirs = unit_of(report, name), other.metrics[name].unit if name in other.metrics else None
        if ours and theirs and ours != theirs:
            problems.append(f"{name} is logged as a {ours} here and as a {theirs} in the baseline; log both alike")
    return problems


def _sizes(report: Report, policy: Policy, other: Record) -> list[str]:
    ours, theirs = report.question.val_size, other.val_size
    if ours is None or theirs is None or ours == theirs:
        return []
    return [
        f"{ours} validation examples here ({report.val_size_why}) and {theirs} in the baseline ({other.val_size_why}); "
        f"if both were measured on the same data, give the number for both: --val-size N"
    ]


def _data(policy: Policy, other: Record) -> list[str]:
    ours, theirs = policy.required("data_id"), other.data_id
    if ours == theirs:
        return []
    if ours is None:
        return [f"the baseline was measured on {theirs!r}, this run does not say on what; add --data-id NAME"]
    if theirs is None:
        return [f"this run was measured on {ours!r}, the baseline does not say on what; make it anew with --data-id"]
    return [f"measured on {ours!r} here and on {theirs!r} in the baseline; make the baseline anew on the same data"]


def remarks(report: Report, policy: Policy, other: Record) -> list[str]:
    """What the reader of a comparison should know though it does not forbid it."""
    said = []
    if other.rule != report.recommended.rule:
        said.append(f"this run is picked by {report.recommended.rule}")
    if report.question.val_size is None or other.val_size is None:
        said.append("whether both have as many validation examples is not known")
    return said


def noise_of(report: Report, metric: str, base: float) -> str:
    """How much of a difference is luck of the validation examples, where their number is known."""
    unit, size = unit_of(report, metric), report.question.val_size
    if unit is None or size is None:
        return ""
    scale = SCALE[unit]
    share = min(max(base / scale, 0.0), 1.0)
    error = scale * math.sqrt(share * (1 - share) / size)
    return f" (one standard error of {size} validation examples is {error:.2g})"


def closest(name: str, known: list[str]) -> str | None:
    """The known name that looks the same (with its escapes) or differs only in case or by what stands before a slash.

    Else the one most like it.
    """
    twin = next((other for other in known if looks_alike(other, name)), None)
    if twin is not None:
        return escaped(twin)
    folded = {other.casefold(): other for other in known}
    return folded.get(name.casefold()) or next(iter(ending_in(name, known)), None) or nearest(name, known)
