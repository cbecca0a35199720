"""Parquet for data frames: the answer's table, one column a name. Needs pyarrow, the extra "parquet"."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from selectmodel.answer import Answer
from selectmodel.display.escaping import visible
from selectmodel.display.style import Style
from selectmodel.errors import UsageError

#: Bytes, which are written to a file and not to a terminal.
BINARY = True


def render(answer: Answer, style: Style) -> bytes:
    """The answer's ``table()``. A column is of whole numbers, numbers, truths or texts; a mixed one becomes text."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError("-o FILE.parquet: needs pyarrow; to install it: pip install 'selectmodel[parquet]'") from None
    rows = answer.table()
    names = [visible(str(name), None) for name in next(rows)]
    columns = [_column(cells) for cells in zip(*rows, strict=True)] or [[] for _ in names]
    out = io.BytesIO()
    parquet.write_table(pa.table([pa.array(cells) for cells in columns], names=names), out)
    return out.getvalue()


def _column(cells: Sequence[Any]) -> list[Any]:
    kinds = {type(cell) for cell in cells if cell is not None and cell != ""}
    if kinds <= {int, float}:
        as_float = float in kinds
        return [None if cell in (None, "") else float(cell) if as_float else cell for cell in cells]
    if kinds == {bool}:
        return list(cells)
    return [None if cell is None else visible(str(cell), None) for cell in cells]
