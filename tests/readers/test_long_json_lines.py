"""JSON lines are parsed a piece at a time: where a piece ends changes nothing, and less is held at once."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.readers.objects import json_text, rows
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import row_parts

LINES = st.lists(
    st.sampled_from(
        (
            '{"epoch": 1}',
            '{"epoch": 2, "loss": [1, 2]}',
            "",
            "  ",
            '{"epoch": 1, "epoch": 2}',
            "epoch 1",
            '{"epoch": NaN}',
            '{"epoch": 3, "loss": 1',
            '"val_loss": 2}',
            '{"epoch": 4}, {"epoch": 5}',
        )
    ),
    max_size=8,
)


def _read(text: str, piece: int) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_PIECE", piece)
        try:
            return repr(json_text.lines(text.encode(), "log.jsonl", "log.jsonl", ReadOptions()))
        except LogError as error:
            return str(error)


@given(LINES, st.sampled_from(("\n", "", '\n{"epoch"')), st.integers(0, 40))
def test_where_a_piece_ends_changes_nothing(lines: list[str], end: str, piece: int) -> None:
    text = "\n".join(lines) + end
    assert _read(text, piece) == _read(text, 1 << 20)


def test_no_more_is_held_than_the_objects_and_the_text() -> None:
    line = '{"epoch": %d, "train_loss": 0.3125, "val_loss": 0.4375, "val_accuracy": 0.8125}\n'
    data = b"".join(line.encode() % epoch for epoch in range(60_000))
    objects = json.loads(f"[{','.join(data.decode().splitlines())}]")
    tracemalloc.start()
    try:
        again = [dict(one) for one in objects]
        held = tracemalloc.get_traced_memory()[0]
        del again
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        found = json_text.lines(data, "log.jsonl", "log.jsonl", ReadOptions())
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert found.objects == objects
    numbers = 60_000 * (4 * 32 + 2 * 32 + 2 * 8)  # of the objects and of the lines, and the two lists
    assert peak < 1.1 * (held + numbers) + 2 * len(data)


def test_objects_whose_places_all_differ_are_joined_with_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Objects([1, 2], [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    asked: list[object] = []
    monkeypatch.setattr(row_parts, "wholes_of_objects", lambda *given: asked.append(given))
    assert rows.completed(found, "epoch") == found
    assert not asked


def test_objects_of_one_place_are_joined_still() -> None:
    found = Objects([1, 2, 3], [{"epoch": 1, "loss": 0.5}, {"epoch": 1, "val_loss": 1.5}, {"epoch": 2, "loss": 0.25}])
    joined = rows.completed(found, "epoch")
    assert joined.lines == [1, 3]
    assert joined.objects == [{"epoch": 1, "loss": 0.5, "val_loss": 1.5}, {"epoch": 2, "loss": 0.25}]


@pytest.mark.parametrize("rows_at_once", [1, 2, 3, 100])
def test_columns_are_the_same_however_many_rows_are_turned_at_a_time(
    rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [
        {"epoch": 1, "loss": 0.5},
        {"epoch": 2, "val": 3},
        {"epoch": 3, "loss": "x"},
        {"epoch": 4, "loss": 10**400},
    ]
    found = Objects([1, 2, 3, 4, 5], [*kinds, {"epoch": 5, "loss": None}])
    monkeypatch.setattr(rows, "_AT_ONCE", rows_at_once)
    table = rows.table(found, "log.jsonl", "log.jsonl")
    seen = dict(zip(table.names, (column.numbers for column in table.columns), strict=True))
    assert seen["epoch"].values.tolist() == [1, 2, 3, 4, 5]
    assert seen["loss"].present.tolist() == [True, False, False, False, False]
    assert seen["loss"].bad.tolist() == [2, 3]
    assert seen["val"].values.tolist()[1] == 3


def test_an_object_over_two_lines_is_not_made_up_for_by_two_on_another_line() -> None:
    text = '{"epoch": 3, "loss": 1\n"val_loss": 2}\n{"epoch": 4}, {"epoch": 5}\n{"epoch": 6}\n'
    found = json_text.lines(text.encode(), "log.jsonl", "log.jsonl", ReadOptions())
    assert (list(found.lines), list(found.objects)) == ([4], [{"epoch": 6}])
    assert found.notes
