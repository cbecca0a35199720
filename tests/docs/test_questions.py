"""The questions on the page of guides have the answers that pick gives; made anew by ``python -m tests.regenerate``."""

from __future__ import annotations

import re

from places import ROOT

import selectmodel as sm

PAGE = ROOT / "docs" / "how-to" / "index.md"
QUESTION = re.compile(r"^\| (?P<question>[^|]+\?) \| `(?P<log>[\w.]+)` \| (?P<code>SM2\d\d)[^|]* \|$", re.MULTILINE)


def answered(row: re.Match[str]) -> str:
    """A row with what pick finds today."""
    question, log, code = (row[part] for part in ("question", "log", "code"))
    found = sm.recommend(sm.read(ROOT / "sample_logs/keras" / log)).findings
    told = [finding.message for finding in found if finding.code == code]
    assert told, f"{log}: {code} is not found"
    return f"| {question} | `{log}` | {code}: {told[0]} |"


def test_the_questions_are_answered() -> None:
    rows = list(QUESTION.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(rows) >= 10
    for row in rows:
        assert row[0] == answered(row)


def write() -> None:
    """Puts today's answers into the table."""
    if PAGE.exists():
        PAGE.write_text(QUESTION.sub(answered, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
