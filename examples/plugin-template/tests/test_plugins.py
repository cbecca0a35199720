"""Each plug-in is installed and sound, and does what its own cases and examples say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import selectmodel
from selectmodel import registry
from selectmodel.commands.explain import plugins
from selectmodel.display.style import Style
from selectmodel.errors import SelectModelError
from selectmodel.records import Run, Series

MINE = [one for one in plugins.plugins().plugins if one.package == "my-selectmodel"]


def mine(kind: str) -> list[Any]:
    return [registry.load(kind, one.name) for one in MINE if one.kind == kind]


def run_of(columns: dict[str, Any]) -> Run:
    """A run of these columns, a value an epoch."""
    epochs = range(len(next(iter(columns.values()))))
    series = {name: Series.of(name, epochs, epochs, values) for name, values in columns.items()}
    return Run("case", "case", "case", series)


def test_all_are_installed_and_sound() -> None:
    assert MINE and [one.fault for one in MINE] == [""] * len(MINE)


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule in mine("rules") for case in rule.cases])
def test_a_rule_picks_what_its_cases_say(rule: Any, case: Any) -> None:
    given, columns, epoch = case
    asked = {"metric": next(iter(columns)), "rule": rule.name, "checkpoints": "off", rule.name: given}
    assert selectmodel.recommend(run_of(columns), **asked).recommended.epoch == epoch


@pytest.mark.parametrize(("check", "case"), [(check, case) for check in mine("checks") for case in check.cases])
def test_a_check_says_what_its_cases_say(check: Any, case: Any) -> None:
    given, columns, said = case
    asked = {"metric": next(iter(columns)), "checkpoints": "off", "checks": {check.name: given}}
    found = selectmodel.recommend(run_of(columns), **asked).findings
    messages = [one.message for one in found if one.check == check.name]
    assert any(said in message for message in messages) if said else messages == []


@pytest.mark.parametrize(("reader", "example"), [(one, example) for one in mine("readers") for example in one.examples])
def test_a_reader_reads_its_examples_whole_and_cut(reader: Any, example: Any, tmp_path: Path) -> None:
    content, epochs = example
    file = tmp_path / reader.files[0].replace("*", "example")
    file.write_bytes(content)
    whole = selectmodel.read(file)
    assert whole.format == reader.format
    assert sorted({epoch for series in whole.series.values() for epoch in series.epochs}) == list(epochs)
    for end in range(len(content)):
        file.write_bytes(content[:end])
        try:
            run = selectmodel.read(file)
        except SelectModelError:
            continue
        # What is left of a cut log is part of the whole one, and said to be cut where a line is.
        for name, series in run.series.items():
            assert set(series.epochs) <= set(whole.series[name].epochs)
            assert set(series.values) <= set(whole.series[name].values)
        assert run.notes or content[:end].endswith(b"\n")


@pytest.mark.parametrize("report", mine("reports"))
def test_a_report_lets_no_name_act_on_a_screen(report: Any) -> None:
    answer = selectmodel.recommend(
        run_of({"val_loss\x1b[2J": (0.5, 0.4)}), checkpoints="off", metric="val_loss\x1b[2J:min"
    )
    assert "\x1b" not in report.render(answer, Style())
