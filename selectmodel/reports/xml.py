"""JUnit XML: one test case a condition, as Jenkins, GitLab, Azure and GitHub's test reporters read it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from selectmodel.commands.gate.verdict import Outcome, Verdict
from selectmodel.display.epochs import place_of
from selectmodel.display.escaping import LONGEST, inert, visible
from selectmodel.display.style import Style

KINDS = ("gate",)
_ELEMENTS = {"fail": "failure", "refused": "error", "skipped": "skipped"}


def render(verdict: Verdict, style: Style) -> str:
    """One suite named after the run. A condition that could not be judged is an error, one not compared is skipped."""
    counts = {state: sum(one.outcome == state for one in verdict.outcomes) for state in _ELEMENTS}
    totals = f'tests="{len(verdict.outcomes)}" failures="{counts["fail"]}" errors="{counts["refused"]}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="selectmodel gate" {totals}>',
        f'  <testsuite name={_attribute(_suite(verdict))} {totals} skipped="{counts["skipped"]}">',
        "    <properties>",
        *(f"      <property name={_attribute(name)} value={_attribute(value)}/>" for name, value in _facts(verdict)),
        "    </properties>",
        *(line for one in verdict.outcomes for line in _case(one, _suite(verdict))),
        "  </testsuite>",
        "</testsuites>",
    ]
    return inert("\n".join(lines) + "\n", "&#58;", "&#91;")


def _suite(verdict: Verdict) -> str:
    return verdict.report.run.name if verdict.report else verdict.source


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    yield "verdict", verdict.result
    if verdict.report is not None:
        pick = verdict.report.recommended
        yield "recommended", place_of(pick.epoch, pick.step)
        yield "checkpoint", pick.checkpoint or ""
    if verdict.baseline is not None:
        yield "baseline", verdict.baseline.why


def _case(one: Outcome, suite: str) -> Iterator[str]:
    head = f"    <testcase name={_attribute(one.name)} classname={_attribute(suite)}"
    if one.outcome == "pass":
        yield f"{head}>"
        yield f"      <system-out>{_text(one.reason)}</system-out>"
    else:
        element = _ELEMENTS[one.outcome]
        yield f"{head}>"
        said = f"type={_attribute(one.kind)} message={_attribute(one.reason)}"
        yield f"      <{element} {said}>{_text(one.reason)}</{element}>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(visible(text, LONGEST))


def _text(text: str) -> str:
    return escape(visible(text, LONGEST))
