"""Makes wandb/, swanlab/, clearml/, comet/ and dvclive/: one training, logged to the files of five trackers.

A small multi-layer perceptron on scikit-learn's handwritten digits with a fifth of the training labels wrong, so that
it overfits. What each tracker writes of the machine it ran on (host, user, paths, packages) is taken out afterwards:
W&B's and SwanLab's files keep the records of the configuration, the metrics and their values, framed anew.

Written with Python 3.11, scikit-learn 1.9.1, wandb 0.31.0, swanlab 0.10.3, clearml 2.1.12, comet-ml 3.58.8 and
dvclive 3.49.1::

    python -m venv venv
    venv/bin/pip install scikit-learn==1.9.1 wandb==0.31.0 swanlab==0.10.3 clearml==2.1.12 comet-ml==3.58.8 \\
        dvclive==3.49.1
    venv/bin/python sample_logs/make_trackers.py
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
EPOCHS, TRAIN, VAL = 40, 300, 500
CONFIG: dict[str, Any] = {"learning_rate": 0.05, "hidden": 64, "seed": 1}
BLOCK = 32768


def training(seed: int = CONFIG["seed"]) -> list[dict[str, float]]:
    """Training and validation loss and the validation accuracy of each epoch."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = images[order] / 16, labels[order]
    wrong = rng.random(TRAIN) < 0.2
    labels[:TRAIN][wrong] = rng.integers(0, 10, wrong.sum())
    x, y, x_val, y_val = images[:TRAIN], labels[:TRAIN], images[TRAIN : TRAIN + VAL], labels[TRAIN : TRAIN + VAL]
    net = MLPClassifier((CONFIG["hidden"],), solver="sgd", learning_rate_init=CONFIG["learning_rate"], batch_size=16,
                        random_state=seed)  # fmt: skip
    rows = []
    for _ in range(EPOCHS):
        net.partial_fit(x, y, classes=range(10))
        chances = net.predict_proba(x_val)
        rows.append(
            {
                "train/loss": float(log_loss(y, net.predict_proba(x), labels=range(10))),
                "val/loss": float(log_loss(y_val, chances, labels=range(10))),
                "val/accuracy": float((chances.argmax(1) == y_val).mean()),
            }
        )
    return rows


def payloads(data: bytes) -> Iterator[bytes]:
    """The records of a file of W&B or SwanLab, whose header has seven bytes."""
    at, pieces = 7, []
    while at + 7 <= len(data):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        pieces.append(data[at + 7 : at + 7 + length])
        at += 7 + length
        if kind in (1, 4):
            yield b"".join(pieces)
            pieces = []


def kept(data: bytes, fields: tuple[int, ...], inside: tuple[int, int] = (-1, -1)) -> bytes:
    """The file with the records whose content stands in one of these protobuf fields, and no others.

    Of the content of the field ``inside[0]`` the field ``inside[1]`` alone is kept.
    """
    made = bytearray(data[:7])
    for whole in payloads(data):
        found = dict(parts(whole))
        payload = whole
        if inside[0] in found:
            inner = b"".join(
                field(number, content) for number, content in parts(found[inside[0]]) if number == inside[1]
            )
            payload = field(inside[0], inner)
        elif not any(number in fields for number in found):
            continue
        left = BLOCK - len(made) % BLOCK
        if left < 7 + len(payload):
            made += bytes(left) if left < 7 else struct.pack("<IHB", zlib.crc32(bytes(left - 7), zlib.crc32(b"\x01")),
                                                             left - 7, 1) + bytes(left - 7)  # fmt: skip
        made += struct.pack("<IHB", zlib.crc32(payload, zlib.crc32(b"\x01")), len(payload), 1) + payload
    return bytes(made)


def field(number: int, content: bytes) -> bytes:
    """A field of a protobuf message that holds a message."""
    length, size = len(content), bytearray()
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    key = number << 3 | 2
    return bytes([key & 0x7F | 0x80, key >> 7] if key > 0x7F else [key]) + bytes([*size, length]) + content


