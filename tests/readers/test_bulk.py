"""The quick way through large tables says what the careful way says, bit for bit, or nothing at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.readers.table import careful as tables
from selectmodel.readers.table import fast, load, pandas_parser
from selectmodel.readers.table import many as batches
from selectmodel.readers.table.cells import Cells, parse
from selectmodel.records import Run

HALFWAY = "0.5000000000000000555111512312578270211815834045410156250"  # between two floats: a tie


def careful(body: str) -> np.ndarray:
    """(3, rows) what the careful way makes of rows under a header of three names."""
    found = tables.parse(f"a,b,c\n{body}".encode(), "log", "log", ReadOptions())
    columns = [parse(column) for column in found.columns]
    assert not found.notes
    assert not any(len(column.bad) for column in columns)
    return np.array([column.values for column in columns])


@pytest.fixture(params=["pandas", "numpy"])
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], np.ndarray | None]:
    """Both engines on any size of table; pieces so small that rows meet their borders."""
    monkeypatch.setattr(fast, "_PART", 64)
    if request.param == "pandas":
        pytest.importorskip("pandas")
        monkeypatch.setattr(fast, "BYTES", 0)
        return lambda body: fast.matrix(body.encode(), ",", 3)
    return lambda body: fast._short(body.encode(), ",", 3)


@pytest.mark.parametrize(
    "body",
    [
        "0,0.1,0.3\n1,-0.2,1e-5\n",
        "0,0.1,0.3\r\n1,-0.2,1e-05\r\n",
        "-0,0,-0.0\n0,-0,1\n",
        f"{HALFWAY},2.2250738585072011e-308,9007199254740993\n",
        "1e400,-1e400,1e-400\n",
        "12345678901234567890,123456789012345678901234567890.5,.5\n5.,+1,00.5\n",
        "0.1,0.2,0.3\n" * 50,
    ],
)
def test_numbers_are_those_of_the_careful_way(body: str, quick: Callable[[str], np.ndarray | None]) -> None:
    found = quick(body)
    if found is None and "e400" in body and version("pandas") < "3":
        return  # which leaves numbers that no float holds to the careful way
    assert found is not None
    assert found.tobytes() == careful(body).tobytes()


@pytest.mark.parametrize("body", ["0,,0.3\n,,\n1,0.2,\n", "0,NA,NA\n1,0.5,NA\n"])
def test_blank_cells_are_nan(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "BYTES", 0)
    found = fast.matrix(body.encode(), ",", 3)
    assert found is not None
    assert found.tobytes() == careful(body).tobytes()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "0,1,2",  # no newline at the end
        "0,1,2\n3,4\n",
        "0,1,2,3\n4,5,6\n",
        "0,1\n2,3,4,5\n",  # as many delimiters as two rows need
        "0,1,2,3\n4,5\n",
        "0,1,2\n\n3,4,5\n",
        "0,1,2\r3,4,5\n",
        "0,1,2\n\r3,4,5\r\n",
        "0,1,2\r\r\n",
        '0,"1",2\n',
        "0, 1,2\n",
        "0,1,2\0\n",
        "0,nan,2\n",
        "0,inf,2\n",
        "0,1NA,2\n",
        "0,1_0,2\n",
        "0,1e,2\n",
        "0,-,2\n",
        "0,1-2,2\n",
        "0,.,2\n",
        "0,0x1,2\n",
        "0,1/2,2\n",
        "0,1;5,2\n",
        "0,tensor(0.5),2\n",
        "epoch,1,2\n",
        "0,٣,2\n",
        "0,True,2\n",
    ],
)
def test_the_unusual_is_left_to_the_careful_way(body: str, quick: Callable[[str], np.ndarray | None]) -> None:
    assert quick("7,8,9\n" * 20 + body) is None or not body
    assert not body or quick(body) is None
    assert quick(body + "7,8,9\n" * 20) is None or not body


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=60))
def test_every_float_is_exact(numbers: list[float]) -> None:
    numbers = numbers[: len(numbers) // 3 * 3]
    body = "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in zip(*[iter(numbers)] * 3, strict=True)).encode()
    wanted = np.array(numbers).reshape(-1, 3).T.tobytes()
    for found in (fast.matrix(body, ",", 3), fast._short(body, ",", 3)):
        assert found is not None
        assert found.tobytes() == wanted


@given(st.text(alphabet="0123456789+-.eE,\r\n", max_size=60))
def test_whatever_passes_is_what_the_careful_way_reads(text: str) -> None:
    body = f"7,8,9\n{text}\n"
    found = [fast.matrix(body.encode(), ",", 3), fast._short(body.encode(), ",", 3)]
    for values in found:
        if values is not None:
            assert values.tobytes() == careful(body).tobytes()


KERAS = "epoch,loss,val_loss\n" + "".join(f"{epoch},{1 / (epoch + 1)},{2 / (epoch + 1)}\n" for epoch in range(40))
LIGHTNING = "epoch,step,train_loss,val_loss\n" + "".join(
    f"{row // 4},{10 * row + 9},{1 / (row + 1)},\n" if row % 4 < 3 else f"{row // 4},{10 * row - 1},,{2 / (row + 1)}\n"
    for row in range(80)
)


INDEX = KERAS.replace("epoch", "")
ODD = [
    KERAS.replace("\n7,0.125", "\n7,nan"),
    KERAS.replace("\n7,0.125", '\n7,"0.125"'),
    KERAS.replace("\n7,0.125", "\n7, 0.125 "),
    KERAS.replace("\n7,0.125", "\n7,None").replace("\n9,0.1,", "\n9,-inf,"),
    KERAS.replace("\n7,0.125", "\nnan,0.125"),
    LIGHTNING.replace("\n5,", "\n nan ,"),
    INDEX,
    INDEX.replace(",", ";"),
    KERAS.replace("epoch", "Unnamed: 0"),
    INDEX + INDEX.partition("\n")[2],
    INDEX.replace("\n7,", "\n9,"),
    INDEX.replace("\n7,0.125", "\n7,nan"),
    KERAS.replace("\n7,", "\n\n7,"),
    KERAS.replace("\n7,", "\n \t\n7,").replace("\n30,", "\n\r\n\n\n30,").replace("\n9,0.1,", "\n9,nan,"),
    INDEX.replace("\n7,", "\n\n7,") + "\n\n",
    KERAS.replace("\n7,", "\n\n7,")[:-3],
    LIGHTNING.replace("\n5,", "\n\n\n\n5,") + "\n" * 500,
]
GIVEN_UP = [
    INDEX.replace("\n7,", "\n7.0,"),
    KERAS.replace("\n7,0.125", "\n7,abc"),
    KERAS.replace("\n7,0.125", '\n7,"0.1\n25"'),
    KERAS.replace("\n7,0.125", "\n7,tensor(0.125)"),
    KERAS.replace("\n7,0.125", '\n7,"0.125\n\n"'),
    KERAS.replace("\n7,", "\n\n7,").replace("\n9,", '\n"9",'),
    KERAS + KERAS,
]


@pytest.mark.parametrize(
    "text",
    [
        KERAS,
        KERAS.replace("\n", "\r\n"),
        KERAS[:-3],
        KERAS.replace(",", ";"),
        KERAS.replace("\n7,", "\n7.5,"),
        KERAS.replace("\n7,", "\n-7,"),
        KERAS.replace("\n7,", "\n,"),
        KERAS + KERAS.partition("\n")[2],
        KERAS.replace("\n30,", "\n5,"),
        LIGHTNING,
        LIGHTNING.replace("\n5,", "\n,"),
        LIGHTNING + LIGHTNING.partition("\n")[2],
        LIGHTNING.replace(",709,", ",-1,"),
        LIGHTNING[:-9],
        *ODD,
        *GIVEN_UP,
    ],
)
def test_a_large_log_reads_as_a_small_one(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(text.encode())

    def outcome() -> object:
        try:
            return plain(discovery.find(path)[0].read())
        except SelectModelError as failure:
            return str(failure)

    slow = outcome()
    used = []
    real = fast.table
    monkeypatch.setattr(fast, "table", lambda *given: used.append(real(*given)) or used[-1])
    monkeypatch.setattr(fast, "BYTES", 0)
    monkeypatch.setattr(fast, "_PART", 300)
    monkeypatch.setattr(fast, "_SMALL_PART", 80)
    assert outcome() == slow
    assert used and (used[0] is not None) == (text not in GIVEN_UP)


@given(
    st.lists(
        st.text(alphabet='0123.-,e" \r\nnaNA', max_size=9) | st.sampled_from(["", " ", "1,2,3", "4,5,"]), max_size=30
    ),
    st.integers(20, 200),
)
def test_whatever_passes_in_pieces_is_what_the_careful_way_reads(lines: list[str], size: int) -> None:
    body = "".join(f"{line}\n" for line in ["7,8,9", *lines]).encode()
    read = load._careful(b"a,b,c\n", ("a", "b", "c"), ReadOptions())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "_PART", size)
        patch.setattr(fast, "_SMALL_PART", size // 2)
        found = fast.table(io.BytesIO(body), len(body), pandas_parser.Form(",", 3, careful=read))
    if found is not None:
        table = tables.parse(b"a,b,c\n" + body, "log", "log", ReadOptions())
        columns = [parse(column) for column in table.columns]
        assert not table.notes
        lines = range(2, found.length + 2) if found.lines is None else (found.lines + 2).tolist()
        assert table.lines.tolist() == list(lines)
        assert [one.values.tobytes() for one in found.columns] == [one.values.tobytes() for one in columns]
        assert [one.present.tolist() for one in found.columns] == [one.present.tolist() for one in columns]


def plain(run: Run) -> tuple[object, ...]:
    """All that a run holds, as something that can be compared."""
    series = {
        name: (found.name, found.steps.tobytes(), found.epochs.tobytes(), found.values.tobytes())
        for name, found in run.series.items()
    }
    other = (run.name, run.source, run.format, run.x_axis, dict(run.hints), run.notes, run.files, run.folder)
    return (list(series), series, *other)


SWEEP = {
    **{f"good{at}": KERAS.replace("0.5", f"0.{at}5") for at in range(12)},
    "cut": KERAS[:-3],
    "gap": KERAS.replace("\n7,", "\n8.0,", 1).replace("\n8,1", "\n9,1", 1),
    "hole": KERAS.replace("\n7,0.125", "\n7,"),
    "na": KERAS.replace("\n7,0.125", "\n7,NA"),
    "empty column": "epoch,loss,val_loss\n" + "".join(f"{epoch},0.{epoch},\n" for epoch in range(40)),
    "back": KERAS.replace("\n30,", "\n5,"),
    "restart": KERAS + KERAS.partition("\n")[2],
    "text": KERAS.replace("0.25,", "abc,"),
    "torn": KERAS.replace("\n7,0.125", "\n7", 1),
    "short": "epoch,loss,val_loss\n0,1,1\n",
    "two": "epoch,loss,val_loss\n0,1,1\n3,1,1\n",
    "fractions": KERAS.replace("\n7,", "\n7.25,").replace("\n9,", "\n9.25,"),
    "crlf": KERAS.replace("\n", "\r\n"),
    "windows na": KERAS.replace("\n7,0.125", "\n7,NA").replace("\n", "\r\n"),
    "no rows": "epoch,loss,val_loss\n",
    "blank line": KERAS.replace("\n7,", "\n\n7,"),
}
ULTRALYTICS = "epoch,train/box_loss,metrics/mAP50(B),val/box_loss\n" + "".join(
    f"{epoch},0.{epoch}1,{0 if epoch == 3 else 0.5},{0 if epoch == 3 else 0.7}\n" for epoch in range(20)
)


@pytest.mark.parametrize("options", [ReadOptions(), ReadOptions(complete=True), ReadOptions(index="row")])
@pytest.mark.parametrize("batch", [3, 1024])
def test_many_runs_read_as_one_by_one(
    options: ReadOptions, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = SWEEP | {f"lightning{at}": LIGHTNING for at in range(9)} | {f"yolo{at}": ULTRALYTICS for at in range(4)}
    sweep |= {f"evaluated{at}": ULTRALYTICS.replace(",0,0\n", ",0.1,0\n") for at in range(9)}
    for name, text in sweep.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_bytes(text.encode())
    monkeypatch.setattr(discovery, "BATCH", batch)
    monkeypatch.setattr(batches, "_FEWEST", 2)
    found = discovery.find(tmp_path, options)
    assert len(found) >= len(sweep) - 2
    single = []
    for item in found:
        try:
            single.append(plain(item.read()))
        except SelectModelError as failure:
            single.append((type(failure), str(failure)))
    many = [plain(got) if isinstance(got, Run) else (type(got), str(got)) for got in discovery.read_all(found)]
    assert many == single


def test_joined_logs_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The good ones never meet the reader of single logs."""
    for at in range(9):
        (tmp_path / f"run{at}.csv").write_text(KERAS)
    found = discovery.find(tmp_path)
    monkeypatch.setattr(batches, "_alone", None)
    assert sum(isinstance(run, Run) for run in discovery.read_all(found)) == 9


