"""One run to read, and what the user said about reading it. Readers import both from selectmodel.files.opening."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

#: In place of the name of a column: the rows are counted.
ROW = "row"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said about reading, one field a command-line flag.

    ``segment`` (1-based) chooses one of several trainings appended to one log; ``complete`` says that a last line
    without a newline is whole; ``index`` names the column that counts epochs or steps, "row" lets row numbers stand for
    epochs; ``decimal`` is the decimal mark; ``max_bytes`` replaces the size limit of a file.
    """

    segment: int | None = None
    complete: bool = False
    index: str | None = None
    decimal: Literal[".", ","] = "."
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One run to read: ``path`` as named or found (file or folder), ``paths`` the files that hold it, in order.

    ``data`` is the content of standard input, where ``path`` is ``-``. ``folder`` is what the user named, where that
    is a folder that holds this run alone. ``contents`` is what those of the files held when the run was found that hold
    little: they are not opened again. ``part`` names one of the runs of a file that holds several. ``memory`` is there
    where a log is looked at again and again: what was kept of each file at the last look, so that it need not be read
    from its beginning. Whoever reads the file alone knows what that is; the run is the same with and without it.
    """

    path: Path
    paths: tuple[Path, ...]
    name: str
    options: ReadOptions = field(default_factory=ReadOptions)
    data: bytes | None = None
    folder: Path | None = None
    contents: Mapping[Path, bytes] = field(default_factory=dict, repr=False, compare=False)
    part: str = ""
    memory: MutableMapping[Path, Any] | None = field(default=None, repr=False, compare=False)
