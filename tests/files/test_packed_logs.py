"""Logs packed with gzip are read as what they hold, within the limit of what is unpacked."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectmodel.errors import LogError
from selectmodel.files import discovery, gzipped, opening
from selectmodel.files.opening import ReadOptions
from selectmodel.records import Run
from selectmodel.registry import load

TABLE = b"epoch,loss,val_loss\n0,1.5,1.25\n1,1.0,0.75\n2,0.5,0.875\n"
EVENTS = load("readers", "tensorboard").examples[0][0]


def only(place: Path, options: ReadOptions | None = None) -> Run:
    (found,) = discovery.find(place, options)
    return found.read()


@pytest.mark.parametrize(
    ("name", "content"), [("training.csv", TABLE), ("events.out.tfevents.1600000000.host.1.0", EVENTS)]
)
def test_a_packed_log_is_what_it_holds(name: str, content: bytes, tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain" / name, tmp_path / "packed" / f"{name}.gz"
    for path, data in ((plain, content), (packed, gzip.compress(content))):
        path.parent.mkdir()
        path.write_bytes(data)
    for place in (packed, packed.parent):
        again, before = only(place), only(plain)
        assert list(again.series) == list(before.series)
        for metric, series in before.series.items():
            assert np.array_equal(again.series[metric].values, series.values)


def test_the_copy_that_gzip_keeps_is_no_second_run(tmp_path: Path) -> None:
    (tmp_path / "training.csv").write_bytes(TABLE)
    (tmp_path / "training.csv.gz").write_bytes(gzip.compress(TABLE))
    assert only(tmp_path).source == str(tmp_path / "training.csv")


def test_what_is_unpacked_has_a_limit(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(TABLE + b"3,0.5,0.5\n" * 1_000_000))
    with pytest.raises(LogError, match=r"more than the limit of 100,000 bytes when it is unpacked"):
        only(bomb, ReadOptions(max_bytes=100_000))
    assert len(opening.head(bomb)) == opening.HEAD_BYTES


def test_a_packed_log_that_is_cut_or_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.csv.gz"
    packed = gzip.compress(TABLE, mtime=0)
    whole = list(only_of(path, packed).series["val_loss"].values)
    for length in range(len(packed)):
        with pytest.raises(LogError):
            only_of(path, packed[:length])
    for place in range(10, len(packed)):  # before that are a time and a system that nobody asks for
        changed = bytearray(packed)
        changed[place] ^= 0x10
        try:
            assert list(only_of(path, bytes(changed)).series["val_loss"].values) == whole
        except LogError:
            continue


def only_of(path: Path, content: bytes) -> Run:
    path.write_bytes(content)
    return only(path)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.integers(0, 500))
def test_members_one_behind_the_other_are_one_file(parts: list[bytes], most: int) -> None:
    whole = b"".join(parts)
    assert gzipped.unpacked(b"".join(map(gzip.compress, parts)), "x", most) == whole[: most + 1]


def test_standard_input_may_be_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TABLE))))
    assert list(only(Path("-")).series) == ["loss", "val_loss"]


def test_other_packers_are_named(tmp_path: Path) -> None:
    import bz2

    path = tmp_path / "training.csv.bz2"
    path.write_bytes(bz2.compress(TABLE))
    with pytest.raises(LogError, match="bunzip2"):
        only(path)
