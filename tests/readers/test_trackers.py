"""The offline files of trackers: W&B, SwanLab, ClearML and Comet, made here record by record."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SAMPLES, SHARED

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import archives, discovery
from selectmodel.readers import clearml, comet, swanlab, wandb
from selectmodel.readers.block_log import blocks
from selectmodel.records import Run
from selectmodel.source import ReadOptions, Source

WANDB, SWANLAB = b":W&B\xe1\xbe\x00", b":SWL\xd6\xe1\x02"


def varint(number: int) -> bytes:
    made = bytearray()
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def part(number: int, content: bytes | str | int) -> bytes:
    """A field of a protobuf message: text and messages by length, numbers as varints."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def framed(header: bytes, payloads: list[bytes]) -> bytes:
    """A file of these records, in pieces where a block ends."""
    made = bytearray(header)
    for payload in payloads:
        rest, first, last = payload, True, False
        while not last:
            left = blocks.BLOCK_BYTES - len(made) % blocks.BLOCK_BYTES
            if left < 7:
                made += bytes(left)
                continue
            piece, rest = rest[: left - 7], rest[left - 7 :]
            last = not rest
            kind = bytes([(1 if last else 2) if first else (4 if last else 3)])
            made += struct.pack("<IH", zlib.crc32(piece, zlib.crc32(kind)), len(piece)) + kind + piece
            first = False
    return bytes(made)


def history(**row: Any) -> bytes:
    items = b"".join(
        part(1, part(2, name.replace("__", "/")) + part(16, json.dumps(value))) for name, value in row.items()
    )
    return part(2, items)


def metric(name: str, *, step: str = "", goal: int = 0) -> bytes:
    return part(12, part(1, name) + (part(4, step) if step else b"") + (part(8, goal) if goal else b""))


def scalar(name: str, step: int, value: float) -> bytes:
    number = b"" if value == 0 else b"\x09" + struct.pack("<d", value)
    return part(13, part(1, name) + (part(2, step) if step else b"") + part(5, number))


def of_wandb(*payloads: bytes) -> Run:
    return wandb.read(Source(Path("-"), (Path("-"),), "run", data=framed(WANDB, list(payloads))))


def of_swanlab(*payloads: bytes) -> Run:
    return swanlab.read(Source(Path("-"), (Path("-"),), "run", data=framed(SWANLAB, list(payloads))))


def points(run: Run, name: str) -> list[tuple[int, float, float]]:
    series = run.series[name]
    return list(zip(series.steps.tolist(), series.epochs.tolist(), series.values.tolist(), strict=True))


def test_records_that_go_over_blocks_are_whole() -> None:
    payloads = [bytes([at % 251]) * length for at, length in enumerate((0, 1, 32700, 32761, 100_000, 5, 32754))]
    found = blocks.records(framed(WANDB, payloads), len(WANDB))
    assert found.payloads == payloads and not found.damaged and not found.cut


@given(st.lists(st.binary(max_size=200), max_size=5), st.data())
def test_a_changed_byte_loses_records_and_never_makes_one(payloads: list[bytes], data: st.DataObject) -> None:
    whole = framed(SWANLAB, payloads)
    at = data.draw(st.integers(len(SWANLAB), max(len(SWANLAB), len(whole) - 1)))
    changed = bytearray(whole)
    if at < len(whole):
        changed[at] ^= data.draw(st.integers(1, 255))
    found = blocks.records(bytes(changed), len(SWANLAB))
    assert all(payload in payloads for payload in found.payloads)
    assert found.payloads == payloads or found.damaged or found.cut


def test_rows_of_wandb_have_its_step_and_the_epoch_where_one_was_logged() -> None:
    run = of_wandb(
        history(_step=0, _timestamp=1.5, epoch=0, val_loss=1.5),
        history(_step=1, val_loss=1.25, _runtime=3.0),
        history(_step=2, epoch=2, val_loss=float("nan")),
    )
    assert [point[:1] for point in points(run, "val_loss")] == [(0,), (1,), (2,)]
    epochs = [point[1] for point in points(run, "val_loss")]
    assert epochs[::2] == [0, 2] and math.isnan(epochs[1])
    assert set(run.series) == {"val_loss"} and not run.notes


