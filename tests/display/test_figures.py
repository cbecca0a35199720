"""Numbers for people, and names made harmless."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.display.escaping import visible
from selectmodel.display.numbers import column, figure, label, ranges, scale


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9, 0.89996], ["0.90000", "0.89996"]),
        ([0.944, 0.932], ["0.944", "0.932"]),
        ([0.2134, 0.21341], ["0.21340", "0.21341"]),
        ([18138912.0], ["1.814e+07"]),
        ([5.0, 12.25], ["5.0", "12.2"]),
        ([1e-6, 2e-6], ["0.00000100", "0.00000200"]),
        ([0.0001, 0.5], ["0.0001", "0.5000"]),
        ([3e-7, 0.5, 0.0], ["3.000e-07", "5.000e-01", "0.000"]),
        ([4.932e-10, 5.09e-10], ["4.932e-10", "5.090e-10"]),
        ([-1.8e8, 7.2e6], ["-1.800e+08", "7.200e+06"]),
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
    """All but those that single precision could not tell apart."""
    found = scale(values)
    ordered = sorted(set(values))
    apart = [one for one, other in zip(ordered, [*ordered[1:], math.inf], strict=True) if other - one > found.least]
    assert len({found.show(value) for value in values}) >= len(apart)


@pytest.mark.parametrize(
    ("values", "difference", "text"),
    [
        ([0.478, 0.489], 0.0104, "+0.010"),
        ([0.38961, 0.38962], 3.4e-7, "+3.4e-07"),
        ([4.9e-10, 5.1e-10], 1.6e-11, "+1.6e-11"),
        ([4.7e7], -2.5e7, "-2.5e+07"),
        ([0.5], 0.0, "+0.000"),
    ],
)
def test_differences(values: list[float], difference: float, text: str) -> None:
    assert scale(values).difference(difference) == text


def test_a_number_that_stands_alone() -> None:
    assert [figure(value) for value in (0.47831, 1.0, 91.66, 5e-10)] == ["0.478", "1.00", "91.7", "5.000e-10"]


def test_epochs_and_steps_are_never_rounded() -> None:
    assert [label(at) for at in (0.0, 1_234_567, 12_345_678_901.0, 0.21447721179624665)] == [
        "0", "1234567", "12345678901", "0.214477",
    ]  # fmt: skip
    assert ranges([(0, 1_234_567), (1, 1_234_568)]) == "1234567–1234568"


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


def test_a_span_is_written_with_a_dash_unless_a_sign_would_run_into_it() -> None:
    written = scale([0.5, 0.25])
    assert written.span(0.25, 0.5) == "0.250–0.500"
    assert written.span(-0.25, 0.5) == "-0.250 to 0.500"


@pytest.mark.parametrize("value", [0.9995, 0.99951, 0.99999, 0.9999994, 99.96, 99.996, 1e-9, 0.0004])
def test_no_number_reads_as_a_bound_that_it_is_not(value: float) -> None:
    for texts in (column([value]), column([value, 0.5 * value]), column([value, value * 0.99999])):
        assert float(texts[0]) not in (0, 1, 100), texts


def test_nothing_is_minus_nought() -> None:
    assert scale([0.5, 0.6], apart=False).show(-0.0001) == "0.000"
    assert column([-0.0, 0.5]) == ["0.000", "0.500"]


@pytest.mark.parametrize(
    ("at", "text"),
    [(1.066666692495346, "1.06667"), (0.17777778208255768, "0.177778"), (100.00026, "100.0003"), (2.5, "2.5")],
)
def test_an_epoch_is_written_in_short(at: float, text: str) -> None:
    assert label(at) == text
