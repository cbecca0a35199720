"""Findings as lines, the worst first; what their checks say already is not said again as a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.padding import Padding
from rich.text import Text

from selectmodel import registry
from selectmodel.display import numbers
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style
from selectmodel.records import CheckFinding, Note

_STYLES = {"note": "dim", "warn": "magenta", "fail": "bold red"}


def finding_lines(findings: Sequence[CheckFinding], style: Style) -> Iterator[Text | Padding]:
    """``warn SM201 overfitting: message``; below it the evidence, if verbose."""
    for finding in findings:
        head = f"{finding.level} {finding.code} {finding.check}: "
        yield Text(head, style=_STYLES[finding.level]).append(
            visible(finding.message, LONGEST), style="not bold not dim"
        )
        if style.verbose and finding.evidence:
            parts = [f"{visible(name)} {numbers.figure(value)}" for name, value in finding.evidence.items()]
            yield Padding(Text(" · ".join(parts), style="dim"), (0, 0, 0, 2))


def not_said_by_findings(notes: Sequence[Note], findings: Sequence[CheckFinding]) -> list[Note]:
    """The notes without those that a finding repeats in more words."""
    if not notes:
        return []
    said = [pair for one in findings for pair in _says(one.check)]
    return [note for note in notes if not any(note.code == code and part in note.message for code, part in said)]


def _says(check: str) -> Sequence[tuple[str, str]]:
    """The notes that a check repeats: one of ours is not imported to know, for it needs numpy, which this does not."""
    if check in registry.own("checks"):
        return registry.constant("checks", check, "SAYS") or ()
    return registry.load("checks", check).says
