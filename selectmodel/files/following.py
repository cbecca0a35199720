"""Follows a log that grows: it is read again when the size or the time of its files changed, and only then.

Size and time are all that is looked at, because they are told alike by a disk of one's own and by a network mount.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.files import candidates, choose_run, discovery
from selectmodel.files.folders import is_folder
from selectmodel.files.found_run import Found
from selectmodel.files.opening import HEAD_BYTES, ReadOptions
from selectmodel.records import Note, Run

#: Size in bytes and time of the last write in nanoseconds.
_Stamp = tuple[int, int]
#: Looks at a log that could not be read and did not change since: it may have been caught half written.
_AGAIN = 2
_SEGMENT = re.compile(r"--segment (\d+)")


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look at a log gave: a run, or why there is none. ``beside`` says what else is there and not followed."""

    run: Run | None
    found: Found | None
    problem: SelectModelError | None = None
    beside: str = ""


class Follower:
    """Follows the run that ``names`` mean at ``path``, as ``choose_run`` chooses it; it need not be there yet."""

    def __init__(self, path: Path, options: ReadOptions, names: Sequence[str] = ()) -> None:
        if str(path) == "-":
            raise UsageError("-: standard input cannot be looked at again; name the file of the log")
        self.path = path
        self._options, self._names = options, tuple(names)
        self._before: Mapping[Path, _Stamp] | None = None
        self._found: Found | None = None
        self._memory: dict[Path, Any] = {}
        self._beside = ""
        self._tries = 0

    def look(self) -> Sight | None:
        """What is there now; None where nothing changed since the last look.

        Raises UsageError where it is for the user to say which of several runs is meant, before one was followed.
        """
        now = self._stamps()
        if now == self._before and not self._tries:
            return None
        tries = self._tries if now == self._before else _AGAIN + 1
        try:
            self._find(now)
            assert self._found is not None
            run, last = _read(self._found)
            self._tries = 0
        except SelectModelError as problem:
            if isinstance(problem, UsageError) and self._found is None:
                raise
            self._tries = max(0, tries - 1)
            self._before = now
            return Sight(None, self._found, problem, self._beside)
        self._before = now
        return Sight(run, self._found, None, "; ".join(filter(None, (self._beside, last))))

    def _find(self, now: Mapping[Path, _Stamp]) -> None:
        """Finds the run anew where files came or went, or what tells their format may have changed."""
        before = self._before
        if self._found is not None and before is not None and before.keys() == now.keys():
            changed = [path for path, stamp in now.items() if before[path] != stamp]
            if changed and all(before[path][0] >= HEAD_BYTES and now[path][0] >= before[path][0] for path in changed):
                self._found = replace(self._found, source=replace(self._found.source, contents={}))
                return
        found = discovery.find(self.path, self._options)
        self._beside = ""
        try:
            chosen = choose_run.choose(self.path, found, self._names)
        except UsageError:
            followed = [item for item in found if self._found is not None and item.home == self._found.home]
            if len(followed) != 1:
                raise
            chosen = followed[0]
            more = next(item for item in found if item is not chosen)
            self._beside = f"{more.name} is there as well; {chosen.name} is followed"
        self._found = replace(chosen, source=replace(chosen.source, memory=self._memory))

    def _stamps(self) -> dict[Path, _Stamp]:
        """The stamp of every file that may be of the log; none where nothing is there."""
        try:
            if not is_folder(self.path):
                return {self.path: _stamp(self.path)}
        except OSError:
            return {}
        notes: list[Note] = []
        try:
            paths = list(candidates.below(self.path, notes))
        except LogError:
            return {}
        return {path: _stamp(path) for path in paths}


def _read(found: Found) -> tuple[Run, str]:
    """The run, and what to say of it: of several trainings that were appended to one log the last is still running."""
    try:
        return found.read(), ""
    except ChoiceError as choice:
        last = _SEGMENT.match(choice.choices[-1]) if choice.choices else None
        if last is None or not _SEGMENT.match(choice.choices[0]):  # all rows may be one training, counted anew
            raise
        how = replace(found.source.options, segment=int(last[1]))
        run = replace(found, source=replace(found.source, options=how)).read()
        return run, f"the log holds {last[1]} trainings; the last is followed (--segment {last[1]})"


def _stamp(path: Path) -> _Stamp:
    """(-1, -1) where there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return -1, -1
    return found.st_size, found.st_mtime_ns
