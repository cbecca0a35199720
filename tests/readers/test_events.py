"""Event files at the level of bytes: framing, checksums, every encoding of a scalar, damage, and size."""

from __future__ import annotations

import random
import struct
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import slow_events as slow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import SHARED

from selectmodel.errors import LogError
from selectmodel.readers.tfevents import (
    columns,
    crc,
    event_file,
    first_scalar,
    many,
    offsets,
    points,
    protobuf,
    record,
    tfrecord,
)
from selectmodel.readers.tfevents.event_file import EventFile

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.util.tensor_util import make_ndarray


def read(data: bytes) -> EventFile:
    return event_file.read_bytes(data, Path("events.out.tfevents.1.host.1.0"))


def bits(points: dict[str, list[slow.Point]]) -> dict[str, list[tuple[int, bytes, bytes]]]:
    return {
        tag: [(step, struct.pack("<d", wall_time), struct.pack("<d", number)) for step, wall_time, number in rows]
        for tag, rows in points.items()
    }


def as_rows(file: EventFile) -> dict[str, list[slow.Point]]:
    return {
        tag: list(zip(p.steps.tolist(), p.wall_times.tolist(), p.values.tolist(), strict=True))
        for tag, p in file.points.items()
    }


def same_as_slow(data: bytes) -> EventFile:
    file = read(data)
    assert bits(as_rows(file)) == bits(slow.read(data))
    return file


def test_crc_of_the_standard_check_string() -> None:
    assert crc.crc32c(b"123456789") == 0xE3069283
    assert crc.crc32c(b"6789", crc.crc32c(b"12345")) == 0xE3069283
    assert crc.crc32c(b"") == 0


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 12, 127, 128, 129, 215, 216, 217, 700, 1109, 3000, 20_000])
def test_crc_of_every_shape_of_message(length: int) -> None:
    rows = np.random.default_rng(length).integers(0, 256, (3, length), np.uint8)
    expected = [slow.crc32c(row.tobytes()) for row in rows]
    assert crc.crc32c_rows(rows).tolist() == expected
    assert [crc.crc32c(row.tobytes()) for row in rows] == expected
    masked = crc.masked(np.array(expected, np.uint32)).tolist()
    assert masked == [slow.masked(row.tobytes()) for row in rows]


@pytest.mark.parametrize(("following", "terms"), crc.MULTIPLES)
def test_the_multiples_of_the_polynomial_are_such(following: int, terms: tuple[int, ...]) -> None:
    powers = [0x80000000]  # x^0, lowest power in the highest bit
    for _ in range(8 * following):
        powers.append(powers[-1] >> 1 ^ (0x82F63B78 if powers[-1] & 1 else 0))
    left = powers[8 * following]
    for term in terms:
        left ^= powers[8 * term]
    assert left == 0
    assert max(terms) < following - max(terms)  # what is moved lands behind it


def test_crc_of_pieces_of_any_length() -> None:
    data = np.random.default_rng(0).integers(0, 256, 60_000, np.uint8)
    starts, lengths = [0, 5, 100, 3000, 9000], [0, 700, 129, 6000, 3]
    expected = [slow.crc32c(data[a : a + n].tobytes()) for a, n in zip(starts, lengths, strict=True)]
    assert crc.crc32c_pieces(data, starts, lengths).tolist() == expected
    assert crc.crc32c_pieces(data, starts[:0], lengths[:0]).tolist() == []
    assert crc.crc32c_pieces(data, starts[4:], lengths[4:]).tolist() == expected[4:]
    whole = [crc.crc32c(data[a : a + 100].tobytes()) for a in range(0, len(data), 100)]
    assert crc.crc32c_pieces(data, range(0, len(data), 100), [100] * len(whole)).tolist() == whole
    long = crc.crc32c_pieces(data, [0, 7], [len(data), 9000]).tolist()
    pieces = [data[at : at + 60].tobytes() for at in range(0, len(data), 60)]
    state = 0
    for piece in pieces:
        state = crc.crc32c(piece, state)
    assert long[0] == state


