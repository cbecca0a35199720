"""At an edge, inside, or not to be told: only what all that are as good agree on is said without a word more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from selectmodel.commands.rank.questions import edges
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.rank import _ranking
from selectmodel.commands.rank.ranking import RankedRun, Ranking

MATTERS = Answered("importance", "", ({"setting": "lr", "low": 0.2}, {"setting": "width = depth", "low": 0.0}))


def ranked(values: Sequence[float]) -> Ranking:
    """Runs of rates 1, 2, 3, …, each worth a value; equal ones share their place."""
    runs = [
        RankedRun(
            str(at), str(at), "", "best", "acc", "max", 1.0, None, value, value,
            hparams={"lr": float(at + 1), "width": 10 - at, "depth": 2 * at},
        )
        for at, value in enumerate(values)
    ]  # fmt: skip
    return _ranking(["sweep"], runs, [], (), 20)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.1, 0.9, 0.2, 0.3], "inside the range that was tried: lr"),
        ([0.1, 0.2, 0.3, 0.9], "lr 4 is at the upper edge of 1 to 4"),
        ([0.9, 0.2, 0.3, 0.1], "lr 1 is at the lower edge of 1 to 4"),
        ([0.1, 0.2, 0.9, 0.9], "inside, but it or some that are as good lie near an edge: lr"),
        ([0.9, 0.9, 0.2, 0.3], "lr 1 is at the lower edge of 1 to 4, but not so in all that are as good"),
    ],
)
def test_where_the_best_stands(values: list[float], said: str) -> None:
    told = edges.edges(ranked(values), MATTERS)
    assert told is not None and told.said == f"of the best run, {said}; nothing shows an effect of width, depth"


def test_without_importances_all_are_told() -> None:
    told = edges.edges(ranked([0.1, 0.9, 0.2, 0.3]))
    assert told is not None and told.said == "of the best run, inside the range that was tried: lr, width, depth"


def test_rows_say_what_the_sentence_says() -> None:
    told = edges.edges(ranked([0.1, 0.2, 0.9, 0.9]), MATTERS)
    assert told is not None
    (rate,) = [row for row in told.rows if row["setting"] == "lr"]
    assert (rate["at"], rate["as_good_inside"], rate["as_good_near_edge"]) == ("inside", True, True)
    assert {row["at"] for row in told.rows if row["setting"] != "lr"} == {"of no effect"}


def test_the_best_beside_an_edge_settles_nothing() -> None:
    told = edges.edges(ranked([0.1, 0.9, *(0.2 + at / 100 for at in range(18))]), MATTERS)
    assert told is not None
    assert told.said.startswith("of the best run, inside, but it or some that are as good lie near an edge: lr;")
