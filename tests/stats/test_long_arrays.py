"""Long arrays gone through number by number hold what their lists hold."""

from __future__ import annotations

import math

import numpy as np
import pytest

from selectmodel.stats import long_arrays, smoothing


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_arrays, "_AT_ONCE", 4)
    monkeypatch.setattr(long_arrays, "_MANY", 8)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, 9, 30])
@pytest.mark.parametrize("dtype", [float, int, bool])
def test_each_number_once_and_as_in_a_tuple(count: int, dtype: type) -> None:
    array = (np.arange(count) % 7).astype(dtype)
    plain = long_arrays.plain(array)
    assert isinstance(plain, tuple) == (count <= 8)
    assert list(long_arrays.each(array)) == list(plain) == array.tolist()
    assert [type(number) for number in plain] == [dtype] * count
    assert len(plain) == count and list(plain[1:5]) == array.tolist()[1:5]
    assert np.array_equal(np.array(plain), array)
    if count:
        assert plain[-1] == array[-1] and type(plain[0]) is dtype
    with pytest.raises(IndexError):
        plain[count]


def test_distinct_numbers() -> None:
    assert long_arrays.distinct(np.array([])) == 0
    assert long_arrays.distinct(np.array([3.0, 1, 3, -0.0, 0])) == 3
    assert long_arrays.distinct(np.array([math.nan, math.nan, 1])) == 3


@pytest.mark.parametrize("window", [1, 3, 5, 31])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_means_in_blocks_are_those_of_the_whole(window: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(count).normal(size=count) * 10.0 ** (np.arange(count) % 5)
    values[3::11] = np.nan
    values[5::13] = np.inf
    whole = smoothing.centred_mean(values, window)
    for block in (1, 3, 8):
        monkeypatch.setattr(smoothing, "_AT_ONCE", block)
        assert smoothing.centred_mean(values, window).tobytes() == whole.tobytes()
