"""Cells that hold a number and something around it: percent signs, brackets, what libraries print around a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.readers.table.cells import has_decimal_comma, parse


@pytest.mark.parametrize(
    "text",
    [
        "[0.85]", "(0.85)", "(0.85,)", "[[0.85]]", "tensor([0.85])", "tensor(0.85, device='cuda:0')", "array(0.85)",
        "array([0.85], dtype=float32)", "np.float32(0.85)", "np.array([0.85])", "'0.85'", "['0.85']",
        "tf.Tensor(0.85, shape=(), dtype=float32)", "<tf.Tensor: shape=(), dtype=float32, numpy=0.85>", "[ 0.85 ]",
        "0.85*", "0.85 **", "0.85 (best)", "0.85 ± 0.01", "0.85+/-0.01", "[0.85*]",
    ],
)  # fmt: skip
def test_one_number_is_unwrapped(text: str) -> None:
    column = parse(["0.5", text])
    assert column.values.tolist() == [0.5, 0.85]
    assert column.unwrapped.tolist() == [1]
    assert not len(column.bad)


@pytest.mark.parametrize(
    "text", ["[0.85, 0.9]", "(0.8, 0.9)", "0.85 (worse)", "[]", "[a]", "%", "5%%", "[0.85", "0.8%0.9", "1_0", "0.85*2"]
)
def test_anything_else_is_no_number(text: str) -> None:
    column = parse(["0.5", text])
    assert column.bad.tolist() == [1]


def test_percent_signs_are_a_unit() -> None:
    assert parse(["15.28%", "85.98 %", "", "nan%", "100%"]).numbers.tolist()[:2] == [15.28, 85.98]
    assert parse(["0.53%", "0.9%"]).values.tolist() == [0.0053, 0.009]


@pytest.mark.parametrize(
    ("cells", "bad"),
    [
        (["85.1%", "86.2%", "0.87"], [2]),
        (["0.85", "0.86", "87%"], [2]),
        (["0.85", "87%"], [1]),
        (["7%", "x", "8%"], [1]),
    ],
)
def test_of_two_units_in_a_column_the_fewer_cells_are_none(cells: list[str], bad: list[int]) -> None:
    column = parse(cells)
    assert column.bad.tolist() == bad
    assert not np.isin(column.bad, column.unwrapped).any()
    assert np.isfinite(column.values).sum() == len(cells) - len(bad)


@given(st.lists(st.text("0123456789.%[]()' -eE,", max_size=9), max_size=9))
def test_each_cell_is_a_number_or_bad_or_missing(cells: list[str]) -> None:
    column = parse([cell.strip() for cell in cells])
    assert not column.present[column.bad].any()
    assert column.present.sum() == len(column.numbers)
    assert column.present[column.unwrapped].all()


def test_percents_with_a_decimal_comma_name_the_flag() -> None:
    assert has_decimal_comma("50,25%") and has_decimal_comma("50,25 %") and has_decimal_comma("[0,5]")
    assert parse(["50,25%", "51,5 %"], decimal=",").numbers.tolist() == [50.25, 51.5]
