"""Epochs in words, of however many: they are looked at one after the other, and none is kept."""

import tracemalloc
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from selectmodel.display import numbers


def _plainly(labels: Sequence[tuple[int, float]], most: int) -> str:
    runs: list[list[tuple[int, float]]] = []
    for one in labels:
        if runs and runs[-1][-1][0] == one[0] - 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    texts = []
    for run in runs[:most]:
        first, last = run[0][1], run[-1][1]
        between = ", " if len(run) == 2 and last - first > 1 else "–"
        ends = [numbers.label(first), numbers.label(last)]
        texts.append(ends[0] if first == last else between.join(ends))
    left = sum(map(len, runs[most:]))
    return ", ".join(texts) + (f" and {left} more" if left else "")


@given(st.sets(st.integers(0, 30)), st.integers(1, 5), st.sampled_from((0.5, 1.0, 2.0)))
def test_ranges_are_those_of_positions_one_after_the_other(places: set[int], most: int, stride: float) -> None:
    labels = [(at, at * stride) for at in sorted(places)]
    assert numbers.ranges(iter(labels), most) == _plainly(labels, most)


def test_of_many_epochs_none_is_kept() -> None:
    tracemalloc.start()
    try:
        text = numbers.ranges((at, float(at)) for at in range(50_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert text == "0–49999"
    assert peak < 50_000
