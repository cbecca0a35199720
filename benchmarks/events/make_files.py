"""Writes the event files that are measured, with the bytes that tensorboard's own writer gives.

Every kind of record is made by tensorboard's protos; wall time, step, value and checksums are then filled in for all
records of that kind at once, for tensorboard's record writer needs a minute for a million. The first records of each
file are compared with what that writer makes of the same events.

    python benchmarks/events/make_files.py FOLDER [--points 1000000] [--runs 2000]
"""

from __future__ import annotations

import argparse
import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.record_writer import RecordWriter

from selectmodel.readers.tfevents import crc

TAGS = ("train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr-Adam", "grad_norm", "epoch", "val/f1")
NAME = "events.out.tfevents.1700000000.host.1.0"
START = 1.7e9
_GROUP = 7500  # scalars between two groups of histograms and images


@dataclass(frozen=True)
class Scalars:
    """(n,) each: which tag, step, wall time and float32 value, in the order of the file."""

    tag: NDArray[np.int64]
    step: NDArray[np.int64]
    wall_time: NDArray[np.float64]
    value: NDArray[np.float32]


def scalars(count: int, *, irregular: bool = False, seed: int = 0) -> Scalars:
    """Every tag at every step, or tags in random order."""
    random = np.random.default_rng(seed)
    tag = random.integers(0, len(TAGS), count) if irregular else np.arange(count) % len(TAGS)
    step = np.arange(count) // len(TAGS) + 1
    wall_time = START + np.cumsum(random.random(count) * 1e-3)
    return Scalars(tag, step, wall_time, random.random(count, np.float32))


def event(tag: str, step: int, wall_time: float, value: float, *, tensor: bool) -> bytes:
    """One event as torch's SummaryWriter (simple_value) or as Keras (tensor) serialises it."""
    if tensor:
        content = TensorProto(dtype=1, tensor_content=struct.pack("<f", value))
        content.tensor_shape.SetInParent()
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
        one = Summary.Value(tag=tag, tensor=content, metadata=metadata)
    else:
        one = Summary.Value(tag=tag, simple_value=value)
    return Event(wall_time=wall_time, step=step, summary=Summary(value=[one])).SerializeToString()


def framed(payload: bytes) -> bytes:
    """A record as tensorboard's own record writer writes it."""
    buffer = io.BytesIO()
    RecordWriter(buffer).write(payload)
    return buffer.getvalue()


