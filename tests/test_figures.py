"""Numbers for people, and names made harmless."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.escaping import visible
from selectmodel.figures import column, decimals, figure, ranges


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9, 0.89996], ["0.90000", "0.89996"]),
        ([0.944, 0.932], ["0.944", "0.932"]),
        ([0.2134, 0.21341], ["0.21340", "0.21341"]),
        ([18138912.0], ["1.814e+07"]),
        ([5.0, 12.25], ["5.0", "12.2"]),
        ([1e-6, 2e-6], ["0.00000100", "0.00000200"]),
        ([math.nan, 1.0], ["–", "1.00"]),
        ([0.0], ["0.000"]),
        ([math.inf, 0.5], ["inf", "0.500"]),
        ([123.456], ["123"]),
    ],
)
def test_columns(values: list[float], texts: list[str]) -> None:
    assert column(values) == texts


@given(st.lists(st.floats(0, 100, allow_subnormal=False).map(lambda x: round(x, 8)), min_size=1, max_size=8))
def test_different_values_are_shown_differently(values: list[float]) -> None:
    places = decimals(values)
    assert len({figure(value, places) for value in values}) == len(set(values))


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([(3, 34), (4, 35), (5, 36)], "34–36"),
        ([(0, 1), (2, 3)], "1, 3"),
        ([(0, 0), (2, 2), (4, 4), (6, 6), (8, 8), (9, 9)], "0, 2, 4, 6 and 2 more"),
        ([(0, 0.5), (1, 1.0)], "0.5–1"),
    ],
)
def test_ranges(labels: list[tuple[int, float]], text: str) -> None:
    assert ranges(labels) == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("val_loss", "val_loss"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\r\t\x00", "a\\x0ab\\x0d\\x09\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\x9b31m", "\\x9b31m"),
        ("Genauigkeit_für_Größe→", "Genauigkeit_für_Größe→"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_visible(name: str, shown: str) -> None:
    assert visible(name) == shown


@given(st.text(alphabet=st.characters()))
def test_nothing_that_controls_a_terminal_remains(name: str) -> None:
    shown = visible(name, None)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202a\u202b\u202c\u202d\u202e" for c in shown)


def test_a_very_long_name_is_shortened() -> None:
    assert len(visible("x" * 1_000_000)) <= 120