ENCODINGS: dict[str, tuple[bytes, float | None]] = {
    "simple_value": (slow.float_field(2, 0.1), float(np.float32(0.1))),
    "simple_value zero": (slow.float_field(2, 0.0), 0.0),
    "float content": (slow.tensor(1, slow.bytes_field(4, struct.pack("<f", 0.3))), float(np.float32(0.3))),
    "float packed": (slow.tensor(1, slow.bytes_field(5, struct.pack("<f", 0.3))), float(np.float32(0.3))),
    "float unpacked": (slow.tensor(1, slow.float_field(5, 0.3)), float(np.float32(0.3))),
    "float without shape": (slow.tensor(1, slow.float_field(5, 0.3), None), float(np.float32(0.3))),
    "float shape [1]": (slow.tensor(1, slow.float_field(5, 0.3), [1]), float(np.float32(0.3))),
    "float shape [1, 1]": (slow.tensor(1, slow.bytes_field(4, struct.pack("<f", 2)), [1, 1]), 2.0),
    "double content": (slow.tensor(2, slow.bytes_field(4, struct.pack("<d", 0.1))), 0.1),
    "double packed": (slow.tensor(2, slow.bytes_field(6, struct.pack("<d", 0.1))), 0.1),
    "double unpacked": (slow.tensor(2, slow.double_field(6, 0.1)), 0.1),
    "int32 content": (slow.tensor(3, slow.bytes_field(4, struct.pack("<i", -7))), -7.0),
    "int32 packed": (slow.tensor(3, slow.bytes_field(7, slow.varint(-7))), -7.0),
    "int32 unpacked": (slow.tensor(3, slow.number_field(7, 7)), 7.0),
    "uint8": (slow.tensor(4, slow.number_field(7, 255)), 255.0),
    "int16": (slow.tensor(5, slow.number_field(7, -2)), -2.0),
    "int8": (slow.tensor(6, slow.number_field(7, -3)), -3.0),
    "int64 content": (slow.tensor(9, slow.bytes_field(4, struct.pack("<q", -(1 << 40)))), -float(1 << 40)),
    "int64 packed": (slow.tensor(9, slow.bytes_field(10, slow.varint(1 << 40))), float(1 << 40)),
    "int64 unpacked": (slow.tensor(9, slow.number_field(10, -5)), -5.0),
    "bool": (slow.tensor(10, slow.number_field(11, 1)), 1.0),
    "bfloat16 content": (slow.tensor(14, slow.bytes_field(4, b"\x40\x3f")), 0.75),
    "bfloat16 val": (slow.tensor(14, slow.number_field(13, 0x3F40)), 0.75),
    "uint16": (slow.tensor(17, slow.number_field(7, 65535)), 65535.0),
    "half content": (slow.tensor(19, slow.bytes_field(4, struct.pack("<e", 0.75))), 0.75),
    "half val": (slow.tensor(19, slow.bytes_field(13, slow.varint(0x3A00))), 0.75),
    "uint32": (slow.tensor(22, slow.number_field(16, 1 << 31)), float(1 << 31)),
    "uint64": (slow.tensor(23, slow.number_field(17, 1 << 63)), float(1 << 63)),
    "two elements": (slow.tensor(1, slow.bytes_field(4, struct.pack("<2f", 1, 2)), [2]), None),
    "no element": (slow.tensor(1, b"", [0]), None),
    "a text": (slow.tensor(7, slow.bytes_field(8, b"hello")), None),
    "complex": (slow.tensor(8, slow.bytes_field(9, struct.pack("<2f", 1, 2))), None),
    "a histogram": (slow.bytes_field(5, slow.double_field(1, 1.0)), None),
    "an image": (slow.bytes_field(4, slow.number_field(1, 3)), None),
    "hparams": (slow.metadata("hparams"), None),
    "one number of another plugin": (slow.float_field(2, 1.0) + slow.metadata("pr_curves"), None),
    "a number then an image": (slow.float_field(2, 1.0) + slow.bytes_field(4, b""), None),
}


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("count", [1, 9])
def test_every_encoding_of_a_scalar(name: str, count: int) -> None:
    content, expected = ENCODINGS[name]
    data = slow.version() + b"".join(slow.record(slow.event(step, slow.value("m", content))) for step in range(count))
    file = same_as_slow(data)
    assert not file.problems
    found = file.points["m"].values.tolist() if "m" in file.points else []
    assert found == ([] if expected is None else [expected] * count)


