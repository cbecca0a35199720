"""Steps at the very ends of what 64 bits hold."""

from __future__ import annotations

import numpy as np
import pytest

from selectmodel.records import Series
from selectmodel.selection import alignment

ENDS = np.iinfo(np.int64)


@pytest.mark.parametrize("first", [ENDS.min, ENDS.min + 1, -5])
@pytest.mark.parametrize("last", [ENDS.max, 7])
def test_the_unit_of_extreme_steps_is_told_without_overflow(first: int, last: int) -> None:
    far = Series.of("a", np.array([first, 0, 1, last]), np.full(4, np.nan), np.ones(4))
    near = Series.of("b", np.array([2, 3, 4, 5]), np.full(4, np.nan), np.ones(4))
    wide = max(abs(first), abs(last)) > 2**60
    assert alignment.same_unit(far, near) is not wide
    assert alignment.same_unit(near, far) is not wide
