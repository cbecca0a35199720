"""What stands around the content of a record: ``length u64le | masked CRC of it | content | masked CRC of that``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

HEADER_BYTES = 12
FOOTER_BYTES = 4
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES


def numbers(data: Bytes, form: str) -> NDArray[Any]:
    """(bytes - width + 1,) the number of ``form`` ("<u4", "<u8") that begins at each byte of ``data``: a view."""
    return np.ndarray(max(0, len(data) - np.dtype(form).itemsize + 1), form, data, 0, (1,))
