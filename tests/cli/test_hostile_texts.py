"""Texts of plug-ins are somebody else's too: in every output they are as harmless as the names of a log.

Findings, reasons, advice with its code and its table, notes, evidence and doubts, in each format, by the parsers with
which the names are tried.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from test_hostile_names import FOR_GATES, FORMATS, LONG, NAMES, check

import selectmodel as sm
from selectmodel import registry
from selectmodel.commands.advise.guidance import Guidance
from selectmodel.commands.gate import judge
from selectmodel.display.style import Style
from selectmodel.policy import policy
from selectmodel.records import Advice, CheckFinding, Note

FRAME = pd.DataFrame(
    {"epoch": range(6), "val_loss": [0.9, 0.7, 0.5, 0.4, 0.55, 0.6], "loss": [0.9, 0.6, 0.5, 0.3, 0.2, 0.1]}
)
TEXTS = NAMES | {
    "a link": "[click](javascript:alert(1)) ![x](http://x.example/p.png) <http://x.example>",
    "a table": "| a | b |\n|---|---|\n| c |",
    "a heading": "# owned\n---\n```\ncode",
    "a label": 'x"} 1\nowned{a="b',
    "an entity": "&lt;script&gt; &#x3c; ]]> <![CDATA[",
    "a long one": "x" * 100_000,
    "control characters": "".join(map(chr, range(32))) + "\x7f\x9b",
}


def answered(text: str) -> Any:
    """A report in which everything that a plug-in may write is this text."""
    report = sm.recommend(sm.Run.from_frame(FRAME, name="run"))
    finding = CheckFinding("overfitting", "ACME1", "warn", text or " ", (1,), {text: math.nan, "b": math.inf})
    advice = Advice(
        text or " ", text, {text: 1.0}, why=text, rows=((text, "b"), (text, math.nan), ("=1+1", math.inf)), worth=1.0
    )
    pick = replace(report.recommended, reason=text or " ", evidence={text: math.nan})
    return replace(
        report,
        recommended=pick,
        picks={**report.picks, pick.rule: pick},
        findings=(finding, replace(finding, level="fail")),
        advice=(("regularisation", advice),),
        notes=(Note("SM181", text, text, "warn"),),
        doubt=text,
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("verbose", [False, True])
def test_texts_of_plug_ins(text: str, verbose: bool) -> None:
    report = answered(text)
    asked = policy.Policy()
    verdict = judge.judge(report, asked)
    for answer in (report, verdict, Guidance((report,), report.advice)):
        for form in FORMATS:
            if form in FOR_GATES and answer is not verdict:
                continue
            if form == "html" and verbose:  # a page is the same either way
                continue
            page = registry.load("reports", form).render(answer, Style(verbose=verbose))
            assert isinstance(page, str)
            check(form, page)
            if form == "json":
                json.loads(page, parse_constant=pytest.fail)


@pytest.mark.parametrize("name", LONG)
def test_texts_that_are_long_or_nothing(name: str) -> None:
    report = answered(LONG[name])
    for form in (one for one in FORMATS if one not in FOR_GATES):
        check(form, registry.load("reports", form).render(report, Style()))
