"""The settings that decided and where an answer comes from: tables of the page that a click unfolds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from places import SAMPLES

import selectmodel as sm
from selectmodel.pages.sheet import Section, Sheet

LOG = SAMPLES / "keras" / "overfitting.csv"
CYCLES = [SAMPLES / "cycles" / f"cycle{number}.csv" for number in (1, 2, 3)]
ANSWERS = {
    "pick": lambda: sm.recommend(LOG),
    "gate": lambda: sm.gate(LOG, conditions=[{"metric": "val_accuracy", "min": 0.9}]),
    "compare": lambda: sm.compare(*CYCLES),
    "rank": lambda: sm.rank(SAMPLES / "sweep"),
    "advise": lambda: sm.advise(LOG),
}


def section(sheet: Sheet | None, title: str) -> Section:
    assert sheet is not None
    (found,) = (one for one in sheet.sections if one.title == title)
    assert found.folded
    return found


def settings(sheet: Sheet | None) -> dict[str, tuple[str, str]]:
    """Each setting: its value and whose it is."""
    table = section(sheet, "Settings").table
    assert table is not None
    return {row[0].text: (row[1].text, row[2].text) for row in table.rows}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_option_of_the_rule_that_decided_is_told(name: str) -> None:
    told = settings(ANSWERS[name]().sheet())
    assert told["aim_accuracy.train_weight"] == ("4", "default")
    assert told["only_saved"] == ("false", "default")


@pytest.mark.parametrize("name", ANSWERS)
def test_each_file_is_told_with_its_size_and_hash(name: str) -> None:
    sheet = ANSWERS[name]().sheet()
    found = section(sheet, "Where this comes from")
    assert found.table is not None
    log = next(row for row in found.table.rows if row[0].text.endswith(".csv"))
    content = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in SAMPLES.rglob("*.csv")}
    assert log[1].text == f"{content[log[2].text].stat().st_size:,}"
    assert {"Program", "Made on"} <= {fact.label for fact in found.facts}


def test_what_was_given_is_told_as_given(tmp_path: Path) -> None:
    policy = {"rule": "gap", "gap": {"weight": 0.3}, "patience": {"patience": 7}, "checks": {"overfitting": "off"}}
    told = settings(sm.recommend(LOG, min_epoch=5, **policy).sheet())
    assert told["gap.weight"] == ("0.3", "given") and told["min_epoch"] == ("5", "given")
    assert told["patience.patience"] == ("7", "given") and told["checks.overfitting.level"] == ("off", "given")
    assert not any(name.startswith("aim_accuracy.") for name in told)


def test_the_settings_of_a_gate_are_its_conditions_too() -> None:
    told = settings(ANSWERS["gate"]().sheet())
    assert told["gate 1"] == ("val_accuracy min 0.9", "given")
    assert told["require.first_run"][1] == "default"


def test_a_ranking_that_is_remembered_has_its_settings(tmp_path: Path) -> None:
    both = [sm.rank(SAMPLES / "sweep", rule="best", cache=tmp_path / "cache") for _ in range(2)]
    assert settings(both[0].sheet()) == settings(both[1].sheet())
    assert both[1].policy.rule == "best"


def test_a_log_that_is_gone_leaves_the_answer_shown(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_bytes(LOG.read_bytes())
    report = sm.recommend(log)
    log.unlink()
    assert section(report.sheet(), "Where this comes from").table is None
    assert "Ship epoch 12" in report._repr_html_()


def test_the_verdict_against_the_last_cycle_comes_first() -> None:
    sheet = ANSWERS["compare"]().sheet()
    assert sheet is not None
    assert sheet.verdict == "Cannot tell whether cycle3.csv is better than cycle2.csv"
    facts = {fact.label: fact.text for fact in sheet.facts}
    assert list(facts)[:2] == ["Values", "Expect"]
    assert facts["First"].startswith("better than cycle1.csv: val_accuracy 0.826 → 0.940")
    assert [one.title for one in sheet.sections][:2] == [
        "cycle3.csv against cycle2.csv, metric by metric", "cycle3.csv against cycle1.csv, metric by metric",
    ]  # fmt: skip


def test_a_comparison_of_two_has_one_verdict() -> None:
    sheet = sm.compare(*CYCLES[:2]).sheet()
    assert sheet is not None
    assert sheet.verdict == "cycle2.csv is better than cycle1.csv" and sheet.tone == "good"
    assert "First" not in {fact.label for fact in sheet.facts}


@pytest.mark.parametrize("name", ["pick", "compare", "rank"])
def test_the_box_says_what_the_screen_says(name: str) -> None:
    answer = ANSWERS[name]()
    sheet, screen = answer.sheet(), " ".join(str(answer).split()).replace(" · ", ", ")
    assert sheet is not None and sheet.verdict in screen
    for fact in sheet.facts:
        if (name, fact.label) not in {("pick", "Judged by"), ("rank", "Settings")}:  # of which the page says more
            assert fact.text.replace(" · ", ", ") in screen
