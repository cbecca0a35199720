"""OpenMetrics text, which GitLab's metrics report compares with the target branch."""

from __future__ import annotations

import math

from selectmodel.commands.gate.verdict import Verdict
from selectmodel.display.escaping import LONGEST, inert, visible
from selectmodel.display.style import Style

KINDS = ("gate",)
SUFFIXES = (".prom", ".openmetrics")


def render(verdict: Verdict, style: Style) -> str:
    """The verdict as 1 or 0, every condition likewise, and the values at the recommended epoch."""
    lines = ["# TYPE selectmodel_gate_passed gauge", f"selectmodel_gate_passed {int(verdict.result == 'pass')}"]
    lines.append("# TYPE selectmodel_condition_passed gauge")
    seen: set[str] = set()
    for one in verdict.outcomes:
        series = f"selectmodel_condition_passed{{condition={_label(one.name)}}}"
        if one.outcome != "skipped" and series not in seen:
            seen.add(series)
            lines.append(f"{series} {int(one.outcome == 'pass')}")
    if verdict.report is not None:
        pick = verdict.report.recommended
        lines.append("# TYPE selectmodel_value gauge")
        for name, value in pick.values.items():
            series = f"selectmodel_value{{metric={_label(name)}}}"
            if math.isfinite(value) and series not in seen:
                seen.add(series)
                lines.append(f"{series} {value!r}")
        if pick.epoch is not None:
            lines += ["# TYPE selectmodel_epoch gauge", f"selectmodel_epoch {float(pick.epoch)!r}"]
    return inert("\n".join([*lines, "# EOF"]) + "\n", ":", r"\x5b")


def _label(text: str) -> str:
    shown = visible(text, LONGEST).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
