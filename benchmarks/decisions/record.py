"""Writes the figures of the rules' defaults into the package, where ``explain`` and ``rules`` read them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from corpus import SIZES
from fingerprint import fingerprint
from intervals import Interval
from scored import Scored

import selectmodel
from selectmodel import registry

FILE = Path(selectmodel.__file__).parent / "commands" / "explain" / "measured.json"


def write(scored: Scored, corpus: str) -> None:
    """The figures of every rule that ships with the package, by name; what has no answer on this corpus has none."""
    judged = [case for case in scored.cases if case.test_accuracy is not None]
    document = {
        "corpus": corpus,
        "version": selectmodel.__version__,
        "runs": len(scored.cases),
        "runs_with_accuracy": len(judged),
        "datasets": scored.bootstrap.clusters,
        "sizes": list(SIZES),
        "rules": {name: _rule(scored, name) for name in registry.names("rules") if _ours(name)},
    }
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    FILE.write_text(_one_line_an_interval(text), encoding="utf-8", newline="\n")


def _ours(rule: str) -> bool:
    return rule in registry.own("rules")


def _rule(scored: Scored, rule: str) -> dict[str, Any]:
    columns = [place for place, variant in enumerate(scored.variants) if variant.rule == rule and not variant.settings]
    others = [place for place, variant in enumerate(scored.variants) if variant.rule == rule and variant.settings]
    found: dict[str, Any] = {"fingerprint": fingerprint(rule)}
    found["figures"] = [_figures(scored, column) for column in columns]
    if others:
        found["others"] = [_of_other_settings(scored, column) for column in others]
    return found


def _of_other_settings(scored: Scored, column: int) -> dict[str, Any]:
    variant = scored.variants[column]
    return {
        "settings": ", ".join(f"{key} {str(value).lower()}" for key, value in variant.settings.items()),
        "metric": variant.metric or "any",
        "points": _numbers(scored.mean(scored.points, column)),
        "percent": _numbers(scored.mean(scored.percents, column)),
    }


def _figures(scored: Scored, column: int) -> dict[str, Any]:
    base, variant = scored.base, scored.variants[column]
    sizes = [scored.within(size) for size in SIZES]
    return {
        "metric": variant.metric or "any",
        "points": _numbers(scored.mean(scored.points, column)),
        "points_gained": _numbers(scored.gain(scored.points, column, base)),
        "percent": _numbers(scored.mean(scored.percents, column)),
        "percent_gained": _numbers(scored.gain(scored.percents, column, base)),
        "points_by_size": [_number(scored.mean(scored.points, column, size).mean) for size in sizes],
        "gained_by_size": [_numbers(scored.gain(scored.points, column, base, size)) for size in sizes],
        "bad_share": _number(scored.bad(column)),
        "worse_where": _worse(scored, column),
    }


def _worse(scored: Scored, column: int) -> list[str]:
    """The kinds of runs in which it loses more accuracy than the lowest val_loss, for certain."""
    if scored.gain(scored.points, column, scored.base).high < 0:
        return ["all runs together"]
    found = []
    for stratum in [*SIZES, *scored.strata]:
        gain = scored.gain(scored.points, column, scored.base, scored.within(stratum))
        if gain.high < 0:
            found.append(f"{stratum} validation examples" if stratum in SIZES else stratum)
    return list(dict.fromkeys(found))


def _numbers(interval: Interval) -> list[float | None] | None:
    return [_number(value) for value in interval] if math.isfinite(interval.mean) else None


def _number(value: float) -> float | None:
    return round(value, 3) + 0.0 if math.isfinite(value) else None


def _one_line_an_interval(text: str) -> str:
    """JSON in which a list of numbers stands on one line, so that a difference of two versions can be read."""
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)