@pytest.mark.parametrize("step", [0, 1, 127, 128, 1 << 40, (1 << 63) - 1, -1, -(1 << 63)])
def test_steps_of_every_size(step: int) -> None:
    file = same_as_slow(b"".join(slow.scalar("m", step, float(at)) for at in range(6)))
    assert file.points["m"].steps.tolist() == [step] * 6


def test_numbers_that_are_not_finite_are_kept() -> None:
    numbers = [float("nan"), float("inf"), -float("inf"), -0.0, 1e-45]
    file = same_as_slow(b"".join(slow.scalar("m", step, number) for step, number in enumerate(numbers * 3)))
    assert np.isnan(file.points["m"].values[[0, 5, 10]]).all()
    nan_clock = same_as_slow(b"".join(slow.scalar("m", step, 1.0, float("nan")) for step in range(6)))
    assert nan_clock.points["m"].steps.tolist() == list(range(6))


def test_the_plugin_may_stand_on_the_first_value_only() -> None:
    one = slow.tensor(1, slow.float_field(5, 1.0))
    records = [slow.event(0, slow.value("h", one + slow.metadata("histograms")))]
    records += [slow.event(step, slow.value("h", one), slow.value("m", one)) for step in range(1, 6)]
    file = same_as_slow(b"".join(map(slow.record, records)))
    assert list(file.points) == ["m"]


def test_300_tags_several_values_an_event_and_order_across_kinds() -> None:
    rng = random.Random(1)
    data = slow.version()
    for step in range(12):
        data += b"".join(slow.scalar(f"layer{tag:03d}/norm", step, rng.random()) for tag in range(300))
        many = [slow.value(f"v{tag}", slow.float_field(2, rng.random())) for tag in range(4)]
        data += slow.record(slow.event(step, *many, many[0]))
        data += slow.keras("layer000/norm", step, rng.random())
    file = same_as_slow(data)
    assert len(file.points) == 304
    assert len(file.points["v0"].steps) == len(file.points["layer000/norm"].steps) == 24


def generated(seed: int) -> bytes:
    rng = random.Random(seed)
    tags = [f"t{at}" * rng.randint(1, 3) for at in range(rng.randint(1, 6))]
    usable = [content for content, _ in ENCODINGS.values()]
    data = slow.version() if rng.random() < 0.8 else b""
    step = rng.choice([0, 120, 16380, -5, 1 << 40])
    for _ in range(rng.randint(0, 60)):
        step += rng.choice([0, 1, 1, 1, 7])
        values = [
            slow.value(
                rng.choice(tags), rng.choice(usable) if rng.random() < 0.4 else slow.float_field(2, rng.random())
            )
            for _ in range(rng.choice([1, 1, 1, 3]))
        ]
        data += slow.record(slow.event(step, *values, wall_time=rng.choice([0.0, 1.7e9 + step, float("nan")])))
    return data[: len(data) - rng.choice([0, 0, 1, 5, 13, 40])]


@pytest.mark.parametrize("seed", range(40))
def test_generated_files_against_the_slow_reader(seed: int) -> None:
    same_as_slow(generated(seed))


SMALL = slow.version() + b"".join(
    slow.scalar("loss", step, 1 / (step + 1), 1.7e9 + step) + slow.keras("val", step, 0.5, 1.7e9) for step in range(6)
)


