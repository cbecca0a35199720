"""The files that hold a run's weights: where they are looked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selectmodel.errors import UsageError
from selectmodel.files.checkpoints.listing import listing, of_logs, refuse_unlisted
from selectmodel.files.folders import absolute
from selectmodel.policy.policy import Policy
from selectmodel.records import Run


def with_checkpoints(run: Run, policy: Policy) -> Run:
    """The run with the files that hold its weights: in the policy's folder, else in the usual places beside the log.

    Only names are read; a link out of its folder counts only where the policy says ``follow_links``. Raises LogError if
    the policy's folder is missing and UsageError if its pattern fits nothing.
    """
    if policy.checkpoints == "off":
        return replace(run, checkpoints=()) if run.checkpoints else run
    told = _told(run)
    if (run.checkpoints and not told) or not run.files:
        return run
    if policy.checkpoints is not None:
        folders = [Path(policy.checkpoints)]
        refuse_unlisted(folders[0])
    else:
        folders = of_logs(run.source, run.files, run.folder)
    files, notes = [], list(run.notes)
    for folder in folders:
        listed, problems = listing(folder, pattern=policy.checkpoint_glob, follow_links=policy.follow_links)
        found = [replace(file, path=str(folder / file.path)) for file in listed]
        files += [replace(file, step=told.get(str(absolute(Path(file.path))), file.step)) for file in found]
        notes += problems
    if policy.checkpoint_glob is not None and not files:
        raise UsageError(f"--checkpoint-glob '{policy.checkpoint_glob}': fits no checkpoint name")
    return replace(run, checkpoints=tuple(files), notes=tuple(notes))


def _told(run: Run) -> dict[str, int]:
    """The steps of the files that a framework keeps as its best, where the log tells them and nothing else of files."""
    best = {str(absolute(Path(item.path))): item.step for item in run.checkpoints if item.role == "best"}
    known = {path: step for path, step in best.items() if step is not None}
    return known if len(known) == len(run.checkpoints) and not any(item.values for item in run.checkpoints) else {}