def records(points: Scalars, *, tensor: bool, checked: int = 2000) -> list[bytes]:
    """(n,) the record of each point: one proto for each tag and size of step, the numbers filled in as columns."""
    sizes = (np.log2(points.step) // 7 + 1).astype(int)
    made = np.empty(len(points.step), object)
    for tag, size in sorted({*zip(points.tag.tolist(), sizes.tolist(), strict=True)}):
        members = np.flatnonzero((points.tag == tag) & (sizes == size))
        kind = Scalars(*(column[members] for column in vars(points).values()))
        rows = _framed_rows(_payloads(kind, size, tensor=tensor))
        made[members] = [row.tobytes() for row in rows]
    rows_of = zip(*(column[:checked].tolist() for column in vars(points).values()), strict=True)
    if made[:checked].tolist() != [framed(event(TAGS[t], s, w, v, tensor=tensor)) for t, s, w, v in rows_of]:
        raise AssertionError("the columns do not give the bytes of tensorboard's writer")
    return list(made)


def _payloads(kind: Scalars, size: int, *, tensor: bool) -> NDArray[np.uint8]:
    """(n, length) the events of one tag whose steps are varints of ``size`` bytes."""
    value = float(kind.value[0])
    one = event(TAGS[kind.tag[0]], int(kind.step[0]), float(kind.wall_time[0]), value, tensor=tensor)
    rows = np.tile(np.frombuffer(one, np.uint8), (len(kind.step), 1))
    rows[:, 1:9] = kind.wall_time.astype("<f8").view(np.uint8).reshape(-1, 8)
    for place in range(size):
        rows[:, 10 + place] = kind.step >> 7 * place & 0x7F | (0x80 if place < size - 1 else 0)
    at = one.rindex(struct.pack("<f", value))
    rows[:, at : at + 4] = kind.value.astype("<f4").view(np.uint8).reshape(-1, 4)
    return rows


def _framed_rows(payloads: NDArray[np.uint8]) -> NDArray[np.uint8]:
    count, length = payloads.shape
    head = struct.pack("<Q", length)
    head += struct.pack("<I", _masked(head))
    stored = crc.masked(crc.crc32c_rows(payloads)).astype("<u4").view(np.uint8).reshape(count, 4)
    return np.concatenate([np.tile(np.frombuffer(head, np.uint8), (count, 1)), payloads, stored], axis=1)


def _masked(data: bytes) -> int:
    return int(crc.masked(np.array([crc.crc32c(data)], np.uint32))[0])


def record(payload: bytes) -> bytes:
    """The same as :func:`framed`, with the checksum of a long record at numpy's speed."""
    head = struct.pack("<Q", len(payload))
    return head + struct.pack("<I", _masked(head)) + payload + struct.pack("<I", _masked(payload))


def histogram(numbers: NDArray[np.float64]) -> HistogramProto:
    """What SummaryWriter.add_histogram stores: counts in bins that grow by 10 %, empty ends cut off."""
    grown = 1e-12 * 1.1 ** np.arange(774)
    bins = np.concatenate([-grown[::-1], [0.0], grown])
    counts, limits = np.histogram(numbers, bins)
    first, last = np.flatnonzero(counts)[[0, -1]]
    return HistogramProto(
        min=numbers.min(), max=numbers.max(), num=len(numbers), sum=numbers.sum(), sum_squares=numbers @ numbers,
        bucket_limit=limits[first : last + 2].tolist(), bucket=[0.0, *counts[first : last + 1].tolist()],
    )  # fmt: skip


def payloads(step: int, wall_time: float, random: np.random.Generator) -> list[bytes]:
    """60 histograms and three images of 60 kB of one epoch."""
    values = [
        Summary.Value(tag=f"layer{at:02d}/weight", histo=histogram(random.normal(scale=0.1, size=1000)))
        for at in range(60)
    ]
    for at in range(3):
        image = Summary.Image(height=128, width=160, colorspace=3, encoded_image_string=random.bytes(60_000))
        values.append(Summary.Value(tag=f"sample/{at}", image=image))
    return [
        record(Event(wall_time=wall_time, step=step, summary=Summary(value=[one])).SerializeToString())
        for one in values
    ]


def mixed(points: Scalars, random: np.random.Generator) -> list[bytes]:
    """Scalars with a group of histograms and images after every ``_GROUP`` of them."""
    made = records(points, tensor=False)
    whole: list[bytes] = []
    for first in range(0, len(made), _GROUP):
        whole += made[first : first + _GROUP]
        whole += payloads(int(points.step[first]), float(points.wall_time[first]), random)
    return whole


def write(folder: Path, made: list[bytes]) -> Path:
    """The event file of a folder: the version record and then ``made``."""
    folder.mkdir(parents=True, exist_ok=True)
    version = framed(Event(wall_time=START, file_version="brain.Event:2").SerializeToString())
    (folder / NAME).write_bytes(version + b"".join(made))
    return folder / NAME


def make(folder: Path, points: int, runs: int) -> None:
    """Every file that run.py measures."""
    for count in sorted({1000, 10_000, 100_000, points}):
        write(folder / f"simple_{count}", records(scalars(count), tensor=False))
        write(folder / f"tensor_{count}", records(scalars(count), tensor=True))
    write(folder / "irregular", records(scalars(points, irregular=True), tensor=False))
    write(folder / "mixed", mixed(scalars(points), np.random.default_rng(1)))
    for run in range(runs):
        few = scalars(400, seed=run)
        four = Scalars(np.arange(400) % 4, np.arange(400) // 4 + 1, few.wall_time, few.value)
        write(folder / "many" / f"run_{run:04d}", records(four, tensor=False, checked=20))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=2000)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.points, arguments.runs)