def test_cut_at_every_byte_gives_a_beginning_of_the_points() -> None:
    whole = as_rows(read(SMALL))
    for size in range(len(SMALL)):
        file = same_as_slow(SMALL[:size])
        for tag, rows in as_rows(file).items():
            assert rows == whole[tag][: len(rows)]
        torn = [problem.kind for problem in file.problems]
        assert torn in ([], ["torn"]), (size, torn)
        assert bool(torn) == (size not in _record_ends(SMALL))


def _record_ends(data: bytes) -> set[int]:
    ends, position = {0}, 0
    while position < len(data):
        position += 16 + struct.unpack_from("<Q", data, position)[0]
        ends.add(position)
    return ends


def test_one_flipped_bit_never_changes_a_value_without_a_problem() -> None:
    whole = {tag: set(rows) for tag, rows in as_rows(read(SMALL)).items()}
    for at in range(len(SMALL)):
        damaged = bytearray(SMALL)
        damaged[at] ^= 1 << at % 8
        file = same_as_slow(bytes(damaged))
        assert [problem.kind for problem in file.problems] in (["data"], ["header"]), at
        for tag, rows in as_rows(file).items():
            assert set(rows) <= whole[tag]


def test_damaged_data_costs_one_record_and_a_damaged_length_the_rest() -> None:
    parts = [slow.scalar("m", step, float(step)) for step in range(4)]
    bad = bytearray(parts[1])
    bad[20] ^= 1
    file = read(parts[0] + bytes(bad) + parts[2] + parts[3])
    assert file.points["m"].steps.tolist() == [0, 2, 3]
    assert [(problem.kind, problem.offset) for problem in file.problems] == [("data", len(parts[0]))]
    bad = bytearray(parts[1])
    bad[2] ^= 1
    file = read(parts[0] + bytes(bad) + parts[2] + parts[3])
    assert file.points["m"].steps.tolist() == [0]
    assert [(problem.kind, problem.offset) for problem in file.problems] == [("header", len(parts[0]))]


