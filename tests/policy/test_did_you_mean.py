"""The tail of every sentence that says there is no such name."""

from __future__ import annotations

import pytest

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
