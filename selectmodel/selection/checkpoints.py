"""The files that hold a run's weights: where they are looked for. Every one of them is there when it is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel.errors import LogError, UsageError
from selectmodel.files.checkpoints import listing
from selectmodel.files.checkpoints.epoch_offset import NAMES
from selectmodel.files.folders import absolute
from selectmodel.policy.policy import Policy
from selectmodel.records import Checkpoint, Note, Run
from selectmodel.selection.unused_files import UNUSED, unused

#: Code of the note of a checkpoint, or of a folder of them, that was named in vain.
NAMED_IN_VAIN = "SM150"
_SHOWN = 3


def with_checkpoints(run: Run, policy: Policy) -> Run:
    """The run with the files that hold its weights: in the policy's folder, else in the usual places beside the log.

    Only names are read; a link out of its folder counts only where the policy says ``follow_links``. A file that the
    log names counts only where it is found. Raises LogError if the policy's folder is missing and UsageError if its
    pattern fits nothing.
    """
    if policy.checkpoints == "off":
        return replace(run, checkpoints=()) if run.checkpoints else run
    if run.format == NAMES or (policy.checkpoints is None and not run.files):
        there = tuple(item for item in run.checkpoints if listing.is_there(Path(item.path)))
        return replace(run, checkpoints=there) if len(there) < len(run.checkpoints) else run
    if policy.checkpoints is not None:
        folders = [Path(policy.checkpoints)]
        listing.refuse_unlisted(folders[0])
    else:
        folders = listing.of_logs(run.source, run.files, run.folder, policy.checkpoint_glob)
    told = _told(run)
    files: list[Checkpoint] = []
    notes = list(run.notes)
    foreign = {absolute(Path(path)) for path in run.foreign}
    for folder in folders:
        listed, problems = listing.listing(folder, pattern=policy.checkpoint_glob, follow_links=policy.follow_links)
        here = [replace(file, path=str(folder / file.path)) for file in listed]
        here = [file for file in here if absolute(Path(file.path)) not in foreign]
        files += [replace(told.get(str(absolute(Path(file.path))), file), path=file.path) for file in here]
        notes += problems
    if policy.checkpoints is None and policy.checkpoint_glob is None:
        files += _given_by_the_caller(run, files)
    if policy.checkpoint_glob is not None and not files:
        raise UsageError(_fits_nothing(policy.checkpoint_glob, folders))
    if policy.checkpoints is None and policy.checkpoint_glob is None and run.files and not files:
        notes += listing.unusable(run.source, run.files, run.folder)
    if policy.checkpoints is not None and not files and not unused(notes):
        notes.append(Note(NAMED_IN_VAIN, f"holds no checkpoint{_seen(folders[0])}", policy.checkpoints, "warn"))
    notes += _in_vain(run, files)
    return replace(run, checkpoints=tuple(files), notes=tuple(notes))


def with_some(run: Run, policy: Policy) -> Run:
    """As :func:`with_checkpoints`, of which there must be one: else it raises LogError, with what was seen."""
    found = with_checkpoints(run, policy)
    if found.checkpoints:
        return found
    if policy.checkpoints == "off":
        raise LogError(f"{run.source}: its checkpoints are not looked for, as the policy or --checkpoints off says")
    told = (note for code in (UNUSED, NAMED_IN_VAIN) for note in found.notes if note.code == code)
    seen = [f"{note.where} {note.message}" for note in told]
    if seen:
        more = f" (and {len(seen) - 2} more)" if len(seen) > 2 else ""
        raise LogError(f"{run.source}: has no checkpoint; {'; '.join(seen[:2])}{more}")
    raise LogError(f"{run.source}: no checkpoints were found beside it; name their folder with --checkpoints DIR")


def _told(run: Run) -> dict[str, Checkpoint]:
    """The files of which the log tells more than their names do: ``best_model.zip``, Ray's ``checkpoint_000003``."""
    return {str(absolute(Path(item.path))): item for item in run.checkpoints if len(Path(item.path).parts) > 1}


def _given_by_the_caller(run: Run, listed: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Files that a caller has put into the run, or an earlier look has; what a log names is a name without a folder."""
    known = {item.path for item in listed}
    return [
        item
        for item in run.checkpoints
        if len(Path(item.path).parts) > 1 and item.path not in known and listing.is_there(Path(item.path))
    ]


def _in_vain(run: Run, files: Sequence[Checkpoint]) -> list[Note]:
    """A note of the checkpoints that the log names and of which there is no file."""
    found = {_base(item) for item in files}
    missing = list(dict.fromkeys(_base(item) for item in run.checkpoints if _base(item) not in found))
    if not missing:
        return []
    shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
    message = f"the log names {shown}, of which no file was found; name their folder with --checkpoints DIR"
    return [Note(NAMED_IN_VAIN, message, run.source)]


def _base(item: Checkpoint) -> str:
    return item.path.replace("\\", "/").rpartition("/")[2]


def _fits_nothing(pattern: str, folders: Sequence[Path]) -> str:
    fitting = [name for folder in folders for name in listing.fitting(folder, pattern)]
    if not fitting:
        where = f"in {folders[0]}" if folders else "beside the log; name their folder with --checkpoints DIR"
        return f"--checkpoint-glob '{pattern}': fits no checkpoint name {where}"
    return (
        f"--checkpoint-glob '{pattern}': fits {_such_as(fitting)}, but no name tells an epoch, a step, a metric's "
        "value, best or last"
    )


def _seen(folder: Path) -> str:
    names = listing.fitting(folder, "*")
    return f": it holds {_such_as(names)}; to take files of any ending: --checkpoint-glob PATTERN" if names else ""


def _such_as(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} names such as {names[0]}"
