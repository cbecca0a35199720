"""pandas' C parser for parts of a table of plain numbers.

Numbers are those of ``float()``, bit for bit: pandas before 3.1 needs ``float_precision`` for it, which is found out by
parsing numbers that its quicker method gets wrong. pandas is imported when it is used.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from selectmodel.readers.table.cells import Column
from selectmodel.records import Floats

#: Numbers that a parser without correct rounding gets wrong by the last bit.
_HARD = ("0.9424502837770503", "0.029005228283614737", "0.46562265437810535", "0.13436424411240122")
#: Reads lines the careful way, each ending with a newline: the columns, or None if they are no rows by themselves.
Careful = Callable[[bytes], Sequence[Column] | None]


class Form(NamedTuple):
    """What the rows of a table look like.

    Attributes:
        width: how many cells a row has.
        counted: the first cells must be whole numbers as one counts, "7", not "7.0" or "007".
        careful: what reads lines that are not plain.
    """

    delimiter: str
    width: int
    counted: bool = False
    careful: Careful = lambda lines: None


class Parser(threading.local):
    """pandas' parser, one in each thread: to begin anew with every part would cost a tenth of the time.

    It is given a part and asked for as many rows as this has lines, so that it has used up the one when the next comes.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._part = b""
        self._reader: Any = None

    def read(self, size: int = -1) -> bytes:
        """The next part, when pandas asks for one."""
        part, self._part = self._part, b""
        return part

    def __iter__(self) -> Iterator[bytes]:  # without it, pandas takes this for no file
        return iter(self.read, b"")

    def columns(self, lines: bytes, rows: int) -> list[Column]:
        """(width,) columns of plain lines; none where there is anything else."""
        import pandas as pd

        self._part = lines
        try:
            self._reader = self._reader or pd.read_csv(
                self,
                iterator=True,
                sep=self._form.delimiter,
                header=None,
                names=list(range(self._form.width)),
                dtype=np.float64,  # as whole numbers, 0 and -0 would be one
                low_memory=False,
                skip_blank_lines=False,
                keep_default_na=False,
                na_values=["", "NA"],
                **precision(),
            )
            frame = self._reader.get_chunk(rows)
        except ValueError:  # a cell that is no number, or (ParserError) a row that is too long
            self._reader = None  # it is closed now
            return []
        if len(frame) != rows or not isinstance(frame.index, pd.RangeIndex):  # a first row that is too long
            return []
        return [_column(frame[at].to_numpy()) for at in range(self._form.width)]


def _column(values: Floats) -> Column:
    present = ~np.isnan(values)  # no plain cell is NaN
    return Column(values if present.all() else values[present], present)


@cache
def precision() -> dict[str, Any]:
    """What makes this pandas round as ``float()`` does."""
    import pandas as pd

    got = pd.read_csv(io.StringIO("\n".join(_HARD)), header=None, dtype=np.float64)[0].tolist()
    return {} if got == [float(text) for text in _HARD] else {"float_precision": "round_trip"}
