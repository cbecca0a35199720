"""A log that grows is read on from where the last look ended, and gives the run that a fresh reading gives."""

from __future__ import annotations

import random
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slow_events as slow
from places import SAMPLES

from selectmodel import registry
from selectmodel.errors import SelectModelError
from selectmodel.files.opening import Source
from selectmodel.records import Run

READERS = [name for name in registry.names("readers") if registry.load("readers", name).examples]


def told(reader: str, path: Path, memory: MutableMapping[Path, Any] | None) -> Any:
    """All that a reader says of a file: its run, or why there is none."""
    source = Source(path, (path,), path.name, memory=memory)
    try:
        run: Run = registry.load("readers", reader).read(source)
    except SelectModelError as failure:
        return type(failure), str(failure)
    series = {
        name: tuple(array.tobytes() for array in (one.steps, one.epochs, one.values))
        for name, one in run.series.items()
    }
    return series, list(run.series), run.x_axis, run.notes, dict(run.hints), run.checkpoints, dict(run.logged_steps)


def revealed(reader: str, path: Path, content: bytes, ends: list[int]) -> int:
    """How many looks were compared, of a file that is written in pieces which end there."""
    memory: dict[Path, Any] = {}
    for begin, end in zip([0, *ends], ends, strict=False):
        with path.open("ab") as file:
            file.write(content[begin:end])
        assert told(reader, path, memory) == told(reader, path, None), f"bytes {begin}–{end}"
    return len(ends)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_reader_says_the_same_when_it_looks_again(reader: str, seed: int, tmp_path: Path) -> None:
    random_ = random.Random(f"{reader} {seed}")
    for place, (content, _) in enumerate(registry.load("readers", reader).examples):
        names = [name.replace("*", "log") for name in registry.load("readers", reader).files] or ["log"]
        folder = tmp_path / str(place)
        folder.mkdir()
        ends = sorted({random_.randint(0, len(content)) for _ in range(12)} | {len(content)})
        assert revealed(reader, folder / names[0], content, ends)


def event_file(seed: int) -> bytes:
    random_ = random.Random(seed)
    pieces = [slow.version()]
    for step in range(400):
        if random_.random() < 0.01:
            pieces.append(slow.record(slow.event(step, slow.value("notes", slow.bytes_field(8, b"x" * 300)))))
        for tag in ("train/loss", "val/loss")[: random_.randint(1, 2)]:
            pieces.append(slow.scalar(tag, step, random_.random()))
        if random_.random() < 0.005:
            damaged = bytearray(pieces[-1])
            damaged[-6] ^= 1
            pieces[-1] = bytes(damaged)
    pieces.insert(random_.randint(0, len(pieces)), slow.record(slow.event(7, slow.value("image", bytes(1_200_000)))))
    return b"".join(pieces)


@pytest.mark.parametrize("seed", range(6))
def test_event_files_in_random_pieces(seed: int, tmp_path: Path) -> None:
    content, random_ = event_file(seed), random.Random(seed)
    ends = sorted({random_.randint(0, len(content)) for _ in range(30)} | {len(content)})
    assert revealed("tensorboard", tmp_path / "events.out.tfevents.1.host", content, ends)


def test_only_what_was_appended_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from selectmodel.readers.tfevents import tfrecord

    begun: list[int] = []
    real = tfrecord.blocks

    def counted(file: Any, size: int, problems: Any, position: int = 0) -> Any:
        begun.append(position)
        return real(file, size, problems, position)

    monkeypatch.setattr(tfrecord, "blocks", counted)
    path, memory = tmp_path / "events.out.tfevents.1.host", dict[Path, Any]()
    content = event_file(1)
    path.write_bytes(content[:5000])
    told("tensorboard", path, memory)
    with path.open("ab") as file:
        file.write(content[5000:])
    told("tensorboard", path, memory)
    assert begun[0] == 0 and 4900 < begun[1] <= 5000


def test_a_file_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    path, memory = tmp_path / "events.out.tfevents.1.host", dict[Path, Any]()
    path.write_bytes(event_file(1))
    told("tensorboard", path, memory)
    path.write_bytes(event_file(2) * 2)  # larger than before
    assert told("tensorboard", path, memory) == told("tensorboard", path, None)
    path.write_bytes(event_file(3)[:3000])
    assert told("tensorboard", path, memory) == told("tensorboard", path, None)


