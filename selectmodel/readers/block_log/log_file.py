"""One file of records as payloads and notes: its header, its size, and what of it is damaged or cut."""

from __future__ import annotations

from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.files.opening import MAX_EVENT_BYTES, Source, read_bytes
from selectmodel.readers.block_log import blocks
from selectmodel.records import Note


def payloads(source: Source, path: Path, header: bytes, writer: str) -> tuple[list[bytes], tuple[Note, ...]]:
    """The payloads of a file that begins with ``header``, and notes. Raises LogError where ``writer`` wrote it not.

    A record that is cut at the end is one that is just being written, or the last of a run that was killed.
    """
    data = read_bytes(source, path, limit=MAX_EVENT_BYTES)
    if not data:
        raise LogError(f"{path}: is empty (training may not have started)")
    if not data.startswith(header):
        raise LogError(f"{path}: does not begin as {writer} begins its logs; a newer version may write them otherwise")
    found = blocks.records(data, len(header))
    notes: tuple[Note, ...] = ()
    if found.damaged:
        count = len(found.damaged)
        message = (
            f"{count} {'place is' if count == 1 else 'places are'} damaged (checksum or length); "
            "the rest of such a block was left out"
        )
        notes += (Note("SM190", message, f"{path.name}@{found.damaged[0]}", "warn", degrades=True),)
    if found.cut:
        notes += (Note("SM191", "ends in the middle of a record, which was left out", path.name, "warn"),)
    return found.payloads, notes