def header(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", slow.masked(packed))


@pytest.mark.parametrize(
    ("length", "kind"), [(1 << 63, "header"), (1 << 31, "header"), (1 << 30, "torn"), (50, "torn")]
)
def test_a_length_beyond_the_file_is_never_allocated(length: int, kind: str) -> None:
    tracemalloc.start()
    file = read(slow.scalar("m", 0, 1.0) + header(length) + b"x" * 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.points["m"].steps.tolist() == [0]
    assert [problem.kind for problem in file.problems] == [kind]
    assert peak < 20 << 20


BAD_PAYLOADS = {
    "cut field": b"\x09\x00\x00",
    "endless varint": b"\x10" + b"\xff" * 11,
    "group": b"\x0b\x0c",
    "field number 0": b"\x02\x00",
    "length beyond the end": b"\x2a\x7f\x00",
}


@pytest.mark.parametrize("name", BAD_PAYLOADS)
def test_a_record_that_is_no_event_is_skipped(name: str) -> None:
    data = b"".join(slow.scalar("m", step, 1.0) + slow.record(BAD_PAYLOADS[name]) for step in range(6))
    file = same_as_slow(data)
    assert file.points["m"].steps.tolist() == list(range(6))
    assert {problem.kind for problem in file.problems} == {"message"}


def test_a_bad_value_costs_that_value_only() -> None:
    good = slow.value("m", slow.float_field(2, 1.0))
    cases = [
        slow.value(b"\xff\xfe", slow.float_field(2, 1.0)),
        slow.value("m", slow.tensor(1, slow.bytes_field(4, b"abc"))),
        slow.value("m", slow.tensor(1, b"")),
        slow.value("m", slow.tensor(2, slow.bytes_field(6, b"1234567"))),
        slow.value("m", b"\x15\x00"),
    ]
    file = same_as_slow(b"".join(slow.record(slow.event(step, good, bad)) for step, bad in enumerate(cases)))
    assert file.points["m"].steps.tolist() == list(range(len(cases)))
    assert [problem.kind for problem in file.problems] == ["value"] * len(cases)


def test_an_unexpected_wire_type_is_passed_over() -> None:
    odd = slow.value("m", slow.number_field(2, 5))
    data = b"".join(slow.record(slow.event(step, odd, other=b"\x0d1234")) for step in range(5))
    assert not same_as_slow(data).points


def large(step: int, *, damaged: bool) -> bytes:
    """An event of 1.5 MB: an image beside a scalar."""
    image = slow.value("image", slow.bytes_field(4, slow.bytes_field(4, bytes(1_500_000))))
    data = slow.event(step, slow.value("m", slow.float_field(2, 0.5)), image)
    fast = struct.pack("<I", int(crc.masked(np.array([crc.crc32c(data)], np.uint32))[0]) ^ damaged)
    return header(len(data)) + data + fast


@pytest.mark.parametrize(("damaged", "steps", "kinds"), [(False, [1, 2, 3], []), (True, [1, 3], ["data"])])
def test_a_scalar_beside_a_large_image_is_read_and_its_checksum_checked(
    damaged: bool, steps: list[int], kinds: list[str]
) -> None:
    file = read(slow.scalar("m", 1, 1.0) + large(2, damaged=damaged) + slow.scalar("m", 3, 1.0))
    assert file.points["m"].steps.tolist() == steps
    assert [problem.kind for problem in file.problems] == kinds


def test_a_graph_of_300_mb_is_passed_over_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host.1.0"
    size = 300 << 20
    start = slow.varint(4 << 3 | 2) + slow.varint(size)
    with path.open("wb") as file:
        file.write(slow.scalar("m", 1, 1.0) + header(len(start) + size) + start)
        file.seek(size + record.FOOTER_BYTES, 1)  # a hole: no disk is used
        file.write(slow.scalar("m", 2, 2.0))
    tracemalloc.start()
    found = event_file.read_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.points["m"].steps.tolist() == [1, 2]
    assert not found.problems
    assert peak < 40 << 20


def test_records_on_both_sides_of_a_block_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SMALL * 3
    expected = as_rows(read(data))
    for size in (100, 257, 1000):
        monkeypatch.setattr(tfrecord, "BLOCK_BYTES", size)
        monkeypatch.setattr(tfrecord, "LARGE_BYTES", 80)
        assert as_rows(read(data)) == expected


def test_room_for_points_is_made_again_where_a_file_holds_more_than_it_began_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tfrecord, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(points, "_SPARE", 1)
    monkeypatch.setattr(points, "_LEAST_BYTES", 1 << 20)
    tags = ["a"] * 60 + ["b"] * 700 + ["a"] * 300 + ["b", "a", "c"] * 100
    file = same_as_slow(b"".join(slow.scalar(tag, step, step / 3) for step, tag in enumerate(tags)))
    assert {tag: len(points.steps) for tag, points in file.points.items()} == {"a": 460, "b": 800, "c": 100}


def test_the_limit_names_the_flag(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(SMALL)
    with pytest.raises(LogError, match=f"--max-bytes {len(SMALL)}"):
        event_file.read_file(path, limit=100)


def _tensorboard_rows(path: Path) -> dict[str, list[slow.Point]]:
    rows: dict[str, list[slow.Point]] = {}
    for raw in RawEventFileLoader(str(path)).Load():
        event = Event.FromString(raw)
        for one in event.summary.value:
            kind = one.WhichOneof("value")
            if kind == "simple_value":
                number = one.simple_value
            elif kind == "tensor" and one.tensor.dtype != 7 and make_ndarray(one.tensor).size == 1:
                number = float(make_ndarray(one.tensor).reshape(()))
            else:
                continue
            rows.setdefault(one.tag, []).append((event.step, event.wall_time, number))
    return rows


#: Where we read what tensorboard does not, and why.
DEVIATIONS = {
    "corrupt_bad_data_crc": "tensorboard ends a file at the first damaged record; here that record alone is lost",
}


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is absent")
def test_every_sample_bit_for_bit_as_tensorboard_reads_it() -> None:
    files = [path for part in ("samples", "real_logs") for path in sorted((SHARED / part).rglob("*tfevents*"))]
    assert len(files) > 100
    for path in files:
        ours, theirs = bits(as_rows(event_file.read_file(path))), bits(_tensorboard_rows(path))
        if path.parent.name not in DEVIATIONS:
            assert ours == theirs, path
        else:
            assert ours != theirs, f"{path}: no deviation any more"
            for tag, rows in theirs.items():
                assert ours[tag][: len(rows)] == rows


#: What numpy 2.5 says of tensorboard's own code.
@pytest.mark.filterwarnings("ignore:Setting the dtype:DeprecationWarning")
def test_tensorboard_agrees_on_every_encoding(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host.1.0"
    usable = {name: content for name, (content, number) in ENCODINGS.items() if number is not None}
    for name in ("bfloat16 content", "bfloat16 val", "uint32", "uint64"):
        del usable[name]  # its own tensor reader does not know these types
    records = [slow.event(at, slow.value(name, content)) for at, (name, content) in enumerate(usable.items())]
    path.write_bytes(slow.version() + b"".join(map(slow.record, records)))
    assert bits(as_rows(event_file.read_file(path))) == bits(_tensorboard_rows(path))


def flipped(record: bytes, at: int) -> bytes:
    return record[:at] + bytes([record[at] ^ 0x10]) + record[at + 1 :]


@pytest.fixture
def paths_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Every fast path is open to small files, and how often each was taken is counted."""
    monkeypatch.setattr(offsets, "_FIRST", 32)
    monkeypatch.setattr(offsets, "_PROBES", (32, 64, 128))
    monkeypatch.setattr(offsets, "_WORTH", 4)
    monkeypatch.setattr(tfrecord, "_LONG", 20)
    monkeypatch.setattr(offsets, "_CHUNK", 400)
    monkeypatch.setattr(offsets, "_SOUGHT", 200)
    monkeypatch.setattr(columns, "_AT_ONCE", 2000)
    taken = dict.fromkeys(("stripe", "lockstep", "alike", "one by one"), 0)

    def counted(module: object, name: str, kind: str, size: Callable[[object], int]) -> None:
        real = getattr(module, name)

        def spied(*arguments: object) -> object:
            result = real(*arguments)
            taken[kind] += size(result)
            return result

        monkeypatch.setattr(module, name, spied)

    counted(offsets, "_predicted", "stripe", len)  # type: ignore[arg-type]
    counted(offsets, "walk_from_many", "lockstep", lambda found: len(found[0]))  # type: ignore[index]
    counted(columns, "_take_alike", "alike", lambda _: 1)
    counted(protobuf, "event", "one by one", lambda _: 1)
    yield taken


TAGS = ("loss", "val_loss", "acc", "val_acc", "lr")


def periodic(steps: int = 250) -> list[bytes]:
    return [slow.scalar(tag, step, step / 7 + at, 1.7e9 + step) for step in range(steps) for at, tag in enumerate(TAGS)]


MIDDLE = 820  # a record of "loss" far inside the stretch that is predicted
BROKEN: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "whole": lambda found: found,
    "a record of other length": lambda found: [*found[:MIDDLE], slow.version(), *found[MIDDLE:]],
    "a record is missing": lambda found: [*found[:MIDDLE], *found[MIDDLE + 1 :]],
    "a record twice": lambda found: [*found[:MIDDLE], found[MIDDLE], *found[MIDDLE:]],
    "another tag of the same length": lambda found: [*found[:MIDDLE], slow.scalar("LOSS", 7, 1), *found[MIDDLE + 1 :]],
    "a tag that is not UTF-8": lambda found: [
        *found[:MIDDLE], slow.record(slow.event(164, slow.value(b"l\xffss", slow.float_field(2, 1)))),
        *found[MIDDLE + 1 :],
    ],
    "another kind of the same length": lambda found: [
        *found[:MIDDLE], slow.record(slow.event(0, other=slow.bytes_field(3, bytes(len(found[MIDDLE]) - 27)))),
        *found[MIDDLE + 1 :],
    ],
    "damaged value": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], -5), *found[MIDDLE + 1 :]],
    "damaged checksum": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], -1), *found[MIDDLE + 1 :]],
    "damaged tag": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], -12), *found[MIDDLE + 1 :]],
    "damaged structure": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], 12), *found[MIDDLE + 1 :]],
    "damaged length": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], 0), *found[MIDDLE + 1 :]],
    "damaged checksum of a length": lambda found: [*found[:MIDDLE], flipped(found[MIDDLE], 9), *found[MIDDLE + 1 :]],
    "the first of a stretch is damaged": lambda found: [flipped(found[0], -5), *found[1:]],
    "torn": lambda found: [*found[:-1], found[-1][:-3]],
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_period_and_what_breaks_it(name: str, paths_taken: dict[str, int]) -> None:
    records = BROKEN[name](periodic())
    same_as_slow(b"".join(records))
    assert paths_taken["stripe"] >= 5 and paths_taken["alike"] > 5
    assert paths_taken["one by one"] < 200


@pytest.mark.parametrize("name", BROKEN)
def test_no_period_and_what_breaks_it(name: str, paths_taken: dict[str, int]) -> None:
    records = periodic()
    random.Random(3).shuffle(records)
    same_as_slow(b"".join(BROKEN[name](records)))
    assert paths_taken["lockstep"] > 200 and paths_taken["stripe"] == 0


def test_a_record_inside_a_record_does_not_mislead(paths_taken: dict[str, int]) -> None:
    inner = b"".join(slow.scalar("trap", step, 1.0) for step in range(30))
    rng = random.Random(5)
    records = periodic()
    rng.shuffle(records)
    for at in rng.sample(range(len(records)), 40):
        records[at] = slow.record(slow.event(at, slow.value("text", slow.bytes_field(4, inner))))
    file = same_as_slow(b"".join(records))
    assert "trap" not in file.points and len(file.points) == 5
    assert paths_taken["lockstep"] > 100


RECORDS = st.one_of(
    st.builds(slow.scalar, st.sampled_from(TAGS), st.integers(-5, 1 << 41), st.floats(width=32), st.floats()),
    st.builds(slow.keras, st.sampled_from(TAGS), st.integers(0, 300), st.floats(width=32)),
    st.sampled_from([slow.record(slow.event(3, slow.value("x", content))) for content, _ in ENCODINGS.values()]),
    st.sampled_from([slow.version(), slow.record(b"\x10" + b"\xff" * 11), slow.record(b"")]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(RECORDS, min_size=1, max_size=6), st.integers(1, 60), st.lists(RECORDS, max_size=12),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), max_size=2),
)  # fmt: skip
def test_any_records_repeated_and_damaged(
    paths_taken: dict[str, int], cycle: list[bytes], times: int, rest: list[bytes], flips: list[tuple[float, int]]
) -> None:
    data = bytearray(b"".join(cycle * times + rest + cycle * 20))
    for place, bit in flips:
        data[int(place * len(data))] ^= 1 << bit
    same_as_slow(bytes(data))


@pytest.mark.parametrize("first", [0, 3])
def test_integer_tensors_are_never_read_as_floats(first: int) -> None:
    contents = [slow.tensor(3, slow.bytes_field(4, struct.pack("<i", first + step))) for step in range(9)]
    file = same_as_slow(b"".join(slow.record(slow.event(1, slow.value("epoch", content))) for content in contents))
    assert file.points["epoch"].values.tolist() == list(range(first, first + 9))


@pytest.mark.parametrize("content_first", [True, False])
def test_a_tensor_with_content_and_a_list_has_the_number_of_its_content(content_first: bool) -> None:
    records = []
    for step in range(9):
        parts = [slow.bytes_field(4, struct.pack("<f", 1)), slow.float_field(5, 1 + step)]
        tensor = slow.tensor(1, b"".join(parts if content_first else parts[::-1]))
        records.append(slow.record(slow.event(1, slow.value("m", tensor))))
    assert same_as_slow(b"".join(records)).points["m"].values.tolist() == [1.0] * 9


def test_a_step_of_fewer_bytes_is_another_layout() -> None:
    payloads = [slow.event(200 + step, slow.value("m", slow.float_field(2, 1.0))) for step in range(9)]
    ended = payloads[4][:10] + bytes([payloads[4][10] & 0x7F]) + payloads[4][11:]  # the next byte is now a key
    file = same_as_slow(b"".join(map(slow.record, [*payloads[:4], ended, *payloads[5:]])))
    assert [problem.kind for problem in file.problems] == ["message"]
    assert len(file.points["m"].steps) == 8


def told(file: EventFile) -> tuple[object, ...]:
    offsets = {tag: points.offsets.tolist() for tag, points in file.points.items()}
    clock = struct.pack("<d", file.first_wall_time)
    return file.path, file.size, bits(as_rows(file)), offsets, file.checkpoints, clock, file.problems


def files_of_every_kind(folder: Path) -> list[Path]:
    contents = [generated(seed) for seed in range(30)]
    contents += [SMALL, SMALL, SMALL[:-3], SMALL, b"", b"", SMALL[:40], large(1, damaged=False), SMALL]
    for at in range(0, len(SMALL), 37):
        contents.append(SMALL[:at] + bytes([SMALL[at] ^ 4]) + SMALL[at + 1 :])
    paths = [folder / f"events.out.tfevents.{at}" for at in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [*paths, folder / "missing"]


@pytest.mark.parametrize("together", [1, 3000, 1 << 24])
def test_many_files_together_are_as_each_alone(together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_TOGETHER", together)
    paths = files_of_every_kind(tmp_path)
    for path, found in zip(paths, many.read_many(paths), strict=True):
        if isinstance(found, LogError):
            with pytest.raises(LogError) as refusal:
                event_file.read_file(path)
            assert str(found) == str(refusal.value)
        else:
            assert told(found) == told(event_file.read_file(path)), path
    (refused,) = many.read_many(paths[30:31], limit=100)
    assert "--max-bytes" in str(refused)


def test_a_damaged_byte_is_seen_in_every_place_of_a_file_that_is_like_the_one_before(tmp_path: Path) -> None:
    known = {}
    for at in range(len(SMALL)):
        known |= {tmp_path / f"{at} whole": SMALL, tmp_path / f"{at} damaged": flipped(SMALL, at)}
    for (path, content), found in zip(known.items(), many.read_many(list(known), known), strict=True):
        assert isinstance(found, event_file.EventFile)
        assert told(found) == told(event_file.read_bytes(content, path)), path
        assert bool(found.problems) == (content != SMALL)


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (SMALL, True),
        (SMALL[:-3], True),
        (slow.version() * 3 + slow.scalar("m", 1, 1.0), True),
        (slow.record(BAD_PAYLOADS["group"]) + slow.scalar("m", 1, 1.0), True),
        (b"", False),
        (SMALL[:40], False),
        (flipped(slow.scalar("m", 1, 1.0), -5), False),
        (flipped(slow.scalar("m", 1, 1.0), 1), False),
        (slow.record(slow.event(1, slow.value("m", ENCODINGS["one number of another plugin"][0]))), False),
        (large(1, damaged=False), False),
    ],
)
def test_whether_a_file_begins_with_a_scalar(content: bytes, begins: bool, tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(content)
    assert first_scalar.begins(path) is begins
    assert bool(event_file.first_scalars(path)) or not begins


def test_a_damaged_first_record_does_not_tell_the_time() -> None:
    data = flipped(slow.scalar("m", 1, 1.0, 5.0), 15) + slow.scalar("m", 2, 1.0, 7.0)
    assert read(data).first_wall_time == 7.0
    assert np.isnan(read(flipped(slow.scalar("m", 1, 1.0), 15)).first_wall_time)
