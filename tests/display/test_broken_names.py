"""Long names in lines: nothing is lost, no line is too long, and a line ends where a reader expects it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.display.breaking import broken


@given(st.text(st.sampled_from("ab/-_. 0"), max_size=60), st.integers(8, 60))
def test_nothing_is_lost(name: str, width: int) -> None:
    lines = broken(name, width).split("\n")
    assert "".join(lines) == name
    pieces = [
        len(word) for word in name.replace("/", "-").replace("_", "-").replace(".", "-").replace(" ", "-").split("-")
    ]
    assert all(len(line) <= width for line in lines) or max(pieces) >= width


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("drop0.5-lr0.003/seed-1", 22, ["drop0.5-lr0.003/seed-1"]),
        ("drop0.5-lr0.003/seed-1", 16, ["drop0.5-lr0.003/", "seed-1"]),
        ("drop0.5-lr0.003/seed-1", 14, ["drop0.5-lr0.", "003/seed-1"]),
        ("a/b", 8, ["a/b"]),
    ],
)
def test_where_lines_end(name: str, width: int, lines: list[str]) -> None:
    assert broken(name, width) == "\n".join(lines)
