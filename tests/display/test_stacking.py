"""A table on a screen without room for it: every word of it is there, whole, in lines that fit."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from selectmodel.display import tables
from selectmodel.display.console import console, show
from selectmodel.display.style import Style
from selectmodel.display.tables import TableColumn


def printed(columns: list[TableColumn], width: int, *, lines: bool = False) -> list[str]:
    style, out = Style(width=width, lines=lines), io.StringIO()
    show([tables.filled(columns, style, width)], console(out, style))
    return [line.rstrip() for line in out.getvalue().splitlines()]


METRICS = TableColumn("metric", [Text("val_accuracy"), Text("val_loss")], left=True)
INTERVAL = TableColumn("90 % interval", [Text("-0.012 to +0.038"), Text("-0.036 to +0.145")])
VERDICT = TableColumn("verdict", [Text("cannot tell"), Text("worse")], left=True)
NEEDED = TableColumn("examples\nneeded", [Text("1,830"), Text("")], dispensable=1)


def test_a_table_that_fits_is_one() -> None:
    assert printed([METRICS, INTERVAL, VERDICT, NEEDED], 80) == [
        "                                             examples",
        "metric           90 % interval  verdict        needed",
        "val_accuracy  -0.012 to +0.038  cannot tell     1,830",
        "val_loss      -0.036 to +0.145  worse",
    ]


def test_the_dispensable_goes_first() -> None:
    assert printed([METRICS, INTERVAL, VERDICT, NEEDED], 45)[0] == "metric           90 % interval  verdict"


@pytest.mark.parametrize("lines", [False, True])
def test_then_each_row_stands_by_itself(lines: bool) -> None:
    assert printed([METRICS, INTERVAL, VERDICT, NEEDED], 40, lines=lines) == [
        "val_accuracy cannot tell",
        "  90 % interval -0.012 to +0.038",
        "val_loss worse",
        "  90 % interval -0.036 to +0.145",
    ]


def test_rows_of_numbers_are_called_by_the_first_column() -> None:
    numbers = [TableColumn(name, [Text("1" * 15), Text("2" * 15)]) for name in ("epoch", "loss", "gap")]
    assert printed(numbers, 40)[0] == "epoch 111111111111111"


WORDS = st.text("abcdef0123456789", min_size=1, max_size=14)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=2, max_size=5)),
       st.sampled_from([40, 55, 72, 100, 200]), st.booleans())  # fmt: skip
def test_nothing_is_cut_and_all_of_it_fits(rows: list[list[str]], width: int, lines: bool) -> None:
    head, *body = rows
    columns = [TableColumn(name, [Text(row[at]) for row in body], left=at % 2 == 0) for at, name in enumerate(head)]
    shown = printed(columns, width, lines=lines)
    assert max(map(len, shown)) <= width
    words = " ".join(shown).split()
    assert all(word in words for row in body for word in row) and "…" not in "".join(shown)
