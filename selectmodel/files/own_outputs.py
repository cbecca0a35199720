"""What this program has written itself, told by its first bytes: an answer beside a log is no log of a training."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence

#: Headers of tables. ``{axis}`` stands for one of :data:`_AXES`, any other name in braces for any; where a header ends
#: in "...", further columns may follow.
_TABLES = (
    "rule,epoch,step,checkpoint,reason,...",
    "{axis},mean,standard_error,{run},{run},...",
    "checkpoint,stays,size,epoch,step,why",
    "checkpoint,{axis},gain",
    "condition,outcome,value,bound,margin,baseline,reason",
    "side,metric,goal,value,change,low,high,level,p,verdict,...",
    "place,run,source,format,rule,metric,goal,epoch,step,checkpoint,...",
    "run,rule,epoch,step,reason,...",
    "subject,item,row,name,value",
)
_AXES = ("epoch", "step")
#: What only a table of the mean of several runs begins with, whatever its runs are called.
_MEAN = ["mean", "standard_error"]
#: Rows that are looked at.
_ROWS = 20
_HEADS = tuple(header.split(",") for header in _TABLES)
#: Keys that an answer, or a line of the record of what was pruned, begins with.
_ANSWER, _PRUNED = ("schema", "command", "version"), ("selectmodel", "at", "action", "checkpoint")
#: What an answer may be; a log may tell the command that wrote it in the same words, as "train".
KINDS = (
    "across", "advise", "checks", "compare", "decision", "explain", "gate", "inspect", "next", "pick", "plugins",
    "prune", "rank", "rules", "watch",
)  # fmt: skip
_ANSWERED = re.compile(rf'\s*\{{\s*"schema":\s*[0-9]+,\s*"command":\s*"(?:{"|".join(KINDS)})",\s*"version":'.encode())
#: The headline of ``pick``, whose table of epochs and metrics may be taken for one of a log.
_SCREEN = re.compile(rb"Ship (?:epoch|step) [0-9][0-9,.]*(?: so far)?(?: |\r?\n)")


def is_one(first: bytes) -> bool:
    """Whether a file that begins so is an answer, in any form in which one may be taken for a log."""
    if _ANSWERED.match(first) or _SCREEN.match(first):
        return True
    line = first.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    try:
        names = list(json.loads(line)) if line.startswith("{") else next(csv.reader([line]), [])
    except (ValueError, RecursionError, csv.Error):
        return False
    if not any(_fits(names, header) for header in (*_HEADS, (*_PRUNED, "..."))):
        return False
    return names[1:3] != _MEAN or _is_of_means(first)


def is_object(found: Mapping[str, object]) -> bool:
    """Whether an object is an answer, or a line of the record of what was pruned."""
    answer = all(name in found for name in _ANSWER) and found["command"] in KINDS
    return answer or all(name in found for name in _PRUNED)


def _is_of_means(first: bytes) -> bool:
    """Whether each whole row holds the mean of its runs and the standard error of that, as no table by chance does."""
    lines = first.rpartition(b"\n")[0].decode("utf-8", "replace").splitlines()
    objects = first.startswith(b"{")
    try:
        rows = [_numbers(line, objects=objects) for line in lines[0 if objects else 1 :][:_ROWS]]
    except (ValueError, TypeError, AttributeError, RecursionError, csv.Error):
        return False
    return all(map(_is_of_mean, rows))


def _numbers(line: str, *, objects: bool) -> list[float]:
    return [float(cell) for cell in (json.loads(line).values() if objects else next(csv.reader([line]), []))]


def _is_of_mean(row: Sequence[float]) -> bool:
    if len(row) < 5 or not all(map(math.isfinite, row)):
        return False
    import statistics

    mean, error, own = row[1], row[2], row[3:]
    wanted = statistics.stdev(own) / math.sqrt(len(own))
    near = 1e-9 * max(map(abs, own))
    return math.isclose(mean, statistics.fmean(own), rel_tol=1e-9, abs_tol=near) and math.isclose(
        error, wanted, rel_tol=1e-6, abs_tol=near
    )


def _fits(names: Sequence[str], header: Sequence[str]) -> bool:
    known = [name for name in header if name != "..."]
    return (len(names) == len(known) or (len(names) > len(known) and header[-1] == "...")) and all(
        own == name or (name in _AXES if own == "{axis}" else own[0] == "{")
        for name, own in zip(names, known, strict=False)
    )
