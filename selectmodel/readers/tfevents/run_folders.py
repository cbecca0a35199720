"""Which event files are one run, in what order they were written, and what their folders say.

Writers put one training into several files: Keras ``train/`` and ``validation/``, a TF1 estimator's ``eval/``, a
folder for each curve of ``add_scalars``, one more file at each resume. They also put several trainings into one pair
of folders, when a log_dir is used again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from selectmodel.errors import LogError
from selectmodel.files.gzipped import shorn
from selectmodel.metrics.words import take_apart
from selectmodel.readers.tfevents import event_file, first_scalar
from selectmodel.readers.tfevents.points import Points
from selectmodel.records import Split

SPLITS: Mapping[str, Split] = {
    "train": "train",
    "training": "train",
    "validation": "val",
    "valid": "val",
    "val": "val",
    "eval": "val",
    "evaluation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
#: Folder names that tell a split even alone; a folder "test" or "eval" alone may as well be the name of a run.
_UNMISTAKABLE = frozenset({"train", "training", "validation", "valid", "val"})
_NAME = re.compile(r"tfevents\.(\d{1,18})\.(.*)", re.DOTALL)
_NUMBERS = re.compile(r"\.(\d{1,18})\.(\d{1,18})(?:\.v2)?\Z")
_HPARAMS = re.compile(r"\d{9,12}\.\d{1,9}\Z")
_NO_SCALARS_BYTES = 88  # a version record, or two: what a writer leaves that logged nothing


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the name of an event file tells: creation time in whole seconds, process, count within it; -1 if absent."""

    seconds: int
    process: int
    count: int


def stamp(path: Path) -> Stamp:
    """The numbers in ``events.out.tfevents.<seconds>.<host>.<process>.<count>[.v2]``."""
    called = shorn(path.name)
    name = _NAME.search(called)
    numbers = _NUMBERS.search(called)
    seconds = int(name[1]) if name else -1
    return Stamp(seconds, int(numbers[1]), int(numbers[2])) if numbers else Stamp(seconds, -1, -1)


def is_hparams_folder(name: str) -> bool:
    """Whether SummaryWriter.add_hparams made the folder of this name: it is named by time.time()."""
    return _HPARAMS.match(name) is not None


def split_of(folder: str, *, beside_learn: bool = False) -> Split | None:
    """The split that a folder's name tells. CatBoost's ``test``, beside ``learn``, is its evaluation set."""
    name = folder.casefold()
    if beside_learn:
        return "train" if name == "learn" else "val" if name.rstrip("0123456789") == "test" else None
    return SPLITS.get(name)


def may_tell_split(folder: str) -> bool:
    """Whether the name of a folder tells a split, alone or beside others."""
    return any(split_of(folder, beside_learn=learn) is not None for learn in (False, True))


def has_learn(folders: Iterable[str]) -> bool:
    """Whether one of the folders is CatBoost's ``learn``."""
    return any(folder.casefold() == "learn" for folder in folders)


def curve_of(folder: str, tag: str) -> str | None:
    """The key of the curve that add_scalars put into ``folder`` under ``tag``; None if it is no such folder.

    torch names the folder ``<tag with / as _>_<key>``, tensorboardX ``<tag>/<key>``.
    """
    for start in (tag.replace("/", "_") + "_", tag + "/"):
        if folder.startswith(start) and len(folder) > len(start):
            return folder[len(start) :]
    return None


