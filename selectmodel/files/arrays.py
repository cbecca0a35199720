"""Numpy arrays of strangers (``.npy``): numbers alone, never a pickle, and no larger than the bytes that are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
#: What numpy writes in front of an array of whole or real numbers; anything else is not read.
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[iuf][1248])', 'fortran_order': (False|True), "
    rb"'shape': \(([0-9]{1,12}),(?: ([0-9]{1,12}))?\), \} *\n"
)


def parse(data: bytes, where: str) -> NDArray[Any]:
    """(n,) or (n, m) the numbers of an array's file. Raises LogError where it is none, is cut, or holds something else.

    Source: numpy/lib/format.py, versions 1.0 and 2.0 of the format.
    """
    import numpy as np

    wide = data[6:7] == b"\x02"
    start = 12 if wide else 10
    if not data.startswith(MAGIC) or data[6:8] not in (b"\x01\x00", b"\x02\x00") or len(data) < start:
        raise LogError(f"{where}: is no numpy array of a known version")
    end = start + int.from_bytes(data[8:start], "little")
    header = _HEADER.fullmatch(data[start:end])
    if header is None:
        raise LogError(f"{where}: is no array of numbers in one or two dimensions; pickled objects are never loaded")
    kind, by_columns, rows, columns = header.groups()
    try:
        dtype = np.dtype(kind.decode())
    except TypeError:  # a float of one byte
        raise LogError(f"{where}: holds numbers of an unknown kind") from None
    shape = (int(rows),) if columns is None else (int(rows), int(columns))
    if len(data) - end != dtype.itemsize * shape[0] * shape[-1] ** (len(shape) - 1):
        raise LogError(f"{where}: holds fewer or more numbers than it says")
    return np.frombuffer(data, dtype, offset=end).reshape(shape, order="F" if by_columns == b"True" else "C")
