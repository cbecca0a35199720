"""Copies a chosen checkpoint with its decision record: both whole or neither, and never over something else."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files import fingerprints


def refuse_existing(checkpoint: Path, folder: Path, force: bool) -> None:
    """Raises UsageError where the copy, or its record, would replace something and ``force`` does not allow it."""
    for name in _targets(checkpoint):
        target = folder / name
        if target.is_symlink():
            raise UsageError(f"--copy-to: {target} is a link, which is not followed for writing")
        if target.exists() and not force:
            raise UsageError(f"--copy-to: {target} exists already; to replace it: --force")
        if target.exists() and _same(target, checkpoint.parent / name):
            raise UsageError(f"--copy-to: {target} is the checkpoint itself")


def record_beside(checkpoint: Path, folder: Path) -> Path:
    """Where the decision record of a copy stands."""
    return folder / f"{checkpoint.name}.decision.json"


def copy(checkpoint: Path, folder: Path, record: bytes, *, force: bool = False) -> None:
    """The checkpoint (a file, a folder, or TensorFlow's parts) and the bytes of its record, into ``folder``.

    Everything is written beside its target and synced first, then renamed; a failure leaves what was there. Raises
    OutputError, and LogError where the checkpoint cannot be read or is written to meanwhile.
    """
    refuse_existing(checkpoint, folder, force)
    parts = fingerprints.parts(checkpoint)
    before = fingerprints.stamps(parts.values())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _room(folder) as room:
            whole = checkpoint.is_dir()
            for name, source in parts.items():
                _copied(source, room / checkpoint.name / name if whole else room / name)
            if fingerprints.stamps(parts.values()) != before:
                raise LogError(f"{checkpoint}: was written to while it was copied")
            noted = record_beside(checkpoint, room)
            noted.write_bytes(record)
            _sync(noted)
            names = [checkpoint.name] if whole else list(parts)
            for name in (*names, noted.name):
                _placed(room / name, folder / name, room, force)
        _sync(folder)
    except OSError as failure:
        raise OutputError(f"--copy-to {folder}: cannot be written ({failure.strerror or failure})") from None


def _targets(checkpoint: Path) -> list[str]:
    parts = fingerprints.parts(checkpoint)
    names = [checkpoint.name] if checkpoint.is_dir() else list(parts)
    return [*names, record_beside(checkpoint, Path()).name]


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    room = Path(tempfile.mkdtemp(prefix=".selectmodel.", dir=folder))
    try:
        yield room
    finally:  # also when interrupted
        shutil.rmtree(room, ignore_errors=True)


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        reading = source.open("rb")
    except OSError as failure:
        raise LogError(f"{source}: cannot be read ({failure.strerror})") from None
    with reading, target.open("xb") as out:
        out.writelines(fingerprints.pieces(reading))
    _sync(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _placed(made: Path, target: Path, room: Path, force: bool) -> None:
    if force and target.exists():
        if made.is_dir() or target.is_dir():
            target.rename(room / f"{target.name}.old")  # removed with the room
        made.replace(target)
    elif made.is_dir():
        made.rename(target)  # fails where a folder that holds anything is there
    else:
        _linked(made, target)


def _linked(made: Path, target: Path) -> None:
    try:
        os.link(made, target)  # fails where the target exists by now, which a rename would replace
    except FileExistsError:
        raise
    except OSError as failure:
        if failure.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        made.rename(target)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
