"""Sleeping on it.

Formula
    none.

Use when
    the run is over.

Avoid when
    it is not.

Cost
    a night.

Source
    Made up to show what a subject of advice is.

Example
    selectmodel advise training.csv --set advice.sleep.hours=9
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.records import Advice
from selectmodel.settings import Setting


def advise(
    pasts: Sequence[Past], *, hours: Annotated[float, Setting("hours of sleep", low=0, high=24)] = 8.0
) -> Iterator[Advice]:
    """One piece, always."""
    yield Advice(f"Sleep for {hours:g} hours.", evidence={"hours": hours}, worth=1.0)
