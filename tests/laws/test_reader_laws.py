"""Every reader reads the examples that its own file declares: whole, cut anywhere, and with a bit flipped."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from selectmodel import registry
from selectmodel.errors import SelectModelError
from selectmodel.files import discovery
from selectmodel.files.checkpoints import epoch_offset
from selectmodel.files.opening import HEAD_BYTES, Source
from selectmodel.records import Run

OF_FILES = [
    name
    for name in registry.names("readers")
    if (found := registry.load("readers", name)).sniff is not None
    # A run that is a folder of files, or one of many in a file, is no stream of bytes; its own tests damage it.
    and (found.examples or (found.parts is None and found.sniff_directory is None))
]
EXAMPLES = [
    pytest.param(reader, *example, id=f"{reader}-{place}")
    for reader in OF_FILES
    for place, example in enumerate(registry.load("readers", reader).examples)
]
every_example = pytest.mark.parametrize(("reader", "content", "epochs"), EXAMPLES)

#: Metric and epoch (or step) → value.
Points = dict[tuple[str, float], float]


def named(reader: str) -> Path:
    """A name by which a folder shows a file to this reader."""
    return Path(registry.load("readers", reader).files[0].replace("*", "example"))


def read(reader: str, content: bytes) -> Run | SelectModelError:
    path = named(reader)
    try:
        return registry.load("readers", reader).read(Source(path, (path,), path.name, data=content))
    except SelectModelError as refusal:
        return refusal


def points(run: Run) -> Points:
    found: Points = {}
    for name, series in run.series.items():
        for step, epoch, value in zip(series.steps, series.epochs, series.values, strict=True):
            found[name, float(epoch) if math.isfinite(epoch) else float(step)] = float(value)
    return found


def noted(run: Run, whole: Run) -> bool:
    """Whether something is said that is not said of the whole log."""
    return {(note.code, note.message) for note in run.notes} != {(note.code, note.message) for note in whole.notes}


def whole_of(reader: str, content: bytes) -> Run:
    run = read(reader, content)
    assert isinstance(run, Run), run
    return run


@pytest.mark.parametrize("reader", OF_FILES)
def test_a_reader_declares_its_files_and_examples_of_them(reader: str) -> None:
    found = registry.load("readers", reader)
    assert found.files and found.examples


@every_example
def test_the_epochs_are_read(reader: str, content: bytes, epochs: tuple[float, ...]) -> None:
    assert sorted({epoch for _, epoch in points(whole_of(reader, content))}) == list(epochs)


@every_example
def test_one_reader_alone_is_the_surest(reader: str, content: bytes, epochs: tuple[float, ...]) -> None:
    sure = {
        other: found.sniff(named(reader), content[:HEAD_BYTES])
        for other in OF_FILES
        if (found := registry.load("readers", other)).sniff is not None
    }
    assert [other for other, certainty in sure.items() if certainty == max(sure.values())] == [reader], sure


@every_example
def test_a_folder_and_a_named_file_find_it(
    reader: str, content: bytes, epochs: tuple[float, ...], tmp_path: Path
) -> None:
    log = tmp_path / "run" / named(reader).name
    log.parent.mkdir()
    log.write_bytes(content)
    for place in (log, tmp_path):
        (found,) = discovery.find(place)
        assert found.reader == reader
        assert points(found.read()) == points(whole_of(reader, content))


@every_example
def test_a_log_that_is_cut_is_never_read_otherwise(reader: str, content: bytes, epochs: tuple[float, ...]) -> None:
    """What is left has the values of the whole; a column that is cut from a header may be another one, and is noted."""
    whole = whole_of(reader, content)
    before = points(whole)
    for length in range(len(content)):
        part = read(reader, content[:length])
        if isinstance(part, Run):
            assert points(part).items() <= before.items() or noted(part, whole), length


@pytest.mark.parametrize("each", [7, pytest.param(1, marks=pytest.mark.heavy)])
@every_example
def test_a_flipped_bit_is_noticed_or_stays_where_it_is(
    reader: str, content: bytes, epochs: tuple[float, ...], each: int
) -> None:
    """A checksum tells every change. Without one a digit or a letter may be another, in one value, epoch or name.

    Each seventh bit is one of every byte or so, and of all eight places in turn.
    """
    whole, checksums = whole_of(reader, content), registry.load("readers", reader).checksums
    before = points(whole)
    for place in range(0, 8 * len(content), each):
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        part = read(reader, bytes(flipped))
        if isinstance(part, SelectModelError) or noted(part, whole):
            continue
        after = points(part)
        if checksums:
            assert repr(after) == repr(before), place
        else:
            assert _in_one_place(before, after), (place, bytes(flipped), after)


def _in_one_place(before: Points, after: Points) -> bool:
    """Whether the points that differ are of one metric, or of one epoch, or their epochs come from another column."""
    lost = {key for key in before if repr(before[key]) != repr(after.get(key))}
    new = {key for key in after if repr(after[key]) != repr(before.get(key))}
    of_one_metric = all(len({name for name, _ in keys}) <= 1 for keys in (lost, new))
    of_one_epoch = all(len({epoch for _, epoch in keys}) <= 1 for keys in (lost, new))
    return of_one_metric or of_one_epoch or all(_values(before, name) == _values(after, name) for name, _ in before)


def _values(found: Points, metric: str) -> list[float]:
    return [value for (name, _), value in found.items() if name == metric]


def test_the_format_of_names_is_said_twice_alike() -> None:
    assert registry.load("readers", "checkpoint_dir").format == epoch_offset.NAMES
