"""What a training was configured with, as TensorBoard's hparams plugin has it in the first records of an event file.

Written by torch's and tensorboardX's ``SummaryWriter.add_hparams`` (in a sub-folder named by the time), by Lightning's
TensorBoardLogger, by Keras' ``hparams.KerasCallback`` and ``hparams.hparams``.
Source: tensorboard/plugins/hparams/plugin_data.proto, google/protobuf/struct.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from struct import Struct

from selectmodel.display.numbers import number
from selectmodel.errors import LogError
from selectmodel.files.hparams import LONGEST, MAX_KEYS, REST, Value, fingerprint, keep
from selectmodel.files.opening import glance
from selectmodel.readers.tfevents import crc, protobuf
from selectmodel.readers.tfevents.protobuf import DELIMITED, FIXED64, VARINT
from selectmodel.readers.tfevents.record import FOOTER_BYTES, HEADER_BYTES

_NAMED = b"_hparams_/"
_TAG = b"_hparams_/session_start_info"
_LOOKED_AT = 4096
_MOST = 1 << 20
#: Event.summary, Summary.value, Value.metadata, SummaryMetadata.plugin_data, PluginData.content,
#: HParamsPluginData.session_start_info, SessionStartInfo.hparams
_PATH = (5, 1, 9, 1, 2, 3, 1)
_DOUBLE = Struct("<d").unpack_from


def logged(paths: Iterable[Path], contents: Mapping[Path, bytes]) -> dict[str, Value]:
    """The settings with which each of the files begins, the last winning; ``contents`` are those read already.

    Lightning's ``model/depth`` is called ``model.depth`` as in its hparams.yaml. What is damaged is passed over.
    """
    found: dict[str, Value] = {}
    for path in paths:
        known = contents.get(path)
        content = _beginning(path) if known is None else known[:_MOST]
        if _TAG in content:
            for record in _records(content):
                _take(record, found)
    return found


def _beginning(path: Path) -> bytes:
    """The first MiB of a file whose first records name the plugin; nothing of others, which cost next to nothing."""
    try:
        return glance(path, _MOST)[0] if _NAMED in glance(path, _LOOKED_AT)[0] else b""
    except (LogError, OSError):
        return b""


def _records(content: bytes) -> Iterator[bytes]:
    """The data of the records with settings, up to the first whose length is damaged or that is cut."""
    start = HEADER_BYTES
    while start < len(content):
        head = content[start - HEADER_BYTES : start]
        end = start + int.from_bytes(head[:8], "little")
        if end + FOOTER_BYTES > len(content) or not _sound(head[:8], head[8:]):
            return
        data = content[start:end]
        if _TAG in data and _sound(data, content[end : end + FOOTER_BYTES]):
            yield data
        start = end + FOOTER_BYTES + HEADER_BYTES


def _sound(data: bytes, stored: bytes) -> bool:
    return int.from_bytes(stored, "little") == crc.masked_one(crc.crc32c(data))


def _take(record: bytes, found: dict[str, Value]) -> None:
    try:
        for entry in _inner(record, _PATH):
            if len(found) >= MAX_KEYS:
                found[REST] = fingerprint(record.hex())
                return
            name, value = "", None
            for field, wire_type, start, end in protobuf.fields(entry):
                if (field, wire_type) == (1, DELIMITED):
                    name = entry[start:end].decode("utf-8", "replace").replace("/", ".")
                elif (field, wire_type) == (2, DELIMITED):
                    value = _value(entry[start:end])
            if 0 < len(name) <= LONGEST:
                keep(found, name, value)
    except protobuf.WireError:
        return


def _inner(message: bytes, path: tuple[int, ...]) -> Iterator[bytes]:
    """The messages that the fields named by ``path`` lead to."""
    for field, wire_type, start, end in protobuf.fields(message):
        if (field, wire_type) == (path[0], DELIMITED):
            inner = message[start:end]
            if len(path) == 1:
                yield inner
            else:
                yield from _inner(inner, path[1:])


def _value(message: bytes) -> Value:
    """A google.protobuf.Value that is a number, a text or a truth value; None for null, lists and structures."""
    value: Value = None
    for field, wire_type, start, end in protobuf.fields(message):
        if (field, wire_type) == (2, FIXED64):
            value = number(_DOUBLE(message, start)[0])
        elif (field, wire_type) == (3, DELIMITED):
            value = message[start:end].decode("utf-8", "replace")
        elif (field, wire_type) == (4, VARINT):
            value = protobuf.varint(message, start)[0] != 0
    return value
