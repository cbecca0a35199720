"""Measures one reader on one path in a process of its own and prints a line of JSON.

Used by run.py: what one process reads must neither warm nor bloat another. CPU time is that of the reading alone,
imports apart, of the first read and of those after it in the same process; peak memory is that of the whole process,
the interpreter and its imports included.
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reader = Callable[[list[Path]], Any]


def plain() -> Reader:
    return lambda paths: [path.read_bytes() for path in paths]


def ours() -> Reader:
    from selectmodel.readers.tfevents import event_file, many

    return lambda paths: [event_file.read_file(path) for path in paths] if len(paths) < 9 else many.read_many(paths)


def ours_runs() -> Reader:
    from selectmodel.files.opening import Source
    from selectmodel.readers import tensorboard
    from selectmodel.readers.tfevents import columns, event_file, many, run  # noqa: F401  (imports are not timed)

    def read(paths: list[Path]) -> Any:
        groups = tensorboard.group(paths)
        return list(tensorboard.read_many([Source(place, files, place.name) for place, files in groups]))

    return read


def accumulator() -> Reader:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read(paths: list[Path]) -> Any:
        for path in paths:
            loaded = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0})
            loaded.Reload()

    return read


def protobuf() -> Reader:
    """protobuf's C parser, one record at a time, lengths taken from a mapped file and no checksum looked at."""
    from tensorboard.compat.proto.event_pb2 import Event

    def read(paths: list[Path]) -> Any:
        found: dict[str, list[tuple[int, float, float]]] = {}
        for path in paths:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                position = 0
                while position < len(data):
                    (length,) = struct.unpack_from("<Q", data, position)
                    event = Event.FromString(data[position + 12 : position + 12 + length])
                    for value in event.summary.value:
                        number = value.simple_value
                        if value.HasField("tensor") and len(value.tensor.tensor_content) == 4:
                            (number,) = struct.unpack("<f", value.tensor.tensor_content)
                        found.setdefault(value.tag, []).append((event.step, event.wall_time, number))
                    position += length + 16
        return found

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "plain read()": plain,
    "selectmodel": ours,
    "selectmodel, to runs": ours_runs,
    "EventAccumulator": accumulator,
    "protobuf": protobuf,
}


def main() -> None:
    reader, times, place = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    paths = [place] if place.is_file() else sorted(place.rglob("*tfevents*"))
    read = READERS[reader]()
    cpu = []
    for _ in range(times):
        before = time.process_time()
        held = read(paths)
        cpu.append(time.process_time() - before)
        del held
    # Not ru_maxrss: a child inherits that of the process that started it.
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    print(json.dumps({"cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
