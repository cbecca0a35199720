"""What is said of a name or a setting that is none: all of it at once, with the nearest name."""

from __future__ import annotations

import pytest

from selectmodel.errors import PolicyError
from selectmodel.policy.policy import Policy, accepted_settings, with_keys
from selectmodel.settings import did_you_mean


@pytest.mark.parametrize(
    ("word", "names", "said"),
    [
        ("gapp", ["gap", "best"], "did you mean gap?"),
        ("gap", ["gap", "gaps"], "did you mean gaps?"),
        ("gap", ["gap"], "there are gap"),
        ("zzz", ["gap", "best"], "there are gap, best"),
        ("zzz", [], "there are none"),
        ("a" * 100_000, ["a" * 100_000, "b"], "there are " + "a" * 100_000 + ", b"),
        ("", ["run"] * 300, "there are " + ", ".join(["run"] * 100) + " and 200 more"),
    ],
)  # fmt: skip
def test_the_nearest_else_all(word: str, names: list[str], said: str) -> None:
    assert did_you_mean(word, names) == said


@pytest.mark.parametrize("rules", [{"gap": {"weight": -1, "wait": 3}}])
def test_all_that_is_wrong_with_a_rules_settings_is_said_at_once(rules: dict[str, dict[str, int]]) -> None:
    with pytest.raises(PolicyError) as given:
        with_keys(Policy(), rules)
    with pytest.raises(PolicyError) as held:
        accepted_settings(Policy(rules=rules), "gap")
    for refused in (given, held):
        weight, wait = refused.value.problems
        assert weight.startswith("gap.weight: -1.0 is not allowed; it takes a number")
        assert wait == "gap.wait: gap has no such setting; did you mean weight?"
