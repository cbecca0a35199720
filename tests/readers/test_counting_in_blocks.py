"""A long table is counted once, in blocks of whole lines, and what is not plain is found wherever it stands."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.readers.table import axis, fast
from selectmodel.readers.table.pandas_parser import Form

FORM = Form(",", 3)
LINES = st.lists(
    st.sampled_from(["1,2,3", "1,NA,", ",,", "1,nan,2", "1,2", "", "1e-5,+2,-.5", "1,2,3\r", '"1",2,3', "1\r,2,3"])
)


@given(LINES, st.integers(1, 60), st.integers(1, 60))
def test_blocks_make_no_difference(lines: list[str], block: int, small: int) -> None:
    part = "".join(f"{line}\n" for line in ["7,8,9", *lines]).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "_BLOCK", block)
        patch.setattr(fast, "_SMALL_PART", small)
        told = list(fast._told_apart(part, FORM))
    assert b"".join(piece for piece, _ in told) == part
    for piece, rows in told:
        each = [fast._plain_rows(line, 0, len(line), FORM) for line in piece.splitlines(keepends=True)]
        assert rows is None or (rows == piece.count(b"\n") and all(one == 1 for one in each))


def test_the_bytes_of_a_plain_log_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    body, counted, real = b"1,2.5,\r\n" * 200, [], fast._plain_rows
    monkeypatch.setattr(fast, "_PART", 500)
    monkeypatch.setattr(fast, "_BLOCK", 100)

    def watched(part: bytes, start: int, stop: int, form: Form) -> int | None:
        counted.append(stop - start)
        return real(part, start, stop, form)

    monkeypatch.setattr(fast, "_plain_rows", watched)
    found = fast.table(io.BytesIO(body), len(body), FORM)
    assert found is not None and found.length == 200
    assert sum(counted) == len(body)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -1.0, -0.5, 2e9, 1e300])
def test_what_is_no_part_of_an_epoch(odd: float) -> None:
    epochs = np.repeat([0.25, 0.5, odd, 1.0, 1.5], 9)
    wanted = np.isin(epochs, (0.25, 0.5, 1.5))
    assert axis.in_parts(epochs, with_steps=False).tolist() == wanted.tolist()
