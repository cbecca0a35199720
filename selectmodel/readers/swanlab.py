"""SwanLab's own record of a run, ``run-ID.swanlab``.

Written by: swanlab from 0.7 on, into ``swanlog/run-DATE-ID/``; nothing is asked of a server.
Axis: the step of each value, as ``swanlab.log`` counted it or was told; an epoch is a metric like another there.
Values: one record a metric, joined where their steps are equal. NaN and infinities are kept.
Cut: what a killed run had not flushed is lost, and said.
Refused: other versions of the layout, which SwanLab changes on purpose; charts and media are passed over.
Source: swanlab 0.10.3, its record.proto and datastore.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from selectmodel.errors import LogError
from selectmodel.files.opening import Source

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "swanlab"
FILES = ("*.swanlab",)
CHECKSUMS = True
#: val/loss 1.5, 1.25 and 1.75 as swanlab writes them.
EXAMPLES = (
    (
        bytes.fromhex(
            "3a53574cd6e102b69538ff3500010808120b08b984b1d80610e0dbef746a240a0876616c2f6c6f73731801220b08b984b1d8"
            "0610d0a3c1732a0909000000000000f83ff78f7e96370001080b120b08b984b1d8061098eaf2746a260a0876616c2f6c6f73"
            "7310011801220b08b984b1d8061080dbd3732a0909000000000000f43f2c2c4c90370001080d120b08b984b1d80610c0aaf5"
            "746a260a0876616c2f6c6f737310021801220b08b984b1d80610f8aad6732a0909000000000000fc3f"
        ),
        (0, 1, 2),
    ),
)
_MARK = b":SWL"
_HEADER = b":SWL\xd6\xe1\x02"
_SCALAR = 13


def sniff(path: Path, head: bytes) -> float:
    """1 for a file that begins as SwanLab begins it, 0.9 for one that only has its name, else 0."""
    if head.startswith(_MARK):
        return 1.0
    return 0.9 if path.suffix == ".swanlab" else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among SwanLab's files, each called by the folder that SwanLab made for it."""
    return [(path.parent if path.parent.name.startswith("run-") else path, (path,)) for path in files]


def read(source: Source) -> Run:
    """The run of one file. Raises LogError where it is no such log, or holds no number."""
    from selectmodel.readers.block_log import log_file
    from selectmodel.readers.objects import as_run, rows
    from selectmodel.records import Note

    path = source.paths[0]
    payloads, notes = log_file.payloads(source, path, _HEADER, "SwanLab (layout 2)")
    points, odd = _points(payloads)
    if odd:
        message = f"{odd} records could not be understood"
        notes += (Note("SM190", message, path.name, "warn", degrades=True),)
    if not points:
        raise LogError(f"{path}: holds no numbers: nothing was logged to this run")
    found = rows.of_points(points, "step")
    return as_run.run(found._replace(notes=notes), source, FORMAT, place="record")


def hparams(source: Source) -> dict[str, Value]:
    """The configuration that SwanLab keeps in a file beside the log."""
    import json

    from selectmodel.files import hparams as settings
    from selectmodel.files import plain_yaml
    from selectmodel.files.opening import read_at_most

    try:
        text = read_at_most(source.paths[0].parent / "files" / "config.yaml", settings.MAX_BYTES, "file of settings")
        told = next(iter(plain_yaml.documents(text.decode("utf-8", errors="replace"))), None)
    except (LogError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    values = {name: value.get("value") if isinstance(value, dict) else value for name, value in told.items()}
    return settings.parse(json.dumps(values, default=str), json_text=True)


def _points(payloads: list[bytes]) -> tuple[list[tuple[str, float, float]], int]:
    """Metric, step and value of each scalar, in the order written, and how many records could not be parsed."""
    from selectmodel.readers.tfevents.protobuf import DELIMITED, WireError, fields

    points: list[tuple[str, float, float]] = []
    odd = 0
    for payload in payloads:
        try:
            for number, wire_type, start, end in fields(payload):
                if number == _SCALAR and wire_type == DELIMITED:
                    points.append(_scalar(payload[start:end]))
        except WireError:
            odd += 1
    return points, odd


def _scalar(message: bytes) -> tuple[str, float, float]:
    """One scalar. What is zero is not written: a step or a value that is absent is 0."""
    from struct import unpack_from

    from selectmodel.readers.tfevents.protobuf import DELIMITED, FIXED64, VARINT, fields, signed, varint

    name, step, value = "", 0, 0.0
    for number, wire_type, start, end in fields(message):
        if number == 1 and wire_type == DELIMITED:
            name = message[start:end].decode("utf-8", errors="replace")
        elif number == 2 and wire_type == VARINT:
            step = signed(varint(message, start)[0])
        elif number == 5 and wire_type == DELIMITED:
            for inner, kind, at, _ in fields(message[start:end]):
                value = unpack_from("<d", message, start + at)[0] if (inner, kind) == (1, FIXED64) else value
    return name, step, value
