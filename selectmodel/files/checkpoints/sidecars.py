"""What the text files beside checkpoints say of them: which there are, and the values of the best ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.files.checkpoints.names import parse
from selectmodel.files.folders import absolute, is_file
from selectmodel.records import Checkpoint, Note

MAX_SIDECAR_BYTES = 1024 * 1024
_TF_PATH = re.compile(r'^(?:all_)?model_checkpoint_paths?: "([^"\n]{1,1024})"', re.MULTILINE)


def with_values(found: list[Checkpoint], folder: Path, notes: list[Note]) -> list[Checkpoint]:
    """The checkpoints, those whose names tell no value with that which ``best_k_models`` tells."""
    values = _best_k_models(folder, notes)
    return [
        replace(item, values=MappingProxyType({"": values[item.path.rpartition("/")[2]]}))
        if not item.values and item.path.rpartition("/")[2] in values
        else item
        for item in found
    ]


def _best_k_models(folder: Path, notes: list[Note]) -> Mapping[str, str]:
    """Lightning's ``best_k_models`` as people save it, path → monitored value; by base name, as text of the number."""
    for place in (folder / "best_k_models.json", absolute(folder).parent / "best_k_models.json"):
        text = _sidecar(place)
        if text is None:
            continue
        try:
            content = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            notes.append(Note("SM154", "is not JSON and was not used", str(place)))
            continue
        if isinstance(content, dict):
            pairs = {_basename(path): value for path, value in content.items() if isinstance(value, str)}
            return {name: value for name, value in pairs.items() if name and _is_number(value)}
    return {}


def missing(folder: Path, present: set[str]) -> list[Note]:
    """Notes of the files that ``last_checkpoint`` or TensorFlow's ``checkpoint`` name and that are not there."""
    notes = []
    for sidecar in ("last_checkpoint", "checkpoint"):
        text = _sidecar(folder / sidecar)
        if text is None:
            continue
        paths = [text.strip()] if sidecar == "last_checkpoint" else _TF_PATH.findall(text)
        for path in paths:
            name = _basename(path)
            if name and parse(name) and name not in present:
                message = f"names {name}, which is not in the folder"
                notes.append(Note("SM154", message, str(folder / sidecar)))
    return notes


def _basename(path: str) -> str | None:
    """The last part of a path that another machine wrote; None where it is no plain name."""
    name = re.split(r"[/\\]", path)[-1]
    return name if name not in ("", ".", "..") and name.isprintable() and len(name) <= 255 else None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,20}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?", text) is not None


def _sidecar(path: Path) -> str | None:
    if not is_file(path):
        return None
    try:
        return opening.read_at_most(path, MAX_SIDECAR_BYTES, "list of checkpoints").decode("utf-8", errors="replace")
    except LogError:
        return None
