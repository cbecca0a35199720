"""The answer to one question of a sweep's owner: a sentence, and the rows that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from selectmodel.files.hparams import Value


@dataclass(frozen=True, slots=True)
class Answered:
    """``said`` is shown behind the name of the ``question``; of each of the ``rows`` too where ``listed``."""

    question: str
    said: str
    rows: tuple[Mapping[str, Value], ...] = ()
    listed: bool = False