def test_the_trainers_own_step_orders_rows_that_were_logged_apart() -> None:
    run = of_wandb(
        metric("trainer/global_step"),
        metric("*", step="trainer/global_step"),
        history(_step=0, trainer__global_step=9, epoch=0, train__loss=1.0),
        history(_step=1, trainer__global_step=9, epoch=0, val__loss=2.0),
        history(_step=2, trainer__global_step=19, epoch=1, val__loss=1.0),
    )
    assert points(run, "val/loss") == [(9, 0, 2.0), (19, 1, 1.0)]
    assert points(run, "train/loss") == [(9, 0, 1.0)]


def test_define_metric_tells_the_direction() -> None:
    run = of_wandb(metric("val/*", goal=2), history(_step=0, val__quality=1), history(_step=1, val__quality=2))
    assert run.hints["val/quality"].goal == "max"


def test_media_and_texts_are_no_metrics_and_nested_names_are_joined() -> None:
    run = of_wandb(history(_step=0, a={"b": {"loss": 1.0}}, image={"_type": "image-file", "size": 3}, name="x"))
    assert set(run.series) == {"a.b.loss"}


def test_files_of_one_run_id_are_one_run(tmp_path: Path) -> None:
    for date, steps in (("20260102_000000", (2, 3)), ("20260101_000000", (0, 1))):
        folder = tmp_path / "wandb" / f"run-{date}-abc"
        folder.mkdir(parents=True)
        rows = [history(_step=step, val_loss=2.0 - step / 4) for step in steps]
        (folder / "run-abc.wandb").write_bytes(framed(WANDB, rows))
    (found,) = discovery.find(tmp_path)
    assert [step for step, _, _ in points(found.read(), "val_loss")] == [0, 1, 2, 3]


def test_a_run_without_history_and_files_without_one_say_so(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="logged no numbers by step"):
        of_wandb(part(17, b""))
    for name, says in (("wandb-summary.json", "last values"), ("wandb-events.jsonl", "of the machine")):
        path = tmp_path / name
        path.write_text('{"val_loss": 1.0, "_step": 3}\n')
        with pytest.raises(LogError, match=says):
            discovery.find(path)[0].read()
        with pytest.raises(LogError, match=says):
            discovery.find(tmp_path)
        path.unlink()


def test_damage_degrades_and_a_cut_end_is_said() -> None:
    content = framed(WANDB, [history(_step=step, val_loss=1.0 + step) for step in range(3)])
    source = Source(Path("-"), (Path("-"),), "run", data=content[:-3])
    cut = wandb.read(source)
    assert [note.code for note in cut.notes] == ["SM191"] and not cut.degraded
    damaged = bytearray(content)
    damaged[20] ^= 1
    with pytest.raises(LogError):
        wandb.read(Source(Path("-"), (Path("-"),), "run", data=bytes(damaged)))
    two = framed(WANDB, [history(_step=0, val_loss=1.0), part(9, bytes(40_000)), history(_step=1, val_loss=1.0)])
    hurt = bytearray(two)
    hurt[60] ^= 1
    run = wandb.read(Source(Path("-"), (Path("-"),), "run", data=bytes(hurt)))
    assert run.degraded and {note.code for note in run.notes} == {"SM190"}


def test_a_zero_that_swanlab_does_not_write_is_a_zero() -> None:
    run = of_swanlab(scalar("val/loss", 0, 0.0), scalar("val/acc", 0, 0.5), scalar("val/loss", 1, math.nan))
    assert points(run, "val/acc")[0][::2] == (0, 0.5)
    steps, _, values = zip(*points(run, "val/loss"), strict=True)
    assert steps == (0, 1) and values[0] == 0 and math.isnan(values[1])


