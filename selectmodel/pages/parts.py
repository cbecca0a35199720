"""Sections that the pages of several answers have: findings, advice, notes, and what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from selectmodel.display import dates, numbers
from selectmodel.display.wrapping import Labelled
from selectmodel.errors import LogError
from selectmodel.files import fingerprints
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Tone, number
from selectmodel.records import Advice, CheckFinding, Note
from selectmodel.version import __version__


class FileRead(NamedTuple):
    """A file that an answer comes from: its name, its size in bytes where it is known, its SHA-256."""

    name: str
    size: int | None
    sha256: str


#: Labels of lines that warn.
_DOUBTS = ("left out", "not saved", "caution")
_LEVELS: Mapping[str, Tone] = {"fail": "bad", "warn": "doubt", "note": "dim"}


def lines(told: Iterable[Labelled]) -> list[Fact]:
    """The labelled lines of a screen as facts of a page; what a screen puts in another colour is a doubt here."""
    return [
        Fact(
            f"{line.label[:1].upper()}{line.label[1:]}", ", ".join(line.texts),
            "doubt" if line.style or line.mark != "bold" or line.label in _DOUBTS else "",
        )
        for line in told
    ]  # fmt: skip


def findings(found: Sequence[CheckFinding], of: str = "") -> Iterator[Section]:
    """What the checks saw, the worst first; ``of`` names the run where there are several."""
    if found:
        rows = [
            (Cell(one.level, tone=_LEVELS.get(one.level, "")), Cell(one.code), Cell(one.check), Cell(one.message))
            for one in found
        ]
        title = f"What the checks saw in {of}" if of else "What the checks saw"
        yield Section(title, table=Grid(("level", "code", "check", "what"), rows))


def advice(given: Sequence[tuple[str, Advice]], title: str = "") -> Iterator[Section]:
    """A section each piece of advice, with the table it rests on and its code; ``title`` before its subject."""
    subjects = [""] + [subject for subject, _ in given]
    for before, (subject, one) in zip(subjects, given, strict=False):
        words = subject.replace("_", " ")
        head = f"{title}: {words}" if title else words.capitalize()
        head = "" if subject == before else head
        yield Section(head, texts=[text for text in (one.message, one.why) if text], table=_rows(one), code=one.snippet)


def _rows(one: Advice) -> Grid | None:
    if not one.rows:
        return None
    columns = list(zip(*(_column(cells) for cells in zip(*one.rows[1:], strict=True)), strict=True))
    return Grid([str(head) for head in one.rows[0]], columns)


def _column(values: Sequence[str | float]) -> list[Cell]:
    figures = [value for value in values if not isinstance(value, str)]
    written = numbers.scale(figures, apart=False)
    whole = all(float(value).is_integer() for value in figures)
    return [
        Cell(value) if isinstance(value, str)
        else number(value, numbers.label(value) if whole else written.show(value))
        for value in values
    ]  # fmt: skip


def notes(told: Sequence[Note]) -> Iterator[Section]:
    """What was repaired, assumed or lost while reading, the losses first."""
    if told:
        ordered = sorted(told, key=lambda note: (not note.degrades, note.level != "warn"))
        rows = [
            (Cell(one.level, tone=_LEVELS.get(one.level, "")), Cell(one.code), Cell(one.where), Cell(one.message))
            for one in ordered
        ]
        yield Section("Notes of the reading", table=Grid(("level", "code", "where", "what"), rows))


def record(facts: Sequence[Fact], files: Sequence[FileRead]) -> Section:
    """Where an answer comes from: what was read, by which program, and when."""
    rows = [
        (Cell(one.name), number(one.size, "–" if one.size is None else f"{one.size:,}"), Cell(one.sha256))
        for one in files
    ]
    told = [*facts, Fact("Program", f"selectmodel {__version__}"), Fact("Made on", dates.today())]
    return Section(
        "Where this comes from", told, table=Grid(("file", "bytes", "SHA-256"), rows) if rows else None, folded=True
    )


def files_of(paths: Sequence[str]) -> list[FileRead]:
    """The log files as they are now; none where one cannot be read any more."""
    if not paths:
        return []
    try:
        digests = fingerprints.of_logs(paths) or {}
    except LogError:
        return []
    sizes = [None if stamp is None else stamp[2] for stamp in fingerprints.stamps(paths).values()]
    return [FileRead(*one) for one in zip(digests, sizes, digests.values(), strict=False)]
