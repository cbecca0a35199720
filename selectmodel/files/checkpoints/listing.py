"""Which checkpoint files there are: folders are listed; a checkpoint itself is never opened.

A checkpoint is a pickle or as good as one; loading it to learn its epoch would run whatever is inside.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.files.checkpoints import companions, shards, sidecars
from selectmodel.files.checkpoints.names import CUT_NAME, ENDINGS, SUFFIXES, ending, is_weights, of_weights, parse
from selectmodel.files.fingerprints import tensorflow_parts
from selectmodel.files.folders import MAX_DEPTH, MAX_ENTRIES, SKIPPED, absolute, exists, is_file, is_folder, natural
from selectmodel.records import Checkpoint, Note

#: Code of the note of a checkpoint that is a link out of its folder.
LINK_OUT = "SM158"
#: How the note ends of a file that is called as a checkpoint and is none.
NOT_USED = "; it is not used"
_IN_PARTS = "is one of a checkpoint's parts, which need a folder of their own"
#: Where frameworks and people put checkpoints, beside a log.
PLACES = frozenset({"checkpoints", "checkpoint", "ckpt", "ckpts", "ck", "weights", "models", "saved_models"})
#: So many names in a folder tell whether it holds weights.
_FIRST = 1000
_ORBAX = ("_CHECKPOINT_METADATA", "_METADATA", "commit_success.txt")
_HF_FOLDER = re.compile(r"checkpoint-[0-9]{1,15}")
#: transformers puts it into a checkpoint while it writes one before the machine is taken away.
_INCOMPLETE = "checkpoint-is-incomplete.txt"


def listing(
    folder: Path, *, pattern: str | None = None, follow_links: bool = False
) -> tuple[tuple[Checkpoint, ...], tuple[Note, ...]]:
    """The checkpoints in ``folder`` in natural order, and notes of files that cannot be used or are missing.

    Sub-folders are looked into only where the folder itself holds no checkpoint (to depth 8, 200,000 entries, links
    to folders not followed). ``pattern`` (as in a shell, or an exact name) keeps matching names only.
    A folder that is a checkpoint (``checkpoint-500/``, ``x.ckpt/``, a SavedModel) and the parts of a TensorFlow
    checkpoint count as one. Empty files, dangling links and folders that lack a part of their weights are noted and
    left out, and so are links that lead out of the folder unless ``follow_links``: who writes checkpoints must not make
    a copy of another file of this machine.
    """
    notes: list[Note] = []
    budget = [MAX_ENTRIES]
    found = _level(folder, "", 0, notes, budget, pattern)
    if not any(pattern is None or _named(path, pattern) for path in found):
        for entry in _folders(folder, notes):
            found |= _deep(folder, entry.name, 1, notes, budget, pattern)
    if budget[0] < 0:
        notes.append(Note("SM157", f"more than {MAX_ENTRIES:,} files; the rest was not looked at", str(folder)))
    present = {path.rpartition("/")[2] for path in found}
    if pattern is None:
        kept = companions.without_states(_without_exports(found.values()))
    else:
        kept = [item for item in found.values() if _named(item.path, pattern)]
    if not follow_links:
        kept = _inside(kept, folder, notes)
    scored = sidecars.with_values(kept, folder, notes)
    notes += sidecars.missing(folder, present)
    return tuple(sorted(scored, key=lambda item: natural(item.path))), tuple(notes)


def _without_exports(found: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Of the files of one stem (``best.pt``, ``best.onnx``) the one that training writes; the others are made of it."""
    kept, stems = [], set()
    for item in sorted(found, key=lambda item: _rank(item.path)):
        own = ending(item.path)
        stem = item.path[: len(item.path) - len(own)]
        if _rank(item.path) < len(SUFFIXES) or stem not in stems:
            kept.append(item)
        stems.add(stem)
    return kept


def _rank(path: str) -> int:
    own = ending(path)
    return ENDINGS.index(own) if own else 0


