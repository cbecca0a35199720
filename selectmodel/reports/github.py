"""GitHub Actions: the screen, then annotations that the runner shows beside the job."""

from __future__ import annotations

from collections.abc import Sequence

from selectmodel import registry
from selectmodel.commands.gate.verdict import Outcome, Verdict
from selectmodel.display.escaping import visible
from selectmodel.display.style import Style

KINDS = ("gate",)
SUFFIXES = ()
READABLE = True
FORGE = "github"
#: GitHub shows no more annotations of one type in a step.
_MOST = 10
_LONGEST = 1000


def render(verdict: Verdict, style: Style) -> str:
    """Our own ``::error`` and ``::warning`` lines are the only ones that the runner obeys: names are escaped twice."""
    screen: str = registry.report_for("screens").render(verdict, Style(width=100, verbose=style.verbose))
    failed = [one for one in verdict.outcomes if one.outcome in ("refused", "fail")]
    skipped = [one for one in verdict.outcomes if one.outcome == "skipped"]
    lines = [*_annotations("error", failed), *_annotations("warning", skipped)]
    if not failed:
        lines.append(f"::notice title={_property('selectmodel gate')}::{_data(verdict.sentence)}")
    return screen + "".join(f"{line}\n" for line in lines)


def _annotations(command: str, outcomes: Sequence[Outcome]) -> list[str]:
    shown = outcomes if len(outcomes) <= _MOST else outcomes[: _MOST - 1]
    lines = [
        f"::{command} title={_property(f'selectmodel gate: {visible(one.name)}')}::{_data(one.reason)}" for one in shown
    ]
    if len(shown) < len(outcomes):
        more = f"and {len(outcomes) - len(shown)} more conditions; the job summary lists them all"
        lines.append(f"::{command} title={_property('selectmodel gate')}::{_data(more)}")
    return lines


def _data(text: str) -> str:
    shown = visible(text, _LONGEST)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "## [")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
