"""Chances are said in bands: every chance has words, and these say no more than the band holds."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT

from selectmodel.selection import in_words

SURE = ROOT / "benchmarks" / "decisions" / "sure.md"


@given(st.floats(0, 1))
def test_every_chance_has_words(chance: float) -> None:
    assert in_words.no_better(chance)
    assert in_words.of_two(chance) == "" or " of " in in_words.of_two(chance)


@pytest.mark.parametrize("bands", [in_words.NO_BETTER, in_words.OF_TWO])
def test_words_lie_within_their_band(bands: tuple[tuple[float, str], ...]) -> None:
    edges = [1.0, *(least for least, _ in bands)]
    assert edges == sorted(edges, reverse=True) and edges[-1] == 0
    for (above, least), (_, words) in zip(pairwise(edges), bands, strict=True):
        if not words:
            continue
        part, whole = (int(number) for number in re.findall(r"\d+", words))
        if words.startswith("about"):
            assert least <= part / whole <= above
        elif words.startswith("more than"):
            assert part / whole <= least
        else:
            assert words.startswith("less than") and part / whole >= above


@pytest.mark.skipif(not SURE.exists(), reason="benchmarks/decisions is absent")
def test_the_page_measures_these_words() -> None:
    page = SURE.read_text(encoding="utf-8")
    for words in (words for bands in (in_words.NO_BETTER, in_words.OF_TWO) for _, words in bands if words):
        if not words.endswith(("1 of 10", "1 of 20")):  # of the default rule nothing so low is said
            assert f"| {words} |" in page