@pytest.mark.parametrize("read", [wandb.read, swanlab.read])
def test_another_layout_is_refused(read: Any) -> None:
    data = (WANDB if read is wandb.read else SWANLAB)[:-1] + b"\x09" + bytes(20)
    with pytest.raises(LogError, match="newer version"):
        read(Source(Path("-"), (Path("-"),), "run", data=data))


def event(title: str, series: str, at: int, value: float) -> dict[str, Any]:
    return {"type": "training_stats_scalar", "metric": title, "variant": series, "iter": at, "value": value}


def test_a_loss_of_exactly_zero_in_clearml_is_not_known_to_be_one() -> None:
    lines = [[event("loss", "val", 0, 1.5), event("acc", "val", 0, 0.0)], [event("loss", "val", 1, 0.0)]]
    data = "\n".join(map(json.dumps, lines)).encode() + b"\n"
    run = clearml.read(Source(Path("-"), (Path("-"),), "run", data=data))
    assert [step for step, _, _ in points(run, "loss/val")] == [0]
    assert points(run, "acc/val")[0][2] == 0 and run.degraded
    assert "SM192" in {note.code for note in run.notes}


def test_the_context_of_comet_is_the_split() -> None:
    messages = [
        {"type": "metric_msg", "payload": {"context": context, "metric": {"metricName": "loss", "metricValue": value,
                                                                           "step": 10, "epoch": 1}}}
        for context, value in (("train", 0.5), ("validate", "NaN"))
    ]  # fmt: skip
    data = "".join(json.dumps(one) + "\n" for one in messages).encode()
    run = comet.read(Source(Path("-"), (Path("-"),), "run", data=data))
    assert points(run, "train/loss") == [(10, 1, 0.5)]
    assert math.isnan(points(run, "val/loss")[0][2])


def test_a_member_larger_than_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("messages.json", bytes(50_000_000))
        archive.writestr("experiment.json", b"{}")
    assert path.stat().st_size < 100_000
    (found,) = discovery.find(path, ReadOptions(max_bytes=1_000_000))
    with pytest.raises(LogError, match="more than the limit of 1,000,000 bytes"):
        found.read()


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_damaged_archive_is_refused_in_words(noise: bytes, at: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("messages.json", b'{"type": "metric_msg"}\n')
    data = bytearray(made.getvalue())
    data[at % len(data) : at % len(data) + len(noise)] = noise
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.zip")
        path.write_bytes(bytes(data))
        try:
            with archives.opened(path) as archive:
                archives.member(archive, "messages.json", path, limit=1000)
        except SelectModelError as refusal:
            assert str(path) in str(refusal)


@pytest.mark.parametrize("tracker", ["wandb", "swanlab", "clearml", "comet"])
def test_the_samples_hold_one_training_logged_four_times(tracker: str) -> None:
    (found,) = discovery.find(SAMPLES / tracker)
    run = found.read()
    assert run.format == tracker and not run.notes
    loss = next(series for name, series in run.series.items() if {"val", "loss"} == set(name.split("/")))
    assert int(loss.values.argmin()) == 9 and len(loss.values) == 40
    assert loss.values.min() == pytest.approx(0.5910882464009389)
    from selectmodel import registry

    settings = registry.load("readers", tracker).hparams
    assert settings is not None
    told = {name: float(str(value)) for name, value in settings(found.source).items()}
    assert told == {"learning_rate": 0.05, "hidden": 64, "seed": 1}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_public_files_of_wandb() -> None:
    sample = next((SHARED / "samples" / "wandb_offline").rglob("*.wandb"))
    run = discovery.find(sample)[0].read()
    assert points(run, "val/loss")[-1] == (3, 3, 0.275)
    cut = next((SHARED / "real_logs" / "wandb").rglob("run-3ojed7lz.wandb"))
    run = discovery.find(cut)[0].read()
    assert run.series["Validation/accuracy"].values.max() == pytest.approx(68.18, abs=0.01)