def parts(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message: number and content, which is empty for plain numbers."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 2:
            length, at = varint(message, at)
            yield key >> 3, message[at : at + length]
            at += length
            continue
        yield key >> 3, b""
        if key & 7 == 0:
            _, at = varint(message, at)
        else:
            at += 8 if key & 7 == 1 else 4


def varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def wandb(rows: list[dict[str, float]], scratch: Path) -> None:
    import wandb as tracker

    settings = tracker.Settings(x_disable_stats=True, console="off", silent=True)
    run = tracker.init(mode="offline", dir=scratch, project="digits", config=CONFIG, settings=settings)
    for epoch, row in enumerate(rows):
        run.log({"epoch": epoch, **row})
    run.finish()
    tracker.teardown()  # waits until all is written
    (log,) = scratch.rglob("*.wandb")
    put(
        HERE / "wandb" / "offline-run-20261129_120000-digits01" / "run-digits01.wandb",
        kept(log.read_bytes(), (2, 5, 12), (17, 4)),
    )


def swanlab(rows: list[dict[str, float]], scratch: Path) -> None:
    import swanlab as tracker

    tracker.init(project="digits", mode="offline", logdir=str(scratch), config=CONFIG)
    for epoch, row in enumerate(rows):
        tracker.log(row, step=epoch)
    tracker.finish()
    (log,) = scratch.rglob("*.swanlab")
    folder = HERE / "swanlab" / "run-20261129_120000-digits01"
    put(folder / "run-digits01.swanlab", kept(log.read_bytes(), (12, 13)))
    put(folder / "files" / "config.yaml", (log.parent / "files" / "config.yaml").read_bytes())


def clearml(rows: list[dict[str, float]], scratch: Path) -> None:
    os.environ["CLEARML_CACHE_DIR"] = str(scratch)
    from clearml import Task

    Task.set_offline(True)
    task = Task.init("digits", "mlp", auto_connect_frameworks=False, auto_resource_monitoring=False)
    task.connect(CONFIG)
    for epoch, row in enumerate(rows):
        for name, value in row.items():
            series, title = name.split("/")
            task.get_logger().report_scalar(title, series, value, epoch)
    task.close()
    (archive,) = Path(task.get_offline_mode_folder()).parent.glob(f"{task.id}.zip")
    import json

    with zipfile.ZipFile(archive) as found:
        told = {"hyperparams": json.loads(found.read("task.json"))["hyperparams"]}
        members = {
            "metrics.jsonl": found.read("metrics.jsonl"),
            "task.json": json.dumps(told).encode(),
            "log.jsonl": b"",
        }
    packed(HERE / "clearml" / "offline-digits01.zip", members)


def comet(rows: list[dict[str, float]], scratch: Path) -> None:
    import comet_ml

    experiment = comet_ml.OfflineExperiment(
        project_name="digits", offline_directory=str(scratch), log_code=False, log_env_details=False,
        auto_metric_logging=False, auto_param_logging=False,
    )  # fmt: skip
    experiment.log_parameters(CONFIG)
    for epoch, row in enumerate(rows):
        with experiment.train():
            experiment.log_metric("loss", row["train/loss"], step=epoch, epoch=epoch)
        with experiment.validate():
            experiment.log_metric("loss", row["val/loss"], step=epoch, epoch=epoch)
            experiment.log_metric("accuracy", row["val/accuracy"], step=epoch, epoch=epoch)
    experiment.end()
    (archive,) = scratch.glob("*.zip")
    with zipfile.ZipFile(archive) as found:
        lines = found.read("messages.json").splitlines(keepends=True)
    metrics = [line for line in lines if b'"metric_msg"' in line or b'"parameter_msg"' in line]
    packed(HERE / "comet" / "digits01.zip", {"experiment.json": b"{}", "messages.json": b"".join(metrics)})


def dvclive(rows: list[dict[str, float]], scratch: Path) -> None:
    import dvclive as tracker

    with tracker.Live(dir=str(scratch / "dvclive"), save_dvc_exp=False, report=None, dvcyaml=None) as live:
        for row in rows:
            for name, value in row.items():
                live.log_metric(name, value)
            live.next_step()
    for path in (scratch / "dvclive").rglob("*"):
        if path.is_file() and path.suffix in (".tsv", ".json"):
            put(HERE / "dvclive" / "dvclive" / path.relative_to(scratch / "dvclive"), path.read_bytes())


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def packed(path: Path, members: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 12, 0, 0)), content, zipfile.ZIP_DEFLATED)


def main() -> None:
    warnings.filterwarnings("ignore")
    rows = training()
    for tracker in (wandb, swanlab, clearml, comet, dvclive):
        shutil.rmtree(HERE / tracker.__name__, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            tracker(rows, Path(scratch))
    best = min(range(EPOCHS), key=lambda epoch: rows[epoch]["val/loss"])
    print("lowest val/loss", best, rows[best], "highest", max(row["val/accuracy"] for row in rows))


if __name__ == "__main__":
    main()