def _inside(found: Sequence[Checkpoint], folder: Path, notes: list[Note]) -> list[Checkpoint]:
    kept = []
    for item in found:
        place = folder / item.path
        files = [place] if os.path.lexists(place) else tensorflow_parts(place)
        out = next((file for file in files if not _leads_into(folder, file)), None)
        if out is None:
            kept.append(item)
        else:
            message = "is a link out of this folder, which is not followed; to follow it: --follow-links"
            notes.append(Note(LINK_OUT, message, str(out), "warn"))
    return kept


def _leads_into(folder: Path, file: Path) -> bool:
    if not file.is_symlink():
        return True
    try:
        return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))
    except OSError:  # no current folder
        return False


def refuse_unlisted(folder: Path) -> None:
    """Raises LogError for a folder that the user named and that is not there, or may not be looked into."""
    try:
        with os.scandir(folder):
            return
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise LogError(f"{folder}: no such folder of checkpoints") from None
    except OSError as failure:
        raise LogError(f"{folder}: the folder of checkpoints cannot be listed ({failure.strerror})") from None


def is_there(checkpoint: Path) -> bool:
    """Whether a checkpoint is a file or a folder now, or lies there in the parts that TensorFlow writes."""
    try:
        return exists(checkpoint) or bool(tensorflow_parts(checkpoint))
    except (OSError, ValueError):
        return False


def fitting(folder: Path, pattern: str) -> list[str]:
    """The names in a folder that a pattern fits, in natural order; those of hidden files left out."""
    names = [entry.name for entry in _scan(folder, [])]
    return [name for name in names if _named(name, pattern) and not name.startswith(".")]


def beside(log: Path, pattern: str | None = None) -> list[Path]:
    """The folders that hold the checkpoints of a log, when the user named none: its own and the usual places in it.

    ``log`` is a file or the folder of a run. Logs that frameworks keep deeper than their checkpoints (``vis_data/``,
    ``checkpoint-500/trainer_state.json``, ``runs/DATE/``) are also looked for where those are. ``pattern`` as in
    :func:`listing`.
    """
    return [place for place in _usual(log) if _level(place, "", 0, [], [MAX_ENTRIES], pattern)]


def _usual(log: Path) -> list[Path]:
    """The folders in which the checkpoints of a log usually are, whatever they hold."""
    own = log if is_folder(log) else log.parent
    if own == Path():
        own = absolute(own)  # "trainer_state.json" alone has no parents to look at
    roots = [own]
    if own.name == "vis_data":
        roots.append(own.parent.parent)
    elif _HF_FOLDER.fullmatch(own.name):
        roots = [own.parent]
    elif own.parent.name == "runs":
        roots.append(own.parent.parent)
    places = []
    for root in roots:
        places.append(root)
        places += [root / entry.name for entry in _folders(root, []) if entry.name.lower() in PLACES]
    return places


def unusable(source: str, files: Sequence[str], folder: str = "") -> list[Note]:
    """Of each file in the usual places that is called as a checkpoint and is none, why; arguments as in a Run."""
    notes: dict[str, list[Note]] = {}
    for place in (place for log in _logs(source, files, folder) for place in _usual(Path(log))):
        if str(place) not in notes:
            _level(place, "", 0, notes.setdefault(str(place), []), [MAX_ENTRIES])
    return [note for found in notes.values() for note in found]


def of_logs(source: str, files: Sequence[str], folder: str = "", pattern: str | None = None) -> list[Path]:
    """The folders that hold the checkpoints of a run, when the user named none; the first arguments as in a Run."""
    logs = _logs(source, files, folder)
    return list(dict.fromkeys(found for log in logs for found in beside(Path(log), pattern)))


def _logs(source: str, files: Sequence[str], folder: str) -> list[str]:
    return [*([source] if is_folder(Path(source)) else files), *([folder] if folder else [])]


def _named(path: str, pattern: str) -> bool:
    name = path.rpartition("/")[2]
    return pattern in (path, name) or fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(path, pattern)


