"""What a log knows of the values that checkpoint names spell: which metric one may be, and where it was logged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from selectmodel.records import Checkpoint, Floats, Ints


@dataclass(frozen=True)
class Log:
    """What the log knows of its n candidates."""

    epochs: Floats
    steps: Ints
    metrics: Mapping[str, Floats]
    monitor: str | None
    format: str
    places: Mapping[int, tuple[int, ...]]

    @cached_property
    def decimals(self) -> Mapping[str, int]:
        """How many decimals each metric is logged with; asked only where names spell values."""
        return {name: _column_decimals(values) for name, values in self.metrics.items()}

    @cached_property
    def shares(self) -> frozenset[str]:
        """The metrics that are never outside of 0 to 1."""

        def is_share(values: Floats) -> bool:
            return bool(np.all((values >= 0) & (values <= 1) | np.isnan(values)))

        return frozenset(name for name, values in self.metrics.items() if is_share(values))

    def at(self, epoch: int) -> tuple[int, ...]:
        """Indices of the candidates of an epoch."""
        return self.places.get(epoch, ())

    @property
    def span(self) -> tuple[int, int, int]:
        """First and last validated epoch, and how many epochs the log may hold before and after them.

        Validated every k epochs, a log counted from 0 has its first validation at k - 1, one counted from 1 at k.
        """
        labels = sorted(self.places)
        slack = int(np.median(np.diff(labels))) - 1 if len(labels) > 1 else 0
        return labels[0], labels[-1], slack

    def agrees(self, metric: str, index: int, text: str) -> bool | None:
        """Whether the logged value, rounded as in the name, reads ``text``; None where there is none to compare.

        Where the log itself is rounded more coarsely than the name, its own decimals are compared; 89.5 in a name is
        0.895 of a metric that is logged as a share.
        """
        logged, named, places = float(self.metrics[metric][index]), float(text), _decimals(text)
        if metric in self.shares and 1 < named <= 100:
            named, places = named / 100, places + 2
        if np.isnan(logged):
            return True if np.isnan(named) else None
        if not np.isfinite(named) or not np.isfinite(logged):
            return named == logged
        decimals = min(places, self.decimals[metric])
        # half a unit of the last decimal; 5e-7 for logs that hold float32
        tolerance = max(0.5 * 10.0**-decimals * (1 + 1e-6), 5e-7 * abs(named))
        return abs(logged - named) <= tolerance


def understood(epochs: Floats, steps: Ints, metrics: Mapping[str, Floats], monitor: str | None, format: str) -> Log:
    """The log's side of the comparison; all arrays (n,), one entry a candidate."""
    places: dict[int, list[int]] = defaultdict(list)
    with np.errstate(invalid="ignore"):
        whole = np.isfinite(epochs) & (np.abs(epochs - np.round(epochs)) < 1e-6)
    at = np.flatnonzero(whole)
    for index, epoch in zip(at.tolist(), np.round(epochs[at]).tolist(), strict=True):
        places[int(epoch)].append(index)
    return Log(epochs, steps, metrics, monitor, format, {epoch: tuple(indices) for epoch, indices in places.items()})


def explains(item: Checkpoint, index: int, log: Log) -> bool:
    verdicts = [
        any(log.agrees(metric, index, text) for metrics in may_be(slot, log) for metric in metrics)
        for slot, text in item.values.items()
    ]
    return bool(verdicts) and all(verdicts)


def valued_at(item: Checkpoint, log: Log) -> tuple[int, ...]:
    """The candidates that hold all values in a name, of the likeliest metrics; of a "best" file new records only."""
    places: set[int] | None = None
    records: set[int] = set()
    for slot, text in item.values.items():
        found = next((found for group in may_be(slot, log) if (found := _logged(group, text, log))), set())
        here = {index for index, _ in found}
        places = here if places is None else places & here
        records |= {index for index, metric in found if _is_record(log.metrics[metric], index)}
    if item.role == "best":
        places = (places or set()) & records
    return tuple(sorted(places or ()))


def _logged(metrics: Sequence[str], text: str, log: Log) -> set[tuple[int, str]]:
    """Where a value was logged, and of which of the metrics."""
    found = set()
    for metric in metrics:
        values, named = log.metrics[metric], float(text)
        loose = 10.0 ** -min(_decimals(text), log.decimals[metric])
        near = (np.abs(values - named) <= loose) | (np.abs(values - named / 100) <= loose)
        found |= {(index, metric) for index in np.flatnonzero(near).tolist() if log.agrees(metric, index, text)}
    return found


def _is_record(values: Floats, index: int) -> bool:
    """Whether no value before is higher, or none lower."""
    before = values[:index][np.isfinite(values[:index])]
    return not len(before) or bool(values[index] >= before.max() or values[index] <= before.min())


def may_be(slot: str, log: Log) -> list[list[str]]:
    """The metrics a value may be, in groups: the likelier group first. Empty if the log has no such metric."""
    if slot == "" or slot.startswith("#"):
        first = [log.monitor] if log.monitor in log.metrics and log.monitor is not None else []
        return [group for group in (first, list(log.metrics)) if group]
    plain = _plain(slot)
    exact = [name for name in log.metrics if name == slot] or [name for name in log.metrics if _plain(name) == plain]
    # "acc" in a name is often the validation accuracy
    ending = [name for name in log.metrics if _plain(name).endswith("_" + plain)]
    return [group for group in (exact, ending) if group]


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.lower())


def _decimals(text: str) -> int:
    exponent = Decimal(text).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _column_decimals(values: Floats) -> int:
    finite = values[np.isfinite(values)]
    # a few rows tell how a column is rounded; all of a long log would cost more than the rest of the match
    return max((_decimals(repr(float(value))) for value in finite[:1000]), default=0)
