"""Long messages made short without changing their CRC-32C, by whole stretches of bytes at once.

Read as a polynomial over GF(2), a message keeps its remainder, which is its CRC, when a multiple of the CRC's
polynomial is added. ``MULTIPLES`` lists multiples with few terms, all of them at whole bytes: x^(8k) has the remainder
of the sum of x^(8e) over its terms e. So the byte that k others follow may be taken away if it is added (XOR) to the
bytes that e others follow. As k is far above every e, a stretch of k - max(e) bytes can be moved in one go: seven XORs
of long stretches, where a table would need a look-up for each byte.

The multiples were found by meeting in the middle (sums of three terms against sums of four); a test divides them.
"""

from __future__ import annotations

import numpy as np

from selectmodel.readers.tfevents.record import Bytes, Offsets

#: (k, terms e): x^(8k) + the sum of x^(8e) is a multiple of the polynomial. The longer one moves more at once.
MULTIPLES: tuple[tuple[int, tuple[int, ...]], ...] = (
    (8274, (0, 6, 33, 42, 47, 55, 67)),
    (1108, (0, 8, 18, 38, 41, 49, 64)),
    (216, (0, 7, 15, 18, 33, 38, 66)),
)
#: Messages up to this length are left as they are, longer ones become as short.
SHORT = 216


def folded(rows: Bytes, begins: Offsets) -> Bytes:
    """(n, up to SHORT) bytes with the CRC from 0 of the messages in ``rows`` (n, width), which are overwritten.

    Message i stands at the end of its row, from place ``begins[i]`` on, with zeros before it; ``begins`` ascend.
    """
    at, width = 0, rows.shape[1]
    for following, terms in MULTIPLES:
        most = following - max(terms)
        while width - at > following:
            count = min(most, width - at - following)
            begun = rows[: int(np.searchsorted(begins, at + count))]
            moved = begun[:, at : at + count]
            for term in terms:
                place = at + following - term
                begun[:, place : place + count] ^= moved
            at += count
    return rows[:, at:]