def runs(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among event files: where each is, and its files; ``contents`` of those that have been read already.

    The place is the folder of the run; where several runs share folders, the file of each that was written first.
    Folders whose files hold no scalar are no runs.
    """
    by_folder: dict[str, list[Path]] = {}
    for path in files:
        by_folder.setdefault(os.path.dirname(path), []).append(path)  # noqa: PTH120
    if not by_folder:
        return []
    look = _Look(contents)
    folders = _Folders(by_folder, look)
    homes: dict[str, list[Path]] = {}
    for folder, inside in by_folder.items():
        homes.setdefault(folders.home(folder), []).extend(inside)
    found = []
    for place, members in homes.items():
        home = members[0].parent if os.path.dirname(members[0]) == place else Path(place)  # noqa: PTH120
        written = [path for path in members if not path.name.endswith(".profile-empty")]
        if len(written) > 1:
            written.sort(key=stamp_order)
        if any(look.holds_scalars(path) for path in written):
            found += [(place, tuple(paths)) for place, paths in _trainings(home, written, look)]
    return found


def stamp_order(path: Path) -> tuple[int, int, int, str]:
    own = stamp(path)
    return own.seconds, own.process, own.count, path.name


class _Folders:
    """The folders that hold event files, and which of them belong to the run of a folder above.

    They are texts here: what pathlib takes for a step up would be a fifth of the time of finding a thousand runs.
    """

    def __init__(self, by_folder: Mapping[str, Sequence[Path]], look: _Look) -> None:
        self.by_folder, self.look = by_folder, look
        self.top = os.path.commonpath(by_folder)
        self.children: dict[str, list[str]] = {}
        for folder in by_folder:
            self.children.setdefault(os.path.dirname(folder), []).append(folder)  # noqa: PTH120
        self._learn = {parent: has_learn(map(_last, inside)) for parent, inside in self.children.items()}
        self._only_curves: dict[str, bool] = {}

    def home(self, folder: str) -> str:
        """The folder of the run that ``folder`` belongs to: itself, or one above it but not above ``top``."""
        if folder == self.top:
            return folder
        parent, name = os.path.split(folder)
        if split_of(name, beside_learn=self._learn[parent]) is not None and self._is_part(folder):
            return parent
        if is_hparams_folder(name) and parent in self.by_folder:
            return parent
        above = folder
        while len(above) > len(self.top):
            above = os.path.dirname(above)  # noqa: PTH120
            if above in self.by_folder and self._is_curve(folder, above):
                return above
        return parent if self._holds_only_curves(parent) else folder

    def _is_part(self, folder: str) -> bool:
        parent, name = os.path.split(folder)
        peers, learn = self.children[parent], self._learn[parent]
        splits = {split_of(_last(peer), beside_learn=learn) for peer in peers} - {None}
        if parent in self.by_folder or len(splits) > 1:
            return True
        # Alone it is part of a run only if its tags leave the split open: Ultralytics calls its runs train, train2, …
        tags = self._first_tags(folder)
        return name.casefold() in _UNMISTAKABLE and bool(tags) and leaves_split_open(tags)

    def _is_curve(self, folder: str, above: str) -> bool:
        tags = self._first_tags(folder)
        return len(tags) == 1 and curve_of(Path(folder).relative_to(above).as_posix(), tags[0]) is not None

    def _holds_only_curves(self, parent: str) -> bool:
        """Two or more curves of add_scalars whose own run left no file."""
        if parent not in self._only_curves:
            peers = self.children[parent]
            self._only_curves[parent] = len(peers) > 1 and all(self._is_curve(peer, parent) for peer in peers)
        return self._only_curves[parent]

    def _first_tags(self, folder: str) -> list[str]:
        return next(filter(None, map(self.look.tags, self.by_folder[folder])), [])


def leaves_split_open(tags: Iterable[str]) -> bool:
    """Whether no tag names a split, so that the folder's name may tell it."""
    return all(take_apart(tag).split is None for tag in tags if not tag.startswith("evaluation_"))


def _last(folder: str) -> str:
    return os.path.basename(folder)  # noqa: PTH119


class _Look:
    """A first look into event files; ``contents`` is what those hold that have been read already."""

    def __init__(self, contents: Mapping[Path, bytes]) -> None:
        self.contents = contents

    def tags(self, path: Path) -> list[str]:
        """The tags of its first scalars; none where it cannot be read."""
        return list(self._first_scalars(path))

    def first_epoch(self, path: Path) -> int | None:
        """The first epoch in a file of Keras."""
        points = self._first_scalars(path)
        return min((int(found.steps[0]) for tag, found in points.items() if tag.startswith("epoch_")), default=None)

    def holds_scalars(self, path: Path) -> bool:
        """Whether it holds any; also where it cannot be read, for reading it will say what is wrong."""
        content = self.contents.get(path)
        try:
            if first_scalar.begins(path, content):
                return True
            size = path.stat().st_size if content is None else len(content)
            return size > _NO_SCALARS_BYTES and bool(event_file.first_scalars(path, content))
        except OSError:
            return False
        except LogError:
            return True

    def _first_scalars(self, path: Path) -> Mapping[str, Points]:
        try:
            return event_file.first_scalars(path, self.contents.get(path))
        except LogError:
            return {}


def _trainings(home: Path, files: list[Path], look: _Look) -> list[tuple[Path, list[Path]]]:
    """One run, or the trainings that used one log_dir of Keras again and started over each time.

    Keras numbers the files it opens in a process: the validation file of a training has its train file's number + 1.
    """
    if len(files) < 2:
        return [(home, files)]
    train = [path for path in files if path.parent != home and split_of(path.parent.name) == "train"]
    others = [path for path in files if path not in set(train)]
    if len(train) < 2 or not all(path.name.endswith(".v2") for path in files):
        return [(home, files)]
    starts = [look.first_epoch(path) for path in train]
    known = [step for step in starts if step is not None]
    fresh = [step is not None and step <= known[0] for step in starts]
    if sum(fresh) < 2:
        return [(home, files)]
    trainings: list[list[Path]] = []
    for path, begins in zip(train, fresh, strict=True):
        if begins or not trainings:
            trainings.append([])
        trainings[-1].append(path)
    owner = {(stamp(path).process, stamp(path).count + 1): group for group in trainings for path in group}
    for path in others:
        owner.get((stamp(path).process, stamp(path).count), trainings[-1]).append(path)
    return [(group[0], group) for group in trainings if any(look.holds_scalars(path) for path in group)]
