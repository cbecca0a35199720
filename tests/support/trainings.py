"""Small trainings as their logs, in pieces that a mutation takes hold of: cells of a table, records of event files."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import slow_events as slow

_FIRST = 1_700_000_000


@dataclass(frozen=True)
class Table:
    """A table of text. ``ends``: what is written between cells and after each row."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    ends: tuple[str, str] = (",", "\n")
    start: str = ""
    cut: int | None = None
    quoted: bool = False

    def written(self) -> dict[str, bytes]:
        """What is in each file."""
        out = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        writer = csv.writer(out, delimiter=self.ends[0], lineterminator=self.ends[1], quoting=quoting)
        for row in (self.header, *self.rows):
            if row:
                writer.writerow(row)
            else:
                out.write(self.ends[1])
        content = (self.start + out.getvalue()).encode()
        return {self.name: content[: self.cut]}


@dataclass(frozen=True)
class Events:
    """Event files: the framed records of each, by its path."""

    files: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)

    def written(self) -> dict[str, bytes]:
        """What is in each file."""
        return {name: b"".join(records) for name, records in self.files.items()}

    def with_file(self, name: str, records: Sequence[bytes]) -> Events:
        """The same with other records in one of the files."""
        return replace(self, files={**self.files, name: tuple(records)})


Log = Table | Events


def event_name(count: int, folder: str = "") -> str:
    """The name of the ``count``-th event file of a run."""
    return f"{folder}events.out.tfevents.{_FIRST + 100 * count}.host.7.{count}"


def _curves(rng: random.Random, n: int) -> dict[str, list[float]]:
    """Four curves that are no straight lines: the best epoch is somewhere inside, mostly."""
    best, wide = rng.uniform(0.3, 1.1) * n, rng.uniform(0.3, 0.8) * n
    valley = [((e - best) / wide) ** 2 for e in range(n)]
    falls = [math.exp(-e / wide) for e in range(n)]

    def rough(values: Sequence[float], size: float) -> list[float]:
        return [value + rng.gauss(0, size) for value in values]

    return {
        "train_loss": rough([0.1 + 0.9 * fall for fall in falls], 0.01),
        "val_loss": rough([0.4 + 0.3 * low for low in valley], 0.01),
        "train_acc": rough([0.97 - 0.4 * fall for fall in falls], 0.004),
        "val_acc": [max(0.05, value) for value in rough([0.9 - 0.2 * low for low in valley], 0.004)],
    }


def training(rng: random.Random) -> Log:
    """A log of one of the kinds that are read, as its writer would have left it."""
    n = rng.randint(6, 16)
    curves = _curves(rng, n)
    kept = rng.choice([["train_loss", "val_loss"], [*curves], ["train_loss", "val_loss", "val_acc"]])
    make = rng.choice([_keras_table, _steps_table, _lightning_table, _events, _keras_events, _tested_events])
    return make(rng, {name: curves[name] for name in kept}, n)


def _text(value: float) -> str:
    return f"{value:.4f}"


def _keras_table(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    names = {"train_loss": "loss", "train_acc": "accuracy", "val_acc": "val_accuracy"}
    header = ("epoch", *(names.get(name, name) for name in curves))
    return Table("training.csv", header, tuple((str(e), *(_text(c[e]) for c in curves.values())) for e in range(n)))


def _steps_table(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    apart = rng.choice([10, 500])
    rows = tuple((str(apart * (e + 1)), *(_text(c[e]) for c in curves.values())) for e in range(n))
    return Table("log.csv", ("step", *curves), rows)


def _lightning_table(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    rows = []
    for e in range(n):
        for split in ("val", "train"):
            cells = [_text(c[e]) if name.startswith(split) else "" for name, c in curves.items()]
            rows.append((str(e), str(20 * e + 19), *cells))
    return Table("metrics.csv", ("epoch", "step", *curves), tuple(rows))


def _events(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    records = [slow.version()]
    mapped = rng.random() < 0.5
    for e in range(n):
        step = 20 * e + 19
        records += [slow.scalar("epoch", step, e, _FIRST + e)] if mapped else []
        records += [slow.scalar(name, step, c[e], _FIRST + e) for name, c in curves.items()]
    return Events({event_name(0): tuple(records)})


def _keras_events(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    files = {}
    for count, split in enumerate(("train", "validation")):
        own = {name.partition("_")[2]: c for name, c in curves.items() if name.startswith(split[:3])}
        points = [
            slow.keras(f"epoch_{name.replace('acc', 'accuracy')}", e, c[e], _FIRST + e)
            for e in range(n)
            for name, c in own.items()
        ]
        files[event_name(count, f"{split}/")] = (slow.version(), *points)
    return Events(files)


def _tested_events(rng: random.Random, curves: Mapping[str, Sequence[float]], n: int) -> Log:
    """With a file of test() after that of the fit, and the split in another place of the names."""
    names = {name: "/".join(name.split("_")) for name in curves}
    records = [slow.scalar(names[name], 100 * e + 99, c[e], _FIRST + e) for e in range(n) for name, c in curves.items()]
    tested = [slow.scalar("accuracy", 100 * n, 0.8, _FIRST + 99)]
    files = {event_name(0): (slow.version(), *records), event_name(1): (slow.version(), *tested)}
    return Events(files)


def put(log: Log, folder: Path) -> Path:
    """Writes the log into an empty folder; where it is to be read."""
    written = log.written()
    for name, content in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / log.name if isinstance(log, Table) else folder
