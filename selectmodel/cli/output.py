"""Delivers an answer: rendered completely, written atomically, and only then printed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selectmodel import registry
from selectmodel.errors import OutputError, UsageError
from selectmodel.settings import nearest
from selectmodel.style import Style

_SUFFIXES = {".txt": "text"}


def check(format: str, files: Sequence[Path], *, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Refuses, before any work is done, an unknown format and a target that must not be written."""
    known = registry.names("reports")
    if format not in known:
        hint = nearest(format, known)
        meant = f"; did you mean {hint}?" if hint else ""
        raise UsageError(f"--format {format}: allowed are {', '.join(known)}{meant}")
    for file in files:
        if _format_of(file) not in known:
            raise UsageError(f"-o {file}: no format has this suffix; allowed are .txt, {_suffixes(known)}")
        if any(_same(file, path) for path in inputs):
            raise UsageError(f"-o {file}: is the log itself; it will not be overwritten")
        if file.is_symlink():
            raise UsageError(f"-o {file}: is a link, which is not followed for writing")
        if file.exists() and not force:
            raise UsageError(f"-o {file}: exists already; to replace it: --force")


def deliver(answer: Any, format: str, files: Sequence[Path], *, verbose: bool = False) -> None:
    """Renders every form asked for, writes the files, prints to standard output. Raises OutputError."""
    pages = [(file, registry.load("reports", _format_of(file)).render(answer, Style(verbose=True))) for file in files]
    shown = registry.load("reports", format).render(answer, _terminal_style(verbose))
    for file, page in pages:
        _write(file, page)
    try:
        sys.stdout.write(shown)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as failure:
        raise OutputError(f"standard output: cannot be written ({failure.strerror})") from None


def _terminal_style(verbose: bool) -> Style:
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((80, 24)).columns
    return Style(width=width, colour=terminal and not os.environ.get("NO_COLOR"), lines=terminal, verbose=verbose)


def _format_of(file: Path) -> str:
    return _SUFFIXES.get(file.suffix.lower(), file.suffix.lower().removeprefix("."))


def _suffixes(known: Sequence[str]) -> str:
    return ", ".join(f".{name}" for name in known if name != "text")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _write(file: Path, page: str) -> None:
    """A temporary file beside the target, synced and renamed: readers see the old file or the new one, whole."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=file.parent, prefix=f".{file.name}.", delete=False
        ) as out:
            temporary = Path(out.name)
            out.write(page)
            out.flush()
            os.fsync(out.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(file)
    except OSError as failure:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise OutputError(f"-o {file}: cannot be written ({failure.strerror})") from None
