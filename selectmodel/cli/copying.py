"""Copies a chosen checkpoint with its decision record: both whole or neither, and never over something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files import fingerprints, opening, placing, writing


def copy(checkpoint: Path, folder: Path, record: bytes, *, force: bool = False) -> None:
    """The checkpoint (a file, a folder, or TensorFlow's parts) and the bytes of its record, into ``folder``.

    All of it takes its place at once, and a failure leaves what was there; jobs that copy to one folder wait for each
    other. Raises UsageError where it would replace something and ``force`` does not allow it, OutputError, and LogError
    where the checkpoint cannot be read or is written to meanwhile.
    """
    parts = fingerprints.parts(checkpoint)
    before = fingerprints.stamps(parts.values())
    below = _below(checkpoint, parts)
    noted = _record_beside(checkpoint, folder).name
    try:
        with placing.together(folder) as room:
            files = {noted} if below else {*parts, *_other_parts(checkpoint, folder), noted}
            old = _replaced(checkpoint, folder, sorted(files), force, whole=bool(below))
            for name, source in parts.items():
                _copied(source, room.new / (below + name))
            if fingerprints.stamps(parts.values()) != before:
                raise LogError(f"{checkpoint}: was written to while it was copied")
            writing.create(room.new / noted, [record])
            room.place(old)
    except OSError as failure:
        raise OutputError(f"--copy-to {folder}: cannot be written ({failure.strerror or failure})") from None


def places(checkpoint: Path, folder: Path) -> list[Path]:
    """Where the files of a copy, and its record, stand. Raises OutputError, and LogError as :func:`copy` does."""
    parts = fingerprints.parts(checkpoint)
    below = _below(checkpoint, parts)
    return [*(folder / (below + name) for name in parts), _record_beside(checkpoint, folder)]


def _below(checkpoint: Path, parts: Mapping[str, Path]) -> str:
    """What stands before the names of the parts: the name of a checkpoint that is a folder."""
    return "" if all(source.parent == checkpoint.parent for source in parts.values()) else f"{checkpoint.name}/"


def _record_beside(checkpoint: Path, folder: Path) -> Path:
    """Where the decision record of a copy stands."""
    return folder / f"{checkpoint.name}.decision.json"


def _replaced(checkpoint: Path, folder: Path, files: list[str], force: bool, *, whole: bool) -> set[str]:
    """The names of the files in ``folder`` that the copy takes the places of. Raises UsageError where it must not."""
    for name in [checkpoint.name, *files] if whole else files:
        target = folder / name
        if target.is_symlink():
            raise UsageError(f"--copy-to: {target} is a link, which is not followed for writing")
        if not target.exists():
            continue
        if not force:
            raise UsageError(f"--copy-to: {target} exists already; to replace it: --force")
        if _same(target, checkpoint.parent / name):
            raise UsageError(f"--copy-to: {target} is the checkpoint itself")
        if target.is_dir() != (whole and name == checkpoint.name):
            kind = "a folder" if target.is_dir() else "a file"
            raise UsageError(f"--copy-to: {target} is {kind}, which the copy cannot replace; take it away first")
    inside = (folder / checkpoint.name).rglob("*") if whole else ()
    below = [path.relative_to(folder).as_posix() for path in inside if path.is_symlink() or not path.is_dir()]
    return {*below, *(name for name in files if (folder / name).exists())}


def _other_parts(checkpoint: Path, folder: Path) -> set[str]:
    """Parts of an older TensorFlow checkpoint of this name, which may have been cut in another number of them."""
    if checkpoint.exists() or (folder / checkpoint.name).exists() or not folder.exists():
        return set()
    return {file.name for file in fingerprints.tensorflow_parts(folder / checkpoint.name)}


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    writing.create(target, _read(source))


def _read(source: Path) -> Iterator[bytes]:
    try:
        with opening.opened(source) as file:
            yield from fingerprints.pieces(file)
    except OSError as failure:
        raise LogError(f"{source}: cannot be read ({failure.strerror})") from None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
