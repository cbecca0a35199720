"""Chances in words, no finer than they were measured.

A number such as 84 % claims more than is known: what was found differs from it by up to ten points from one corpus to
another. So each is put into one of a few bands, and of each band is said what was found in it, on three corpora, in
logs of all kinds: benchmarks/decisions/sure.md. The bands were chosen on these three corpora, and tried on no others.
"""

from __future__ import annotations

#: From so much on → how often no epoch is better by more than a point.
NO_BETTER = (
    (0.95, "more than 9 in 10"),
    (0.85, "about 9 in 10"),
    (0.65, "about 3 in 4"),
    (0.45, "about 1 in 2"),
    (0.0, "less than 1 in 2"),
)
#: From so much on → how often the epoch shipped is the better one of two; "" where either may be. The lowest are those
#: of rules that ship what the scores speak against.
OF_TWO = (
    (0.95, "more than 19 of 20"),
    (0.8, "about 9 of 10"),
    (0.6, "about 7 of 10"),
    (0.2, ""),
    (0.05, "about 1 of 10"),
    (0.0, "less than 1 of 20"),
)


def no_better(chance: float) -> str:
    """How often no epoch is better by more than a point, such as "about 3 in 4"."""
    return next(words for least, words in NO_BETTER if chance >= least)


def of_two(chance: float) -> str:
    """How often the epoch shipped is the better one, such as "about 7 of 10"; "" where either may be."""
    return next(words for least, words in OF_TWO if chance >= least)
