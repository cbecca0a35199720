"""Weights that are spread over several files, ``model-00001-of-00003.safetensors``: whether all of them are there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_PART = re.compile(r"(?P<head>.+)-(?P<at>[0-9]{5})-of-(?P<of>[0-9]{5})(?P<ending>\.[A-Za-z0-9.]+)")


def whole(name: str) -> str | None:
    """What a checkpoint would be called whose first part has this name; None where it is no first part."""
    part = _PART.fullmatch(name)
    return part["head"] + part["ending"] if part is not None and int(part["at"]) == 1 else None


def lacking(entries: Iterable[os.DirEntry[str]]) -> str | None:
    """Which part a folder lacks, in a sentence; None where it holds all parts of one set, or none is of such a name.

    An empty file is no part. Raises OSError.
    """
    sets: dict[tuple[str, int, str], set[int]] = {}
    for entry in entries:
        name = _PART.fullmatch(entry.name)
        if name is not None:
            there = sets.setdefault((name["head"], int(name["of"]), name["ending"]), set())
            there.update([int(name["at"])] if entry.stat().st_size else [])
    if any(len(there) >= of for (_, of, _), there in sets.items()):
        return None  # what is left of another set is no matter
    for (head, of, ending), there in sets.items():
        first = next(at for at in range(1, of + 1) if at not in there)
        which = ":" if of - len(there) == 1 else ", such as"
        return f"lacks {of - len(there)} of {of} parts{which} {head}-{first:05d}-of-{of:05d}{ending}"
    return None
