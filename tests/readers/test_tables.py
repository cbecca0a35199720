"""Bytes → text → table: encodings, line ends, delimiters, rows that do not fit; numbers; segments."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.readers.table import careful, load, preview, segments
from selectmodel.readers.table import cells as numbers

ROWS = "epoch,loss,val_loss\n0,1,2\n1,0.5,1.5\n"
WHOLE = ReadOptions(complete=True)


def table(data: bytes | str, **options: object) -> careful.Table:
    raw = data.encode() if isinstance(data, str) else data
    return careful.parse(raw, "dir/log.csv", "log.csv", ReadOptions(**options))  # type: ignore[arg-type]


def codes(found: careful.Table) -> list[str]:
    return [note.code for note in found.notes]


NUMBERS = [
    *[
        (text, float(text))
        for text in ("1", "-1", "+.5", "5.", "1e-04", "1.00E-03", "18592818.0", "0007", "1e999", "5e-324")
    ],
    *[(text, math.inf) for text in ("inf", "Infinity", "+inf", "1.#INF")],
    *[(text, -math.inf) for text in ("-inf", "-Infinity", "-1.#INF")],
    *[(text, math.nan) for text in ("nan", "NaN", "NAN", "-nan", "1.#QNAN")],
    *[
        (text, None)
        for text in ("1_000", "１２", "0.5%", "tensor(0.5)", "0,5", "1 2", "0x10", "e5", "", ".", "1e", "--1", "²")
    ],
]


@pytest.mark.parametrize(("text", "value"), NUMBERS, ids=repr)
def test_a_number_is_one_by_the_strict_grammar(text: str, value: float | None) -> None:
    found = numbers.number(text)
    assert found == value or (found is not None and value is not None and math.isnan(found) and math.isnan(value))
    column = numbers.parse([text])
    assert column.present[0] == (value is not None) or text.startswith("tensor") or text.endswith("%")


@pytest.mark.parametrize("text", ["", "NA", "None", "-", "N/A", "null", "_", "#na#", "<NA>"])
def test_missing_is_neither_nan_nor_bad(text: str) -> None:
    column = numbers.parse(["0.5", text])
    assert column.present.tolist() == [True, False]
    assert column.bad.tolist() == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tensor(0.5)", 0.5),
        ("np.float32(0.25)", 0.25),
        ("tensor(0.4, device='cuda:0')", 0.4),
        ("tensor([1, 2])", None),
        ("tensor(x)", None),
    ],
)
def test_wrapped_numbers_are_unwrapped_and_counted(text: str, value: float | None) -> None:
    column = numbers.parse([text])
    assert (column.values[0] if column.present[0] else None) == value
    assert len(column.unwrapped) == (value is not None)


@pytest.mark.parametrize(
    ("text", "value"), [("0,93", 0.93), ("1", 1.0), ("1.5", None), ("1.000,5", None), ("nan", "nan")]
)
def test_a_decimal_comma_is_read_only_when_asked_for(text: str, value: object) -> None:
    column = numbers.parse([text], ",")
    assert (column.present[0] and (column.values[0] == value or value == "nan")) or value is None
    assert column.present[0] == (value is not None)


@settings(max_examples=25)
@given(st.lists(st.one_of(st.floats().map(repr), st.sampled_from(["", "NA", "x", "1_0", "None"])), max_size=20))
def test_the_fast_road_and_the_slow_one_agree(cells: list[str]) -> None:
    fast, slow = numbers.parse(cells), numbers.parse([*cells, "x"])
    np.testing.assert_array_equal(fast.values, slow.values[:-1])
    assert fast.bad.tolist() == slow.bad.tolist()[:-1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize(
    ("encode", "expected"),
    [
        (lambda text: text.encode(), []),
        (lambda text: b"\xef\xbb\xbf" + text.encode(), []),
        (lambda text: text.encode("utf-16"), ["SM103"]),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), ["SM103"]),
        (lambda text: text.encode("utf-16-le"), ["SM103"]),
        (lambda text: text.encode("utf-16-be"), ["SM103"]),
    ],
)
def test_encodings_and_line_ends_give_the_same_table(end, encode, expected) -> None:  # type: ignore[no-untyped-def]
    found = table(encode(ROWS.replace("\n", end)))
    assert found.names == ("epoch", "loss", "val_loss")
    assert found.columns == (("0", "1"), ("1", "0.5"), ("2", "1.5"))
    assert found.lines.tolist() == [2, 3]
    assert codes(found) == expected


def test_old_code_pages_are_read_with_a_note() -> None:
    found = table("epoch,précision\n0,1\n".encode("latin-1"))
    assert found.names == ("epoch", "précision")
    assert codes(found) == ["SM103"]


@pytest.mark.parametrize(
    "text",
    [
        "epoch;loss\n0;1\n",
        "epoch\tloss\n0\t1\n",
        "epoch|loss\n0|1\n",
        "epoch   loss\n  0    1\n",
        "  epoch,   loss,\n     0,      1,\n",
        '"epoch","loss"\n"0","1"\n',
        "# epoch,loss\n0,1\n",
        "epoch,loss\n\n0,1\n\n",
    ],
)
def test_delimiters_padding_and_quotes(text: str) -> None:
    found = table(text)
    assert found.names == ("epoch", "loss")
    assert found.columns == (("0",), ("1",))


REFUSED = [
    ("", LogError, "is empty (training may not have started)"),
    ("\n \n", LogError, "is empty"),
    ("epoch,loss\n", LogError, "no epochs logged yet"),
    ("epoch,loss", LogError, "--complete"),
    ("epoch,loss\n0,1", LogError, "line 2 has no newline at its end and may be cut; if it is whole: --complete"),
    ("epoch,loss\n0,1,2\n1,1,2\n", LogError, "lines 2–3 have 3 cells, the header has 2"),
    ("epoch,loss,loss\n0,1,2\n", UsageError, "column 'loss' appears twice"),
    ("epoch,loss\n0,1\nepoch,acc\n1,2\n", LogError, "dir/log.csv:3: a second header"),
    ('epoch,loss\n0,"1\n1,2\n', LogError, "dir/log.csv:2: a quoted cell is not closed"),
    (f"epoch,loss\n0,{'1' * 131_073}\n", LogError, "dir/log.csv:2: a cell is longer than the limit of 65,536"),
    (f'epoch,loss\n0,"{"1" * 131_073}"\n', LogError, "dir/log.csv:2: a cell is longer"),
    (",".join(f"c{at}" for at in range(100_000)) + "\n1\n", LogError, "100,000 columns"),
    ("0.5\n0.4\n", LogError, "no header line"),
    ("Traceback (most recent call last):\n  x\n", LogError, "error report of Python"),
    ("2020-01-01 10:00:00,123 INFO x\n", LogError, "a program's messages"),
    ("Epoch 1/3\n8/8 - loss: 1\n", LogError, "a program's messages"),
    ('{"loss": 1}\n', LogError, "is JSON"),
    ("lr: 0.1\nname: x\n", LogError, "YAML"),
    (b"\x00\x01\x02\x03" * 40, LogError, "is not text (NUL at byte 0)"),
    (bytes(range(1, 32)) * 10, LogError, "is not text (control character"),
]


@pytest.mark.parametrize(("data", "error", "words"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_no_table_is_refused_with_the_reason(data: str | bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as refusal:
        table(data)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("dir/log.csv")


MISFITS = [
    ("0,1,2\n1,1,2,3\n2,1,2,3\n", "lines 3–4 have 4 cells, the header has 3", 1),
    ("0,1,2\n1,1\n2,1,1\n", "line 3 has 2 cells, the header has 3", 2),
    ("0,1,2\n1,\0,3\n2,1,1\n", "line 3 has NUL characters", 2),
    ('0,1,2\n1,"a\nb",2,2\n2,1,1\n', "line 3 has 4 cells", 2),
]


@pytest.mark.parametrize(("rows", "words", "left"), MISFITS, ids=[row[1] for row in MISFITS])
def test_rows_that_do_not_fit_are_refused_never_padded(rows: str, words: str, left: int) -> None:
    found = table("epoch,loss,val_loss\n" + rows)
    (note,) = found.notes
    assert (note.code, note.degrades) == ("SM102", True)
    assert words in note.message
    assert note.where == "log.csv:3"
    assert len(found.lines) == left


@given(
    st.lists(st.sampled_from(["0,1", "1,2,3", "epoch,loss", "2", "", "3,", ",4", "\t", "epoch", "5,\x0b6"]), max_size=8)
)
def test_the_bulk_road_and_the_careful_one_agree(rows: list[str]) -> None:
    body = "\n".join([*rows, "9,9", ""])
    results = []
    # A blank in the header is all that keeps the second text from the bulk road.
    for header in ("epoch,loss\n", "epoch, loss\n"):
        try:
            found = table(header + body)
        except LogError as refusal:
            results.append(str(refusal))
        else:
            results.append(repr((found.columns, found.lines.tolist(), found.headers, found.notes)))
    assert results[0] == results[1]


def test_the_last_line_without_a_newline_is_provisional() -> None:
    found = table(ROWS + "2,0.4,0.0")
    assert found.lines.tolist() == [2, 3]
    assert [(note.code, note.where, note.degrades) for note in found.notes] == [("SM101", "log.csv:4", False)]
    assert table(ROWS + "2,0.4,0.0", complete=True).columns[2] == ("2", "1.5", "0.0")


def test_equal_twins_are_one_and_a_repeated_header_is_no_row() -> None:
    found = table("epoch,loss,loss\n0,1,1\nepoch,loss,loss\n1,2,2\n")
    assert found.names == ("epoch", "loss")
    assert found.lines.tolist() == [2, 4]
    assert found.headers == (3,)


@pytest.mark.parametrize("head", [b"", b"\x00" * 9, b"epoch,loss\n0,1,2\n", b'epoch,loss\n0,"', b"{", b"epoch,loss"])
def test_a_preview_never_raises(head: bytes) -> None:
    found = preview.preview(head)
    assert found is None or found.names == ("epoch", "loss")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_our_own_error(data: bytes) -> None:
    preview.preview(data)
    try:
        table(data)
    except SelectModelError:
        return


def test_a_million_character_line_of_quotes_ends_in_an_error() -> None:
    with pytest.raises(LogError):
        table('epoch,loss\n0,"' + "a\n" * 500_000)


@pytest.mark.parametrize(
    ("lines", "words"),
    [([3], "line 3"), ([3, 4, 5], "lines 3–5"), ([1, 3, 4, 9], "lines 1, 3–4, 9"), ([1, 3, 5], "lines 1, 3, …")],
)
def test_spans_in_words(lines: list[int], words: str) -> None:
    assert careful.spans(lines, "line", most=2 if "…" in words else 6) == words


SPLITS = [
    ([0, 1, 2], [(0, 3)]),
    ([0, 1, 0, 1, 2, 0], [(0, 2), (2, 5), (5, 6)]),
    ([0, 0, 1, 2], [(0, 1), (1, 4)]),
    ([20, 21, 20, 21], [(0, 2), (2, 4)]),
    ([0, 1, 2, 1, 2, 3], [(0, 6)]),
    ([5, 6, 3, 4], [(0, 2), (2, 4)]),
]


@pytest.mark.parametrize(("labels", "expected"), SPLITS, ids=str)
def test_a_restart_goes_back_to_the_first_label(labels: list[int], expected: list[tuple[int, int]]) -> None:
    found = segments.split(np.array(labels, dtype=float), lambda ones, others: np.zeros(len(ones), np.bool_))
    assert [(segment.start, segment.stop) for segment in found] == expected


def test_the_row_written_last_counts() -> None:
    kept, old = segments.latest(np.array([0.0, 1, 2, 1, 2, 3]))
    assert kept.tolist() == [0, 3, 4, 5]
    assert old.tolist() == [1, 2]


def test_segments_that_none_covers_must_be_chosen_from() -> None:
    labels, lines = np.array([0.0, 1, 0]), np.array([2, 3, 4])
    words = {"asked": None, "noun": "epoch", "path": "p", "label": "l"}
    with pytest.raises(ChoiceError) as refusal:
        segments.choose(labels, lines, lambda ones, others: np.zeros(len(ones), np.bool_), **words)  # type: ignore[arg-type]
    assert refusal.value.choices == ("--segment 1   epochs 0–1 (lines 2–3)", "--segment 2   epoch 0 (line 4)")


def test_bytes_come_through_the_source_and_pointers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", encoding="utf-8")
    with pytest.raises(LogError, match="git lfs pull"):
        load.load(Source(path, (path,), "log"), path, "log.csv")
    path.write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(LogError, match="gzip file that is cut"):
        load.load(Source(path, (path,), "log"), path, "log.csv")
    path.write_text(ROWS, encoding="utf-8")
    with pytest.raises(LogError, match="--max-bytes"):
        load.load(Source(path, (path,), "log", ReadOptions(max_bytes=10)), path, "log.csv")
    found = load.load(Source(Path("-"), (Path("-"),), "-", data=ROWS.encode()), Path("-"), "-")
    assert found.lines.tolist() == [2, 3]