def test_a_run_stays_what_it_was_when_the_log_grows(tmp_path: Path) -> None:
    path, memory = tmp_path / "events.out.tfevents.1.host", dict[Path, Any]()
    content = event_file(4)
    source = Source(path, (path,), path.name, memory=memory)
    path.write_bytes(content[: len(content) // 2])
    run = registry.load("readers", "tensorboard").read(source)
    before = {name: one.values.copy() for name, one in run.series.items()}
    with path.open("ab") as file:
        file.write(content[len(content) // 2 :])
    registry.load("readers", "tensorboard").read(replace(source))
    assert all(np.array_equal(run.series[name].values, values, equal_nan=True) for name, values in before.items())


@pytest.mark.parametrize("log", ["keras/overfitting.csv", "lightning/overfitting", "generic", "dvclive"])
def test_sample_logs_in_pieces(log: str, tmp_path: Path) -> None:
    from selectmodel.files import discovery

    place = SAMPLES / log
    below = sorted(path for path in place.rglob("*") if path.suffix in {".csv", ".tsv", ".jsonl"})
    files = [place] if place.is_file() else below[:3]
    assert files
    for number, file in enumerate(files):
        content = file.read_bytes()
        reader = discovery.find(file)[0].reader
        folder = tmp_path / str(number)
        folder.mkdir()
        ends = sorted({len(content) * part // 9 for part in range(1, 10)})
        assert revealed(reader, folder / file.name, content, ends)


def test_a_long_table_in_random_pieces(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    random_ = random.Random(7)
    rows = [b"epoch,loss,val_loss\n"]
    for epoch in range(20_000):
        odd = random_.random()
        cell = b"" if odd < 0.001 else b"nan" if odd < 0.002 else b"%.6f" % random_.random()
        rows.append(b"%d,%.9f,%s\n" % (epoch, random_.random(), cell))
        if odd > 0.9995:
            rows.append(b"\n")
    content = b"".join(rows)
    assert len(content) > 500_000
    ends = [*sorted(random_.sample(range(len(content)), 12)), len(content)]
    assert revealed("keras_csv", tmp_path / "training.csv", content, ends)


def test_the_rows_of_a_long_table_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from selectmodel.readers.table import fast

    sizes: list[int] = []
    real = fast.table

    def counted(stream: Any, size: int, form: Any, begun: Any = None) -> Any:
        sizes.append(size)
        return real(stream, size, form, begun)

    monkeypatch.setattr(fast, "table", counted)
    path, memory = tmp_path / "training.csv", dict[Path, Any]()
    path.write_bytes(b"epoch,loss,val_loss\n" + b"".join(b"%d,0.123456,0.234567\n" % epoch for epoch in range(20_000)))
    told("keras_csv", path, memory)
    with path.open("ab") as file:
        file.write(b"20000,0.5,0.25\n20001,0.5")
    told("keras_csv", path, memory)
    assert sizes[1:] == [15]


def test_json_lines_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from selectmodel.readers.objects import json_text

    parsed: list[int] = []
    real = json_text.together

    def counted(texts: Any, kind: type) -> Any:
        parsed.append(len(texts))
        return real(texts, kind)

    monkeypatch.setattr(json_text, "together", counted)
    path, memory = tmp_path / "log.jsonl", dict[Path, Any]()
    path.write_text("".join(f'{{"epoch": {epoch}, "val_loss": 0.5, "näme": 1}}\n' for epoch in range(50)))
    told("json_lines", path, memory)
    with path.open("a") as file:
        file.write('{"epoch": 50, "val_loss": 0.5}\n{"epo')
    told("json_lines", path, memory)
    assert parsed == [50, 1, 1]


@pytest.mark.parametrize("seed", range(4))
def test_json_lines_in_random_pieces(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    odd = ["not json at all", '{"epoch": 3, "epoch": 4}', "", "   ", '{"epoch": 1, "näme": {"a": 1}}', "[1, 2]"]
    lines = [
        random_.choice(odd)
        if random_.random() < 0.02 * seed
        else f'{{"epoch": {epoch}, "val_loss": {random_.random()}}}'
        for epoch in range(60)
    ]
    content = ("\r\n" if seed == 3 else "\n").join(lines).encode()
    ends = [*sorted(random_.sample(range(1, len(content)), 25)), len(content)]
    assert revealed("json_lines", tmp_path / "log.jsonl", content, ends)
