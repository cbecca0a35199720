"""How well each rule did on real training runs, as ``benchmarks/decisions`` wrote it into the package.

Points are test accuracy lost to the best epoch of each run, percent is test loss above the lowest; gains are over the
epoch with the lowest val_loss. Ranges are 95 % intervals over data sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "measured.json"

#: A mean with the ends of its interval.
Range = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The runs that were judged; ``sizes`` are the groups of their numbers of validation examples."""

    name: str
    runs: int
    runs_with_accuracy: int
    datasets: int
    sizes: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule lost with its default settings, monitoring ``metric`` ("any" where that makes no difference to it).

    ``points_by_size`` and ``gained_by_size`` go with :attr:`Corpus.sizes`. ``bad_share`` is how often it gives away
    more than 2 points that the lowest val_loss keeps, ``worse_where`` the kinds of runs in which it surely loses more.
    None stands where no run could be judged.
    """

    metric: str
    points: Range | None
    points_gained: Range | None
    percent: Range
    percent_gained: Range
    points_by_size: tuple[float | None, ...]
    gained_by_size: tuple[Range | None, ...]
    bad_share: float | None
    worse_where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherSettings:
    """What a rule lost with ``settings`` that are not its defaults, monitoring ``metric``; as in :class:`Figures`."""

    settings: str
    metric: str
    points: Range | None
    percent: Range


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a rule lost on a ``corpus`` that no rule was tuned on, by its defaults and then by other settings.

    ``page`` of the repository has the rest of that corpus.
    """

    corpus: str
    page: str
    runs_with_accuracy: int
    datasets: int
    lost: tuple[OtherSettings, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one rule, at least one, the runs that they come from, and what ``others`` of its settings do.

    ``unseen`` is what it lost on corpora that no rule was tuned on, and that anybody can make.
    """

    corpus: Corpus
    figures: tuple[Figures, ...]
    others: tuple[OtherSettings, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    @property
    def points(self) -> dict[str, float]:
        """Metric → points lost."""
        return {figures.metric: figures.points[0] for figures in self.figures if figures.points}


def of(rule: str) -> Measured | None:
    """What was measured of a rule; None for one that others wrote, or that has no answer on such runs."""
    entry = _document()["rules"].get(rule, {})
    if not entry.get("figures"):
        return None
    figures = tuple(Figures(**_fields(one)) for one in entry["figures"])
    return Measured(corpus(), figures, _settings(entry.get("others", ())), tuple(_unseen(rule)))


def _unseen(rule: str) -> Iterator[Unseen]:
    for name, about in _document().get("unseen", {}).items():
        lost = _settings(about["rules"].get(rule, ()))
        if lost:
            yield Unseen(name, about["page"], about["runs_with_accuracy"], about["datasets"], lost)


def _settings(entries: Iterable[dict[str, Any]]) -> tuple[OtherSettings, ...]:
    return tuple(OtherSettings(**_fields(one)) for one in entries)


def corpus() -> Corpus:
    """The runs that were judged."""
    document = _document()
    keys = ("runs", "runs_with_accuracy", "datasets", "version")
    return Corpus(name=document["corpus"], sizes=tuple(document["sizes"]), **{key: document[key] for key in keys})


def fingerprints() -> dict[str, str]:
    """Rule → what it picked on invented logs when it was measured; see benchmarks/decisions/fingerprint.py."""
    return {rule: entry["fingerprint"] for rule, entry in _document()["rules"].items()}


@cache
def _document() -> dict[str, Any]:
    import json  # only listings and pages need it

    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


def _fields(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuples(value) for key, value in entry.items()}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