def _scan(folder: Path, notes: list[Note]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: natural(entry.name))
    except OSError as failure:
        notes.append(Note("SM151", f"cannot be listed ({failure.strerror})", str(folder), "warn"))
        return []


def _folders(folder: Path, notes: list[Note]) -> Iterator[os.DirEntry[str]]:
    for entry in _scan(folder, notes):
        if entry.is_dir(follow_symlinks=False) and entry.name not in SKIPPED:
            yield entry


def _deep(
    folder: Path, below: str, depth: int, notes: list[Note], budget: list[int], pattern: str | None = None
) -> dict[str, Checkpoint]:
    found = _level(folder, below, depth, notes, budget, pattern)
    if depth < MAX_DEPTH and budget[0] >= 0:
        for entry in _folders(folder / below, notes):
            inner = f"{below}/{entry.name}"
            if not any(path == inner or path.startswith(f"{inner}/") for path in found):
                found |= _deep(folder, inner, depth + 1, notes, budget, pattern)
    return found


def _level(
    folder: Path, below: str, depth: int, notes: list[Note], budget: list[int], pattern: str | None = None
) -> dict[str, Checkpoint]:
    """Checkpoints directly in ``folder/below``, by path; a name that a "/" has cut is followed into its folder.

    Of a file that ``pattern`` names any ending counts.
    """
    found: dict[str, Checkpoint] = {}
    for entry in _scan(folder / below, notes):
        budget[0] -= 1
        if budget[0] < 0:
            break
        path = f"{below}/{entry.name}" if below else entry.name
        named = pattern is not None and _named(path, pattern)
        if entry.is_dir(follow_symlinks=False):
            item = _as_folder(path, entry) or (parse(path, named=True) if named else None)
            if item is None and depth < MAX_DEPTH and CUT_NAME.search(entry.name):
                found |= _level(folder, path, depth + 1, notes, budget, pattern)
        else:
            item = parse(path, named=named)
            if item is None and (whole := shards.whole(entry.name)) and parse(whole):
                notes.append(Note("SM151", f"{_IN_PARTS}{NOT_USED}", str(folder / path), "warn"))
        if item is not None and item.path not in found:
            problem = _unusable(entry)
            if problem:
                notes.append(Note("SM151", f"{problem}{NOT_USED}", str(folder / path), "warn"))
            else:
                found[item.path] = item
    return found


def _as_folder(path: str, entry: os.DirEntry[str]) -> Checkpoint | None:
    if not entry.name.lower().endswith(SUFFIXES):
        if entry.name.isdecimal() and len(entry.name) <= 15 and _is_orbax(Path(entry.path)):
            return Checkpoint(path, step=int(entry.name))
        if not is_file(Path(entry.path) / "saved_model.pb"):
            return parse(path) or _of_weights(path, entry)
        # a SavedModel: its folder is named like a file without suffix
        item = parse(f"{path}.keras")
        return replace(item, path=path) if item else None
    return parse(path)


def _of_weights(path: str, entry: os.DirEntry[str]) -> Checkpoint | None:
    item = of_weights(path)
    if item is None:
        return None
    files = (islice(Path(entry.path).glob(below), _FIRST) for below in ("*", "*/*"))
    return item if any(is_weights(file.name) for file in chain(*files)) else None


def _is_orbax(folder: Path) -> bool:
    """Whether a folder is a step that Orbax has written: its mark lies there, or in the item (``default/``) below."""
    return any(exists(folder / mark) or any(folder.glob(f"*/{mark}")) for mark in _ORBAX)


def _unusable(entry: os.DirEntry[str]) -> str | None:
    try:
        if entry.is_dir():
            with os.scandir(entry.path) as inner:
                files = list(inner)
            if any(item.name == _INCOMPLETE for item in files):
                return f"holds {_INCOMPLETE}: its writing was never finished"
            return shards.lacking(files) if files else "is an empty folder"
        return "is empty (0 bytes)" if entry.stat().st_size == 0 else None
    except FileNotFoundError:
        return "is a link to a file that does not exist"
    except OSError as failure:
        return f"cannot be looked at ({failure.strerror})"