def test_a_small_log_needs_no_pandas(tmp_path: Path) -> None:
    for at in range(20):
        (tmp_path / f"run{at}.csv").write_text(KERAS)
    code = "import sys, selectmodel as sm; print(len(sm.discover(sys.argv[1])), 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout == "20 False\n"


def test_a_log_that_grows_is_read_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text(KERAS)
    monkeypatch.setattr(fast, "BYTES", 0)
    real = fast.table

    def meanwhile(*given: object) -> object:
        with path.open("a") as file:
            file.write("40,0.1,0.1\n")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(fast, "table", meanwhile)
    table = load.load(Source(path, (path,), "log"), path, "log.csv")
    assert table.lines.tolist() == list(range(2, 42))
    assert isinstance(table.columns[0], Cells)


@pytest.mark.parametrize(
    "after", [KERAS.replace("0.25,", "0.75,"), KERAS.replace("loss", "cost") + "40,1,1\n", "", "a"]
)
def test_a_log_that_is_rewritten_meanwhile_is_read_again(
    after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(KERAS)
    monkeypatch.setattr(fast, "BYTES", 0)
    real = fast.table

    def meanwhile(*given: object) -> object:
        found = real(*given)  # type: ignore[arg-type]
        path.write_text(after)
        os.utime(path, (1, 1))
        return found

    monkeypatch.setattr(fast, "table", meanwhile)
    try:
        table = load.load(Source(path, (path,), "log"), path, "log.csv")
    except SelectModelError as failure:
        assert after in ("", "a") and str(path) in str(failure)
        return
    wanted = tables.parse(after.encode(), str(path), "log.csv", ReadOptions())
    assert table.names == wanted.names
    assert [parse(column).values.tolist() for column in table.columns] == [
        parse(column).values.tolist() for column in wanted.columns
    ]


def test_a_cell_is_shown_as_the_file_has_it_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text(KERAS.replace("\n7,", "\n7.50,"))
    monkeypatch.setattr(fast, "BYTES", 0)
    cells = load.load(Source(path, (path,), "log"), path, "log.csv").columns[0]
    assert cells[7] == "7.50"
    path.write_text(KERAS)
    with pytest.raises(LogError, match="changed while it was read"):
        cells[7]
    path.write_text("epoch\n")
    with pytest.raises(LogError, match="changed while it was read"):
        cells[7]


def test_many_small_logs_need_pandas_only_where_cells_are_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    filled, blank, asked = b"0,0.5,1\n", b"0,,1\n", []
    monkeypatch.setattr(fast, "sys", SimpleNamespace(modules={}))
    monkeypatch.setattr(fast, "table", lambda stream, *_: asked.append(stream.read()))
    monkeypatch.setattr(fast, "BYTES", 100)
    numbers = [fast.matrix(filled * count, ",", 3) for count in (5, 40)]
    assert [found.shape for found in numbers if found is not None] == [(3, 5), (3, 40)]
    assert fast.matrix(blank, ",", 3) is None and not asked
    assert fast.matrix(blank * 20, ",", 3) is None and asked == [blank * 20]
