"""JSON lines of a log that grows: what was parsed of it once is not parsed again."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selectmodel.files.opening import Source, appended, ends_with, read_bytes
from selectmodel.readers.objects import json_text
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table.careful import MAX_ROWS, cut_short
from selectmodel.readers.table.decoding import decode


@dataclass(frozen=True, slots=True)
class _KeptLines:
    """What was read of JSON lines that grow: whole lines, ``done`` bytes of them with these ``ends``.

    All of them hold an object, but blank ones, of which there are ``count`` in all.
    """

    done: int = 0
    ends: tuple[bytes, bytes] = (b"", b"")
    count: int = 0
    lines: tuple[int, ...] = ()
    objects: tuple[dict[str, Any], ...] = ()


def lines_of(source: Source, path: Path) -> Objects:
    """What :func:`.json_text.lines` gives for a file of ``source``; of one that grows only the rest is parsed."""
    found = None if source.memory is None else _read_on(source, path, source.memory)
    if found is not None:
        return found
    text, notes = decode(read_bytes(source, path), str(path), path.name)  # without its bytes from here on
    return json_text.objects_of(text, notes, str(path), path.name, source.options)


def _read_on(source: Source, path: Path, memory: MutableMapping[Path, Any]) -> Objects | None:
    """The objects of a file in which nothing is out of the ordinary, but a last line that is not written yet."""
    known = memory.pop(path, None)
    known = known if isinstance(known, _KeptLines) else _KeptLines()
    data = appended(source, path, known.done, known.ends)
    if data is None and known.done:
        known = _KeptLines()
        data = appended(source, path, known.done, known.ends)
    if data is None or b"\r" in data or b"\0" in data:
        return None
    whole, rest = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
    try:
        texts, end = whole.decode("utf-8").split("\n")[:-1], rest.decode("utf-8")
    except UnicodeDecodeError:
        return None
    numbered = [(known.count + at, line) for at, line in enumerate(texts, 1) if line.strip()]
    values = json_text.together([line for _, line in numbered], dict)
    if values is None or known.count + len(texts) > MAX_ROWS:
        return None
    known = _KeptLines(
        known.done + len(whole),
        ends_with(known.ends, whole),
        known.count + len(texts),
        (*known.lines, *(at for at, _ in numbered)),
        (*known.objects, *values),
    )
    memory[path] = known
    last = json_text.together([end], dict) if end.strip() else []
    if not known.objects or (last is None and (source.options.complete or end.strip()[0] != "{")):
        return None
    at = known.count + 1
    notes = () if last is not None else (cut_short(at, path.name),)
    return Objects([*known.lines, *[at] * len(last or ())], [*known.objects, *(last or ())], notes)
