"""What every answer shares: the number of its JSON schema, strict JSON, findings and advice as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from selectmodel.records import Advice, CheckFinding

SCHEMA = 1


def finding_dict(finding: CheckFinding) -> dict[str, Any]:
    """One finding for JSON."""
    return {
        "code": finding.code,
        "name": finding.check,
        "level": finding.level,
        "message": finding.message,
        "epochs": list(finding.epochs),
        "evidence": dict(finding.evidence),
    }


def advice_dict(subject: str, advice: Advice) -> dict[str, Any]:
    """One piece of advice for JSON."""
    return {
        "name": subject,
        "message": advice.message,
        "why": advice.why,
        "snippet": advice.snippet,
        "evidence": dict(advice.evidence),
        "rows": [list(row) for row in advice.rows],
    }


def strict(value: Any) -> Any:
    """Plain JSON values only; a number that is not finite becomes null and ``<key>_state`` says what it was."""
    if isinstance(value, Mapping):
        plain: dict[str, Any] = {}
        for key, item in value.items():
            plain[key] = strict(item)
            if isinstance(item, float) and not math.isfinite(item):
                plain[f"{key}_state"] = "nan" if math.isnan(item) else ("inf" if item > 0 else "-inf")
        return plain
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    return float(value) if math.isfinite(value) else None
