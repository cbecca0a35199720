"""What hostile or merely long logs cost: never more than in proportion to their length. No clock: work is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import ChoiceError, LogError
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.readers import generic_csv
from selectmodel.readers.table import careful, fast, segments, text_rows
from selectmodel.records import Bools, Ints


def plainly_split(labels: list[float], values: list[int]) -> list[tuple[int, int]]:
    """Segments found row by row."""
    starts = [0]
    for row in range(1, len(labels)):
        repeated = labels[row] == labels[row - 1] and values[row] == values[row - 1]
        if labels[row] <= labels[row - 1] and labels[row] <= labels[starts[-1]] and not repeated:
            starts.append(row)
    return list(zip(starts, [*starts[1:], len(labels)], strict=True))


rows = st.lists(st.tuples(st.integers(0, 5).map(float), st.integers(0, 1)), min_size=1, max_size=25)


@given(rows)
def test_segments_are_those_found_row_by_row(logged: list[tuple[float, int]]) -> None:
    labels, values = np.array([label for label, _ in logged]), np.array([value for _, value in logged])
    same = lambda ones, others: values[ones] == values[others]  # noqa: E731
    expected = plainly_split(labels.tolist(), values.tolist())
    assert [(found.start, found.stop) for found in segments.split(labels, same)] == expected


@given(rows)
def test_the_row_written_last_counts(logged: list[tuple[float, int]]) -> None:
    labels = [label for label, _ in logged]
    last = {label: row for row, label in enumerate(labels)}
    kept, old = segments.latest(np.array(labels))
    assert kept.tolist() == [last[label] for label in sorted(last)]
    assert old.tolist() == [row for row, label in enumerate(labels) if last[label] != row]


@pytest.mark.parametrize("count", [300, 3000])
def test_rows_are_compared_at_once(count: int) -> None:
    """However many trainings there are, it is asked a few times whether rows are the same."""
    asked = 0

    def same(ones: Ints, others: Ints) -> Bools:
        nonlocal asked
        asked += 1
        return np.zeros(len(ones), np.bool_)

    labels = np.tile(np.arange(5.0), count)
    words = {"noun": "epoch", "path": "log.csv", "label": "log.csv"}
    found, notes = segments.choose(labels, np.arange(len(labels)) + 2, same, asked=None, **words)  # type: ignore[arg-type]
    assert found == (len(labels) - 5, len(labels)) and notes[0].degrades
    assert asked <= 3


def test_of_very_many_trainings_the_first_and_the_last_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = "".join(f"{epoch},0.5\n{epoch + 1},0.4\n" for epoch in range(500, 0, -1))
    path.write_text(f"epoch,val_loss\n{rows}", encoding="utf-8")
    with pytest.raises(ChoiceError) as caught:
        generic_csv.read(Source(path, (path,), path.name, ReadOptions()))
    assert len(caught.value.choices) == 21 and "480 more" in caught.value.choices[10]
    assert caught.value.choices[-1] == "--segment 500   epochs 1–2 (lines 1000–1001)"


@given(st.sets(st.integers(1, 40), min_size=1))
def test_numbers_in_words(numbers: set[int]) -> None:
    listed = sorted(numbers)
    runs: list[list[int]] = []
    for number in listed:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    words = ", ".join(parts[:6]) + (", …" if len(parts) > 6 else "")
    assert careful.spans(listed, "line") == ("lines " if len(listed) > 1 else "line ") + words


@pytest.mark.parametrize("end", ["", "3,0.5"])
@pytest.mark.parametrize("blank", ["\n" * 4000, " \n\t\r\n" * 800])
def test_a_log_of_blank_lines_is_not_read_twice(
    blank: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The careful way would make a text of each line."""
    path = tmp_path / "log.csv"
    path.write_text("epoch,val_loss\n" + blank + end, encoding="utf-8")

    def outcome() -> str:
        with pytest.raises(LogError) as caught:
            generic_csv.read(Source(path, (path,), path.name, ReadOptions()))
        return str(caught.value)

    carefully = outcome()
    monkeypatch.setattr(fast, "BYTES", 0)
    monkeypatch.setattr(careful, "parse", lambda *given: pytest.fail("was read the careful way"))
    assert outcome() == carefully and "no epochs logged yet" in carefully


@given(st.text("ab,", max_size=30), st.integers(1, 6))
def test_a_cell_that_is_too_long_is_found_without_cutting_the_line(line: str, most: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_rows, "MAX_CELL", most)
        assert text_rows._has_long_cell(line, ",") == any(len(cell) > most for cell in line.split(","))


@pytest.mark.parametrize("delimiter", [",", " "])
def test_a_row_of_very_many_cells_is_counted_and_not_made(delimiter: str) -> None:
    text = f"epoch{delimiter}val_loss\n0{delimiter}0.5\n" + f"1{delimiter}" * 20_000 + "1\n"
    table = careful.parse(text.encode(), "log.csv", "log.csv", ReadOptions())
    assert table.lines.tolist() == [2]
    assert [note.code for note in table.notes] == ["SM102"] and "20001 cells" in table.notes[0].message
    with pytest.raises(LogError, match="20,001 columns"):
        careful.parse(f"a{delimiter}".encode() * 20_000 + b"a\n1\n", "log.csv", "log.csv", ReadOptions())
