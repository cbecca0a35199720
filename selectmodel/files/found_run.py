"""A run that was found and is not read yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel import registry
from selectmodel.files.opening import Source
from selectmodel.records import Note, Run


@dataclass(frozen=True, slots=True)
class Found:
    """A run that was found and not read yet: where it is, which reader reads it, and the file of its settings."""

    source: Source
    reader: str
    notes: tuple[Note, ...] = ()
    settings: Path | None = None

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def home(self) -> Path:
        """The folder the run lives in."""
        path = self.source.path
        return path.parent if path in self.source.paths else path

    def read(self) -> Run:
        """Reads the log. Raises LogError or ChoiceError as the reader does."""
        return self.told(registry.load("readers", self.reader).read(self.source))

    def told(self, run: Run) -> Run:
        """What the reader made of the log, with what was known before it was read."""
        files = () if self.source.data is not None else tuple(str(path) for path in self.source.paths)
        folder = str(self.source.folder or "")
        return replace(run, notes=(*self.notes, *run.notes), files=files, folder=folder)
