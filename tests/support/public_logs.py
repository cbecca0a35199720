"""Logs that other people's trainings left, beside this repository: what an independent reading found best, and ours."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import selectmodel as sm
from selectmodel.errors import ChoiceError, SelectModelError
from selectmodel.records import Run

#: What the independent reading calls a metric, and we.
_OTHER_NAMES = {"test_coco_eval_bbox[0] (AP)": "test_coco_eval_bbox/AP"}
#: What COCO's averages are where no object was there; no value to us.
_NO_OBJECTS = -1.0


class Judged(NamedTuple):
    """A file, the reader that read it (none: "") and what came of it.

    ``verdict``: "right" where every best value stands where the independent reading found it, "wrong", "no best" where
    that found none and neither do we, "refused" with the reason ``why``.
    """

    format: str
    local: str
    reader: str
    verdict: str
    why: str = ""


def manifest(logs: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((logs / "manifest.json").read_text(encoding="utf-8"))
    return entries


def judged(logs: Path) -> Iterator[Judged]:
    """Every public file of the manifest, in its order; event files have tests of their own."""
    for entry in manifest(logs):
        if entry["format"] != "tensorboard":
            yield judge(logs, entry)


def judge(logs: Path, entry: dict[str, Any]) -> Judged:
    form, local, expert = entry["format"], entry["local"], entry.get("expert") or {}
    best = expert.get("best_within_fit") or expert.get("best") or {}
    try:
        run = sm.read(logs / local)
    except SelectModelError as refusal:
        return Judged(form, local, "", "wrong" if best else "refused", _reason(str(refusal)))
    wrong = [fault for name, found in best.items() if (fault := _fault(run, name, found, expert))]
    if wrong:
        return Judged(form, local, run.format, "wrong", "; ".join(wrong))
    try:
        sm.recommend(run, checkpoints="off")
    except ChoiceError as asked:
        if "no validation values" not in str(asked) and not best:
            return Judged(form, local, run.format, "wrong", str(asked))
    return Judged(form, local, run.format, "right" if best else "no best")


def _fault(run: Run, metric: str, found: dict[str, Any], expert: dict[str, Any]) -> str:
    """What is not as found, "" where all is."""
    name = _OTHER_NAMES.get(metric, metric)
    if found["value"] == _NO_OBJECTS and name not in run.series:
        return ""
    goal = found.get("direction") or expert["val_metrics"].get(metric, "max")
    try:
        report = sm.recommend(run, metric=f"{name}:{goal}", rule="best", best={"ties": "first"}, checkpoints="off")
    except SelectModelError as failure:
        return f"{metric}: {failure}"
    pick, at = report.recommended, found.get("at", found)
    if not math.isclose(pick.values[name], found["value"], rel_tol=1e-12):
        return f"{metric}: {pick.values[name]}, not {found['value']}"
    theirs = at.get("step", at.get("_step"))
    same = pick.epoch == at.get("epoch") if at.get("epoch") is not None else theirs is None or pick.step == theirs
    return "" if same else f"{metric}: epoch {pick.epoch}, step {pick.step}, not {at}"


def _reason(message: str) -> str:
    """A refusal without the path."""
    return message.split("\n", maxsplit=1)[0].partition(": ")[2] or message


def table(found: list[Judged]) -> str:
    """A row a format in Markdown: how many logs were read, how many are right, and why the others were refused."""
    lines = ["| format | logs | right | no best in them | refused | wrong |", "|---|---:|---:|---:|---:|---:|"]
    reasons: dict[str, list[Judged]] = {}
    for form in dict.fromkeys(one.format for one in found):
        mine = [one for one in found if one.format == form]
        counts = [sum(one.verdict == verdict for one in mine) for verdict in ("right", "no best", "refused", "wrong")]
        lines.append(f"| {form} | {len(mine)} | " + " | ".join(map(str, counts)) + " |")
        for one in mine:
            if one.why:
                reasons.setdefault(f"{form} {one.verdict}: {one.why[:110]}", []).append(one)
    return "\n".join([*lines, "", *(f"- {len(files)} × {why}" for why, files in reasons.items())])
