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
    document = {
        "corpus": corpus,
        "version": selectmodel.__version__,
        "runs": len(scored.cases),
        "runs_with_accuracy": _judged(scored),
        "datasets": scored.bootstrap.clusters,
        "sizes": list(SIZES),
        "rules": {name: _rule(scored, name) for name in registry.names("rules") if _ours(name)},
    }
    _keep({**document, "unseen": _kept().get("unseen", {})})


def write_unseen(scored: Scored, corpus: str, page: str) -> None:
    """What every rule lost on a corpus that no rule was tuned on, beside what else is kept; ``page`` has the rest."""
    kept = _kept()
    figures = {
        "page": page,
        "runs_with_accuracy": _judged(scored),
        "datasets": scored.bootstrap.clusters,
        "rules": {name: _lost(scored, name) for name in registry.names("rules") if _ours(name)},
    }
    _keep({**kept, "unseen": {**kept.get("unseen", {}), corpus: figures}})


def _judged(scored: Scored) -> int:
    return sum(case.test_accuracy is not None for case in scored.cases)


def _kept() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def _keep(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    FILE.write_text(_one_line_an_interval(text), encoding="utf-8", newline="\n")


def _ours(rule: str) -> bool:
    return rule in registry.own("rules")


def _lost(scored: Scored, rule: str) -> list[dict[str, Any]]:
    """Of its defaults and then of other settings."""
    columns = [place for place, variant in enumerate(scored.variants) if variant.rule == rule]
    columns.sort(key=lambda place: bool(scored.variants[place].settings))
    return [_of_other_settings(scored, place) for place in columns]


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
