"""What may happen to event files: written otherwise, which must change nothing, or damaged, which must be said."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import slow_events as slow
from trainings import Events, event_name

Mutation = Callable[[Events, random.Random], Events]


def _file(events: Events, rng: random.Random) -> tuple[str, list[bytes]]:
    names = sorted(events.files, key=lambda name: (-len(events.files[name]), name))
    name = rng.choice([name for name in names if len(events.files[name]) > 4] or names[:1])
    return name, list(events.files[name])


def _folder(name: str) -> str:
    return name[: name.rfind("/") + 1]


def _split(events: Events, rng: random.Random) -> tuple[str, list[bytes], list[bytes]]:
    name, records = _file(events, rng)
    at = rng.randint(2, len(records) - 1)
    return name, records[:at], records[at:]


def _with_next(events: Events, name: str, first: list[bytes], second: list[bytes]) -> Events:
    following = _next_name(events, name)
    return events.with_file(name, first).with_file(following, [slow.version(), *second])


def _next_name(events: Events, name: str) -> str:
    """A name for a file that was begun between this one and the one that follows in its folder."""

    def begun(path: str) -> int:
        return int(path.split("tfevents.")[1].split(".", maxsplit=1)[0])

    own = begun(name)
    later = [begun(path) for path in events.files if _folder(path) == _folder(name) and begun(path) > own]
    middle = (own + min(later, default=own + 2000)) // 2
    return f"{_folder(name)}events.out.tfevents.{middle}.host.8.{len(events.files)}"


def _saying(record: bytes, content: bytes) -> bytes:
    """The record with other content; one that is damaged stays so, because a new checksum would hide it."""
    return slow.record(content) if record == slow.record(record[12:-4]) else record


def split_over_two_files(events: Events, rng: random.Random) -> Events:
    return _with_next(events, *_split(events, rng))


def records_of_other_kinds(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    kinds = [
        slow.version(),
        slow.record(slow.event(0, other=slow.bytes_field(4, bytes(range(200))))),
        slow.record(
            slow.event(3, slow.value("notes", slow.tensor(7, slow.bytes_field(8, b"x")) + slow.metadata("text")))
        ),
        slow.record(slow.event(3, slow.value("an image", slow.bytes_field(4, bytes(50))))),
        slow.record(slow.event(3, slow.value("weights", slow.bytes_field(5, bytes(30))))),
        slow.record(slow.event(3)),
    ]
    records.insert(rng.randint(1, len(records)), rng.choice(kinds))
    return events.with_file(name, records)


def an_unknown_field(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    more = slow.number_field(77, rng.randrange(1 << 40))
    records[at] = _saying(records[at], records[at][12:-4] + more)
    return events.with_file(name, records)


def a_record_twice(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    records.insert(at, records[at])
    return events.with_file(name, records)


def an_empty_file_beside(events: Events, rng: random.Random) -> Events:
    name, _ = _file(events, rng)
    return events.with_file(event_name(10 + len(events.files), _folder(name)), rng.choice([[], [slow.version()]]))


def a_bit_flipped(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(len(records))
    damaged = bytearray(records[at])
    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    records[at] = bytes(damaged)
    return events.with_file(name, records)


def bytes_put_in(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    records.insert(rng.randint(1, len(records)), rng.randbytes(rng.randint(1, 40)))
    return events.with_file(name, records)


def cut_inside_a_record(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    return events.with_file(name, [*records[:at], records[at][: rng.randint(1, len(records[at]) - 1)]])


def cut_and_gone_on(events: Events, rng: random.Random) -> Events:
    name, first, second = _split(events, rng)
    return _with_next(events, name, [*first[:-1], first[-1][: rng.randint(1, len(first[-1]) - 1)]], second)


def a_record_lost(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    del records[rng.randint(2, len(records) - 2)]
    return events.with_file(name, records)


def _changed(record: bytes, old: bytes, new: bytes) -> bytes:
    content = record[12:-4]
    return slow.record(content.replace(old, new)) if old in content else record


def another_value_at_a_step(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    again = _value_of(records[at])
    if again is None:
        return events
    offset, value = again
    content = bytearray(records[at][12:-4])
    struct.pack_into("<f", content, offset, value * rng.choice([0.8, 1.2]))
    records.insert(rng.choice([at, at + 1, len(records)]), _saying(records[at], bytes(content)))
    return events.with_file(name, records)


def no_number(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    found = _value_of(records[at])
    if found is None:
        return events
    content = bytearray(records[at][12:-4])
    struct.pack_into("<f", content, found[0], rng.choice([float("nan"), float("inf"), -float("inf")]))
    records[at] = _saying(records[at], bytes(content))
    return events.with_file(name, records)


def _value_of(record: bytes) -> tuple[int, float] | None:
    """Where in the content of a record of one scalar its float stands, and the float."""
    content = record[12:-4]
    for mark, skip in ((b"\x15", 1), (b"\x22\x04", 2)):  # simple_value; tensor_content of four bytes
        at = content.rfind(mark)
        if at >= 0 and at + skip + 4 <= len(content):
            (value,) = struct.unpack_from("<f", content, at + skip)
            if 1e-3 < abs(value) < 1e3:
                return at + skip, value
    return None


def content_changed(events: Events, rng: random.Random) -> Events:
    """A record with a sound checksum that says something else, or nothing that can be read."""
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    content = bytearray(records[at][12:-4])
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    records[at] = _saying(records[at], bytes(content))
    return events.with_file(name, records)


def double_precision(events: Events, rng: random.Random) -> Events:
    """A number that single precision does not hold."""
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records))
    number = rng.choice([5e-324, 1e-300, 1e300, 1.7e308, -1e300, 0.0, float("nan")])
    step, tag = rng.choice([0, 19, 39, 1 << 40, -1]), rng.choice(["val_loss", "train_loss", "val_acc", "epoch", "lr"])
    content = slow.tensor(2, slow.bytes_field(4, struct.pack("<d", number))) + slow.metadata("scalars")
    records.insert(at, slow.record(slow.event(step, slow.value(tag, content))))
    return events.with_file(name, records)


def a_second_training(events: Events, rng: random.Random) -> Events:
    for name, records in sorted(events.files.items()):
        again = []
        for record in records[1:]:
            found = _value_of(record)
            content = bytearray(record[12:-4])
            if found:
                struct.pack_into("<f", content, found[0], found[1] * 0.95)
            again.append(_saying(record, bytes(content)))
        events = events.with_file(event_name(10 + len(events.files), _folder(name)), [slow.version(), *again])
    return events


def records_in_another_order(events: Events, rng: random.Random) -> Events:
    name, records = _file(events, rng)
    at = rng.randrange(1, len(records) - 1)
    to = rng.randrange(1, len(records) - 1)
    records.insert(to, records.pop(at))
    return events.with_file(name, records)


#: May say anything: only that it is read without a fault is asked.
ANY: tuple[Mutation, ...] = (content_changed, double_precision)
#: A record that is cut must stay so.
LAST: tuple[Mutation, ...] = (cut_inside_a_record,)
#: Must change nothing.
HARMLESS: tuple[Mutation, ...] = (
    split_over_two_files,
    records_of_other_kinds,
    an_unknown_field,
    a_record_twice,
    an_empty_file_beside,
)
#: May change the answer, and then a note says so; or there is none.
DAMAGE: tuple[Mutation, ...] = (
    a_bit_flipped,
    bytes_put_in,
    cut_and_gone_on,
    a_record_lost,
    another_value_at_a_step,
    no_number,
    a_second_training,
    records_in_another_order,
)
