"""It divides by zero when it is asked."""

from collections.abc import Iterator, Sequence
from typing import Any

from selectmodel.records import Advice


def advise(pasts: Sequence[Any]) -> Iterator[Advice]:
    """Nothing."""
    yield Advice(f"{1 / 0}")
