"""How a checkpoint is taken away whole: a file, a folder, or TensorFlow's parts; a link is never followed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from selectmodel.files import fingerprints


def pieces(checkpoint: Path) -> list[Path]:
    """The files and folders that make up a checkpoint. Raises LogError where there are none, or where a folder of them
    holds a link: it may lead to anything on this machine."""
    found = [checkpoint] if os.path.lexists(checkpoint) else list(fingerprints.parts(checkpoint).values())
    for piece in found:
        if piece.is_dir() and not piece.is_symlink():
            fingerprints.parts(piece)
    return found


def delete(piece: Path) -> None:
    """Deletes one of :func:`pieces`. Raises OSError."""
    if piece.is_dir() and not piece.is_symlink():
        shutil.rmtree(piece)
    else:
        piece.unlink()
