"""What this program has written itself, told by its first bytes: an answer beside a log is no log of a training."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Container, Sequence

#: Headers of tables. A name in braces stands for any one; further columns may follow.
_TABLES = (
    "rule,epoch,step,checkpoint,reason",
    "{axis},mean,standard_error,{run},{run}",
    "checkpoint,stays,size,epoch,step,why",
    "checkpoint,{axis},gain",
    "condition,outcome,value,bound,margin,baseline,reason",
    "side,metric,goal,value,change,low,high,level,p,verdict",
    "place,run,source,format,rule,metric,goal,epoch,step,checkpoint",
    "run,rule,epoch,step,reason",
    "subject,item,row,name,value",
)
_HEADS = tuple(header.split(",") for header in _TABLES)
#: Keys that an answer, or a line of the record of what was pruned, begins with.
_ANSWER, _PRUNED = ("schema", "command", "version"), ("selectmodel", "at", "action", "checkpoint")
_ANSWERED = re.compile(rb'\s*\{\s*"schema":\s*[0-9]+,\s*"command":\s*"[a-z_]+",\s*"version":')
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
    return any(_begins(names, header) for header in (_PRUNED, *_HEADS))


def is_object(names: Container[str]) -> bool:
    """Whether an object with these keys is an answer, or a line of the record of what was pruned."""
    return any(all(name in names for name in keys) for keys in (_ANSWER, _PRUNED))


def _begins(names: Sequence[str], header: Sequence[str]) -> bool:
    return len(names) >= len(header) and all(
        known == name or known[0] == "{" for name, known in zip(names, header, strict=False)
    )
