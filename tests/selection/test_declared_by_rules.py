"""Where a rule is shown, and by which of its settings early stopping is told, is what the rule itself says."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from questions import ask_of

from selectmodel import recommend, registry
from selectmodel.display.style import Style
from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Series
from selectmodel.registry.contract import Rule
from selectmodel.selection.report_screen import _shown
from selectmodel.selection.stopping import usual_patience
from selectmodel.stats.patience import new_bests


def shown(run: Run, **keys: Any) -> set[str]:
    report = recommend(run, **keys)
    return {name for name, pick in report.picks.items() if pick.index is not None and _shown(report, pick, Style())}


def a_run(*names: str) -> Run:
    steps = np.arange(4)
    series = {
        name: Series.of(name, steps, steps.astype(float), np.array([0.4, 0.2, 0.3, 0.5]) + 0.1 * at)
        for at, name in enumerate(names)
    }
    return Run("a", "a.csv", "csv", series)


def test_a_rule_is_in_the_table_where_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = a_run("val_loss", "loss")
    before = shown(run)
    hidden = next(name for name in registry.names("rules") if name not in before)
    own = registry.load

    def load(kind: Any, name: str) -> Any:
        found = own(kind, name)
        return dataclasses.replace(found, shown="always") if (kind, name) == ("rules", hidden) else found

    monkeypatch.setattr(registry, "load", load)
    assert shown(run) - before <= {hidden}
    report = recommend(run)
    assert _shown(report, dataclasses.replace(report.picks[hidden], index=0), Style())


def test_what_stands_in_for_the_loss_is_shown_without_one() -> None:
    stand_ins = {one for one in registry.names("rules") if registry.load("rules", one).shown == "without a loss"}
    assert stand_ins and stand_ins <= shown(a_run("val_accuracy"))
    assert not stand_ins & shown(a_run("val_loss", "val_accuracy"), rule="aim_loss")


def test_the_patience_is_that_of_any_rule_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    own = registry.constant

    def constant(kind: Any, name: str, key: str) -> Any:
        return "slack" if (name, key) == ("waiting", "STOPS_AFTER") else own(kind, name, key)

    asked = ask_of([0.5, 0.4])
    given = Policy(rules={"waiting": {"slack": 6}, "last": {}})
    monkeypatch.setattr(registry, "names", lambda kind: ("waiting",))
    monkeypatch.setattr(registry, "constant", constant)
    assert usual_patience(asked, given) == 6


def test_a_setting_that_a_rule_stops_by_is_one_of_its_own() -> None:
    from selectmodel import settings

    for name in registry.names("rules"):
        rule = registry.load("rules", name)
        assert isinstance(rule, Rule)
        assert rule.stops_after is None or rule.stops_after in settings.options(rule.pick)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, float("inf")]), max_size=30))
def test_new_bests_are_where_the_running_best_falls(cost: list[float]) -> None:
    found = new_bests(np.array(cost)).tolist()
    finite = [value for value in cost if np.isfinite(value)]
    assert [cost[at] for at in found] == sorted({min(finite[: at + 1]) for at in range(len(finite))}, reverse=True)
