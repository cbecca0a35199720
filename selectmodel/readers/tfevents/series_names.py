"""What the series of a run are called, and what the folders of its event files tell of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from selectmodel.readers.tfevents import run_folders
from selectmodel.records import Hint

#: Tags that say which epoch a step belongs to: Lightning, Hugging Face.
EPOCH_MAPS = ("epoch", "train/epoch")

#: The sub-folders of a run and the tags in each.
Tags = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """``called`` is the name of the series of each folder and tag; ``hints`` what folders tell of series.

    ``keras``: steps are epochs; ``epoch_map``: the series that tells the epoch of a step.
    """

    called: Mapping[tuple[str, str], str]
    hints: Mapping[str, Hint]
    keras: bool
    epoch_map: str | None


def place(base: Path, path: Path) -> tuple[str, str]:
    """How an event file is called in messages, and which sub-folder of the run it is in: "" for the run's own folder.

    Where several runs are read as one, the folders of the others stand for those of the first.
    """
    if _lies_in(path, base):
        return path.name, ""
    folder = path.parent
    if folder.is_relative_to(base):
        return path.relative_to(base).as_posix(), folder.relative_to(base).as_posix()
    alike = run_folders.split_of(folder.name) is not None and (base / folder.name).is_dir()
    return "/".join(path.parts[-2:]), folder.name if alike else ""


def is_hparams(base: Path, path: Path) -> bool:
    """Whether a file holds the final values of add_hparams."""
    return not _lies_in(path, base) and run_folders.is_hparams_folder(path.parent.name)


def _lies_in(path: Path, folder: Path) -> bool:
    """Whether the file is in this very folder; the texts of paths tell it in a tenth of the time of paths."""
    return os.path.dirname(str(path)) == str(folder) or path.parent == folder  # noqa: PTH120


def names(base: Path, tags: Mapping[str, Iterable[str]]) -> Names:
    """The names of a run that has these tags in its sub-folders."""
    # What the run's own folder is called is of no matter, mostly, and then all runs of a sweep have the same names.
    own = base.name if run_folders.may_tell_split(base.name) else ""
    return _names(own, tuple((folder, frozenset(inside)) for folder, inside in tags.items()))


@lru_cache(256)
def _names(own: str, tags: Tags) -> Names:
    called = _series_names(tags)
    epoch_map = next((name for name in EPOCH_MAPS if name in called.values()), None)
    keras = epoch_map is None and any(tag.startswith("epoch_") for _, inside in tags for tag in inside)
    hints: dict[str, Hint] = {}
    learn = run_folders.has_learn(PurePath(folder).name for folder, _ in tags)
    for folder, inside in tags:
        last = PurePath(folder).name if folder else own
        split = run_folders.split_of(last, beside_learn=learn)
        if split is not None and run_folders.leaves_split_open(inside):
            hints |= {called[folder, tag]: Hint(split, None, f"directory {last}/") for tag in sorted(inside)}
    return Names(called, hints, keras, epoch_map)


def _series_names(tags: Sequence[tuple[str, frozenset[str]]]) -> dict[tuple[str, str], str]:
    """A name for each folder and tag; where two would meet, the one from a folder has a second slash."""
    called: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for folder, inside in sorted(tags):
        for tag in sorted(inside):
            name = tag if not folder else folder if run_folders.curve_of(folder, tag) is not None else f"{folder}/{tag}"
            called[folder, tag] = f"{folder}//{tag}" if name in taken else name
            taken.add(name)
    return called
