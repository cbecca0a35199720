"""Sections that the pages of several answers have: findings, advice, notes, and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from selectmodel.display import numbers
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Tone, number
from selectmodel.records import Advice, CheckFinding, Note

_LEVELS: Mapping[str, Tone] = {"fail": "bad", "warn": "doubt", "note": "dim"}


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


def record(facts: Sequence[Fact], logs: Mapping[str, str]) -> Section:
    """Where an answer comes from; ``logs`` maps the files that were read to their SHA-256."""
    rows = [(Cell(name), Cell(digest)) for name, digest in logs.items()]
    return Section("Where this comes from", facts, table=Grid(("file", "SHA-256"), rows) if rows else None)
