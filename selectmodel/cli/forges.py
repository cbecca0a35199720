"""What GitHub Actions is told beside standard output: the job's summary and the step's outputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from selectmodel import registry
from selectmodel.display.escaping import visible
from selectmodel.display.style import Style

#: GitHub drops the summary of a step that is larger.
MAX_SUMMARY = 1024 * 1024
_CUT = "\n(cut here: a job summary holds no more)\n"


def told(answer: Any, format: str) -> dict[Path, bytes]:
    """What to append to which file: nothing but where ``--format github`` was asked for and the runner names a file."""
    if registry.load("reports", format).forge != "github":
        return {}
    found = {}
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        page = registry.report_for("summaries").render(answer, Style(verbose=True)) + "\n"
        found[Path(summary)] = _fitting(page, MAX_SUMMARY - _size(Path(summary)))
    if outputs := os.environ.get("GITHUB_OUTPUT"):
        found[Path(outputs)] = _outputs(answer)
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _fitting(page: str, room: int) -> bytes:
    content = page.encode("utf-8", "replace")
    if len(content) <= room:
        return content
    kept = content[: max(0, room - len(_CUT))].rpartition(b"\n")[0]
    return kept + _CUT.encode() if room >= len(_CUT) else b""


def _outputs(answer: Any) -> bytes:
    """``verdict``, ``epoch``, ``checkpoint`` and ``value``, each between marks that no name can know."""
    import math
    import secrets

    pick = answer.report.recommended if answer.report is not None else None
    epoch = (pick.step if pick.epoch is None else f"{pick.epoch:.12g}") if pick is not None else ""
    selects = pick.values.get(answer.report.monitor.name, math.nan) if pick is not None else math.nan
    values = {
        "verdict": answer.result,
        "epoch": epoch,
        "checkpoint": (pick.checkpoint or "") if pick else "",
        "value": repr(float(selects)) if math.isfinite(selects) else "",
    }
    lines = []
    for name, value in values.items():
        text = str(value)
        mark = f"end_{secrets.token_hex(16)}"
        if visible(text, None) != text:
            text = ""  # a name that is not what it looks like is not handed to a script
        lines += [f"{name}<<{mark}", text, mark]
    return ("\n".join(lines) + "\n").encode()
